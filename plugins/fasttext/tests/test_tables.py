"""Tables of vectors, Parquet and Arrow: columns found by their types, faults named by row."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from embkit import InvalidData
from embkit_fasttext import open_vectors

WORDS = ["घर", "नदी", "New York"]
VECTORS = [[0.5, -1.25], [1.0, 2.0], [3.0, 4.0]]
LISTS = pa.list_(pa.float32())


@pytest.fixture
def table_file(tmp_path):
    """A function that writes a table in the format of an ending, and returns its path."""

    def write(table, name="words.parquet", **options):
        if not isinstance(table, pa.Table):
            table = pa.table(table)
        path = tmp_path / name
        if name.endswith(".parquet"):
            pyarrow.parquet.write_table(table, path, **options)
        else:
            pyarrow.feather.write_feather(table, str(path), **options)
        return path

    return write


def read(path, request):
    store = open_vectors(path, request).store
    return list(store.words), store.take(np.arange(len(store))).tolist()


def columns(words=WORDS, vectors=VECTORS, kind=LISTS):
    return {"word": words, "vector": pa.array(vectors, kind)}


@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float32()), pa.list_(pa.float64()), pa.list_(pa.float16()),
        pa.large_list(pa.float32()), pa.list_(pa.float32(), 2), pa.list_(pa.float16(), 2),
    ],
    ids=str,
)  # fmt: skip
def test_vectors_are_lists_of_floats_of_any_type(table_file, request_mr, name, kind):
    assert read(table_file(columns(kind=kind), name), request_mr) == (WORDS, VECTORS)


@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
def test_vectors_are_a_column_for_each_dimension(table_file, request_mr, name):
    first, second = ([row[i] for row in VECTORS] for i in (0, 1))
    table = {"0": first, "any name": WORDS, "1": pa.array(second, pa.float32())}
    assert read(table_file(table, name), request_mr) == (WORDS, VECTORS)


@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
@pytest.mark.parametrize("kind", [pa.large_string(), pa.binary(), pa.large_binary()], ids=str)
def test_words_are_text_of_any_type(table_file, request_mr, name, kind):
    words = pa.array([word.encode() for word in WORDS]).cast(kind)
    assert read(table_file(columns(words), name), request_mr) == (WORDS, VECTORS)


@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
def test_words_may_be_categories(table_file, request_mr, name):
    words = pa.array(WORDS).dictionary_encode()
    assert read(table_file(columns(words), name), request_mr) == (WORDS, VECTORS)


def test_the_words_of_a_data_frame_may_be_its_index(tmp_path, request_mr):
    pandas = pytest.importorskip("pandas", reason="needs pandas to write the file")
    frame = pandas.DataFrame(VECTORS, index=WORDS, columns=["a", "b"])
    frame.to_parquet(tmp_path / "frame.parquet")
    assert read(tmp_path / "frame.parquet", request_mr) == (WORDS, VECTORS)


def test_where_several_columns_fit_their_names_decide(table_file, request_mr):
    table = {"language": ["mr"] * 3, "other": [[1.0]] * 3, "score": [0.5] * 3} | columns()
    path = table_file(table)
    assert read(path, request_mr) == (WORDS, VECTORS)
    store = open_vectors(path, request_mr).store
    assert store.notes == {"columns that are neither words, vectors nor counts, left out": 3}


def test_vectors_that_embkit_embed_writes_are_read(tmp_path, request_mr):
    from embkit.vector_files import ParquetFile

    with open(tmp_path / "made.parquet", "wb") as file:
        made = ParquetFile(file, 2, {"provider": "any"})
        made.write(WORDS, np.array(VECTORS, dtype=np.float32))
        made.finish()
    assert read(tmp_path / "made.parquet", request_mr) == (WORDS, VECTORS)


@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
def test_counts_are_kept_with_the_first_of_repeated_words(table_file, request_mr, name):
    table = columns([*WORDS, "घर"], [*VECTORS, [9.0, 9.0]])
    path = table_file(table | {"count": pa.array([70, 20, 10, 5], pa.int32())}, name)
    store = open_vectors(path, request_mr).store
    assert list(store.words) == WORDS
    assert store.counts.tolist() == [70, 20, 10]


def test_broken_utf8_is_counted(table_file, request_mr):
    words = pa.array([b"a", b"\xe0\xa4", b"c"])
    for name in ("words.parquet", "words.arrow"):
        store = open_vectors(table_file(columns(words), name), request_mr).store
        assert list(store.words) == ["a", "\ufffd", "c"]
        assert store.notes == {"words with broken UTF-8, read with U+FFFD in its place": 1}


@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
def test_parts_of_a_file_do_not_show_in_what_is_read(table_file, request_mr, monkeypatch, name):
    import embkit_fasttext.tables as tables

    monkeypatch.setattr(tables, "_ROWS", 7)
    vectors = np.arange(1000, dtype=np.float32).reshape(500, 2).tolist()
    size = {"row_group_size": 64} if name.endswith("parquet") else {"chunksize": 64}
    path = table_file(columns([f"w{i}" for i in range(500)], vectors), name, **size)
    assert read(path, request_mr) == ([f"w{i}" for i in range(500)], vectors)


@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
@pytest.mark.parametrize(
    ("table", "message"),
    [
        (columns(["a", None, "c"]), r"row 2 lacks 'word'; remove the row or mend it"),
        (columns(vectors=[[1, 2], None, [3, 4]]), r"row 2 lacks 'vector'"),
        (columns(vectors=[[1, 2], [3, 4], [5, None]]), r"row 3 lacks 'vector\[1\]'"),
        (columns(vectors=[[1, 2], [3], [5, 6]]), "row 2 has 1 numbers in the column 'vector', row "
         "1 has 2"),
        (columns(vectors=[[], [3], [5, 6]]), "row 1 holds no number in the column 'vector'"),
        (columns(vectors=[[1, 2], [3, np.nan], [5, 6]]), r"row 2 \('नदी'\) holds nan in place 2"),
        (columns(vectors=[[1, 2], [3, 4], [np.inf, 6]]), r"row 3 \('New York'\) holds inf"),
        (columns(vectors=[[1, 2], [3, 4], [1e39, 6]], kind=pa.list_(pa.float64())), r"1e\+39"),
        ({"word": WORDS, "a": [1.0, None, 2.0]}, "row 2 lacks 'a'"),
        (columns() | {"count": [1, None, 2]}, "row 2 lacks 'count'"),
        (columns(pa.array([], pa.string()), []), "holds no rows"),
        ({"word": WORDS, "n": [1, 2, 3]}, r"has no column of lists of floats, or columns of "
         r"floats: 'word' \(string\), 'n' \(int64\)"),
        ({"vector": VECTORS}, "has no column of words: 'vector'"),
        ({"a": WORDS, "b": WORDS, "v": VECTORS}, "has 2 columns of words: 'a', 'b'; rename the one "
         "that is meant to 'word'"),
        ({"word": WORDS, "v": VECTORS, "w": VECTORS}, "has 2 columns of lists of floats: 'v', 'w'; "
         "rename the one that is meant to 'vector'"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_refused(table_file, request_mr, name, table, message):
    with pytest.raises(InvalidData, match=message) as caught:
        open_vectors(table_file(table, name), request_mr)
    assert str(caught.value).startswith(str(table_file(table, name)))
    assert "\n" not in str(caught.value)


def test_a_row_is_counted_through_all_parts_of_a_file(table_file, request_mr):
    vectors = [[1.0, 2.0]] * 6000
    vectors[5000] = [1.0]
    path = table_file(columns([f"w{i}" for i in range(6000)], vectors), row_group_size=1000)
    with pytest.raises(InvalidData, match="row 5001 has 1 numbers"):
        open_vectors(path, request_mr)


def test_a_column_that_stands_twice_is_refused(table_file, request_mr):
    table = pa.Table.from_arrays([pa.array(WORDS), pa.array(VECTORS), pa.array(WORDS)], list("wvw"))
    with pytest.raises(InvalidData, match="has the column 'w' twice"):
        open_vectors(table_file(table), request_mr)


def test_feather_of_version_1_is_refused(tmp_path, request_mr):
    path = tmp_path / "words.feather"
    path.write_bytes(b"FEA1" + bytes(100))
    with pytest.raises(InvalidData, match="Feather of version 1; write it anew as version 2"):
        open_vectors(path, request_mr)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("words.parquet", {"write_page_checksum": True}),
        ("words.arrow", {"compression": "uncompressed"}),
        ("words.arrow", {"compression": "lz4"}),
    ],
    ids=["parquet", "arrow", "arrow lz4"],
)
def test_a_file_cut_anywhere_is_refused(table_file, request_mr, tmp_path, name, options):
    data = table_file(columns(), name, **options).read_bytes()
    for size in {*range(6, len(data), 37), *range(len(data) - 40, len(data))}:
        cut = tmp_path / "cut"
        cut.write_bytes(data[:size])
        with pytest.raises(InvalidData, match="is damaged"):
            open_vectors(cut, request_mr)


def test_a_small_file_of_very_many_numbers_is_refused(table_file, request_mr, monkeypatch):
    import embkit_fasttext.packed as packed

    monkeypatch.setattr(packed, "_ALLOWANCE", 0)
    monkeypatch.setattr(packed, "_RATIO", 1)
    words = [f"w{i}" for i in range(500)]
    path = table_file(columns(words, [[0.5] * 100] * 500), compression="zstd")
    assert path.stat().st_size < 50_000
    with pytest.raises(InvalidData, match="numbers, which word vectors do not"):
        open_vectors(path, request_mr)


@pytest.mark.parametrize("compression", ["uncompressed", "lz4"])
@pytest.mark.parametrize("name", ["words.parquet", "words.arrow"])
def test_an_altered_file_is_refused_or_read_but_harms_nothing(
    table_file, request_mr, tmp_path, name, compression
):
    options = {"compression": "none" if name.endswith("parquet") else compression}
    data = table_file(columns(), name, **options).read_bytes()
    draw = random.Random(0)
    refused = 0
    for _ in range(150):
        altered = bytearray(data)
        for place in draw.sample(range(6, len(data)), 3):
            altered[place] = draw.randrange(256)
        path = tmp_path / "altered"
        path.write_bytes(altered)
        try:
            open_vectors(path, request_mr)
        except InvalidData:
            refused += 1
    assert refused > 30


def test_a_part_that_claims_fewer_rows_than_it_has_is_refused(table_file, request_mr):
    path = table_file(columns([f"w{i}" for i in range(60)], VECTORS * 20))
    data = path.read_bytes()
    sixty = b"\x16" + bytes([2 * 60])  # a whole number in the footer, as Thrift writes it
    said = set()
    for place in [i for i in range(len(data)) if data.startswith(sixty, i)]:
        path.write_bytes(data[: place + 1] + b"\x06" + data[place + 2 :])
        try:
            assert len(open_vectors(path, request_mr).store) == 60
        except InvalidData as error:
            said.add(str(error).removeprefix(f"{path}: "))
    altered = "it was altered: fetch or copy it again"
    assert f"claims 3 rows, its parts 60; {altered}" in said
    assert f"claims 60 rows, its parts 3; {altered}" in said
