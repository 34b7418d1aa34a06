"""What predictions tell together: who is tied, parts of the items, hard items, places over rows."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Benchmark, Labelled, Predictions, Retrieval, Task
from embkit.cache import cache_dir
from embkit.compare import collect
from embkit.contests import Contest, contests
from embkit.coverage import Items
from embkit.details import ItemTexts, Look
from embkit.evaluate import Run, evaluate
from embkit.hard_items import hardest
from embkit.pairing import sample_together
from embkit.places import all_standings
from embkit.ranking import mean_ranks
from embkit.registry import Registry
from embkit.results import Results, Store
from scipy import stats


@pytest.fixture(scope="module")
def registry():
    return Registry(only=[])


@pytest.fixture
def looked(registry, tmp_path):
    """A function that looks into the folder of results."""

    def run(folder="results"):
        store = Store(tmp_path / folder)
        return contests(registry, store, store.scan())

    return run


# one row --------------------------------------------------------------------------------------


def test_providers_stand_best_first_with_their_letters_and_who_is_tied_with_the_best(
    stored, looked
):
    stored("set/one", "worst", "0" * 20)
    stored("set/one", "best", "1" * 20)
    stored("set/one", "near", "1" * 18 + "00")
    (contest,) = looked().values()
    assert contest.specs == ["best", "near", "worst"]
    assert contest.scores == [1.0, 0.9, 0.0]
    assert contest.letters == ["a", "a", "b"] and contest.tied == ["best", "near"]
    assert contest.units == 20 and contest.ranks.shape == (1000, 3)
    # In every sample the worst is the worst, and the best is never below the second.
    assert (contest.ranks[:, 2] == 3).all() and (contest.ranks[:, 0] <= 1.5).all()


def test_the_hardest_items_are_those_that_most_get_wrong_with_what_each_answered(stored, looked):
    stored("set/one", "a", "0111")
    stored("set/one", "b", "0101")
    (contest,) = looked().values()
    assert contest.specs == ["a", "b"]
    told = [(hard.item, hard.gold, hard.value, hard.answers) for hard in contest.hard]
    assert told == [(0, "yes", 0.0, ["no", "no"]), (2, "yes", 0.5, ["yes", "no"])]
    assert contest.equally == 1


def test_where_nobody_is_wrong_no_item_is_hard(stored, looked):
    stored("set/one", "a", "1111")
    (contest,) = looked().values()
    assert contest.hard == [] and contest.tied == ["a"]


def test_of_a_rank_correlation_the_items_whose_ranks_are_furthest_off_are_hard():
    gold = np.array([1.0, 2.0, 3.0, 4.0])
    predicted = np.array([0.9, 0.2, np.nan, 0.8])
    cell = Predictions(
        {"gold": gold, "predicted": predicted}, unit=np.arange(4), known=np.isfinite(predicted)
    )
    sampled = sample_together(
        lambda p: (
            float(stats.spearmanr(p["gold"], np.nan_to_num(p["predicted"]))[0])
            if len(set(p["gold"])) > 1
            else 0.0
        ),
        [[cell]],
        np.random.default_rng(0),
        draws=2,
    )
    hard, equally = hardest(sampled, [0], [cell], "spearman")
    # Ranks of gold 1 2 3 4, of predictions 4 1 2 3 with the mean 0.63 for the unknown one.
    assert [(h.item, h.gold, h.value, h.answers) for h in hard] == [(0, "1.00", 0.25, ["0.90"])]
    assert equally == 1


def test_a_score_that_is_no_mean_over_items_has_no_hard_ones():
    cell = Predictions({"group": [0, 0, 1, 1]}, unit=np.arange(4), known=np.ones(4, dtype=bool))
    share = sample_together(
        lambda p: len(set(p["group"].tolist())) / 2, [[cell]], np.random.default_rng(0), draws=2
    )
    assert hardest(share, [0], [cell], "share") == ([], 0)


def test_parts_have_the_score_of_each_provider_on_the_items_of_a_label(
    stored, looked, tmp_path, registry
):
    for spec, right in (("a", "1101"), ("b", "1000")):
        stored("set/one", spec, right)
    store = Store(tmp_path / "results")
    slices = {"kind": ["x", "x", "y", ""], "frequency": ["1", "2", "1", "2"], "one": ["z"] * 4}
    for path, result in store.scan():
        items = Items(slices=slices, unknown=[[]] * 4)
        store.save(path, result, store.predictions(path), items)
    (contest,) = looked().values()
    # Frequency is of each provider's own words, and a breakdown of one label breaks nothing down.
    assert list(contest.parts) == ["kind"]
    told = [(part.label, part.items, list(part.scores)) for part in contest.parts["kind"]]
    assert told == [("x", 2, [1.0, 0.5]), ("y", 1, [0.0, 0.0])]


def test_a_row_whose_predictions_are_gone_is_left_out(stored, looked, tmp_path):
    stored("set/one", "a", "10")
    stored("set/two", "a", "10")
    next((tmp_path / "results/set/one").glob("*.parquet")).unlink()
    assert list(looked()) == ["set/two"]


def test_what_was_found_is_kept_until_a_file_of_the_row_changes(stored, looked):
    folder = stored("set/one", "a", "1101")
    stored("set/one", "b", "0001")
    first = looked()["set/one"]
    (kept,) = cache_dir().glob("contests/*.npz")
    written = kept.stat().st_mtime_ns
    again = looked()["set/one"]
    assert kept.stat().st_mtime_ns == written
    np.testing.assert_array_equal(first.ranks, again.ranks)
    for name in ("specs", "scores", "letters", "tied", "units", "parts", "rest", "hard", "equally"):
        assert getattr(first, name) == getattr(again, name)
    kept.write_bytes(b"damaged")
    assert looked()["set/one"].specs == ["a", "b"]
    (file,) = folder.rglob("b-*.json")
    file.write_text(file.read_text() + "\n")
    written = kept.stat().st_mtime_ns
    looked()
    # The new state takes the place of the old one.
    assert list(cache_dir().glob("contests/*.npz")) == [kept]
    assert kept.stat().st_mtime_ns > written


def test_without_a_cache_it_is_found_all_the_same(stored, looked, tmp_path, monkeypatch):
    stored("set/one", "a", "1101")
    file = tmp_path / "no folder"
    file.write_text("")
    monkeypatch.setenv("EMBKIT_CACHE", str(file))
    assert looked()["set/one"].scores == [0.75]


# over rows ------------------------------------------------------------------------------------


def test_places_over_rows_are_mean_ranks_with_intervals_and_ties(stored, looked, registry):
    for number in range(8):
        folder = stored(f"set/{number}", "best", "1" * 20)
        stored(f"set/{number}", "worst", "0" * 20)
        stored(f"set/{number}", "same", "1" * 20)
    items = Store(folder).scan()
    results = Results([result for _, result in items])
    standings = all_standings(results, looked())[("", "")]
    assert len(standings.rows) == 8 and standings.left_out == {}
    told = [(p.spec, p.mean_rank, p.interval, p.tied) for p in standings.places]
    assert told == [
        ("best", 1.5, (1.5, 1.5), True), ("same", 1.5, (1.5, 1.5), True),
        ("worst", 3.0, (3.0, 3.0), False),
    ]  # fmt: skip


def test_places_have_the_ranks_and_intervals_of_a_comparison(stored, looked, registry):
    draw = np.random.default_rng(3)
    for number in range(6):
        for spec, share in (("a", 0.7), ("b", 0.6), ("c", 0.5)):
            right = "".join("1" if x < share else "0" for x in draw.random(40))
            folder = stored(f"set/{number}", spec, right)
    found = looked()
    items = Store(folder).scan()
    standings = all_standings(Results([result for _, result in items]), found)[("", "")]

    class Drawn:  # as mean_ranks takes them: scores and samples, here in the contests' own ranks
        def __init__(self, contest: Contest) -> None:
            columns = [contest.specs.index(spec) for spec in "abc"]
            self.scores = np.array(contest.scores)[columns]
            self.samples = -contest.ranks[:, columns]

    observed, _, other = mean_ranks([Drawn(c) for c in found.values()], np.random.default_rng(0))
    for place in standings.places:
        i = "abc".index(place.spec)
        assert place.mean_rank == pytest.approx(observed[i])
        assert place.interval == pytest.approx(tuple(other[i]), abs=0.15)  # other random numbers


def test_a_provider_with_less_than_half_of_the_rows_takes_no_part_and_is_named(stored, looked):
    for number in range(5):
        folder = stored(f"set/{number}", "a", "11")
        stored(f"set/{number}", "b", "10")
    stored("set/0", "c", "00")
    results = Results([result for _, result in Store(folder).scan()])
    standings = all_standings(results, looked())[("", "")]
    assert [place.spec for place in standings.places] == ["a", "b"]
    assert standings.left_out == {"c": 1} and len(standings.rows) == 5


def test_each_language_has_places_of_its_own(stored, looked):
    for language, (a, b) in {"mr": ("11", "00"), "tr": ("00", "11")}.items():
        folder = stored(f"set/{language}", "a", a, language=language)
        stored(f"set/{language}", "b", b, language=language)
    found = all_standings(Results([result for _, result in Store(folder).scan()]), looked())
    best = {group: standings.places[0].spec for group, standings in found.items()}
    assert best["language", "mr"] == "a" and best["language", "tr"] == "b"
    assert {place.mean_rank for place in found["", ""].places} == {1.5}


# texts ----------------------------------------------------------------------------------------


@pytest.fixture
def measured(registry, tmp_path, monkeypatch):
    """A task of four texts, two of which `ngrams` places wrongly, measured and collected."""
    dataset = Labelled(
        train_texts=["aaa", "aab", "zzz", "zzy"], train_labels=["a", "a", "z", "z"],
        test_texts=["aaaa", "zzzz", "aaab", "zzyz"], test_labels=["a", "a", "z", "z"],
    )  # fmt: skip
    holder = {"dataset": dataset}
    task = Task(name="one", summary="", evaluator="classification", load=lambda: holder["dataset"])
    benchmark = Benchmark(name="set", summary="", language="mr", tasks=[task])
    monkeypatch.setattr(Registry, "benchmarks", (benchmark,))
    store = Store(tmp_path / "run")
    list(evaluate(Run(registry=registry, store=store), ["ngrams"], [(benchmark, task)]))
    return registry, store, holder


WRONG = {1: ("zzzz",), 2: ("aaab",)}


def test_hard_items_come_with_their_texts(measured):
    registry, store, _ = measured
    details = collect(registry, store, store.scan()).details
    assert details.texts == {"set/one": ItemTexts(language="mr", items=WRONG)}
    # Out of the cache they are the same, and a damaged file is made anew.
    assert collect(registry, store, store.scan()).details.texts == details.texts
    (kept,) = cache_dir().glob("contests/*.json")
    kept.write_text("{")
    assert collect(registry, store, store.scan()).details.texts == details.texts
    assert details.untold == {}


def test_texts_are_left_out_where_that_is_wanted_and_where_the_data_changed(measured):
    registry, store, holder = measured
    items = store.scan()
    assert collect(registry, store, items, look=Look(texts=False)).details.texts == {}
    holder["dataset"] = Labelled(
        train_texts=["a", "z"], train_labels=["a", "z"], test_texts=["a"], test_labels=["a"]
    )
    details = collect(registry, store, items).details
    assert details.texts == {}
    assert details.untold == {
        "set/one": "Texts cannot be shown: the data are not here, or others than were scored"
    }


def test_the_texts_of_queries_are_in_the_language_of_queries(registry, tmp_path, monkeypatch):
    dataset = Retrieval(
        queries=["water", "tree"], documents=["पाणी", "झाड"], relevant=[{0: 1.0}, {1: 1.0}]
    )
    task = Task(
        name="one", summary="", evaluator="retrieval", load=lambda: dataset, query_language="en"
    )
    benchmark = Benchmark(name="set", summary="", language="mr", tasks=[task])
    monkeypatch.setattr(Registry, "benchmarks", (benchmark,))
    store = Store(tmp_path / "run")
    list(evaluate(Run(registry=registry, store=store), ["ngrams"], [(benchmark, task)]))
    (texts,) = collect(registry, store, store.scan()).details.texts.values()
    assert texts.language == "en"
    assert set(texts.items.values()) <= {("water",), ("tree",)}
