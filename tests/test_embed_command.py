"""`embkit embed`: vectors in a file, whole or not at all."""

from __future__ import annotations

import io
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from embkit.cli import main

VEC = "3 2\nघर 1 0\nनदी 0 2\nev 3 3\n"
NAN = float("nan")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.vec").write_text(VEC, encoding="utf-8")
    return tmp_path


@pytest.fixture
def embed(folder, monkeypatch, capsys):
    """A function that runs the command and returns its exit code and what it said."""

    def run(*words: str, stdin: str = "") -> tuple[int, str]:
        argv = ["embkit", "embed", *words, "-p", "fasttext:words.vec", "--lang", "mr"]
        monkeypatch.setattr(sys, "argv", argv)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        assert said.out == ""
        return end.value.code, said.err

    return run


def test_the_texts_of_standard_input_become_an_array_in_their_order(embed):
    code, said = embed("-", "-o", "v.npy", stdin="घर नदी\n\nev\nअज्ञात\n")
    assert code == 0
    expected = [[0.5, 1], [NAN, NAN], [3, 3], [NAN, NAN]]
    np.testing.assert_array_equal(np.load("v.npy", mmap_mode="r"), np.array(expected, np.float32))
    assert said == (
        "embkit: 2 of 4 texts have no vector: rows of NaN, the first is number 2\n"
        "v.npy: 4 texts, 2 numbers each\n"
    )


def test_a_parquet_file_holds_texts_vectors_and_where_they_came_from(embed, folder):
    (folder / "t.csv").write_text('text,label\nघर,a\n"नदी\nघर",b\n', encoding="utf-8")
    assert embed("t.csv", "--column", "text", "-o", "v.parquet", "-q") == (0, "")
    table = pq.read_table("v.parquet")
    assert table["text"].to_pylist() == ["घर", "नदी\nघर"]
    assert table["vector"].to_pylist() == [[1, 0], [0.5, 1]]
    about = table.schema.metadata
    assert about[b"embkit.spec"] == b"fasttext:words.vec" and about[b"embkit.language"] == b"mr"
    assert len(about[b"embkit.fingerprint"]) == 64


@pytest.mark.parametrize("name", ["v.npy", "v.parquet"])
def test_many_batches_are_written_one_after_the_other(embed, monkeypatch, name):
    import embkit.texts

    monkeypatch.setattr(embkit.texts, "_TEXTS", 7)
    texts = ["घर", "नदी", "ev", "x"] * 25
    code, said = embed("-", "-o", name, stdin="\n".join(texts))
    assert (
        code == 0 and "25 of 100 texts have no vector: rows of NaN, the first is number 4" in said
    )
    rows = np.load(name) if name == "v.npy" else pq.read_table(name)["vector"].to_pylist()
    np.testing.assert_array_equal(np.array(rows), [[1, 0], [0, 2], [3, 3], [NAN, NAN]] * 25)


def test_no_text_is_an_array_without_rows(embed):
    assert embed("-", "-o", "v.npy") == (0, "v.npy: 0 texts, 2 numbers each\n")
    assert np.load("v.npy").shape == (0, 2)
    assert embed("-", "-o", "v.parquet")[0] == 0
    assert pq.read_table("v.parquet").num_rows == 0


def test_a_bad_line_leaves_the_file_that_was_there(embed, folder):
    (folder / "v.npy").write_bytes(b"before")
    code, said = embed("-", "--column", "a", "-o", "v.npy", stdin='{"a": "घर"}\n{"b": "घर"}\n')
    assert code == 4
    assert said == 'embkit: standard input, line 2: expected a text in \'a\', got {"b": "घर"}\n'
    assert (folder / "v.npy").read_bytes() == b"before"
    assert sorted(path.name for path in folder.iterdir()) == ["v.npy", "words.vec"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-", "-o", "v.csv"), "'v.csv' must end in .npy or .parquet, which tells the format"),
        (("t.tsv", "-o", "v.npy"), "'t.tsv' is a table; name its column of texts with --column"),
        (("nowhere.txt", "-o", "v.npy"), "File 'nowhere.txt' does not exist"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_loaded(embed, folder, words, message):
    (folder / "t.tsv").write_text("text\nघर\n", encoding="utf-8")
    code, said = embed(*words)
    assert code == 2 and message in said
    assert not list(folder.glob("v.*"))
