"""Quantised models (`.ftz`): equal to the fasttext package, pruned or not; refused if they lie."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
from embkit import InvalidData
from embkit_fasttext import open_vectors
from embkit_fasttext.binary import read_model

WORDS = " ".join(["मराठी", "भाषा", "पुणे", "शिक्षण\u200cसंस्था", "क़लम", *(f"w{i}" for i in range(300))])


@pytest.mark.parametrize(
    "quantise",
    [
        {},
        {"qnorm": True},
        {"dsub": 3},
        {"dsub": 9},  # a row has seven numbers
        {"cutoff": 300},
        {"cutoff": 400, "qnorm": True, "dsub": 4, "retrain": True},
        {"qout": True, "qnorm": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("ngrams", [{}, {"minn": 0, "maxn": 0, "wordNgrams": 2}], ids=str)
def test_vectors_equal_those_of_the_fasttext_package(train_on, request_mr, quantise, ngrams):
    labels = 300 if "qout" in quantise else 4
    lines = {"labels": labels, "bucket": 700, "minn": 2, "maxn": 4, "epoch": 1}
    model, path = train_on(WORDS, quantise=quantise, **{**lines, **ngrams})
    assert model.is_quantized()
    embedder = open_vectors(path, request_mr)
    draw = random.Random(2)
    words = ["".join(draw.choices("मराठीक़w123", k=draw.randint(1, 8))) for _ in range(200)]
    words = [*model.get_words(), *words, *WORDS.split(" "), "</s>", ""]
    expected = np.array([model.get_word_vector(word) for word in words])
    assert embedder.word_vectors(words) == pytest.approx(expected, abs=1e-6)
    assert list(embedder.store.words) == model.get_words()


def quantiser(dim, width, centroids):
    parts = -(-dim // width)
    last = dim - (parts - 1) * width
    return struct.pack("<4i", dim, parts, width, last) + np.array(centroids, "<f4").tobytes()


# Of the first two numbers, centroid k is (k, k + 0.5), of the third it is -k.
RUNS = [*np.ravel([(k, k + 0.5) for k in range(256)]), *(-k for k in range(256))]
CODES = bytes([1, 2, 3, 4])  # two rows, two codes each


def quantised(codes=CODES, *, lengths=None, shape=(2, 3), dim=3, width=2, runs=RUNS):
    """An input matrix of which every number can be told by looking."""
    data = struct.pack("<??qqi", True, lengths is not None, *shape, len(codes)) + codes
    data += quantiser(dim, width, runs)
    if lengths is not None:
        data += lengths + quantiser(1, 1, [k / 2 for k in range(256)])
    return data


def test_a_row_is_put_together_of_its_centroids(bin_file, request_mr):
    path = bin_file(["ab", "cd"], maxn=0, bucket=0, matrix=quantised())
    assert open_vectors(path, request_mr).embed(["ab", "cd"]).tolist() == [
        [1, 1.5, -2],
        [3, 3.5, -4],
    ]


def test_a_row_whose_length_is_coded_apart_is_multiplied_by_it(bin_file, request_mr):
    path = bin_file(["ab", "cd"], maxn=0, bucket=0, matrix=quantised(lengths=bytes([2, 4])))
    assert open_vectors(path, request_mr).embed(["ab", "cd"]).tolist() == [[1, 1.5, -2], [6, 7, -8]]


def test_only_ngrams_that_were_kept_count(bin_file, request_mr):
    # One bucket: every n-gram falls into it. It lies one row behind that of the only word.
    pruned = {"bucket": 1, "minn": 2, "maxn": 2, "matrix": quantised()}
    kept = open_vectors(bin_file(["ab"], kept=[(0, 0)], **pruned), request_mr)
    assert kept.embed(["xy"]).tolist() == [[3, 3.5, -4]]
    assert kept.embed(["ab"])[0] == pytest.approx([2.5, 3, -3.5])  # its row once, three n-grams
    none = quantised(CODES[:2], shape=(1, 3))
    dropped = open_vectors(bin_file(["ab"], **{**pruned, "sizes_4": 0, "matrix": none}), request_mr)
    assert dropped.embed(["ab"]).tolist() == [[1, 1.5, -2]]
    assert np.isnan(dropped.embed(["xy"])).all()


def test_words_of_which_none_has_a_kept_ngram_get_zeros(bin_file, request_mr):
    options = {"bucket": 1, "minn": 2, "maxn": 2, "kept": [(0, 0)], "matrix": quantised()}
    embedder = open_vectors(bin_file(["ab"], **options), request_mr)
    assert embedder.word_vectors(["</s>", "x" * 10_001]).tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ({"shape": (3, 3)}, "a matrix of 3 times 3, expected 2 times 3"),
        ({"shape": (2**62, 3)}, "a matrix of 4611686018427387904 times 3"),
        ({"shape": (2, 4)}, "a matrix of 2 times 4, expected 2 times 3"),
        ({"codes": CODES[:3]}, "has 3 codes, expected 2 for each of 2 rows"),
        ({"dim": 4}, "a quantiser of 4 columns in 2 parts of 2 and 2, expected 3 columns"),
        ({"width": 1}, "has 4 codes, expected 3 for each of 2 rows"),
        ({"runs": [np.nan] * 768}, "the vector of 'ab' is not finite"),
    ],
    ids=["rows", "huge", "columns", "codes", "quantiser", "width", "not finite"],
)
def test_a_matrix_that_lies_is_refused(bin_file, request_mr, matrix, message):
    with pytest.raises(InvalidData, match=message):
        open_vectors(
            bin_file(["ab", "cd"], maxn=0, bucket=0, matrix=quantised(**matrix)), request_mr
        )


@pytest.mark.parametrize("kept", [(1, 0), (0, 1), (-1, 0), (0, -1)])
def test_a_kept_ngram_that_cannot_be_is_refused(bin_file, request_mr, kept):
    path = bin_file(["ab"], bucket=1, kept=[kept], matrix=quantised())
    with pytest.raises(InvalidData, match="lists n-grams that cannot be"):
        open_vectors(path, request_mr)


def test_every_truncation_is_refused(bin_file):
    path = bin_file(["ab"], bucket=1, kept=[(0, 0)], matrix=quantised(lengths=bytes(2)))
    data = path.read_bytes()
    for length in [*range(1, 250), *range(250, len(data), 29), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(InvalidData, match=r"model\.bin"):
            read_model(path, path)
