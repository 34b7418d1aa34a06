"""Every shipped data file has a birth certificate that is true."""

from __future__ import annotations

import hashlib
import subprocess
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = tomllib.loads((ROOT / "resources/SOURCES.toml").read_text(encoding="utf-8"))["shipped"]
# Stems of the topics' own names: a sentence that holds one would give its label away.
LABELS = {
    "mr": ["हवामान", "आरोग्य", "अन्न", "जेवण", "खाद्य", "खेळ", "पैस", "पैशा", "प्रवास", "सहल"],
    "tr": ["hava", "sağlı", "yemeğ", "gıda", "yiyecek", "spor", "parası", "paray", "seyahat",
           "yolculu", "gezi"],
}  # fmt: skip


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry["path"])
def test_a_shipped_file_is_the_one_whose_origin_is_stated(entry):
    data = (ROOT / entry["path"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert entry["origin"] and entry["licence"]


def test_no_data_file_is_shipped_without_its_origin():
    kinds = (".tsv", ".csv", ".json", ".toml", ".txt", ".parquet", ".gz", ".npz", ".min.js")
    listed = subprocess.run(
        ["git", "ls-files", "core/embkit", "plugins/*/embkit_*", "examples/*/embkit_*"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("needs a git checkout to know what is shipped")
    data = {path for path in listed.stdout.splitlines() if path.endswith(kinds)}
    stated = {entry["path"] for entry in SHIPPED} | {"core/embkit/result.schema.json"}
    assert data <= stated


@pytest.mark.parametrize("tag", LABELS)
def test_a_smoke_set_is_balanced_clean_and_does_not_name_its_labels(tag):
    file = ROOT / f"core/embkit/benchmarks/data/smoke-{tag}.tsv"
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    counts = Counter((split, topic) for split, topic, _ in rows)
    assert len(counts) == 12
    assert {split: n for (split, _), n in counts.items()} == {"train": 40, "test": 20}
    texts = [text for _, _, text in rows]
    assert len(set(texts)) == 360
    assert all(unicodedata.is_normalized("NFC", text) for text in texts)
    from embkit.registry import registry

    language = registry().language(tag)
    for text in texts:
        words = language.tokenize(language.fold(text))
        assert 4 <= len(words) <= 16, text
        assert not [w for w in words for stem in LABELS[tag] if w.startswith(stem)], text


@pytest.mark.parametrize("tag", LABELS)
def test_no_test_sentence_of_a_smoke_set_repeats_four_words_of_train(tag):
    file = ROOT / f"core/embkit/benchmarks/data/smoke-{tag}.tsv"
    runs: dict[str, set[tuple[str, ...]]] = {"train": set(), "test": set()}
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        split, _, text = line.split("\t")
        words = text.split()
        runs[split] |= {tuple(words[i : i + 4]) for i in range(len(words) - 3)}
    assert not runs["train"] & runs["test"]
