"""`embkit train`: from text to vectors that open at once, or to a sentence and nothing else."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
import pytest
from embkit.cli import cli
from embkit.errors import EmbkitError, InvalidData, InvalidRequest
from embkit.languages import default_language, turkish
from embkit_fasttext import open_vectors
from embkit_fasttext.corpus import Corpus, prepare
from embkit_fasttext.parameters import Parameters
from embkit_fasttext.training import train, uninitialised

WORDS = [
    "मराठी", "भाषा", "सुंदर", "आहे", "पुणे", "शहर", "पाऊस", "पडतो", "शिक्षण", "क़लम", "ॲप", "१२३",
    "__label__x",
]  # fmt: skip
UNKNOWN = ["पुण्यात", "शहरात", "भाषेत"]
SMALL = Parameters(dim=7, epochs=2, min_count=1, window=3)
MR = default_language("mr")


def quiet(*_: object) -> None:
    pass


@pytest.fixture
def corpus(tmp_path):
    draw = random.Random(0)
    path = tmp_path / "corpus.txt"
    lines = [" ".join(draw.choices(WORDS, k=8)) for _ in range(200)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return Corpus(paths=[path])


@pytest.fixture(params=["gensim", "fasttext"])
def trainer(request):
    pytest.importorskip(request.param, reason=f"needs the {request.param} package to train with")
    return request.param


@pytest.fixture
def gensim():
    return pytest.importorskip("gensim", reason="needs the gensim package to train with")


@pytest.fixture
def prepared(tmp_path):
    """A function that prepares files, and returns the lines and what was counted."""

    def run(*paths: Path, language=MR, **options):
        target = tmp_path / "prepared.txt"
        told: list[str] = []
        corpus = Corpus(paths=paths, **options)
        result = prepare(corpus, language, target, progress=quiet, tell=told.append)
        return target.read_text(encoding="utf-8").splitlines(), result, told

    return run


# What becomes of text


def test_a_line_becomes_its_words_normalised_and_folded(prepared, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Bir, İKİ; IŞIK!\nİstanbul'da\u0131\r\n", encoding="utf-8")
    assert prepared(path, language=turkish())[0] == ["bir iki ışık", "istanbul'daı"]
    assert prepared(path, language=turkish(), cased=True)[0] == ["Bir İKİ IŞIK", "İstanbul'daı"]


def test_what_is_left_out_is_counted(prepared, tmp_path):
    path, test = tmp_path / "a.txt", tmp_path / "test.csv"
    path.write_text("एक दोन\n\n तीन!\n…\nएक, दोन.\nचार पाच\nतीन\n", encoding="utf-8")
    test.write_text('id,text\n7,"चार (पाच)"\n', encoding="utf-8")
    lines, result, _ = prepared(path, exclude=[test])
    assert lines == ["एक दोन", "तीन"]
    assert (result.lines, result.empty, result.duplicate, result.excluded) == (2, 2, 2, 1)
    assert result.counts == {"एक": 1, "दोन": 1, "तीन": 1}
    assert list(result.counts) == ["एक", "दोन", "तीन"]
    assert result.sha256 == hashlib.sha256("एक दोन\nतीन\n".encode()).hexdigest()


def test_repeated_lines_can_be_kept(prepared, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("एक\nदोन\nएक\n", encoding="utf-8")
    lines, result, _ = prepared(path, keep_duplicates=True)
    assert lines == ["एक", "दोन", "एक"] and result.duplicate == 0


ZSTD = pa.Codec("zstd").compress


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "एक दोन\nतीन\n".encode()),
        ("a.txt", b"\xef\xbb\xbf" + "एक दोन\r\nतीन".encode()),
        ("a", "एक दोन\nतीन".encode()),
        ("a.txt.gz", gzip.compress("एक दोन\nतीन\n".encode())),
        ("a.txt.bz2", bz2.compress("एक दोन\nतीन\n".encode())),
        ("a.txt.xz", lzma.compress("एक दोन\nतीन\n".encode())),
        ("a.txt.zst", ZSTD("एक दोन\nतीन\n".encode(), asbytes=True)),
        ("a.csv", 'id,text\n1,"एक,\nदोन"\n\n2,तीन\n'.encode()),
        ("a.CSV", "text,id\nएक दोन,1\nतीन,2\n".encode()),
        ("a.tsv", 'id\ttext\n1\t"एक दोन\n2\tतीन\n'.encode()),
        ("a.tsv.gz", gzip.compress("id\ttext\n1\tएक दोन\n2\tतीन\n".encode())),
        ("a.jsonl", '{"text": "एक दोन", "id": 1}\n{"id": 2, "text": "तीन"}\n'.encode()),
    ],
    ids=str,
)
def test_text_is_read_out_of_every_kind_of_file(prepared, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    expected = ["एक", "दोन", "तीन"] if name == "a.csv" else ["एक दोन", "तीन"]
    assert prepared(path, columns=["text"])[0] == expected


def test_a_folder_is_read_in_order_and_what_is_no_text_is_named(prepared, tmp_path):
    folder = tmp_path / "corpus"
    (folder / "b").mkdir(parents=True)
    (folder / ".hidden.txt").write_text("no\n")
    (folder / "c.txt").write_text("three\n")
    (folder / "b/a.txt").write_text("two\n")
    (folder / "a.jsonl").write_text('{"text": "one"}\n')
    (folder / "picture.png").write_bytes(b"\x89PNG")
    lines, _, told = prepared(folder, columns=["text"])
    assert lines == ["one", "two", "three"]
    assert told == [f"{folder}: 1 files of other kinds are left out: picture.png"]


def test_standard_input_is_read(prepared, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("एक\nदोन\n".encode())))
    assert prepared(Path("-"))[0] == ["एक", "दोन"]


def test_several_columns_are_read_row_by_row(prepared, tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("first,score,second\na,1,b\nc,2,\n")
    lines, result, _ = prepared(path, columns=["first", "second", "absent"])
    assert lines == ["a", "b", "c"] and result.empty == 1


def test_a_line_of_megabytes_is_cut_between_words(prepared, tmp_path):
    path = tmp_path / "long.txt"
    words = [f"शब्द{i}" for i in range(120_000)]  # 2.1 MB in one line
    path.write_text(" ".join(words), encoding="utf-8")
    lines, result, _ = prepared(path)
    assert [word for line in lines for word in line.split(" ")] == words
    assert max(line.count(" ") for line in lines) == 999 and result.lines == len(lines)


def test_a_line_without_spaces_is_cut_between_characters(prepared, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("x" + "क" * 500_000, encoding="utf-8")
    lines, _, _ = prepared(path)
    assert "".join(lines) == "x" + "क" * 500_000


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"good\nb\xe9d\n", "a.txt, line 2: is no UTF-8 (byte 0xe9 at place 2)"),
        ("a.txt", "text".encode("utf-16"), "a.txt, line 1: is no UTF-8 (byte 0xff at place 1)"),
        ("a.csv", b"id,text\n1,a\n2,\xe9\n", "a.csv, line 3: is no UTF-8"),
        ("a.csv", b"id,text\n1,a\n2\n", "a.csv, line 3: expected 2 columns, got 1"),
        ("a.csv", b'id,text\n1,"a\n2,b\n', "a.csv, line 2: is no row of a .csv file"),
        ("a.csv", b"id,words\n1,a\n", "a.csv, line 1: has no column 'text'; it has: id, words"),
        ("a.jsonl", b'{"text": "a"}\n{"text": \n', "a.jsonl, line 2: is no JSON"),
        ("a.jsonl", b'["a"]\n', "a.jsonl, line 1: expected a JSON object, got"),
        ("a.jsonl", b'{"text": 3}\n', "a.jsonl, line 1: expected text under 'text', got 3"),
        ("a.jsonl", b'{"t": "a"}\n', "a.jsonl, line 1: has no column 'text'; it has: t"),
        ("a.txt.gz", gzip.compress(b"word\n" * 99)[:-9], "a.txt.gz: ends too early"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_named_with_its_place(prepared, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidData) as caught:
        prepared(path, columns=["text"])
    assert str(tmp_path / message) in str(caught.value) and "\n" not in str(caught.value)


def test_a_table_without_a_named_column_lists_its_columns(prepared, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,a\n")
    with pytest.raises(InvalidData, match=r"--column which column holds text: id, text"):
        prepared(path)


def test_a_missing_file_an_empty_folder_and_two_standard_inputs_are_refused(prepared, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidData, match="there is no such file"):
        prepared(tmp_path / "absent.txt")
    with pytest.raises(InvalidData, match=r"holds no \.csv, \.jsonl, \.tsv, \.txt file"):
        prepared(tmp_path / "folder")
    with pytest.raises(InvalidRequest, match="can be read only once"):
        prepared(Path("-"), exclude=[Path("-")])


def test_a_language_may_read_files_of_its_own_kind_and_keep_its_punctuation(prepared, tmp_path):
    def read(path, skipped):
        if path.suffix != ".bf":
            return None
        skipped["blank program"] += 1
        return iter(path.read_text().split(";"))

    brain = replace(MR, read=read, lex=lambda text: [sign for sign in text if sign in "+-<>[],."])
    own, test, plain = (tmp_path / name for name in ("own.bf", "test.bf", "plain.txt"))
    own.write_text("+[ A\n,];-.;no sign;+[,]")
    test.write_text("- B .")
    plain.write_text("[+] पुणे")
    lines, result, told = prepared(own, plain, exclude=[test], language=brain)
    assert lines == ["+ [ , ]", "पुणे"]
    assert (result.excluded, result.empty, result.duplicate) == (1, 1, 1)
    assert told == [f"{path}: left out are 1 × blank program" for path in (test, own)]


# What can be asked for


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "window must be at least 1; got 0"),
        ({"dim": 0}, "dim must be at least 1; got 0"),
        ({"epochs": 0}, "epochs must be at least 1; got 0"),
        ({"negative": 0}, "negative must be at least 1; got 0"),
        ({"seed": 2**31}, "seed must be at most 2147483647; got 2147483648"),
        ({"minn": 4, "maxn": 3}, "maxn must be 0 or at least minn; got 3"),
        ({"bucket": 0}, "bucket must be at least 1; got 0"),
        ({"lr": float("nan")}, "lr must be between 0 and 100; got nan"),
        ({"sample": 0.0}, "sample must be between 0 and 1; got 0.0"),
        ({"loss": "softmax"}, "loss must be one of ns, hs; got softmax"),
        ({"algorithm": "sg"}, "algorithm must be one of skipgram, cbow; got sg"),
        ({"trainer": "fasttext", "threads": 11}, "threads must be at least 12: with fewer"),
        ({"trainer": "fasttext", "seed": 1}, "seed must be left out"),
        ({"trainer": "fasttext", "model": "word2vec"}, "model must be fasttext for this trainer"),
    ],
    ids=str,
)
def test_parameters_that_cannot_be_are_refused_by_name(options, message):
    with pytest.raises(InvalidRequest) as caught:
        Parameters(**options)
    assert str(caught.value).startswith(message)


def test_a_package_that_is_missing_is_named_with_the_command_that_gets_it(
    corpus, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "gensim", None)
    with pytest.raises(InvalidRequest, match="needs the gensim package: pip install gensim"):
        train(corpus, SMALL, MR, tmp_path / "out")


# Training


def test_the_result_opens_and_equals_what_both_packages_read(corpus, tmp_path, request_mr, trainer):
    trained = train(corpus, replace(SMALL, trainer=trainer), MR, tmp_path / "out")
    words = [*WORDS, *UNKNOWN]
    vectors = open_vectors(trained.vectors, request_mr).word_vectors(words)
    assert np.isfinite(vectors).all() and vectors.any(axis=1).all()
    fasttext = pytest.importorskip("fasttext")
    model = fasttext.load_model(str(trained.vectors))
    assert set(WORDS) <= set(model.get_words())
    expected = np.array([model.get_word_vector(word) for word in words])
    assert vectors == pytest.approx(expected, abs=1e-6)
    gensim = pytest.importorskip("gensim.models.fasttext")
    keyed = gensim.load_facebook_vectors(str(trained.vectors))
    assert vectors == pytest.approx(np.array([keyed[word] for word in words]), abs=1e-6)


def test_word2vec_opens_and_equals_what_gensim_reads(gensim, corpus, tmp_path, request_mr):
    trained = train(corpus, replace(SMALL, model="word2vec"), MR, tmp_path / "out")
    vectors = open_vectors(trained.vectors, request_mr).embed([*WORDS, UNKNOWN[0]])
    assert np.isnan(vectors).all(axis=1).tolist() == [False] * len(WORDS) + [True]
    keyed = gensim.models.KeyedVectors.load_word2vec_format(str(trained.vectors), binary=True)
    assert vectors[:-1] == pytest.approx(np.array([keyed[word] for word in WORDS]), abs=0)
    assert trained.record["parameters"]["sample"] == 1e-3


@pytest.mark.parametrize("options", [{"maxn": 0}, {"algorithm": "cbow"}], ids=str)
def test_words_alone_and_cbow_can_be_trained(corpus, tmp_path, request_mr, trainer, options):
    parameters = replace(SMALL, trainer=trainer, **options)
    trained = train(corpus, parameters, MR, tmp_path / "out")
    rows = open_vectors(trained.vectors, request_mr).embed([WORDS[0], UNKNOWN[0]])
    assert np.isfinite(rows).all(axis=1).tolist() == [True, "maxn" not in options]


def test_one_thread_gives_the_same_bytes_in_every_process(gensim, corpus, tmp_path):
    def trained_here(name: str, seed: int) -> bytes:
        parameters = Parameters(dim=7, min_count=1, threads=1, seed=seed)
        return train(corpus, parameters, MR, tmp_path / name).vectors.read_bytes()

    command = ["train", "fasttext", str(corpus.paths[0]), "-o", str(tmp_path / "other")]
    subprocess.run(
        [sys.executable, "-m", "embkit", *command, "--lang", "mr", "--deterministic",
         "--dim", "7", "--min-count", "1"],
        check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "1"},
    )  # fmt: skip
    assert (tmp_path / "other/model.bin").read_bytes() == trained_here("first", 0)
    assert trained_here("first again", 0) != trained_here("second", 1)


def test_buckets_are_twice_the_ngrams_of_a_small_corpus_and_the_reason_is_told(gensim, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("abab abc\nabc abab\n")
    told: list[str] = []
    trained = train(
        Corpus(paths=[path]), replace(SMALL, minn=2, maxn=2), MR, tmp_path / "out", tell=told.append
    )
    # <a ab ba b> bc c>
    assert trained.record["parameters"]["bucket"] == 12
    assert any("bucket 12: the words have 6 distinct n-grams" in sentence for sentence in told)


def test_what_is_known_about_a_training_lies_beside_the_vectors(gensim, corpus, tmp_path):
    out = tmp_path / "out"
    trained = train(corpus, SMALL, MR, out, licence="CC BY 4.0")
    record = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert record == trained.record
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md", "model.bin", "training.json",
    ]  # fmt: skip
    assert record["corpus"]["lines"] == 200 and record["corpus"]["tokens"] == 1600
    assert record["corpus"]["words"] == record["corpus"]["words_with_vectors"] == 13
    assert record["parameters"]["lr"] == 0.05 and record["parameters"]["dim"] == 7
    assert record["language"]["name"] == "mr" and record["licence"] == "CC BY 4.0"
    assert record["versions"]["gensim"] == gensim.__version__
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "13 words of 7 numbers" in card and "Licence: CC BY 4.0." in card
    assert "200 lines, 1,600 tokens" in card and record["corpus"]["sha256"] in card


def test_an_empty_corpus_and_one_of_rare_words_are_refused(gensim, tmp_path):
    path, out = tmp_path / "a.txt", tmp_path / "out"
    path.write_text("\n…\n")
    with pytest.raises(InvalidData, match=r"no text to train on: 0 lines.* 2 empty lines"):
        train(Corpus(paths=[path]), SMALL, MR, out)
    path.write_text("a a b\nc c\n")
    with pytest.raises(
        InvalidData, match=r"no word stands 5 times.*2 there would be 2 words, with 1 .* be 3"
    ):
        train(Corpus(paths=[path]), replace(SMALL, min_count=5), MR, out)
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_there_is_replaced_only_by_force_and_only_if_it_is_a_training(
    gensim, corpus, tmp_path
):
    out = tmp_path / "out"
    out.mkdir()
    train(corpus, SMALL, MR, out)  # an empty folder is no loss
    with pytest.raises(InvalidRequest, match=r"is there already; name another folder, or say"):
        train(corpus, SMALL, MR, out)
    trained = train(corpus, replace(SMALL, dim=5), MR, out, force=True)
    assert trained.record["parameters"]["dim"] == 5
    link = tmp_path / "link"
    link.symlink_to(out)
    with pytest.raises(InvalidRequest, match="is a link"):
        train(corpus, SMALL, MR, link, force=True)
    (out / "training.json").unlink()
    with pytest.raises(InvalidRequest, match="is no training of embkit's"):
        train(corpus, SMALL, MR, out, force=True)
    assert (out / "model.bin").exists()


def test_an_interrupt_leaves_nothing_half_made(corpus, tmp_path, trainer):
    threads = threading.active_count()

    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "training":
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    # Without the interrupt it would take hours.
    parameters = replace(SMALL, trainer=trainer, epochs=1_000_000)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, parameters, MR, tmp_path / "out", progress=interrupt)
    assert [item.name for item in tmp_path.iterdir()] == ["corpus.txt"]
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(timeout=10)
    assert threading.active_count() == threads


# Rows that were never initialised


def test_rows_of_zeros_of_no_number_and_of_no_size_are_counted():
    rows = np.full((9, 3), 0.3, dtype=np.float32)
    rows[1], rows[2, 0], rows[3, 2], rows[4, 1], rows[5] = 0, np.nan, np.inf, -1e37, 1e-41
    rows[6] = [0, 0, 0.001]
    assert uninitialised([rows[:5], rows[5:]]) == (5, 9)


def test_what_the_fasttext_package_leaves_out_with_two_threads_is_noticed(corpus, tmp_path):
    fasttext = pytest.importorskip("fasttext")
    model = fasttext.train_unsupervised(
        str(corpus.paths[0]), dim=100, bucket=20_000, thread=2, epoch=1, verbose=0
    )
    wrong, rows = uninitialised([model.get_input_matrix()])
    # Two tenths are initialised, and the rows of n-grams that were trained.
    assert 0.5 * rows < wrong < 0.8 * rows


@pytest.mark.parametrize("model", ["fasttext", "word2vec"])
def test_a_training_that_goes_astray_is_refused(gensim, corpus, tmp_path, model):
    parameters = replace(SMALL, model=model, lr=99.0, epochs=20)
    with pytest.raises(
        EmbkitError, match=r"of the trained matrix are zero, not finite or over 100"
    ):
        train(corpus, parameters, MR, tmp_path / "out")
    assert [item.name for item in tmp_path.iterdir()] == ["corpus.txt"]


def test_a_model_larger_than_memory_is_refused_in_a_sentence(gensim, corpus, tmp_path):
    parameters = replace(SMALL, dim=100_000, bucket=2**31 - 1)
    with pytest.raises(EmbkitError, match="2,147,483,660 rows of 100000 numbers do not fit into"):
        train(corpus, parameters, MR, tmp_path / "out")


def test_what_the_fasttext_package_says_when_it_fails_is_told(tmp_path):
    pytest.importorskip("fasttext")
    from embkit_fasttext.trainers import train_with_fasttext

    empty = tmp_path / "empty.txt"
    empty.write_text("")
    parameters = replace(SMALL.usual(), trainer="fasttext", threads=12, bucket=10)
    with pytest.raises(EmbkitError, match=r"fasttext package failed.*Empty vocabulary"):
        train_with_fasttext(empty, parameters, tmp_path / "model.bin", quiet)


# The command


@pytest.fixture
def embkit(capsys):
    """A function that runs the command; what it printed to stdout and to stderr."""

    def run(*words: str):
        cli.main([*words], standalone_mode=False)
        printed = capsys.readouterr()
        return printed.out, printed.err

    return run


def test_the_last_line_is_the_command_that_measures_the_result(gensim, corpus, tmp_path, embkit):
    words = ("train", "fasttext", str(corpus.paths[0]), "--lang", "Marathi", "--dim", "7")
    out, told = embkit(*words, "-o", str(tmp_path / "my vectors"))
    assert out == f"embkit eval --lang mr -p 'fasttext:{tmp_path}/my vectors/model.bin'\n"
    assert "200 lines, 1,600 tokens, 13 words" in told and "13 words of 7 numbers in" in told
    assert embkit(*words, "-o", str(tmp_path / "second"), "-q")[1] == ""


@pytest.mark.parametrize("model", ["fasttext", "word2vec"])
def test_hierarchical_softmax_trains_other_vectors_than_negative_sampling(
    trainer, model, corpus, tmp_path, request_mr
):
    if (trainer, model) == ("fasttext", "word2vec"):
        pytest.skip("the fasttext package trains no word2vec")
    settings = replace(SMALL, model=model, trainer=trainer, epochs=30, lr=0.2)
    rows = []
    for loss in ("ns", "hs"):
        trained = train(corpus, replace(settings, loss=loss), MR, tmp_path / loss)
        assert trained.record["parameters"]["loss"] == loss
        rows.append(open_vectors(trained.vectors, request_mr).embed(WORDS))
    assert not np.isnan(rows).any()
    assert not np.allclose(*rows, atol=0.05)


def test_word2vec_has_a_command_without_what_is_for_ngrams(gensim, corpus, tmp_path, embkit):
    words = ("train", "word2vec", str(corpus.paths[0]), "--lang", "mr", "--dim", "7")
    out, told = embkit(*words, "-o", str(tmp_path / "vectors"))
    assert out == f"embkit eval --lang mr -p fasttext:{tmp_path}/vectors/model.bin\n"
    assert "13 words of 7 numbers in" in told and "bucket" not in told
    with pytest.raises(click.NoSuchOption, match="--minn"):
        embkit(*words, "-o", str(tmp_path / "other"), "--minn", "2")


def test_deterministic_means_one_thread_of_gensim(corpus, tmp_path, embkit):
    for options in (("--threads", "2"), ("--trainer", "fasttext")):
        with pytest.raises(InvalidRequest, match="--deterministic means one thread of the gensim"):
            embkit(
                "train", "fasttext", str(corpus.paths[0]), "--lang", "mr", "--deterministic",
                "-o", str(tmp_path / "out"), *options,
            )  # fmt: skip
