"""gensim's files: equal to gensim, and never unpickled, whatever they say."""

from __future__ import annotations

import os
import pickle
import random
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from embkit import InvalidData
from embkit_fasttext import open_vectors

gensim = pytest.importorskip("gensim", reason="needs gensim to write the files and compare with")

from gensim.models import FastText, KeyedVectors, Word2Vec  # noqa: E402
from gensim.models.fasttext import FastTextKeyedVectors  # noqa: E402

SENTENCES = [
    ["पुणे", "शहर", "मराठी", "भाषा"], ["पुणे", "सुंदर", "शहर"], ["İstanbul", "ısı", "🚀"],
] * 20  # fmt: skip
UNKNOWN = ["पुण्यात", "मराठीत", "क", "İzmir'de", "x", "👩🏽\u200d🚀"]
GENSIM = "gensim.models.keyedvectors"


@pytest.fixture(scope="module")
def word2vec():
    return Word2Vec(SENTENCES, vector_size=5, min_count=1, epochs=1, workers=1, seed=1)


@pytest.fixture(scope="module")
def subwords():
    return FastText(
        SENTENCES, vector_size=5, min_count=1, epochs=1, workers=1, bucket=50, min_n=2, max_n=4
    )


@pytest.fixture
def two_words():
    """A function that writes [1, 2] for घर and [3, 4] for नदी, and changes attributes first."""

    def write(path, protocol=4, **attributes):
        keyed = KeyedVectors(2)
        keyed.add_vectors(["घर", "नदी"], np.array([[1, 2], [3, 4]], np.float32))
        keyed.__dict__.update(attributes)
        path.write_bytes(pickle.dumps(keyed, protocol=protocol))
        return path

    return write


@pytest.mark.parametrize("beside", [False, True], ids=["in the pickle", "in files beside it"])
def test_words_vectors_and_counts_equal_gensims(word2vec, request_mr, tmp_path, beside):
    path = tmp_path / "words.kv"
    word2vec.wv.save(str(path), sep_limit=0 if beside else 10**9)
    store = open_vectors(path, request_mr).store
    assert list(store.words) == word2vec.wv.index_to_key
    assert np.array_equal(store.take(np.arange(len(store))), word2vec.wv.vectors)
    assert store.counts.tolist() == [
        word2vec.wv.get_vecattr(word, "count") for word in word2vec.wv.index_to_key
    ]


@pytest.mark.parametrize("beside", [False, True], ids=["in the pickle", "in files beside it"])
@pytest.mark.parametrize("whole", [False, True], ids=["kv", "model"])
def test_ngrams_equal_gensims_for_known_and_unknown_words(
    subwords, request_mr, tmp_path, beside, whole
):
    path = tmp_path / "words.saved"
    (subwords if whole else subwords.wv).save(str(path), sep_limit=0 if beside else 10**9)
    words = [*subwords.wv.index_to_key, *UNKNOWN]
    expected = np.array([subwords.wv.get_vector(word) for word in words])
    for _ in range(2):  # read, then opened again
        embedder = open_vectors(path, request_mr)
        assert embedder.word_vectors(words) == pytest.approx(expected, abs=1e-6)
    known = open_vectors(path, request_mr, subwords=False).word_vectors(words)
    assert known[:-6].any(axis=1).all() and not known[-6:].any()


def test_the_vectors_inside_a_word2vec_model_are_read(word2vec, request_mr, tmp_path):
    path = tmp_path / "words.model"
    word2vec.save(str(path), sep_limit=0)
    rows = open_vectors(path, request_mr).word_vectors(word2vec.wv.index_to_key)
    assert np.array_equal(rows, word2vec.wv.vectors)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_binary_protocol_is_read(two_words, request_mr, tmp_path, protocol):
    embedder = open_vectors(two_words(tmp_path / "a.kv", protocol), request_mr)
    assert embedder.embed(["घर नदी"]).tolist() == [[2, 3]]


@pytest.mark.parametrize("dtype", ["<f2", "<f8", ">f4"])
def test_numbers_of_other_widths_and_orders_become_float32(two_words, request_mr, tmp_path, dtype):
    vectors = np.array([[1, 2], [3, 4]], dtype)
    for name, array in (("c.kv", vectors), ("f.kv", np.asfortranarray(vectors))):
        path = two_words(tmp_path / name, vectors=array)
        assert open_vectors(path, request_mr).embed(["नदी"]).tolist() == [[3, 4]]


def old_file(path, holder, **attributes):
    """A file as gensim 3 wrote it: protocol 2, a vocabulary of objects, and syn0."""
    from gensim.models.keyedvectors import CompatVocab

    keyed = KeyedVectors(2)
    keyed.__dict__.clear()
    keyed.__dict__.update(
        syn0=np.array([[1, 2], [3, 4]], np.float32),
        index2word=["घर", "नदी"],
        vocab={
            "नदी": CompatVocab(count=3, index=1, sample_int=2**32),
            "घर": CompatVocab(count=9, index=0, sample_int=2**32),
        },
        **attributes,
    )
    data = pickle.dumps(keyed, protocol=2)
    data = data.replace(b"cgensim.models.keyedvectors\nKeyedVectors\n", holder)
    path.write_bytes(data.replace(b"CompatVocab\n", b"Vocab\n"))
    return path


@pytest.mark.parametrize(
    "holder",
    [
        b"cgensim.models.keyedvectors\nKeyedVectors\n",
        b"cgensim.models.keyedvectors\nWord2VecKeyedVectors\n",
        b"cgensim.models.word2vec\nWord2Vec\n",
    ],
)
def test_files_of_gensim_before_version_4_are_read(request_mr, tmp_path, holder):
    embedder = open_vectors(old_file(tmp_path / "old.kv", holder), request_mr)
    assert embedder.embed(["घर", "नदी"]).tolist() == [[1, 2], [3, 4]]
    assert embedder.store.counts.tolist() == [9, 3]


def test_gensim_reads_the_same_of_an_old_file(request_mr, tmp_path):
    path = old_file(tmp_path / "old.kv", b"cgensim.models.keyedvectors\nWord2VecKeyedVectors\n")
    keyed = KeyedVectors.load(str(path))
    store = open_vectors(path, request_mr).store
    assert (keyed.index_to_key, keyed.vectors.tolist()) == (
        list(store.words), store.take(np.arange(2)).tolist(),
    )  # fmt: skip


def test_words_that_python_2_wrote_as_bytes_are_read(request_mr, tmp_path):
    def string(raw):
        return b"U" + bytes([len(raw)]) + raw

    content = struct.pack("<4f", 1, 2, 3, 4)
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85" + string(b"b") + b"\x87R"
        b"(K\1K\2K\2\x86cnumpy\ndtype\n" + string(b"f4") + b"K\0K\1\x87R(K\3" + string(b"<")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89" + string(content) + b"tb"
    )  # fmt: skip
    path = tmp_path / "two.kv"
    path.write_bytes(
        b"\x80\2cgensim.models.keyedvectors\nKeyedVectors\n)\x81}("
        + string(b"index2word") + b"](" + string("घर".encode()) + string(b"\xe0\xa4") + b"e"
        + string(b"syn0") + array + b"ub."
    )  # fmt: skip
    embedder = open_vectors(path, request_mr)
    assert embedder.embed(["घर"]).tolist() == [[1, 2]]
    assert list(embedder.store.words) == ["घर", "\ufffd"]
    assert list(embedder.store.notes.values()) == [1]


def test_ngrams_of_the_hash_before_gensim_3_8_are_noted_and_left_out(request_mr, tmp_path):
    keyed = FastTextKeyedVectors(2, min_n=2, max_n=3, bucket=7)
    keyed.__dict__.update(
        index_to_key=["घर"],
        expandos={},
        vectors=np.array([[1, 2]], np.float32),
        compatible_hash=False,
    )
    path = tmp_path / "old.kv"
    path.write_bytes(pickle.dumps(keyed, protocol=2))
    embedder = open_vectors(path, request_mr)
    rows = embedder.embed(["घर", "घरात"])
    assert rows[0].tolist() == [1, 2] and np.isnan(rows[1]).all()
    assert list(embedder.store.notes.items()) == [
        ("n-grams, hashed as gensim did before 3.8 and so not read", 7)
    ]


def test_a_changed_file_beside_the_pickle_is_read_anew(word2vec, request_mr, tmp_path):
    path = tmp_path / "words.kv"
    word2vec.wv.save(str(path), sep_limit=0)
    first = open_vectors(path, request_mr)
    beside = tmp_path / "words.kv.vectors.npy"
    np.save(beside, np.load(beside) * 2)
    second = open_vectors(path, request_mr)
    assert np.array_equal(second.embed(["पुणे"]), first.embed(["पुणे"]) * 2)
    assert first.fingerprint != second.fingerprint


def beside_missing(path):
    path.unlink()


def beside_short(path):
    path.write_bytes(path.read_bytes()[:-4])


def beside_long(path):
    path.write_bytes(path.read_bytes() + b"\0" * 4)


def beside_other_rows(path):
    np.save(path, np.zeros((3, 5), np.float32))


def beside_flat(path):
    np.save(path, np.zeros(8, np.float32))


def beside_of_objects(path):
    np.save(path, np.array([[print]] * 8), allow_pickle=True)


def beside_that_is_a_pickle(path):
    path.write_bytes(pickle.dumps(np.zeros((8, 5))))


def beside_cut_in_its_header(path):
    path.write_bytes(path.read_bytes()[:60])


def beside_that_nests(path):
    path.write_bytes(b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10_000)


def beside_with_a_longer_header(path):
    data = path.read_bytes()
    path.write_bytes(data[:8] + b"\x77" + data[9:])


def beside_that_claims_terabytes(path):
    with open(path, "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (2**40, 5)}
        np.lib.format.write_array_header_1_0(file, header)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (beside_missing, "is missing: gensim keeps large arrays in files of their own"),
        (beside_short, "is 284 bytes long, its header claims"),
        (beside_long, "is 292 bytes long, its header claims"),
        (beside_other_rows, r"vectors of shape \(3, 5\) where 8 rows must be"),
        (beside_flat, r"vectors of shape \(8,\)"),
        (beside_of_objects, r"is no \.npy file of numbers"),
        (beside_that_is_a_pickle, r"is no \.npy file of numbers"),
        (beside_cut_in_its_header, r"is no \.npy file of numbers"),
        (beside_that_nests, r"is no \.npy file of numbers"),
        (beside_with_a_longer_header, "its header claims"),
        (beside_that_claims_terabytes, r"claims \(1099511627776, 5\) of float32"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_file_beside_that_lies_is_refused(word2vec, request_mr, tmp_path, change, message):
    path = tmp_path / "words.kv"
    word2vec.wv.save(str(path), sep_limit=0)
    change(tmp_path / "words.kv.vectors.npy")
    with pytest.raises(InvalidData, match=message) as caught:
        open_vectors(path, request_mr)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"index_to_key": ["घर"]}, r"vectors of shape \(2, 2\) where 1 rows must be"),
        ({"index_to_key": ["घर", 5]}, "a vocabulary of 2 keys, 1 of them words"),
        ({"index_to_key": []}, "a vocabulary of 0 keys"),
        ({"vectors": None}, "has no vectors or syn0"),
        ({"vectors": np.array([[1, np.nan], [1, 1]])}, "the vector of 'घर' is not finite"),
        ({"vectors": np.array([["a"], ["b"]])}, "an array of something else than numbers"),
        ({"vectors": np.array([[[]], [[]]], object)}, "an array of something else than numbers"),
        ({"vectors": np.zeros((2, 0), np.float32)}, r"vectors of shape \(2, 0\)"),
        ({"extra": 2**80}, "a number of over 64 bits"),
        ({"extra": {(1, 2): 3}}, "a key that is neither text nor number"),
    ],
    ids=lambda value: "",
)
def test_a_file_that_does_not_fit_together_is_refused(
    two_words, request_mr, tmp_path, attributes, message
):
    path = two_words(tmp_path / "words.kv", **attributes)
    with pytest.raises(InvalidData, match=message) as caught:
        open_vectors(path, request_mr)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


class Calls:
    """Pickled as a call of a function, which unpickling makes."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def keyed_with(value):
    keyed = KeyedVectors(2)
    keyed.add_vectors(["a"], np.ones((1, 2), np.float32))
    keyed.lifecycle_events = [{"event": [value]}]
    return keyed


def named(module, name, arguments=b")"):
    """A pickle that calls something by its name."""
    return b"\x80\4\x8c" + bytes([len(module)]) + module.encode() + (
        b"\x8c" + bytes([len(name)]) + name.encode() + b"\x93" + arguments + b"R."
    )  # fmt: skip


def hostile(canary):
    """Pickles that would run code, which here is to make a file."""
    command = f"touch {canary}"
    text = b"X" + struct.pack("<I", len(command)) + command.encode()
    yield from (
        (f"os.system, protocol {protocol}", pickle.dumps(Calls(os.system, command), protocol))
        for protocol in range(2, 6)
    )
    yield "inside a list", pickle.dumps([[[Calls(os.system, command)]]])
    yield "inside KeyedVectors", pickle.dumps(keyed_with(Calls(os.system, command)))
    yield "eval", pickle.dumps(Calls(eval, f"open({str(canary)!r}, 'w')"))
    yield "exec", pickle.dumps(Calls(exec, f"open({str(canary)!r}, 'w')"))
    yield "getattr", pickle.dumps(Calls(getattr, "a", "upper"))
    yield "numpy.load", pickle.dumps(Calls(np.load, "a.npy", None, True))
    yield "pickle.loads", pickle.dumps(Calls(pickle.loads, pickle.dumps(Calls(eval, "1"))))
    yield "copyreg", named("copyreg", "_reconstructor")
    yield "copyreg.add_extension", named("copyreg", "add_extension")
    yield "builtins.open", named("builtins", "open")
    yield "a dotted name", named("gensim.utils", "call_on_class_only.__globals__")
    yield "an allowed module", named("gensim.utils", "unpickle")
    yield "an allowed name elsewhere", named("embkit", "KeyedVectors")
    yield "INST", b"\x80\2(" + text + b"ios\nsystem\n."
    yield "OBJ", b"\x80\2(cos\nsystem\n" + text + b"o."
    yield "INST of an allowed name", b"\x80\2(icollections\ndefaultdict\n."
    yield "a call of what was made", b"\x80\2cnumpy\ndtype\n)R)R."
    yield "state of a name", b"\x80\2cnumpy\ndtype\n}b."
    yield "EXT1", b"\x80\2\x82\1)R."
    yield "EXT4", b"\x80\2\x84\1\0\0\0)R."
    yield "a persistent id", b"\x80\2Pwords\n."
    yield "a binary persistent id", b"\x80\2K\1Q."
    yield "a buffer from outside", b"\x80\5\x97."
    yield "NEWOBJ_EX", b"\x80\4cnumpy\ndtype\n)}\x92."
    yield "protocol 0", b"\x80\0cos\nsystem\n."


HOSTILE = [name for name, _ in hostile("/nowhere")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_refused_and_nothing_of_it_happens(request_mr, tmp_path, name):
    canary = tmp_path / "canary"
    path = tmp_path / "words.kv"
    path.write_bytes(dict(hostile(canary))[name])
    with pytest.raises(InvalidData, match=r"words\.kv") as caught:
        open_vectors(path, request_mr)
    assert "\n" not in str(caught.value)
    assert not canary.exists()


def test_a_refusal_says_what_was_named_and_how_to_convert(request_mr, tmp_path):
    path = tmp_path / "words.kv"
    path.write_bytes(pickle.dumps(keyed_with(Calls(eval, "1"))))
    place = path.read_bytes().index(b"eval") + len("eval") + 2
    with pytest.raises(InvalidData) as caught:
        open_vectors(path, request_mr)
    assert str(caught.value) == (
        f"{path}: names 'builtins.eval', which is not read, at byte {place}; embkit never "
        "unpickles: if you trust the file, load it in gensim, call "
        "kv.save_word2vec_format('vectors.bin', binary=True) and open that"
    )


def test_no_file_makes_python_import_compile_or_start_anything(two_words, tmp_path):
    for number, (_, data) in enumerate(hostile(tmp_path / "canary")):
        (tmp_path / f"{number}.kv").write_bytes(data)
    good = two_words(tmp_path / "good.saved")
    code = f"""
import sys
from pathlib import Path
from embkit import InvalidData, Request
from embkit.languages import default_language
from embkit_fasttext import open_vectors

request = Request(language=default_language("mr"))
open_vectors(Path({str(good)!r}), request)  # imports what it needs
import pickletools
seen = set()
sys.addaudithook(lambda event, arguments: seen.add(event))
refused = 0
for path in sorted(Path({str(tmp_path)!r}).glob("*.kv")):
    try:
        open_vectors(path, request)
    except InvalidData:
        refused += 1
bad = "pickle.", "exec", "compile", "os.system", "subprocess", "socket", "ctypes", "import"
print(refused, sorted(event for event in seen if event.startswith(bad)))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"{len(HOSTILE)} []"


def deep(opening, closing=b""):
    return b"\x80\2" + opening * 50_000 + closing * 50_000 + b"."


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\4\x8e" + struct.pack("<Q", 2**40) + b".",
        b"\x80\4\x8d" + struct.pack("<Q", 2**63) + b".",
        b"\x80\5\x96" + struct.pack("<Q", 2**34) + b".",
        b"\x80\2B" + struct.pack("<I", 2**31) + b".",
        b"\x80\4\x95" + struct.pack("<Q", 2**50) + b"N.",
        b"\x80\2Nr" + struct.pack("<I", 2**31 - 1) + b".",
        b"\x80\2\x8b" + struct.pack("<i", 2**31 - 1) + b".",
        deep(b"("),
        deep(b"]"),
        deep(b"}"),
        deep(b"]", b"a"),
        b"\x80\2)" + b"\x85" * 50_000 + b".",
        b"\x80\2})" + b"\x85" * 2_000 + b"Ns.",
        b"\x80\2})" + b"q\0h\0\x86" * 200 + b"Ns.",
        b"\x80\2" + b"2\x86" * 100_000 + b".",
        b"\x80\2" + b"I" + b"9" * 100_000 + b"\n.",
        b"\x80\2c" + b"o" * 100_000 + b"\nsystem\n.",
        b"\x80\2.",
        b"\x80\2N.N.",
        b"\x80\2h\5.",
        b"\x80\2\xff.",
    ],
    ids=lambda data: str(data[2:8]),
)
def test_a_pickle_bomb_is_refused_in_little_memory(request_mr, tmp_path, data):
    path = tmp_path / "words.kv"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidData, match=r"words\.kv: "):
            open_vectors(path, request_mr)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000 + 20 * len(data)
    finally:
        tracemalloc.stop()


def test_every_truncation_is_refused(subwords, request_mr, tmp_path):
    whole = tmp_path / "words.model"
    subwords.save(str(whole))
    data = whole.read_bytes()
    path = tmp_path / "cut.kv"
    for length in range(2, len(data), 61):
        path.write_bytes(data[:length])
        with pytest.raises(InvalidData, match=r"cut\.kv"):
            open_vectors(path, request_mr)


def test_altered_files_are_refused_in_one_line_or_read(subwords, request_mr, tmp_path):
    whole = tmp_path / "words.kv"
    subwords.wv.save(str(whole))
    data = bytearray(whole.read_bytes())
    draw = random.Random(0)
    path = tmp_path / "altered.kv"
    refused = 0
    for _ in range(100):
        altered = data.copy()
        for _ in range(draw.randint(1, 4)):
            altered[draw.randrange(2, len(data))] = draw.randrange(256)
        path.write_bytes(altered)
        try:
            open_vectors(path, request_mr).embed(["पुणे", "पुण्यात"])
        except InvalidData as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > 30
