"""The tasks of the standard library, and what evaluators make of functions written by hand."""

from __future__ import annotations

import numpy as np
import pytest
from embkit.errors import InvalidData
from embkit.records import Setting
from embkit.vectors import Vectors
from embkit_code import making, order, repairing, telling
from embkit_code.corpus import corpus_of
from embkit_code.language import PYTHON
from embkit_code.lexing import code_tokens
from embkit_code.shapes import Functions, Repairs
from embkit_code.tasks import benchmark

SETTING = Setting(language=PYTHON, task="code/x", options={"longest": 2})


@pytest.fixture(scope="module")
def operands() -> Functions:
    return making.dataset(None, "swapped-operands")


def test_a_dataset_is_the_same_when_it_is_made_again(operands) -> None:
    corpus_of.cache_clear()
    assert making.dataset(None, "swapped-operands").digest == operands.digest


def test_both_versions_of_a_function_are_in_one_split_and_labels_are_even(operands) -> None:
    assert operands.test_labels == ("correct", "bug") * (operands.items // 2)
    assert operands.test_functions[::2] == operands.test_functions[1::2]
    assert not set(operands.test_texts) & {*operands.train_texts, *operands.valid_texts}


def test_swapped_operands_are_chance_to_whatever_does_not_see_order(operands) -> None:
    from embkit.providers import NgramEmbedder

    embedder = NgramEmbedder(PYTHON, dim=64, shortest=2, longest=4)
    texts = list(dict.fromkeys(operands.needed))
    vectors = Vectors(texts, embedder.embed(texts))
    assert telling.measure(telling.predict(operands, vectors, SETTING))["accuracy"] == 0.5
    assert telling.measure(telling.bag(operands, SETTING))["accuracy"] == 0.5


def test_rows_of_token_ngrams_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    train = ["f(x) - x", "x - f(y)  # no", "y"]
    texts = ["f(x) - f(x)", "", "y - z"]
    options = {
        "tokenizer": code_tokens, "token_pattern": None, "lowercase": False, "ngram_range": (1, 2),
    }  # fmt: skip
    for present, reference in (
        (True, CountVectorizer(binary=True, **options)),
        (False, TfidfVectorizer(sublinear_tf=True, **options)),
    ):
        reference.fit(train)
        ours = telling.TokenGrams(train, 2, present=present).rows(texts).toarray()
        theirs = reference.transform(texts).toarray()
        assert ours.shape == (3, 6 + 9)  # f ( x ) - y, and f( (x x) )- -x x- -f (y y)
        # Columns stand in the order of their spelling, with a space or a NUL between tokens.
        one, other = (np.array(sorted(table.T.round(4).tolist())) for table in (ours, theirs))
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_token_ngrams_see_the_order_of_operands(operands) -> None:
    assert telling.measure(telling.ngrams(operands, SETTING))["accuracy"] > 0.6


def test_exceptions_are_hidden_and_no_class_is_rare() -> None:
    found = making.dataset(None, "exception-type")
    assert all(making.HOLE in text for text in found.test_texts)
    counts = {label: found.train_labels.count(label) for label in found.train_labels}
    assert len(counts) == 8 and min(counts.values()) >= 10
    assert "OSError" in counts and "IOError" not in counts


def test_a_docstring_is_once_right_and_once_wrong() -> None:
    found = making.dataset(None, "docstring-match")
    right = [text for text, label in zip(found.second, found.labels, strict=True) if label]
    wrong = [text for text, label in zip(found.second, found.labels, strict=True) if not label]
    assert len(right) == len(wrong)
    assert len(set(right) ^ set(wrong)) < len(right) / 50
    assert all(a != b for a, b in zip(right, wrong, strict=True))


def test_in_a_repair_one_token_is_wrong_and_the_targets_are_the_right_variable() -> None:
    found = making.dataset(None, "misuse-repair")
    assert found.items == 1500
    for i in range(0, 200, 2):
        clean, bug = found.test_sentences[i], found.test_sentences[i + 1]
        differing = [j for j, (a, b) in enumerate(zip(clean, bug, strict=True)) if a != b]
        assert differing == [found.test_locations[i + 1]]
        assert found.test_locations[i] == -1 and found.test_targets[i] == ()
        assert {bug[j] for j in found.test_targets[i + 1]} == {clean[differing[0]]}


def test_the_benchmark_of_a_tree_has_the_name_of_its_folder(tmp_path) -> None:
    made = benchmark(tmp_path)
    assert made.name.startswith("code-test-")
    assert made.tasks[0].licence == "no licence file"
    with pytest.raises(InvalidData, match="a tree needs a dozen Python files"):
        made.tasks[0].load()


def repairs(count: int) -> Repairs:
    """`( a , b )` in which one variable may be `bad`; the right one stands in both places."""
    clean, bug = ("(", "a", ",", "b", ",", "a", ")"), ("(", "a", ",", "b", ",", "bad", ")")
    columns = {
        "sentences": [clean, bug], "locations": [-1, 5], "candidates": [(1, 3, 5), (1, 3, 5)],
        "targets": [(), (1,)],
    }  # fmt: skip
    made = {
        f"{split}_{name}": rows * count
        for split in ("train", "valid", "test")
        for name, rows in columns.items()
    }
    return Repairs(**made, test_functions=[str(i // 2) for i in range(2 * count)])


def test_pointers_find_and_mend_what_vectors_tell_plainly() -> None:
    words = ["(", ")", ",", "a", "b", "bad"]
    dataset = repairs(10)
    scores = repairing.measure(
        repairing.predict(dataset, Vectors(words, np.eye(6, dtype=np.float32)), SETTING)
    )
    assert scores == {
        "joint": 1.0, "classification": 1.0, "clean": 1.0, "localisation": 1.0, "repair": 1.0,
    }  # fmt: skip


def test_without_vectors_every_answer_of_a_repair_is_wrong() -> None:
    vectors = Vectors(["other"], np.ones((1, 3), dtype=np.float32))
    predictions = repairing.predict(repairs(2), vectors, SETTING)
    assert set(repairing.measure(predictions).values()) == {0.0}
    assert not predictions.known.any()


def test_scores_of_repairs_are_those_counted_by_hand_in_samples_too() -> None:
    from embkit.predictions import Predictions

    predictions = Predictions(
        {
            "buggy": [True, True, True, False, False],
            "said_buggy": [True, True, False, True, False],
            "located": [True, False, False, False, False],
            "repaired": [True, True, False, False, False],
        },
        unit=[0, 1, 2, 3, 4],
        known=[True] * 5,
    )
    scores = {
        "joint": 1 / 3, "classification": 3 / 5, "clean": 1 / 2, "localisation": 1 / 3,
        "repair": 2 / 3,
    }  # fmt: skip
    assert repairing.measure(predictions) == pytest.approx(scores)
    weights = np.array([[1, 1, 1, 1, 1], [2, 0, 1, 1, 3]])
    sampled = repairing.measure_samples(predictions, weights)
    again = repairing.measure(predictions.take([0, 0, 2, 3, 4, 4, 4]))
    assert {name: values[1] for name, values in sampled.items()} == pytest.approx(again)


def test_a_contradicting_repair_is_refused() -> None:
    good = repairs(1)
    with pytest.raises(InvalidData, match="test function 2: the wrong variable must be a candid"):
        Repairs(
            **{
                name: getattr(good, name)
                for name in good.__dataclass_fields__
                if name not in ("scored", "dropped", "slices", "test_locations")
            },
            test_locations=[-1, 0],
        )


def test_bound_ngrams_tell_order_and_means_do_not() -> None:
    a, b = np.float32([1, 2, 3, 4]), np.float32([1, -1, 2, 0])
    one, other = order.bound(np.stack([a, b]), 2), order.bound(np.stack([b, a]), 2)
    assert one.tolist() == [1, 0.5, 2.5, 2, 4, -1, 4, 0]
    assert other.tolist() == [1, 0.5, 2.5, 2, 0, 2, -3, 8]
    assert order.bound(a[None], 2).tolist() == [1, 2, 3, 4, 0, 0, 0, 0]


def test_by_token_order_a_mean_of_words_tells_swapped_operands() -> None:
    words = ["x", "-", "y", "def", "f", "(", ")", ":", "return", ","]
    texts = ["def f(x, y): return x - y", "def f(x, y): return y - x"]
    dataset = Functions(
        train_texts=texts * 5, train_labels=["correct", "bug"] * 5, valid_texts=texts,
        valid_labels=["correct", "bug"], test_texts=texts, test_labels=["correct", "bug"],
        test_functions=["f", "f"],
    )  # fmt: skip
    table = np.random.default_rng(0).normal(size=(len(words), 32)).astype(np.float32)
    found = order.predict(order.sequenced(dataset, ()), Vectors(words, table), SETTING)
    assert telling.measure(found)["accuracy"] == 1.0
    assert found.unit.tolist() == [0, 0]
