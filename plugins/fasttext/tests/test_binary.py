"""`.bin` models: equal to the fasttext package, whatever the script; refused when they lie."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys

import numpy as np
import pytest
from embkit import InvalidData
from embkit.word_options import Compression
from embkit_fasttext import open_vectors
from embkit_fasttext.subwords import ngram_ids

WORDS = {
    "mr": "मराठी भाषा सुंदर आहे पुणे शहर पाऊस पडतो शिक्षण\u200cसंस्था र्\u200dय क़लम ॲप अॅप १२३",
    "tr": "İstanbul ısı isi IĞDIR çiğ şık kâğıt evlerimizden İzmir'de güneş ğ",
    "xx": "🚀 👩🏽\u200d🚀 中文字 a ab abc naïve Straße ₹ 日本 x",
}


@pytest.fixture(scope="module")
def train(train_on):
    return lambda name, **options: train_on(WORDS[name], **options)


def variants(name: str, count: int) -> list[str]:
    """Words that are not in the vocabulary: pieces of its words, put together anew."""
    draw = random.Random(1)
    letters = [letter for letter in WORDS[name] if not letter.isspace()]
    return ["".join(draw.choices(letters, k=draw.randint(1, 9))) for _ in range(count)]


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize(
    "options", [{}, {"minn": 3, "maxn": 6}, {"minn": 1, "maxn": 2}, {"model": "cbow"}], ids=str
)
def test_vectors_equal_those_of_the_fasttext_package(train, request_mr, name, options):
    model, path = train(name, **options)
    embedder = open_vectors(path, request_mr)
    words = [*model.get_words(), *variants(name, 200), "a", "<", ">", ""]
    expected = np.array([model.get_word_vector(word) for word in words])
    assert embedder.word_vectors(words) == pytest.approx(expected, abs=1e-6)


def test_ngrams_are_those_that_fasttext_hashes(train):
    model, _ = train("mr", minn=3, maxn=6)
    count = len(model.get_words())
    for word in [*WORDS["mr"].split(" ")[:3], *variants("mr", 20)]:
        _, numbers = model.get_subwords(word)
        ids = [int(i) - count for i in numbers if i >= count]
        assert sorted(ngram_ids([word], 3, 6, 300)[1].tolist()) == sorted(ids)


def test_a_model_without_ngrams_knows_its_words_only(train, request_mr):
    model, path = train("mr", minn=0, maxn=0)
    embedder = open_vectors(path, request_mr)
    known = embedder.embed(["पुणे", "पुण्यात"])
    assert known[0] == pytest.approx(model.get_word_vector("पुणे"), abs=1e-6)
    assert np.isnan(known[1]).all()


def test_subwords_can_be_switched_off(train, request_mr):
    _, path = train("mr")
    rows = open_vectors(path, request_mr, subwords=False).embed(["पुण्यात", "पुणे"])
    assert np.isnan(rows[0]).all() and np.isfinite(rows[1]).all()


def test_the_size_of_a_model_is_that_of_its_words_and_of_its_ngrams(train, request_mr):
    model, path = train("mr")
    words, ngrams = len(model.get_words()), 300
    assert model.get_input_matrix().shape == (words + ngrams, 7)
    assert open_vectors(path, request_mr).model_bytes == 4 * 7 * (words + ngrams)
    assert open_vectors(path, request_mr, subwords=False).model_bytes == 4 * 7 * words
    halved = Compression(keep=3, dtype="float16")
    assert open_vectors(path, request_mr, compression=halved).model_bytes == 7 * (2 * 3 + 4 * 300)


def test_a_text_is_the_mean_or_the_sum_of_its_words(train, request_mr):
    model, path = train("mr")
    words = [model.get_word_vector(word) for word in ("पुणे", "शहर", "पुणे")]
    for pooling, expected in (("mean", np.mean(words, axis=0)), ("sum", np.sum(words, axis=0))):
        embedder = open_vectors(path, request_mr, pooling=pooling)
        assert embedder.embed(["पुणे शहर, पुणे!"])[0] == pytest.approx(expected, abs=1e-6)


def test_a_row_does_not_depend_on_its_batch(train, request_mr):
    _, path = train("mr")
    embedder = open_vectors(path, request_mr)
    texts = [" ".join(variants("mr", 7)[i:]) for i in range(6)] + ["", "…"]
    together = embedder.embed(texts)
    alone = np.concatenate([embedder.embed([text]) for text in reversed(texts)])[::-1]
    assert np.array_equal(together, alone, equal_nan=True)


def test_a_gzipped_model_gives_the_same_vectors(train, request_mr, tmp_path):
    model, path = train("mr")
    packed = tmp_path / "model.bin.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    words = [*model.get_words(), *variants("mr", 20)]
    plain, unpacked = open_vectors(path, request_mr), open_vectors(packed, request_mr)
    assert np.array_equal(plain.word_vectors(words), unpacked.word_vectors(words))


def test_a_matrix_that_is_not_aligned_is_read(bin_file, request_mr):
    for word in ("ab", "abc", "abcd", "abcde"):
        embedder = open_vectors(bin_file([word], minn=0, maxn=0, bucket=0), request_mr)
        assert embedder.embed([word]).tolist() == [[0, 1, 2]]


def test_the_vocabulary_is_matched_in_its_own_casing(train, request_tr):
    model, path = train("tr")
    embedder = open_vectors(path, request_tr)
    assert embedder.embed(["İstanbul"])[0] == pytest.approx(
        model.get_word_vector("İstanbul"), abs=1e-6
    )
    assert not np.array_equal(*embedder.embed(["ısı", "isi"]))


def test_text_is_folded_when_the_vocabulary_is_lower_case(bin_file, request_tr):
    embedder = open_vectors(bin_file(["ılık", "iyi"], maxn=0, bucket=0), request_tr)
    assert embedder.embed(["ILIK", "İYİ"]).tolist() == [[0, 1, 2], [1, 2, 3]]


def test_a_word_stored_in_another_spelling_is_found(bin_file, request_mr):
    embedder = open_vectors(bin_file(["क\u093cलम", "\u0958र"], maxn=0, bucket=0), request_mr)
    assert embedder.embed(["\u0958लम", "क\u093cर"]).tolist() == [[0, 1, 2], [1, 2, 3]]


def test_two_models_have_two_fingerprints_and_one_model_has_one(train, request_mr, request_tr):
    _, first = train("mr")
    _, second = train("xx")
    same = {open_vectors(first, request_mr).fingerprint for _ in range(2)}
    other = {
        open_vectors(second, request_mr).fingerprint,
        open_vectors(first, request_tr).fingerprint,
        open_vectors(first, request_mr, subwords=False).fingerprint,
        open_vectors(first, request_mr, pooling="sum").fingerprint,
    }
    assert len(same) == 1 and len(other) == 4 and not same & other


def test_every_truncation_is_refused(train, request_mr, tmp_path):
    data = train("mr")[1].read_bytes()
    path = tmp_path / "cut.bin"
    for length in [*range(0, 1200, 37), *range(1200, len(data), len(data) // 60), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(InvalidData, match=r"cut\.bin"):
            open_vectors(path, request_mr)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head_1": 13}, "no fastText model of version 11 or 12"),
        ({"head_9": 0}, "arguments that cannot be: kind 0"),
        ({"head_2": -1}, "arguments that cannot be: kind 2, dim -1"),
        ({"head_2": 2**31 - 1}, "a matrix of 6 times 3, expected 6 times 2147483647"),
        ({"head_10": 2**31 - 1}, "expected 2147483649 times 3"),
        ({"sizes_0": 2**31 - 1, "sizes_1": 2**31 - 1}, "claims 2147483647 entries"),
        ({"sizes_0": 3, "sizes_1": 3}, "no word at entry 3 of 3"),
        ({"sizes_1": 1}, "claims 2 entries, 1 words and 0 labels"),
        ({"sizes_1": 1, "sizes_2": 1}, "no label at entry 2 of 2"),
        ({"sizes_1": 3, "sizes_2": -1}, "claims 2 entries, 3 words and -1 labels"),
        ({"sizes_0": 0, "sizes_1": 0}, "claims 0 entries"),
        ({"kept": [(0, 0)]}, "is pruned but not quantised"),
        ({"sizes_4": 2**62}, "the list of its n-grams alone ends at"),
        ({"rows": [[0.0, 0, 0]] * 5}, "a matrix of 5 times 3"),
        ({"rows": [[float("nan")] * 3] * 6}, "the vector of 'ab' is not finite"),
    ],
    ids=str,
)
def test_a_header_that_lies_is_refused_in_one_line(bin_file, request_mr, changes, message):
    path = bin_file(["ab", "cd"], **changes)
    with pytest.raises(InvalidData, match=message) as caught:
        open_vectors(path, request_mr)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_a_refused_model_leaves_no_store_behind(bin_file, request_mr):
    from embkit.cache import cache_dir

    with pytest.raises(InvalidData):
        open_vectors(bin_file(["ab"], rows=[[float("inf")] * 3] * 5), request_mr)
    assert [p for p in (cache_dir() / "words").iterdir() if p.suffix != ".lock"] == []


def test_subwords_that_are_not_finite_give_no_vector(bin_file, request_mr):
    bad = [[1.0, 1, 1], [float("nan"), 0, 0], [float("inf"), 0, 0]]
    path = bin_file(["x"], rows=bad, bucket=2, minn=5, maxn=5)
    assert np.isnan(open_vectors(path, request_mr).embed(["abcdefgh"])).all()


def test_a_word_of_more_than_ten_thousand_letters_gets_no_vector(train, request_mr):
    _, path = train("mr")
    rows = open_vectors(path, request_mr).embed(["क" * 10_000, "क" * 10_001])
    assert np.isfinite(rows[0]).all() and np.isnan(rows[1]).all()


def test_the_end_of_a_sentence_has_no_ngrams(train, bin_file, request_mr):
    model, path = train("mr")
    embedder = open_vectors(path, request_mr)
    expected = model.get_word_vector("</s>")
    assert embedder.word_vectors(["</s>"])[0] == pytest.approx(expected, abs=1e-6)
    assert not open_vectors(bin_file(["x"]), request_mr).word_vectors(["</s>"]).any()


def test_a_cut_copy_of_an_unpacked_model_is_made_anew(train, request_mr, tmp_path):
    from embkit.cache import cache_dir

    packed = tmp_path / "model.bin.gz"
    packed.write_bytes(gzip.compress(train("mr")[1].read_bytes()))
    before = open_vectors(packed, request_mr).embed(["पुण्यात"])
    (copy,) = (cache_dir() / "words").glob("*/model.bin")
    copy.write_bytes(copy.read_bytes()[:500])
    assert np.array_equal(open_vectors(packed, request_mr).embed(["पुण्यात"]), before)


def test_a_model_that_changed_is_read_anew(bin_file, request_mr):
    open_vectors(bin_file(["a"], maxn=0, bucket=0), request_mr)
    path = bin_file(["b", "a"], maxn=0, bucket=0)
    assert open_vectors(path, request_mr).embed(["a"]).tolist() == [[1, 2, 3]]


def test_a_store_that_was_cut_short_is_made_anew(train, request_mr):
    from embkit.cache import cache_dir

    _, path = train("mr")
    before = open_vectors(path, request_mr).embed(["पुणे शहर"])
    for matrix in (cache_dir() / "words").glob("*/matrix.*"):
        matrix.write_bytes(matrix.read_bytes()[:-40])
    assert np.array_equal(open_vectors(path, request_mr).embed(["पुणे शहर"]), before)


def test_words_of_a_classifier_are_read_and_its_labels_left_out(train_on, request_mr):
    model, path = train_on(WORDS["mr"], labels=3, minn=2, maxn=4)
    embedder = open_vectors(path, request_mr)
    words = [*model.get_words(), *variants("mr", 50), "</s>"]
    expected = np.array([model.get_word_vector(word) for word in words])
    assert embedder.word_vectors(words) == pytest.approx(expected, abs=1e-6)
    assert list(embedder.store.words) == model.get_words()
    assert embedder.store.notes == {"labels of its classes, which are no words": 3}


def test_a_classifier_of_version_11_has_no_ngrams(bin_file, request_mr):
    new = bin_file(["ab"], labels=["__label__x"], head_9=3, bucket=1, minn=2, maxn=2)
    assert open_vectors(new, request_mr).embed(["ab", "xy"]).tolist()[1] == [1, 2, 3]
    old = bin_file(["ab"], labels=["__label__x"], head_9=3, head_1=11, bucket=1, minn=2, maxn=2)
    rows = open_vectors(old, request_mr).embed(["ab", "xy"])
    assert rows[0].tolist() == [0, 1, 2] and np.isnan(rows[1]).all()


def test_a_store_knows_how_often_a_word_stands_in_the_corpus(train, request_mr):
    model, path = train("mr")
    words, counts = model.get_words(include_freq=True)
    store = open_vectors(path, request_mr).store
    assert list(store.words) == words and store.counts.tolist() == counts.tolist()


def test_a_count_that_cannot_be_is_refused(bin_file, request_mr):
    path = bin_file(["ab", "cd"])
    data = bytearray(path.read_bytes())
    place = data.index(b"cd\0") + 3
    data[place : place + 8] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.raises(InvalidData, match="claims that 'cd' stands -1 times"):
        open_vectors(path, request_mr)


def test_a_model_that_is_deleted_while_in_use_goes_on(train, request_mr, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(train("mr")[1].read_bytes())
    embedder = open_vectors(path, request_mr)
    before = embedder.embed(["पुण्यात"])
    path.unlink()
    assert np.array_equal(embedder.embed(["पुण्यात"]), before)
    path.write_bytes(b"another file of this name")
    assert np.array_equal(embedder.embed(["पुण्यात"]), before)
    path.unlink()
    with pytest.raises(InvalidData, match="there is no such file"):
        open_vectors(path, request_mr)


def test_a_model_that_is_written_over_while_in_use_is_refused(train, request_mr, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(train("mr")[1].read_bytes())
    embedder = open_vectors(path, request_mr)
    with open(path, "rb+") as file:
        file.truncate(100)
    with pytest.raises(InvalidData, match=r"model\.bin: was written over while it was in use"):
        embedder.embed(["पुण्यात"])


def test_broken_utf8_in_a_word_is_counted_and_read(bin_file, request_mr):
    embedder = open_vectors(bin_file([b"ab", b"\xe0\xa4"], maxn=0, bucket=0), request_mr)
    assert list(embedder.store.notes.values()) == [1]
    assert embedder.embed(["ab"]).tolist() == [[0, 1, 2]]


def test_opening_a_model_imports_neither_fasttext_nor_torch(train):
    code = f"""
import sys
from pathlib import Path
from embkit import Request
from embkit.languages import default_language
from embkit_fasttext import open_vectors

request = Request(language=default_language("mr"))
open_vectors(Path({str(train("mr")[1])!r}), request).embed(["पुणे"])
print(sorted({{"fasttext", "gensim", "torch", "sklearn"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
