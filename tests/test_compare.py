"""What may be compared, what comes of it on paper, and what is said of everything else."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Benchmark, InvalidRequest, NotFound, Task, Texts
from embkit.compare import chosen_specs, collect, compare
from embkit.evaluate import Run, evaluate
from embkit.registry import Registry
from embkit.reporters.comparison import FORMATS
from embkit.results import Store


@pytest.fixture(scope="module")
def registry():
    return Registry(only=[])


@pytest.fixture
def compared(registry, tmp_path):
    """A function that compares what lies in a folder of results."""

    def run(*specs, folder="results", **options):
        store = Store(tmp_path / folder)
        items = store.scan()
        return compare(registry, store, items, chosen_specs(items, specs), **options)

    return run


def pair_of(comparison, task=0):
    (pair,) = comparison.tasks[task].pairs
    return pair


# two providers --------------------------------------------------------------------------------


def test_a_difference_on_paper(stored, compared):
    # a is right and b wrong on 6 items, the other way round on 1.
    stored("set/one", "a", "1" * 10 + "1" * 6 + "0" + "0" * 3)
    stored("set/one", "b", "1" * 10 + "0" * 6 + "1" + "0" * 3)
    found = compared("a", "b")
    (task,) = found.tasks
    assert task.scores == {"a": 0.8, "b": 0.55}
    assert (task.metric, task.units, task.seeds) == ("accuracy", 20, (0,))
    pair = pair_of(found)
    assert pair.difference == pytest.approx(0.25)
    # Of 128 exchanges of 7 items those with at most one on the other side, 2 · (1 + 7).
    assert pair.p == pair.corrected == 16 / 128
    assert not pair.apart and pair.better == "" and task.tied == ("a", "b")
    # Differences are 6 of +1, 1 of -1, 13 of 0: variance (7 - 25/20) / 19 = 0.303, over 20 items
    # a deviation of 0.123, and t of 19 degrees is 2.093.
    assert pair.interval == pytest.approx((0.25 - 0.257, 0.25 + 0.257), abs=0.02)


def test_who_is_told_apart_stands_alone_with_the_first_letter(stored, compared):
    stored("set/one", "a", "0" * 12 + "1" * 8)
    stored("set/one", "b", "1" * 20)
    (task,) = compared("a", "b").tasks
    assert task.pairs[0].p == 2 / 2**12
    assert task.pairs[0].better == "b"
    assert task.letters == {"b": "a", "a": "b"} and task.tied == ("b",)


def test_p_is_corrected_for_all_pairs_of_all_tasks(stored, compared):
    for task in ("one", "two"):
        stored(f"set/{task}", "a", "1" * 8 + "0" * 12)
        stored(f"set/{task}", "b", "0" * 20)
        stored(f"set/{task}", "c", "0" * 20)
    found = compared("a", "b", "c")
    assert found.tests == 6
    p_values = [(pair.p, pair.corrected) for task in found.tasks for pair in task.pairs]
    # Four tests at 2 / 2^8 times 6, and two of b and c, which are the same.
    assert p_values == [(1 / 128, 6 / 128), (1 / 128, 6 / 128), (1, 1)] * 2
    # With a third task it would be 9, and nobody told apart any more.
    assert all(pair.apart for task in found.tasks for pair in task.pairs[:2])
    for spec in "abc":
        stored("set/three", spec, "10" * 10)
    assert not any(pair.apart for task in compared().tasks for pair in task.pairs)


def test_the_order_of_the_providers_turns_only_signs(stored, compared):
    rng = np.random.default_rng(0)
    for spec in "ab":
        stored("set/one", spec, "".join(map(str, rng.integers(0, 2, 60))))
    forth, back = pair_of(compared("a", "b")), pair_of(compared("b", "a"))
    assert forth.difference == -back.difference
    assert forth.p == pytest.approx(back.p) and forth.p < 1
    assert forth.interval == pytest.approx((-back.interval[1], -back.interval[0]))
    assert compared("a", "b") == compared("a", "b")


# ranks ----------------------------------------------------------------------------------------


def test_ranks_points_and_wins_on_paper(stored, compared):
    best, middle, none = "1" * 30, "1" * 15 + "0" * 15, "0" * 30
    for task, answers in {
        "one": (best, middle, none), "two": (best, none, middle), "three": (middle, middle, none),
    }.items():  # fmt: skip
        for spec, right in zip("abc", answers, strict=True):
            stored(f"set/{task}", spec, right)
    (ranking,) = compared("a", "b", "c").rankings
    shown = {s.spec: (s.mean_rank, s.borda, s.better, s.worse) for s in ranking.standings}
    # a: ranks 1, 1, 1.5; b: 2, 3, 1.5; c: 3, 2, 3. Points are 9 less the sum of the ranks. Nobody
    # is tied but a and b on the third: a wins 5 times, b and c lose to whoever is above.
    assert shown["a"] == (pytest.approx(3.5 / 3), pytest.approx(5.5), 5, 0)
    assert shown["b"] == (pytest.approx(6.5 / 3), pytest.approx(2.5), 2, 3)
    assert shown["c"] == (pytest.approx(8 / 3), pytest.approx(1), 1, 5)
    assert [s.spec for s in ranking.standings] == ["a", "b", "c"]
    for standing in ranking.standings:
        low, high = standing.other_tasks
        assert 1 <= low <= standing.mean_rank <= high <= 3
        assert standing.borda_other_tasks == pytest.approx((9 - 3 * high, 9 - 3 * low))


def test_one_task_says_nothing_about_other_tasks(stored, compared):
    stored("set/one", "a", "1100")
    stored("set/one", "b", "1000")
    (ranking,) = compared("a", "b").rankings
    assert ranking.standings[0].other_tasks is None
    # The one item that differs is not among 4 drawn in (3/4)^4 = 0.316 of all samples; the two are
    # then equal, of rank 1.5, and the mean of all samples is 0.158 above the rank that was seen.
    assert ranking.standings[0].same_tasks == pytest.approx((1, 1.5 - 0.158), abs=0.03)


def test_ranks_are_of_the_tasks_that_all_have_and_it_is_said(stored, compared):
    for spec in "abc":
        stored("set/one", spec, "10" * 5)
    for spec in "ab":
        stored("set/two", spec, "10" * 5)
    found = compared("a", "b", "c")
    assert [len(task.pairs) for task in found.tasks] == [3, 1]
    assert [ranking.tasks for ranking in found.rankings] == [1]
    assert found.notes == {"no part of the ranks, for want of c": ["set/two"]}


def test_there_are_no_ranks_where_no_task_is_common_to_all(stored, compared):
    for task, specs in {"one": "ab", "two": "bc"}.items():
        for spec in specs:
            stored(f"set/{task}", spec, "1010")
    assert compared("a", "b", "c").rankings == []


@pytest.fixture
def isotropy(registry, tmp_path):
    """A function that measures how the vectors of some providers lie, which judges none."""
    words = [f"{a}{b}{c}" for a in "kmt" for b in "aeiou" for c in "lrs"]
    task = Task(name="lie", summary="words", evaluator="isotropy", load=lambda: Texts(texts=words))
    benchmark = Benchmark(name="set", summary="words", language="mr", tasks=(task,))
    store = Store(tmp_path / "results")

    def run(*specs):
        settings = Run(registry=registry, store=store, cached=False)
        list(evaluate(settings, specs, [(benchmark, task)]))
        return store

    return run


def test_what_describes_vectors_is_compared_but_neither_ranked_nor_marked(
    registry, isotropy, compared
):
    store = isotropy("ngrams", "ngrams?dim=50")
    found = compared()
    (one,) = found.tasks
    assert one.metric == "isoscore" and one.pairs[0].apart
    assert (one.pairs[0].better, one.letters, one.tied) == ("", {}, ())
    assert found.rankings == []
    assert found.notes == {
        "neither ranked nor marked, as it describes vectors and judges none": ["set/lie"]
    }
    assert collect(registry, store, store.scan()).leaders == {}


def test_the_row_of_what_describes_vectors_is_neither_bold_nor_lettered(isotropy, compared):
    isotropy("ngrams", "ngrams?dim=50")
    markdown = FORMATS["md"]
    assert row_of(markdown(compared())) == (
        r"| set/lie | isoscore | 45 | 0.091 | 0.387 | -0.296 \[-0.327, -0.264\] | &lt;0.001 |"
    )
    isotropy("ngrams?dim=20")
    scores = compared().tasks[0].scores
    shown = " | ".join(f"{score:.3f}" for score in scores.values())
    assert row_of(markdown(compared())) == f"| set/lie | isoscore | 45 | {shown} |"


def row_of(markdown):
    """The line of the one task."""
    (line,) = [line for line in markdown.splitlines() if line.startswith("| set/lie")]
    return line


def test_ranks_by_language_stand_beside_those_of_all(stored, compared):
    for task, language, first in (("one", "mr", "11"), ("two", "tr", "00"), ("three", "tr", "00")):
        stored(f"set/{task}", "a", first, language=language)
        stored(f"set/{task}", "b", "10", language=language)
    found = compared("a", "b", by="language")
    shown = {r.about: (r.tasks, r.standings[0].spec) for r in found.rankings}
    assert shown == {"": (3, "b"), "mr": (1, "a"), "tr": (2, "b")}
    assert [r.about for r in compared("a", "b", by="domain").rankings] == [""]


# seeds ----------------------------------------------------------------------------------------


def test_seeds_are_one_score_with_a_spread_of_its_own(stored, compared):
    for seed, right in enumerate(("1111100000", "1111110000", "1111111000")):
        stored("set/one", "a", right, seed=seed)
        stored("set/one", "b", "1111000000", seed=seed)
    (task,) = compared("a", "b").tasks
    assert task.seeds == (0, 1, 2)
    assert task.scores == {"a": pytest.approx(0.6), "b": pytest.approx(0.4)}
    assert task.deviations == {"a": pytest.approx(0.1), "b": pytest.approx(0)}
    # Three items differ: 2 / 2^3, however many seeds say so.
    assert task.pairs[0].p == 2 / 8


def test_one_seed_has_no_deviation(stored, compared):
    for spec in "ab":
        stored("set/one", spec, "10")
    assert compared("a", "b").tasks[0].deviations == {}


def test_only_seeds_that_all_have_take_part_and_it_is_said(stored, compared):
    stored("set/one", "a", "1111", seed=0)
    stored("set/one", "a", "0000", seed=7)
    stored("set/one", "b", "1100", seed=0)
    found = compared("a", "b")
    assert found.tasks[0].scores == {"a": 1.0, "b": 0.5}
    assert found.notes == {"left out, seed 7 of a, which others lack": ["set/one"]}


def test_without_a_common_seed_nothing_is_compared(stored, compared):
    stored("set/one", "a", "1111", seed=1)
    stored("set/one", "b", "1111", seed=2)
    with pytest.raises(InvalidRequest, match="no seed is common to a and b: set/one"):
        compared("a", "b")


def test_a_sign_that_another_seed_turns_is_marked(stored, compared):
    for task, second in (("one", "1110"), ("two", "1000")):
        stored(f"set/{task}", "a", "1100", seed=0)
        stored(f"set/{task}", "a", "1100", seed=1)
        stored(f"set/{task}", "b", "1000", seed=0)
        stored(f"set/{task}", "b", second, seed=1)
    found = compared("a", "b")
    turns = {task.id: task.pairs[0].turns for task in found.tasks}
    assert turns == {"set/one": True, "set/two": False}


# what is not comparable -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"data": "1"}, "on other rows of data"),
        ({"version": "2"}, "by another version of the evaluator"),
        ({"options": {"limit": 4}}, "with other options of the protocol"),
    ],
)
def test_results_that_were_not_measured_alike_are_left_out_and_it_is_said(
    stored, compared, change, what
):
    stored("set/one", "a", "1111")
    stored("set/one", "b", "1100")
    stored("set/one", "c", "0000", **change)
    found = compared("a", "b", "c")
    assert list(found.tasks[0].scores) == ["a", "b"]
    assert found.notes == {
        f"left out, c measured {what}": ["set/one"],
        "no part of the ranks, for want of c": ["set/one"],
    }


def test_two_results_on_other_data_are_no_comparison_and_the_reason_is_told(stored, compared):
    stored("set/one", "a", "1111", data="1")
    stored("set/one", "b", "11110")
    with pytest.raises(InvalidRequest, match="left out, a measured on other rows of data: set/one"):
        compared("a", "b")


def test_one_protocol_is_compared_and_the_others_are_named(stored, compared):
    for protocol, right in (("default", "1111"), ("cosine-free", "1100")):
        stored("set/one", "a", right, protocol=protocol)
        stored("set/one", "b", "1000", protocol=protocol)
    found = compared("a", "b")
    assert found.protocol == "default" and found.tasks[0].scores["a"] == 1
    assert found.notes == {"left out, measured by protocol cosine-free": ["set/one"]}
    with pytest.raises(NotFound, match="no result is of protocol 'mteb'"):
        compared("a", "b", protocol="mteb")


def test_a_score_that_its_predictions_do_not_give_again_is_left_out(stored, compared):
    for spec in "ab":
        stored("set/one", spec, "1100")
    stored("set/one", "c", "1100", score=0.75)
    (why, *_) = compared("a", "b", "c").notes
    assert (
        why == "left out, c: measured by an evaluator that is not installed now; evaluate it anew"
    )


def test_predictions_that_are_gone_are_named_with_their_file(stored, compared):
    for spec in "abc":
        folder = stored("set/one", spec, "1100")
    (gone,) = folder.rglob("c-*.parquet")
    gone.unlink()
    (why, *_) = compared("a", "b", "c").notes
    assert why.startswith("left out, c: ") and gone.name in why


def test_a_failed_result_is_told(stored, compared):
    for task in ("one", "two"):
        stored(f"set/{task}", "a", "1100")
    stored("set/one", "b", "1100")
    stored("set/two", "b", "")
    assert compared("a", "b").notes == {
        "failed, b": ["set/two"],
        "not compared, for want of a second provider that was measured alike": ["set/two"],
    }


def test_of_two_folders_with_the_same_cell_the_first_counts_and_it_is_said(
    registry, stored, tmp_path
):
    for folder, right in (("mine", "1111"), ("yours", "0000")):
        for spec in "ab":
            stored("set/one", spec, right, folder=folder)
    items = [item for folder in ("mine", "yours") for item in Store(tmp_path / folder).scan()]
    found = compare(registry, Store(tmp_path / "mine"), items, ["a", "b"])
    assert found.tasks[0].scores == {"a": 1.0, "b": 1.0}
    assert found.notes == {
        "left out, a second result of a": ["set/one"],
        "left out, a second result of b": ["set/one"],
    }


# who is compared ------------------------------------------------------------------------------


def test_without_names_all_providers_are_compared(stored, compared):
    for spec in ("b", "a?dim=2", "a?dim=1"):
        stored("set/one", spec, "10")
    assert compared().specs == ("a?dim=1", "a?dim=2", "b")
    assert compared("b", "a?dim=2").specs == ("b", "a?dim=2")


def test_a_provider_without_a_result_is_an_error_that_lists_those_there_are(stored, compared):
    for spec in ("ngrams", "indicft"):
        stored("set/one", spec, "10")
    with pytest.raises(
        NotFound, match=r"'indcft', only of indicft, ngrams; did you mean 'indicft'"
    ):
        compared("ngrams", "indcft")


def test_one_provider_is_no_comparison(stored, compared):
    stored("set/one", "a", "10")
    with pytest.raises(InvalidRequest, match="needs two providers, not only 'a'"):
        compared()


# what reports mark ----------------------------------------------------------------------------


def test_a_leader_is_told_from_the_others_among_all_pairs(stored, registry):
    # 2 / 2^7 is below 5 % for one pair and for three, 3 · 2 / 2^7 = 0.047, but not for six.
    better, worse = "1" * 7 + "0" * 13, "0" * 20
    folder = stored("set/one", "a", better)
    for spec in "bc":
        stored("set/one", spec, worse)
    store = Store(folder)
    assert collect(registry, store, store.scan()).leaders == {"set/one": ("a",)}
    stored("set/one", "d", worse)
    tied = collect(registry, store, store.scan()).leaders["set/one"]
    assert tied == ("a", "b", "c", "d")
