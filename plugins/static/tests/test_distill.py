"""`embkit distill` as its users have it: folders that open, cards, and refusals in a sentence."""

from __future__ import annotations

import errno
import json

import embkit
import numpy as np
import pytest
from embkit_static.distilling import checkpoint_of

from .encoders import save_gpt

LINES = ["पुणे शहर मोठी आहे.", "नदी मोठी आहे!", "पुणे, नदी", "शहर आहे", "मोठी नदी आहे"]


@pytest.fixture
def distil(berts, tmp_path, run, corpus):
    """A function that distils a tiny BERT; exit code, stderr and folder."""

    def call(*words, encoder=None, lines=LINES, out="out"):
        text = () if lines is None else ("--corpus", corpus(*lines))
        code, said, err = run(
            "distill", encoder or berts(), "-o", tmp_path / out, "--lang", "mr", *text, *words
        )
        if not code:
            assert said == f"embkit eval --lang mr -p static:{tmp_path / out}\n"
        return code, err, tmp_path / out

    return call


METHODS = [
    ("input", "--min-count", 1),
    ("aggregate", "--min-count", 1, "--contexts", 2, "--layer", 1),
    ("x2static", "--min-count", 1, "--sample", 1),
]


@pytest.mark.parametrize("options", METHODS, ids=lambda options: options[0])
def test_every_method_gives_each_word_of_the_text_a_vector(distil, options):
    code, err, out = distil("--method", *options)
    assert code == 0, err
    embedder = embkit.load(f"static:{out}", language="mr")
    assert list(embedder.words) == ["आहे", "मोठी", "नदी", "पुणे", "शहर"]  # by frequency
    assert np.isfinite(embedder.embed(["पुणे शहर", "मोठी"])).all()
    assert embedder.store.counts.tolist() == [4, 3, 3, 2, 2]
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md", "embkit.json", "vectors.parquet"
    ]  # fmt: skip


def test_the_card_tells_all_that_is_needed_to_make_it_again(distil, corpus, berts):
    _, _, out = distil("--method", "aggregate", "--contexts", 3, "--min-count", 1, "--over", "max",
                       "--licence", "CC-BY-4.0")  # fmt: skip
    record = json.loads((out / "embkit.json").read_text())
    card = (out / "README.md").read_text(encoding="utf-8")
    for part in (
        "5 words of 16 numbers", record["encoder"]["fingerprint"], record["corpus"]["sha256"],
        "layer last, tokens mean, contexts 3, over max", "Licence: CC-BY-4.0",
        "--contexts 3 --over max --licence CC-BY-4.0 -o DIR",
    ):  # fmt: skip
        assert part in card
    assert record["settings"]["contexts_read"] == 3 + 3 + 3 + 2 + 2
    assert record["corpus"]["lines"] == 5


def test_input_vectors_are_those_of_the_provider(distil, berts):
    _, _, out = distil("--method", "input", lines=None)
    words = ["पुणे", "नदी", "the"]
    ours = embkit.load(f"static:{out}", language="mr").embed(words)
    direct = embkit.load(f"static:{berts()}", language="mr").embed(words)
    np.testing.assert_array_equal(ours, direct)


def test_listed_words_alone_get_a_vector(distil, corpus, tmp_path):
    listed = corpus("शहर", "पुणे", "कळस", name="words.txt")
    code, err, out = distil("--method", "aggregate", "--words", listed)
    assert code == 0
    assert list(embkit.load(f"static:{out}", language="mr").words) == ["शहर", "पुणे"]
    assert "words asked for that are left out: 1" in err


def test_words_without_a_context_are_read_alone(distil, corpus):
    listed = corpus("कळस", "पुणे", name="words.txt")
    _, _, out = distil("--method", "aggregate", "--contexts", 0, "--words", listed, lines=None)
    assert list(embkit.load(f"static:{out}", language="mr").words) == ["कळस", "पुणे"]


@pytest.mark.parametrize("form", ["vec", "w2v", "npy"])
def test_other_formats_open_as_well(distil, form):
    _, _, out = distil("--method", "input", "--min-count", 1, "--format", form)
    assert (out / f"vectors.{form}").exists()
    assert embkit.load(f"static:{out}", language="mr").dim == 16


def test_fewer_dimensions_in_half_precision(distil):
    _, _, out = distil("--method", "input", "--dim", 3, "--dtype", "float16", lines=None)
    embedder = embkit.load(f"static:{out}", language="mr")
    assert embedder.dim == 3
    assert json.loads((out / "embkit.json").read_text())["settings"]["dtype"] == "float16"


def test_the_same_seed_gives_the_same_file(distil):
    options = ("--method", "aggregate", "--contexts", 1, "--min-count", 1)
    files = [
        (distil(*options, "--seed", seed, out=f"out{i}")[2] / "vectors.parquet").read_bytes()
        for i, seed in enumerate((5, 5, 6))
    ]
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize(
    ("words", "lines", "code", "message"),
    [
        (("--method", "x2static"), None, 2, "x2static needs text: --corpus FILE"),
        (("--method", "aggregate"), None, 2, "or --contexts 0 for words alone"),
        (("--method", "pca"), LINES, 2, "pca has no use for --corpus"),
        (("--method", "input", "--lr", 2), None, 2, "input has no use for --lr"),
        (("--method", "x2static"), LINES, 4, "no word stands 10 times in the corpus; the most "
         "frequent one, 'आहे', stands there 4 times: lower --min-count"),
        (("--method", "input"), ["...", "!"], 4, "there is no text in"),
        (("--method", "input", "--min-count", 1), ["Жук", "Ёж"], 4,
         "can spell none of the 2 words"),
        (("--method", "aggregate", "--layer", 7, "--min-count", 1), LINES, 2,
         "there is no layer '7'"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_sentence(distil, words, lines, code, message):
    ended, err, out = distil(*words, lines=lines)
    assert ended == code
    assert message in err and len(err.strip().splitlines()[-1]) < 300
    assert "Traceback" not in err and not out.exists()


def test_a_corpus_without_any_of_the_listed_words_is_told(distil, corpus):
    listed = corpus("कळस", "तळ", name="words.txt")
    code, err, _ = distil("--method", "aggregate", "--words", listed)
    assert code == 4
    assert "none of the 2 words that were asked for stands in the corpus often enough" in err


def test_words_that_the_tokenizer_cannot_spell_are_left_out_and_told(distil):
    code, err, out = distil("--method", "input", "--min-count", 1, lines=[*LINES, "Жук आहे"])
    assert code == 0
    assert "words that the tokenizer cannot spell: 1 left out, as 'жук'" in err
    assert "жук" not in embkit.load(f"static:{out}", language="mr").words


def test_a_list_of_words_that_is_not_there_is_told(distil, tmp_path):
    code, err, _ = distil("--method", "input", "--words", tmp_path / "none.txt", lines=None)
    assert code == 2 and "none.txt' does not exist" in err


def test_a_decoder_is_refused_but_for_its_input_layer(distil, tmp_path):
    gpt = save_gpt(tmp_path / "gpt")
    code, err, _ = distil("--method", "aggregate", "--min-count", 1, encoder=gpt)
    assert code == 2 and "is a decoder, whose pieces see only what stands before them" in err
    assert distil("--method", "input", "--min-count", 1, encoder=gpt)[0] == 0


def test_what_is_no_encoder_is_refused(distil):
    code, err, _ = distil("--method", "input", encoder="ngrams", lines=None)
    assert code == 2 and "'ngrams' is no encoder" in err


def test_a_full_disk_leaves_nothing_and_says_so(distil, tmp_path, monkeypatch):
    import embkit_static.output

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(embkit_static.output.Path, "write_text", full)
    code, err, out = distil("--method", "input", lines=None)
    assert code == 74 and "cannot be written (No space left on device)" in err
    assert not out.exists() and list(tmp_path.iterdir()) == []


def test_a_broken_off_run_is_gone_on_with_and_ends_the_same(distil, monkeypatch):
    from embkit_static import aggregate as module

    options = ("--method", "aggregate", "--min-count", 1)
    _, _, whole = distil(*options, out="whole")
    monkeypatch.setattr(module, "_BLOCK", 2)
    monkeypatch.setattr(module, "EVERY", 0)
    encoded = module._encoded

    def break_at_second(block, *rest):
        yield from encoded(block, *rest)
        if len(calls) == 1:
            raise KeyboardInterrupt
        calls.append(1)

    calls = []
    monkeypatch.setattr(module, "_encoded", break_at_second)
    code, err, out = distil(*options)
    assert code == 130 and not out.exists()
    assert checkpoint_of(out).exists() and "the same command goes on from" in err
    monkeypatch.setattr(module, "_encoded", encoded)
    code, err, out = distil(*options)
    assert code == 0 and "2 sentences had been read before" in err
    assert not checkpoint_of(out).exists()
    vectors = [embkit.load(f"static:{f}", language="mr").embed(LINES) for f in (whole, out)]
    np.testing.assert_allclose(*vectors, atol=1e-6)
