"""The run: resumed, deterministic, never mixed up, and a fault in one cell stays there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from embkit.compare import collect
from embkit.evaluate import Run, evaluate, evaluate_all
from embkit.registry import Registry
from embkit.results import Store

LETTERS = '''
import numpy as np
from embkit import Analogies, Benchmark, Groups, Option, Pairs, Provider, Retrieval, Task, hookimpl

WORDS = ["kedi", "kediler", "köpek", "köpekler", "ev", "evler", "su", "sular", "göl", "göller"]
LOADED = []
EMBEDDED = []
WEIGHTS = {"seed": 0}


class Letters:
    """Counts of letters under a random projection: a different one for each weight."""

    def __init__(self, seed, fingerprint):
        self.dim = 8
        self.fingerprint = fingerprint
        self._table = np.random.default_rng(seed).normal(size=(2000, 8))

    def embed(self, texts):
        EMBEDDED.append(list(texts))
        rows = [sum((self._table[ord(c)] for c in text), np.zeros(8)) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, 8)


def load(request):
    LOADED.append(request.language.name)
    seed = WEIGHTS["seed"] + request.options["seed"]
    return Letters(seed, f"letters-{seed}")


def load_same_fingerprint(request):
    return Letters(99, "letters-0")


def fail(request):
    raise ZeroDivisionError("deep inside")


def wrong_shape(request):
    embedder = Letters(0, "wrong")
    embedder.embed = lambda texts: np.zeros((1, 8), dtype=np.float32)
    return embedder


@hookimpl
def embkit_providers():
    yield Provider(name="letters", summary="letters", load=load,
                   options=[Option(name="seed", type=int, default=0)])
    yield Provider(name="twin", summary="a false fingerprint", load=load_same_fingerprint)
    yield Provider(name="failing", summary="fails", load=fail)
    yield Provider(name="misshapen", summary="one row for all", load=wrong_shape)
    yield Provider(name="french", summary="French only", load=load, languages=["fr"],
                   options=[Option(name="seed", type=int, default=0)])


def pairs():
    return Pairs(first=WORDS[:-1], second=WORDS[1:], scores=[float(i % 4) for i in range(9)])


def groups():
    return Groups(texts=WORDS, labels=["one", "many"] * 5)


def analogies():
    rows = [(WORDS[i], WORDS[i + 1], WORDS[j], WORDS[j + 1])
            for i in range(0, 10, 2) for j in range(0, 10, 2) if i != j]
    return Analogies(questions=rows, categories=["plural"] * len(rows))


def lexicon():
    return Retrieval(queries=["cat", "house"], documents=WORDS, relevant=[{0: 1}, {4: 1}])


def broken():
    raise KeyError("column")


@hookimpl
def embkit_benchmarks():
    tasks = [
        Task(name="pairs", summary="p", evaluator="similarity", load=pairs),
        Task(name="groups", summary="g", evaluator="clustering", load=groups),
        Task(name="plural", summary="a", evaluator="analogy", load=analogies),
        Task(name="lexicon", summary="l", evaluator="retrieval", load=lexicon, query_language="en"),
    ]
    yield Benchmark(name="tiny", summary="tiny", language="tr", tasks=tasks)
    bad = Task(name="broken", summary="b", evaluator="similarity", load=broken)
    yield Benchmark(name="bad", summary="bad", language="tr", tasks=[bad, tasks[0]])
'''


@pytest.fixture
def plugins(install):
    install("letters_plugin", LETTERS)
    return Registry(only=["letters_plugin"])


def scores(plugins, folder, specs=("letters",), pattern="tiny/*", order=1, **options):
    run = Run(registry=plugins, store=Store(folder), **options)
    return list(evaluate(run, list(specs), plugins.tasks(pattern)[::order]))


def without_cost(items):
    return {
        (r.task_id, r.spec): json.dumps({**r.to_json(), "cost": None}, sort_keys=True)
        for _, r in items
    }


def test_two_runs_give_the_same_bytes_and_the_order_of_tasks_changes_nothing(plugins, tmp_path):
    first = scores(plugins, tmp_path / "a", ("letters", "ngrams"), cached=False)
    second = scores(plugins, tmp_path / "b", ("ngrams", "letters"), order=-1, cached=False)
    assert all(result.ok for _, result in first)
    assert without_cost(first) == without_cost(second)
    predicted = [
        {p.relative_to(tmp_path / run): p.read_bytes() for p in (tmp_path / run).rglob("*.parquet")}
        for run in "ab"
    ]
    assert predicted[0] == predicted[1]


def test_a_task_alone_scores_as_it_does_among_others(plugins, tmp_path):
    together = without_cost(scores(plugins, tmp_path / "a"))
    alone = without_cost(scores(plugins, tmp_path / "b", pattern="tiny/groups"))
    assert alone["tiny/groups", "letters"] == together["tiny/groups", "letters"]


def test_another_seed_is_another_result_beside_the_first(plugins, tmp_path):
    first = scores(plugins, tmp_path, pattern="tiny/groups")
    second = scores(plugins, tmp_path, pattern="tiny/groups", seed=1)
    assert first[0][0] != second[0][0]
    assert first[0][0].exists() and second[0][1].protocol["seed"] == 1


def test_what_is_done_is_not_done_again(plugins, tmp_path):
    import letters_plugin

    before = scores(plugins, tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path, _ in before}
    letters_plugin.EMBEDDED.clear()
    after = scores(plugins, tmp_path, cached=False)
    assert letters_plugin.EMBEDDED == []
    assert {path: path.stat().st_mtime_ns for path, _ in after} == stamps


def test_only_what_is_missing_is_done(plugins, tmp_path):
    import letters_plugin

    scores(plugins, tmp_path, pattern="tiny/pairs")
    letters_plugin.EMBEDDED.clear()
    scores(plugins, tmp_path, pattern="tiny/*", cached=False)
    assert len(letters_plugin.EMBEDDED) == 4  # groups, plural, and both sides of lexicon


def test_a_changed_weight_or_option_is_measured_anew(plugins, tmp_path):
    import letters_plugin

    paths = {scores(plugins, tmp_path, pattern="tiny/pairs")[0][0]}
    letters_plugin.WEIGHTS["seed"] = 5
    paths.add(scores(plugins, tmp_path, pattern="tiny/pairs")[0][0])
    paths.add(scores(plugins, tmp_path, ("letters?seed=3",), pattern="tiny/pairs")[0][0])
    assert len(paths) == 3


def test_two_providers_sharing_a_cache_never_exchange_vectors(plugins, tmp_path):
    # `twin` even claims the fingerprint of `letters`, by mistake.
    mixed = without_cost(scores(plugins, tmp_path / "a", ("letters", "twin")))
    clean = without_cost(scores(plugins, tmp_path / "b", ("twin", "letters"), cached=False))
    assert mixed == clean
    first, second = (json.loads(mixed["tiny/pairs", spec])["score"] for spec in ("letters", "twin"))
    assert first != second


def test_cached_vectors_give_the_same_result_and_keep_their_cost(plugins, tmp_path):
    import letters_plugin

    first = scores(plugins, tmp_path / "a")
    letters_plugin.EMBEDDED.clear()
    second = scores(plugins, tmp_path / "b")
    assert letters_plugin.EMBEDDED == []
    assert without_cost(first) == without_cost(second)
    assert [r.cost["embed_seconds"] for _, r in first] == [
        r.cost["embed_seconds"] for _, r in second
    ]


def test_a_spoilt_cache_is_made_anew(plugins, tmp_path):
    from embkit.cache import cache_dir

    first = scores(plugins, tmp_path / "a")
    for file in (cache_dir() / "vectors").rglob("*.npy"):
        file.write_bytes(file.read_bytes()[:-20])
    for file in (cache_dir() / "floors").rglob("*.json"):
        file.write_text("{")
    assert without_cost(first) == without_cost(scores(plugins, tmp_path / "b"))


def test_a_failed_task_does_not_stop_the_others(plugins, tmp_path):
    items = scores(plugins, tmp_path, pattern="bad/*")
    assert [result.status for _, result in items] == ["failed", "ok"]
    assert "task 'bad/broken' failed with KeyError" in items[0][1].reason


def test_a_failing_provider_fails_its_own_cells_only(plugins, tmp_path):
    items = scores(plugins, tmp_path, ("failing", "misshapen", "letters"), pattern="tiny/pairs")
    by_spec = {result.spec: result for _, result in items}
    assert by_spec["letters"].ok
    assert "ZeroDivisionError: deep inside" in by_spec["failing"].reason
    assert (
        "expected an array of shape (10, 8) for 10 texts, got (1, 8)" in by_spec["misshapen"].reason
    )


def test_a_failed_cell_is_tried_again_and_its_record_goes_when_it_succeeds(plugins, tmp_path):
    import letters_plugin

    original = letters_plugin.pairs
    object.__setattr__(plugins.tasks("tiny/pairs")[0][1], "load", letters_plugin.broken)
    ((failed, result),) = scores(plugins, tmp_path, pattern="tiny/pairs")
    assert result.status == "failed" and failed.exists()
    object.__setattr__(plugins.tasks("tiny/pairs")[0][1], "load", original)
    ((_, result),) = scores(plugins, tmp_path, pattern="tiny/pairs")
    assert result.ok and not failed.exists()


def test_a_provider_that_does_not_cover_a_language_is_skipped_with_the_reason(plugins, tmp_path):
    ((_, result),) = scores(plugins, tmp_path, ("french",), pattern="tiny/pairs")
    assert (result.status, result.reason) == (
        "skipped", "provider 'french' covers fr; you asked for tr",
    )  # fmt: skip


def test_a_provider_is_loaded_once_for_several_runs_and_its_results_come_by_run(plugins, tmp_path):
    import letters_plugin

    runs = [
        (Run(registry=plugins, store=Store(tmp_path), seed=seed), plugins.tasks(pattern))
        for seed, pattern in ((0, "tiny/pairs"), (1, "tiny/*s"))
    ]
    letters_plugin.LOADED.clear()
    found = [(r.spec, r.protocol["seed"], r.task_id) for _, r in evaluate_all(runs, ["letters"])]
    assert found == [
        ("letters", 0, "tiny/pairs"), ("letters", 1, "tiny/pairs"), ("letters", 1, "tiny/groups"),
    ]  # fmt: skip
    assert letters_plugin.LOADED == ["tr"]


def test_a_bilingual_task_loads_the_provider_for_both_languages(plugins, tmp_path):
    import letters_plugin

    letters_plugin.LOADED.clear()
    ((_, result),) = scores(plugins, tmp_path, pattern="tiny/lexicon")
    assert result.ok and letters_plugin.LOADED == ["tr", "en"]


def test_coverage_and_the_known_score_stand_beside_the_score(plugins, tmp_path, install):
    results = scores(plugins, tmp_path)
    for _, result in results:
        assert result.coverage == 1
        assert result.scores[f"{result.metric}_known"] == result.score
        low, high = result.interval
        assert low <= result.score <= high or result.metric == "v_measure"
        assert set(result.floors) == set(plugins.evaluator(result.task["evaluator"]).floors)


def test_limit_scores_fewer_items_and_is_part_of_the_protocol(plugins, tmp_path):
    ((_, result),) = scores(plugins, tmp_path, pattern="tiny/pairs", limit=4)
    assert result.task["items"] == 4
    assert result.protocol["options"] == {"limit": 4}


def test_leaders_are_the_specs_that_cannot_be_told_from_the_best(plugins, tmp_path):
    items = scores(plugins, tmp_path, ("letters", "twin", "ngrams"), pattern="tiny/plural")
    leaders = collect(plugins, Store(tmp_path), items).leaders["tiny/plural"]
    best = max(items, key=lambda item: item[1].score)[1]
    assert leaders[0] == best.spec
    same = scores(plugins, tmp_path, ("letters", "letters?seed=0"), pattern="tiny/plural")
    assert len(collect(plugins, Store(tmp_path), same).leaders["tiny/plural"]) == 2


KILLED = """
import sys, time
from pathlib import Path
from embkit.evaluate import Run, evaluate
from embkit.registry import Registry
from embkit.results import Store

plugins = Registry(only=["letters_plugin"])
run = Run(registry=plugins, store=Store(Path(sys.argv[1])), cached=False)
print("started", flush=True)
for _ in range(100):
    for path, result in evaluate(run, [f"letters?seed={_}"], plugins.tasks("tiny/*")):
        assert result.ok
        print("done", flush=True)
"""


def test_a_run_killed_at_any_moment_leaves_only_whole_results(plugins, install, tmp_path):
    import letters_plugin

    path = os.path.dirname(letters_plugin.__file__)
    for results, pause in ((1, 0.0), (2, 0.02), (5, 0.05), (3, 0.1)):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        assert process.stdout.readline() == b"started\n"
        for _ in range(results):
            assert process.stdout.readline() == b"done\n"
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for file in tmp_path.rglob("*.json"):
            if not file.name.startswith("."):
                assert Store(tmp_path).find(file) is not None
    assert list(tmp_path.rglob("*.json"))
