"""Texts of files and of standard input: one after the other, and where a fault is."""

from __future__ import annotations

import io
import sys
from itertools import islice
from pathlib import Path

import embkit.texts
import pytest
from embkit import InvalidData
from embkit.texts import batches, read_texts


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes, name: str = "texts.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def stdin(monkeypatch):
    def give(raw) -> Path:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(raw)))
        return Path("-")

    return give


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_each_line_is_a_text_without_its_end_and_an_empty_one_too(file, mark):
    path = file(mark + "पुणे \r\n\n a\u2028b\x0cc\rd\nlast".encode())
    assert list(read_texts(path)) == ["पुणे ", "", " a\u2028b\x0cc\rd", "last"]
    assert list(read_texts(file(""))) == []


def test_the_column_of_a_delimited_file_may_hold_line_breaks_and_any_length(file):
    long = "अ" * 200_000
    path = file(f'\ufeffid,text\n1,"two\nlines"\n2,NA\n3,{long}\n', "t.CSV")
    assert list(read_texts(path, "text")) == ["two\nlines", "NA", long]
    assert list(read_texts(path, "id")) == ["1", "2", "3"]
    assert list(read_texts(file("a\tb\n1,5\tx\n", "t.tsv"), "a")) == ["1,5"]


def test_the_field_of_json_lines(file, stdin):
    content = '{"text": "दोन\\nओळी", "n": 1}\n\n{"text": ""}\n'
    assert list(read_texts(file(content), "text")) == ["दोन\nओळी", ""]
    assert list(read_texts(stdin(io.BytesIO(content.encode())), "text")) == ["दोन\nओळी", ""]


@pytest.mark.parametrize(
    ("content", "column", "name", "message"),
    [
        (b"a\nb\xff\n", "", "t.txt", "line 2: not UTF-8: byte 0xff at place 2; convert it with"),
        ('{"a": "b"}\n{"a": 3}', "a", "t.jsonl", "line 2: expected a text in 'a', got {\"a\": 3}"),
        ("[]", "a", "t.jsonl", "line 1: expected a text in 'a', got []"),
        ("\n{'a'}", "a", "t.jsonl", "line 2: not JSON: Expecting property name"),
        (r'{"a": "\ud800"}', "a", "t.jsonl", "line 1: half of a surrogate pair"),
        ("a,b\n1\n", "a", "t.csv", "line 2: expected 2 columns, got 1"),
        ("a,b\n1,2\n", "c", "t.csv", "line 1: expected a column 'c', got a, b"),
        ("", "c", "t.tsv", "line 1: expected a column 'c', got an empty file"),
    ],
)
def test_a_fault_is_named_with_file_and_line(file, content, column, name, message):
    path = file(content, name)
    with pytest.raises(InvalidData) as caught:
        list(read_texts(path, column))
    assert f"{path}, {message}" in str(caught.value)


def test_a_line_without_an_end_in_sight_is_refused(file, monkeypatch):
    monkeypatch.setattr(embkit.texts, "_LONGEST", 10)
    assert list(read_texts(file("123456789\n"))) == ["123456789"]
    with pytest.raises(InvalidData, match="line 2: longer than 64 MB; put each text on a line"):
        list(read_texts(file("a\n" + 11 * "b")))


def test_standard_input_is_read_as_it_comes(stdin):
    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            buffer[:] = (b"ab\n" * len(buffer))[: len(buffer)]
            return len(buffer)

    assert list(islice(read_texts(stdin(Endless())), 3)) == ["ab", "ab", "ab"]


def test_batches_hold_so_many_texts_and_characters_at_most(monkeypatch):
    monkeypatch.setattr(embkit.texts, "_TEXTS", 3)
    monkeypatch.setattr(embkit.texts, "_CHARACTERS", 5)
    texts = ["a", "b", "c", "d", "eeeee", "", "fffffff", "g"]
    assert list(batches(iter(texts))) == [
        ["a", "b", "c"], ["d"], ["eeeee", ""], ["fffffff"], ["g"],
    ]  # fmt: skip
    assert list(batches([])) == []
