"""The plugin as embkit meets it."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from embkit.registry import Registry
from embkit.testing import check_plugin

EVALUATORS = {
    "analogy-verb": "analogy",
    "analogy-noun": "analogy",
    "analogy-derivation": "analogy",
    "analogy-semantic": "analogy",
    "analogy-mixed": "analogy",
    "wordsimtr": "similarity",
    "anlamver-similarity": "similarity",
    "anlamver-relatedness": "similarity",
    "stsb": "sts",
    "relations": "relation",
    "probe-case": "probing",
    "probe-possession": "probing",
    "probe-person": "probing",
    "probe-tense": "probing",
    "probe-polarity": "probing",
    "probe-pos": "probing",
    "probe-tags": "probing",
    "probe-length": "probing",
    "probe-length-bin": "probing",
    "probe-pseudo": "probing",
    "probe-same-feature": "pair-probing",
    "probe-odd-feature": "pair-probing",
    "inflection": "inflection",
    "pos-imst": "tagging",
    "pos-boun": "tagging",
    "ner": "entities",
    "movie-sentiment": "classification",
    "words-isotropy": "isotropy",
    "bias-career": "bias",
    "bias-science": "bias",
}


def test_it_offers_one_benchmark_of_general_turkish(benchmark) -> None:
    assert (benchmark.name, benchmark.language, benchmark.domain) == ("turkish", "tr", "general")
    assert {task.name: task.evaluator for task in benchmark.tasks} == EVALUATORS


def test_the_language_is_the_one_of_core() -> None:
    assert Registry().language("tr").fold("ISI İSİ") == "ısı isi"


def test_every_task_has_a_source_a_licence_and_files_at_a_pinned_commit(benchmark) -> None:
    for task in benchmark.tasks:
        assert "https://" in task.source or not task.needs
        assert task.source and task.licence
        for file in task.needs:
            (url,) = file.urls
            host, commit = "https://raw.githubusercontent.com/", url.split("/")[5]
            assert url.startswith(host) and " " not in url and url.isascii()
            assert len(commit) == 40 and len(file.sha256) == 64 and file.bytes > 0


def test_digests_and_sizes_are_those_of_the_shared_files(benchmark, find, place) -> None:
    tasks = [*benchmark.tasks, find("analogy-semantic-world-capitals")]
    files = {file.name: file for task in tasks for file in task.needs}
    assert len(files) == 96
    for name, file in files.items():
        content = place(name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.bytes)


def test_reading_twice_gives_the_same_digest(benchmark, load, place) -> None:
    for task in benchmark.tasks:
        again = task.load(*(place(file.name) for file in task.needs))
        assert again.digest == load(task.name).digest


def test_the_plugin_keeps_its_promises(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path))
    hooks, *checked = check_plugin("embkit_turkish")
    assert hooks == "embkit_turkish: hooks are cheap and silent"
    assert len([line for line in checked if "its files are not here" in line]) == 14
    assert len([line for line in checked if "declares its files" in line]) == 3
    assert [line.split(":")[0] for line in checked if line.startswith("protocol")] == [
        "protocol paper-tr-2024 of analogy",
        "protocol paper-tr-2024 of similarity",
    ]


def test_asking_all_hooks_imports_nothing_heavy() -> None:
    code = (
        "import sys, embkit_turkish as t\n"
        "list(t.embkit_providers()), list(t.embkit_benchmarks()), list(t.embkit_protocols())\n"
        "print(sorted({'numpy', 'pyarrow', 'embkit_fasttext'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
