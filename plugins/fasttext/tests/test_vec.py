"""`.vec` files: read to the last digit, forgiving where it is safe, else refused with the line."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import InvalidData
from embkit_fasttext import open_vectors
from embkit_fasttext.numbers import MARGIN, parse_numbers
from hypothesis import given
from hypothesis import strategies as st


def parsed(*numbers: str) -> np.ndarray:
    encoded = [number.encode() for number in numbers]
    text = np.frombuffer(b"9" * MARGIN + b" ".join(encoded) + b"9" * MARGIN, dtype=np.uint8)
    stops = MARGIN + np.cumsum([len(number) + 1 for number in encoded]) - 1
    return parse_numbers(text, stops - [len(number) for number in encoded], stops)


def test_numbers_of_every_form_are_read():
    numbers = ["0", "1", "-1", "+2", "12345678", "-0.5", ".5", "5.", "0.123456", "-0.123456"]
    numbers += ["1e-05", "-1.2345e-05", "3.14159265358979", "-0.00001234", "1234.5678", "1E3"]
    numbers += ["0.1234567", "-0.12345678", "0.123456789", "9.87654321098765", "-0.0024012232"]
    numbers += ["-12345678.5", "1234567.12345678", "0.12345678901234567", "12345678.", "12", "-.5"]
    assert parsed(*numbers).tolist() == [np.float32(number) for number in numbers]


@pytest.mark.parametrize("wrong", ["+0.1234", "#0.1234", "0.12x4", "x.1234", "0,1234", "00.123"])
def test_one_odd_number_among_many_alike_is_not_read_as_one_of_them(wrong):
    try:
        expected = float(wrong)
    except ValueError:
        expected = np.nan
    read = parsed("0.1234", "-0.5678", wrong, "9.9999")
    assert read == pytest.approx(np.array([0.1234, -0.5678, expected, 9.9999]), nan_ok=True)


def test_the_sign_of_a_zero_is_kept():
    assert np.signbit(parsed("-0.0000", "0.0000")).tolist() == [True, False]
    assert np.signbit(parsed("-0", "-0e1", "-0.00000000")).all()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        ".",
        "-",
        "a",
        "1.2.3",
        "1-2",
        "0x1",
        "1,5",
        "--1",
        "१",
        "é",
        "1_0",
        "1.2345678.9",
        "123456789_1",
    ],
)
def test_what_is_no_number_becomes_nan(wrong):
    assert np.isnan(parsed("1.0", wrong, "2.0")).tolist() == [False, True, False]


@given(
    st.lists(st.floats(-1e4, 1e4, width=32), min_size=1),
    st.sampled_from(["%.4f", "%.6f", "%.5g", "%g", "%r", "%.9f"]),
)
def test_numbers_agree_with_float(values, form):
    numbers = [form % value for value in values]
    assert parsed(*numbers) == pytest.approx(
        np.array(numbers, dtype=np.float64), rel=2e-7, abs=1e-12
    )


VEC = "3 2\nघर 0.5 -1.25\nनदी 1e-3 2\nzoo 3 4\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("\n", " \n").replace("3 2 ", "3 2"),  # as fastText writes
        lambda text: text.replace("1.25\n", "1.25 \t  \n"),
        lambda text: text.replace(" ", "\t"),
        lambda text: text.replace("घर ", "घर\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", " \r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.split("\n", 1)[1],  # GloVe: no header
    ],
    ids=[
        "plain", "trailing space", "trailing blanks", "tabs", "a tab", "CRLF", "space and CRLF",
        "no last newline", "BOM", "no header",
    ],
)  # fmt: skip
def test_a_vec_file_is_read_however_its_lines_end(vec_file, request_mr, change, packed):
    embedder = open_vectors(vec_file(change(VEC), packed=packed), request_mr)
    assert list(embedder.store.words) == ["घर", "नदी", "zoo"]
    assert embedder.embed(["घर", "नदी", "zoo", "घर zoo", "?"])[:4].tolist() == [
        [0.5, -1.25], [np.float32(0.001), 2], [3, 4], [1.75, 1.375],
    ]  # fmt: skip


def test_a_word_may_hold_any_white_space_but_the_one_before_its_numbers(vec_file, request_mr):
    words = ["a\u00a0b", "c\u2009d", "e\u2028f", ". . .", "g\u0085"]
    rows = "".join(f"{word} {i} 1\n" for i, word in enumerate(words))
    store = open_vectors(vec_file(f"5 2\n{rows}"), request_mr).store
    assert list(store.words) == words
    assert store.rows(words).tolist() == [0, 1, 2, 3, 4]


def test_the_first_of_repeated_words_wins_and_is_counted(vec_file, request_mr, caplog):
    embedder = open_vectors(vec_file("3 2\na 1 1\nb 2 2\na 3 3\n"), request_mr)
    assert embedder.embed(["a"]).tolist() == [[1, 1]]
    assert embedder.store.notes == {"repeated words, the first of each kept": 1}
    assert "1 repeated words" in caplog.text


def test_a_decimal_fraction_behind_a_word_s_last_space_is_a_number_too_many(vec_file, request_mr):
    with pytest.raises(InvalidData, match="line 3: expected a word and 2 numbers, got 4 numbers"):
        open_vectors(vec_file("2 2\n. . 1.5 2.5\nb 0.5 -.5 1.5 2.5\n"), request_mr)


def test_a_mark_of_byte_order_is_no_part_of_the_first_word(vec_file, request_mr):
    store = open_vectors(vec_file("\ufeffa 1.5 2\nb 1 2.5\n"), request_mr).store
    assert list(store.words) == ["a", "b"]


def test_broken_utf8_is_read_and_counted(vec_file, request_mr):
    embedder = open_vectors(vec_file(b"2 1\n\xff\xfe 1\nb 2\n"), request_mr)
    assert list(embedder.store.words) == ["\ufffd\ufffd", "b"]
    assert list(embedder.store.notes.values()) == [1]


def test_a_last_line_that_may_have_been_cut_inside_its_last_number_is_noted(vec_file, request_mr):
    embedder = open_vectors(vec_file("2 1\na 1\nb 2.5"), request_mr)
    assert embedder.embed(["b"]).tolist() == [[2.5]]
    assert [*embedder.store.notes] == [
        "last line without an end; if the file was cut, its last number is wrong"
    ]
    assert not open_vectors(vec_file("2 1\na 1\nb 2.5\n"), request_mr).store.notes


def test_a_row_of_zeros_is_no_vector_and_is_counted(vec_file, request_mr):
    embedder = open_vectors(vec_file("2 2\na 0 0\nb 1 1\n"), request_mr)
    assert np.isnan(embedder.embed(["a"])).all()
    assert embedder.embed(["a b"]).tolist() == [[1, 1]]
    assert embedder.store.notes == {"rows of zeros, which count as no vector": 1}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", None, "is empty"),
        ("hello\n", 1, "expected a header"),
        ("घर,1,2\n", 1, "with a space or tab between them"),
        ("a b\nc d\n", 1, "with a space or tab between them"),
        ("1000000000000 300\na 1\n", 1, "claims 1000000000000 rows"),
        ("2 0\na\n", 1, "claims 2 rows of 0 numbers"),
        ("-3 2\na 1 1\n", 1, "claims -3 rows"),
        ("4 2\naaaaa 1.5 1\nb 2.5 2\n", None, "claims 4 rows, the file has 2"),
        ("1 2\na 1 1\nb 2 2\n", None, "claims 1 rows, the file has 2"),
        ("2 2\na 1 1\nb 2\n", 3, "a word and 2 numbers, got 1 numbers"),
        ("2 2\na 1 1\n\nb 2 2\n", 3, "got an empty line"),
        ("2 2\na 1 nan\nb 1 1\n", 2, "'nan' is not finite, in place 2 of 2"),
        ("2 2\na 1 1\nb -inf 1\n", 3, "'-inf' is not finite, in place 1 of 2"),
        ("2 2\na 1 1\nb 1e39 1\n", 3, "'1e39' is not finite, in place 1 of 2"),
        ("9" * 5000 + " 9\na 1\n", 1, "expected a header"),
        ("2 2\na 1 x1\nb 1 1\n", 2, "'x1' is no number, in place 2 of 2"),
        ("2 2\na 1 1\nb 2,5 1\n", 3, "'2,5' is no number"),
    ],
)
def test_a_file_that_lies_is_refused_with_its_line(vec_file, request_mr, content, line, message):
    path = vec_file(content)
    with pytest.raises(InvalidData, match=message) as caught:
        open_vectors(path, request_mr)
    assert str(path) in str(caught.value) and caught.value.line == line
    assert "\n" not in str(caught.value)


def test_a_gzipped_file_that_was_cut_is_refused(vec_file, request_mr):
    path = vec_file(VEC * 1, packed=True)
    data = path.read_bytes()
    for length in range(1, len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(InvalidData):
            open_vectors(path, request_mr)


def test_a_gzipped_file_with_a_flipped_bit_is_refused(vec_file, request_mr):
    rows = "".join(f"w{i} {i}.5 {i * 7919 % 1000}\n" for i in range(300))
    path = vec_file(rows, packed=True)
    data = bytearray(path.read_bytes())
    for place in range(10, len(data), 53):
        data[place] ^= 16
        path.write_bytes(data)
        with pytest.raises(InvalidData, match=r"words\.vec"):
            open_vectors(path, request_mr)
        data[place] ^= 16


def test_a_missing_file_or_a_folder_is_said_to_be_one(tmp_path, request_mr):
    with pytest.raises(InvalidData, match="there is no such file"):
        open_vectors(tmp_path / "none.vec", request_mr)
    with pytest.raises(InvalidData, match="is a folder"):
        open_vectors(tmp_path, request_mr)


def test_blocks_do_not_show_in_what_is_read(vec_file, request_mr, monkeypatch):
    import embkit_fasttext.vec as vec

    rows = "".join(f"w{i} {i}.5 -{i}.25\n" for i in range(500))
    monkeypatch.setattr(vec, "_BLOCK", 64)
    embedder = open_vectors(vec_file(f"500 2\n{rows}"), request_mr)
    assert embedder.store.take(np.arange(500)).tolist() == [
        [i + 0.5, -i - 0.25] for i in range(500)
    ]


def test_vectors_agree_with_gensim(vec_file, request_mr):
    models = pytest.importorskip("gensim.models")
    generator = np.random.default_rng(0)
    rows = "".join(
        f"w{i} " + " ".join(f"{x:.5g}" for x in generator.normal(0, 0.1, 20)) + "\n"
        for i in range(300)
    )
    path = vec_file(f"300 20\n{rows}")
    reference = models.KeyedVectors.load_word2vec_format(str(path))
    store = open_vectors(path, request_mr).store
    assert list(store.words) == reference.index_to_key
    assert store.take(np.arange(300)) == pytest.approx(reference.vectors, abs=1e-7)


def test_a_text_with_a_vector_is_known_as_one_word_with_points_inside(vec_file, request_mr):
    embedder = open_vectors(vec_file("3 2\na-b 1 1\na 2 2\nb 4 4\n"), request_mr)
    assert embedder.embed(["a-b", "b-a"]).tolist() == [[1, 1], [3, 3]]
