"""The trained head: what it learns, what it may not depend on, and that it is PyTorch's LSTM."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from embkit.errors import InvalidRequest
from embkit.records import Setting
from embkit.vectors import Vectors
from embkit_code import bilstm, order, pointing, reading, repairing, telling
from embkit_code.language import PYTHON
from embkit_code.lexing import code_tokens
from embkit_code.shapes import Functions, Repairs, Sequenced

torch = pytest.importorskip("torch", reason="needs PyTorch to train a head")

NAMES = ["a", "b", "c", "d", "e", "f", "g"]
SETTING = Setting(language=PYTHON, task="code/x", options={"hidden": 16, "epochs": 60})


def swapped(validated: bool = True) -> Sequenced:
    """`low < high` is right and `high < low` is a bug, in functions of other names and lengths."""
    pairs = [
        (f"def {name}(low, high):{middle} return {name} or low < high", middle)
        for name in NAMES
        for middle in ("", " pass;", " low += 1;", " pass; high -= 1;", " high = 0;", " a(low);")
    ]
    texts = [
        text
        for right, _ in pairs
        for text in (right, right.replace("low < high", "high < low"))
    ]  # fmt: skip
    labels = ["correct", "bug"] * len(pairs)
    made = Functions(
        train_texts=texts[:56], train_labels=labels[:56],
        valid_texts=texts[56:64] if validated else [],
        valid_labels=labels[56:64] if validated else [],
        test_texts=texts[64:], test_labels=labels[64:], test_functions=labels[64:],
    )  # fmt: skip
    return order.sequenced(made, ())


def vectors(dataset: Sequenced) -> Vectors:
    words = sorted({token for text in dataset.train_texts for token in code_tokens(text)})
    table = np.random.default_rng(0).normal(size=(len(words), 16))
    return Vectors(words, table.astype(np.float32))


@pytest.mark.parametrize("validated", [True, False])
def test_it_tells_what_order_tells_and_a_mean_does_not(validated) -> None:
    dataset = swapped(validated)
    found = bilstm.predict(dataset, vectors(dataset), SETTING)
    assert telling.measure(found)["accuracy"] >= 0.75
    assert telling.measure(telling.bag(dataset, SETTING))["accuracy"] == 0.5


def test_answers_are_those_of_the_seed_and_leave_pytorch_as_it_was() -> None:
    dataset = swapped()
    setting = replace(SETTING, options={"hidden": 2, "epochs": 1})
    torch.manual_seed(7)
    before, threads = torch.get_rng_state(), torch.get_num_threads()

    def scores(seed: int) -> list[float]:
        tokens = reading.Tokens.of(vectors(dataset), dataset.needed_sentences)
        with reading.seeded(replace(setting, seed=seed).seed_for("bilstm")):
            network = bilstm._network(tokens.table, 2, 2)
            return network(*reading.padded(tokens.texts[:3])).ravel().tolist()

    assert scores(0) == scores(0) != scores(1)
    first, again = (bilstm.predict(dataset, vectors(dataset), setting) for _ in "ab")
    assert first["predicted"].tolist() == again["predicted"].tolist()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_a_function_of_which_no_token_has_a_vector_is_wrong_and_unknown() -> None:
    dataset = swapped()
    known = vectors(dataset)
    found = bilstm.predict(
        replace(dataset, test_texts=[*dataset.test_texts[:-1], "@"]), known, SETTING
    )
    assert not found.known[-1] and found["predicted"][-1] == -1
    assert found.known[:-1].all() and (found["predicted"][:-1] >= 0).all()
    nothing = bilstm.predict(dataset, Vectors(["z"], np.ones((1, 4))), SETTING)
    assert not nothing.known.any() and telling.measure(nothing)["accuracy"] == 0.0


def test_states_are_those_of_the_packed_lstm_of_pytorch() -> None:
    with reading.seeded(3):
        table = np.random.default_rng(1).normal(size=(9, 5)).astype(np.float32)
        ours = reading.lstm(table, 4).eval()
        theirs = torch.nn.LSTM(4, 4, batch_first=True, bidirectional=True)
    weights = {f"{name}": values for name, values in ours.onward.named_parameters()}
    weights |= {f"{name}_reverse": values for name, values in ours.backward.named_parameters()}
    theirs.load_state_dict(weights)
    texts = [np.array(text) for text in ([1, 2, 3], [4], [8, 7, 6, 5, 4, 0], [2, 2])]
    with torch.no_grad():
        rows, lengths = reading.padded(texts)
        read = ours(rows, lengths)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            ours.narrow(torch.from_numpy(table)[rows]), lengths, batch_first=True,
            enforce_sorted=False,
        )  # fmt: skip
        states, _ = torch.nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    assert torch.allclose(read.states, states, atol=1e-6)
    assert read.there.tolist()[1] == [True, False, False, False, False, False]


def repairs() -> Repairs:
    """`p a b ; ; ; f a` is right and `q a b ; ; ; f a` is not, however many semicolons there are.

    Behind q belongs b.
    """
    columns: dict[str, list] = {"sentences": [], "locations": [], "candidates": [], "targets": []}
    for count in range(3, 27):
        for first, wrong in (("p", False), ("q", True)):
            sentence = [first, "a", "b", *[";"] * (3 + count % 4), "f", "a"]
            columns["sentences"].append(sentence)
            columns["locations"].append(len(sentence) - 1 if wrong else -1)
            columns["candidates"].append((1, 2, len(sentence) - 1))
            columns["targets"].append((2,) if wrong else ())
    split = {"train": slice(16, None), "valid": slice(0, 8), "test": slice(8, 16)}
    made = {
        f"{name}_{column}": rows[where] * (4 if name == "train" else 1)
        for name, where in split.items()
        for column, rows in columns.items()
    }
    return Repairs(**made, test_functions=[str(i // 2) for i in range(8)])


def token_vectors(*words: str) -> Vectors:
    table = np.random.default_rng(0).normal(size=(len(words), 16))
    return Vectors(words, table.astype(np.float32))


def test_pointers_of_a_trained_head_see_farther_than_a_window() -> None:
    dataset, known = repairs(), token_vectors("p", "q", "a", "b", ";", "f")
    setting = replace(SETTING, options={"hidden": 16, "epochs": 60})
    scores = repairing.measure(pointing.predict(dataset, known, setting))
    assert scores["joint"] >= 0.75 and scores["classification"] >= 0.75
    assert repairing.measure(pointing.predict(dataset, known, setting)) == scores
    assert repairing.measure(repairing.predict(dataset, known, setting))["joint"] == 0.0


def test_answers_of_pointers_are_places_of_their_own_function() -> None:
    dataset, known = repairs(), token_vectors("p", "q", "a", "b", ";", "f")
    found = pointing.predict(dataset, known, replace(SETTING, options={"hidden": 2, "epochs": 1}))
    located, said, buggy = (found[name] for name in ("located", "said_buggy", "buggy"))
    assert buggy.tolist() == [False, True] * 4
    assert not (located & ~said).any() and not (found["repaired"] & ~said).any()
    assert found.unit.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_pointers_without_a_vector_at_any_candidate_are_wrong_and_unknown() -> None:
    found = pointing.predict(repairs(), token_vectors("p", ";"), SETTING)
    assert not found.known.any()
    assert set(repairing.measure(found).values()) == {0.0}


@pytest.mark.parametrize("count", [1, 4, 7, 200])
def test_a_batch_holds_whole_pairs_and_every_text_is_in_one(count) -> None:
    lengths = np.random.default_rng(0).integers(1, 90, count).tolist()
    for generator in (None, np.random.default_rng(5)):
        found = reading.batches(lengths, generator)
        assert sorted(np.concatenate(found).tolist()) == list(range(count))
        for batch in found:
            firsts = {place // 2 for place in batch.tolist()}
            assert len(batch) == sum(2 * pair + 1 < count for pair in firsts) + len(firsts)


def test_options_that_mean_nothing_are_refused() -> None:
    dataset = swapped()
    for name in ("hidden", "epochs"):
        setting = replace(SETTING, options={**SETTING.options, name: 0})
        with pytest.raises(InvalidRequest, match=f"{name} must be 1 or more; got 0"):
            bilstm.predict(dataset, vectors(dataset), setting)


def test_without_pytorch_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    dataset = swapped()
    with pytest.raises(InvalidRequest, match=r"pip install 'embkit-code\[heads\]'"):
        bilstm.predict(dataset, vectors(dataset), SETTING)
