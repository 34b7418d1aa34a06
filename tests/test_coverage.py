"""What a score is of: its items by kind, what they lack, and what composed vectors add to it."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Groups, InvalidData, Pairs, Parallel, Predictions, Vectors
from embkit.coverage import Items, breakdown, items_of, missing, ordered
from embkit.evaluate import Run, evaluate
from embkit.evaluators import SIMILARITY
from embkit.registry import Registry
from embkit.results import Result, Store

NAN = [np.nan, np.nan]
PAIRS = Pairs(
    first=["ev", "su", "göl", "evlerimizden"], second=["su", "kar", "kar", "ev"],
    scores=[1.0, 2.0, 3.0, 4.0], slices={"affix": ["", "", "-ler", "-ler"]},
)  # fmt: skip
VECTORS = Vectors(["ev", "su", "göl", "kar", "evlerimizden"], [[1, 0], [0, 1], NAN, NAN, [1, 1]])
KNOWN = np.array([True, False, False, True])


def ranks(texts):
    place = {"ev": 7, "su": 1000, "göl": 1001, "evlerimizden": 250_000}
    return np.array([place.get(text, 0) for text in texts])


def test_the_missing_texts_are_those_of_items_that_lack_a_vector_the_most_needed_first():
    items = items_of(PAIRS, VECTORS, KNOWN, words=True)
    assert items.unknown == [[], ["kar"], ["göl", "kar"], []]
    assert missing(items) == [("kar", 2), ("göl", 1)]


def test_an_item_is_as_rare_as_its_rarest_word_and_as_long_as_its_longest():
    items = items_of(PAIRS, VECTORS, KNOWN, words=True, ranks=ranks)
    assert items.slices == {
        "letters": ["1–3", "1–3", "1–3", "10–12"],
        "frequency": ["1–1,000", "not in the vocabulary", "not in the vocabulary",
                      "100,001 and more"],
        "affix": ("", "", "-ler", "-ler"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("घरी", "1–3"),  # घ and री
        ("मुलगी", "1–3"),  # मु, ल, गी
        ("ab\u0301c", "1–3"),
        ("abcd", "4–6"),
        ("abcdefghijklm", "13 and more"),
    ],
)
def test_a_letter_and_its_marks_are_one(text, band):
    data = Groups(texts=[text], labels=["x"])
    vectors = Vectors([text], [[1, 0]])
    assert items_of(data, vectors, np.array([True]), words=True).slices["letters"] == [band]


def test_texts_that_are_no_words_have_no_length_and_no_frequency():
    items = items_of(PAIRS, VECTORS, KNOWN, words=False, ranks=ranks)
    assert set(items.slices) == {"affix"}


def test_a_word_to_translate_is_looked_up_as_a_query_and_its_length_counts():
    data = Parallel(source=["su", "nehir"], gold=[["a"], ["b", "c"]])
    vectors = Vectors(["a", "b", "c"], [[1, 0], NAN, NAN], queries=Vectors(["su"], [[1, 0]]))
    items = items_of(data, vectors, np.array([True, False]), words=True)
    assert items.unknown == [[], ["nehir", "b", "c"]]
    assert items.slices == {"letters": ["1–3", "4–6"]}


def test_bands_are_in_order_of_their_numbers_and_other_labels_as_they_come():
    assert ordered(["-ler", "10–12", "1–3", "-im", "10–12", "4–6"]) == [
        "1–3", "4–6", "10–12", "-ler", "-im",
    ]  # fmt: skip
    assert ordered(["100,001 and more", "not in the vocabulary", "1,001–10,000"]) == [
        "1,001–10,000", "100,001 and more", "not in the vocabulary",
    ]  # fmt: skip


def test_a_slice_is_scored_as_if_there_were_no_other_items():
    gold = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    rows = Predictions(
        {"gold": gold, "predicted": [0.1, 0.2, 0.3, 0.3, 0.1, np.nan]},
        unit=range(6), known=[True] * 5 + [False],
    )  # fmt: skip
    first, second = breakdown(SIMILARITY, rows, ["a", "a", "a", "b", "b", "b"], seed=0)
    assert (first.label, first.items, first.known) == ("a", 3, 3)
    assert first.score == pytest.approx(1.0)
    # The unknown pair counts as the mean: predictions rank 3, 1, 2 where people rank 1, 2, 3.
    assert (second.label, second.items, second.known) == ("b", 3, 2)
    assert second.score == pytest.approx(-0.5)


def test_an_item_without_a_label_is_in_no_slice_and_few_units_have_no_interval():
    rows = Predictions(
        {"gold": np.arange(24.0), "predicted": np.arange(24.0)},
        unit=[*range(12), *([0] * 12)], known=[True] * 24,
    )  # fmt: skip
    many, one = breakdown(SIMILARITY, rows, ["many"] * 12 + ["one"] * 11 + [""], seed=0)
    assert many.interval == pytest.approx((1.0, 1.0))
    assert (one.items, one.interval) == (11, None)
    unknown = Predictions({"gold": np.arange(24.0), "predicted": np.full(24, np.nan)},
                          unit=range(24), known=[False] * 24)  # fmt: skip
    assert breakdown(SIMILARITY, unknown, ["many"] * 24, seed=0)[0][1:] == (24, 0, 0.0, None)


# beside a result ---------------------------------------------------------------------------------


OK = Result(status="ok", task={"id": "a/b"}, provider={"spec": "p"}, protocol={})
ROWS = Predictions({"gold": [1.0, 2.0]}, unit=[0, 1], known=[True, False])


def test_items_lie_beside_the_predictions_and_leave_them_as_they_are(tmp_path):
    store = Store(tmp_path)
    path = store.path("a/b", "p", "0" * 64)
    items = Items(slices={"affix": ["-ler", ""]}, unknown=[[], ["kar", "x\udc80"]])
    store.save(path, OK, ROWS, items)
    assert set(store.predictions(path).columns) == {"gold", "unit", "known"}
    found = store.items(path)
    assert found.slices == {"affix": ["-ler", ""]}
    assert found.unknown == [[], ["kar", "x\\udc80"]]


def test_predictions_of_which_no_items_were_kept_have_none(tmp_path):
    store = Store(tmp_path)
    path = store.path("a/b", "p", "0" * 64)
    store.save(path, OK, ROWS)
    assert store.items(path) is None
    with pytest.raises(InvalidData, match="cannot be read as predictions"):
        store.items(store.path("a/c", "p", "0" * 64))


# a run -------------------------------------------------------------------------------------------

PLUGIN = '''
import numpy as np
from embkit import Benchmark, Groups, Pairs, Provider, Task, hookimpl

VOCABULARY = {"ev": 1, "su": 2, "göl": 3, "kar": 4}
PREDICTED = []


class Words:
    """Words of a small vocabulary, at one angle more each; all others at the angle of the first."""

    dim = 2

    def __init__(self, composes):
        self._composes = composes
        self.fingerprint = f"words-{composes}"

    def embed(self, texts):
        angles = [VOCABULARY.get(text, 1 if self._composes else np.nan) / 4 for text in texts]
        rows = np.array([np.cos(angles), np.sin(angles)], dtype=np.float32)
        return np.ascontiguousarray(rows.T)

    def ranks(self, texts):
        return np.array([VOCABULARY.get(text, 0) for text in texts], dtype=np.int64)

    @property
    def vocabulary_alone(self):
        return Words(False) if self._composes else None


@hookimpl
def embkit_providers():
    yield Provider(name="composing", summary="c", load=lambda request: Words(True))
    yield Provider(name="plain", summary="p", load=lambda request: Words(False))


def pairs():
    # Cosines fall from ev to kar, and so does what people say; evler is as near to su as ev is.
    return Pairs(first=["ev", "ev", "ev", "evler"], second=["su", "göl", "kar", "su"],
                 scores=[4.0, 3.0, 1.0, 2.0])


def known():
    return Pairs(first=["ev", "ev"], second=["su", "kar"], scores=[2.0, 1.0])


def unknown():
    return Pairs(first=list("abcdefghijkl"), second=list("mnopqrstuvwx"),
                 scores=[float(i) for i in range(12)])


@hookimpl
def embkit_benchmarks():
    yield Benchmark(name="words", summary="w", language="tr", tasks=[
        Task(name="pairs", summary="p", evaluator="similarity", load=pairs),
        Task(name="known", summary="k", evaluator="similarity", load=known),
        Task(name="unknown", summary="u", evaluator="similarity", load=unknown),
        Task(name="sentences", summary="s", evaluator="sts", load=pairs),
    ])
'''


@pytest.fixture
def run(install, tmp_path):
    """A function that evaluates a provider on a task: path, result and store."""
    install("few_words", PLUGIN)
    plugins = Registry(only=["few_words"])
    store = Store(tmp_path / "results")

    def run(spec, task):
        [(path, result)] = evaluate(
            Run(registry=plugins, store=store), [spec], plugins.tasks(f"words/{task}")
        )
        assert result.ok, result.reason
        return store, path, result

    return run


def test_a_score_has_three_forms_with_composed_words_without_them_and_of_known_items(run):
    _, _, result = run("composing", "pairs")
    # Cosines rank 3.5, 2, 1, 3.5 where people rank 4, 3, 1, 2.
    assert result.score == pytest.approx(3 / np.sqrt(4.5 * 5))
    assert (result.coverage, result.vocabulary_coverage) == (1.0, 0.75)
    # evler - su gets the mean of the others, between the second and the third.
    assert result.scores["spearman_vocabulary"] == pytest.approx(1.0)
    assert result.scores["spearman_known"] == result.score
    _, _, plain = run("plain", "pairs")
    assert plain.score == result.scores["spearman_vocabulary"]
    assert (plain.coverage, plain.vocabulary_coverage) == (0.75, None)
    assert "spearman_vocabulary" not in plain.scores


def test_a_vocabulary_that_has_all_words_scores_as_with_composed_ones(run):
    _, _, result = run("composing", "known")
    assert result.vocabulary_coverage == 1.0
    assert result.scores["spearman_vocabulary"] == result.score == pytest.approx(1.0)


def test_only_intrinsic_scores_have_a_form_without_composed_words(run):
    _, _, result = run("composing", "sentences")
    assert result.vocabulary_coverage is None
    assert "spearman_vocabulary" not in result.scores


def test_pairs_that_are_all_unknown_are_failures_and_each_text_is_listed(run):
    store, path, result = run("plain", "unknown")
    assert (result.score, result.coverage) == (0.0, 0.0)
    assert not result.above_floor
    assert "spearman_known" not in result.scores
    assert missing(store.items(path)) == [(letter, 1) for row in zip(
        "abcdefghijkl", "mnopqrstuvwx", strict=True) for letter in row]  # fmt: skip


def test_items_are_kept_by_frequency_and_length(run):
    store, path, _ = run("plain", "pairs")
    assert store.items(path).slices == {
        "letters": ["1–3", "1–3", "1–3", "4–6"],
        "frequency": ["1–1,000"] * 3 + ["not in the vocabulary"],
    }
