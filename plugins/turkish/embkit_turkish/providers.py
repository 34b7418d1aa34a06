"""Word vectors for Turkish: fastText's own, those of Sarıtaş et al. 2024, and polyglot's.

What their authors did with the apostrophe of İstanbul'da is each provider's default; it can be
chosen, since some do not say. Digests are given where somebody published them; elsewhere `sha256`
is empty and the first download pins its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from embkit.errors import Unreachable
from embkit.languages import turkish
from embkit.records import Embedder, File, Option, Provider, Request
from embkit.word_options import WORD_OPTIONS, compression_of

__all__ = ["PROVIDERS"]

_HUB = "https://huggingface.co"
_CRAWL = "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl"
_RELEASE = (
    "https://github.com/Turkish-Word-Embeddings/Word-Embeddings-Repository-for-Turkish"
    "/releases/download/v1.0.0"
)
_PAPER = (
    "https://github.com/Turkish-Word-Embeddings/Word-Embeddings-Repository-for-Turkish"
    "/releases/tag/v1.0.0; Sarıtaş et al. 2024, arXiv 2405.07778"
)
_X2STATIC = f"{_HUB}/CahidArda/bert-turkish-x2static"
Needs = Callable[[str, Mapping[str, Any]], Sequence[File]]


def _apostrophe(default: str, why: str) -> Option:
    return Option(
        name="apostrophe",
        default=default,
        help=f"İstanbul'da is looked up as it is (keep), as İstanbul and da (split) or as "
        f"İstanbulda (join); {why}",
        choices=("keep", "split", "join"),
    )


_JOINED = _apostrophe("join", "the authors' training text has no punctuation")


def _load(request: Request) -> Embedder:
    # Brings numpy; waits until a provider is used.
    from embkit_fasttext import open_vectors

    (path,) = request.files
    prepared = replace(request, language=turkish(request.options["apostrophe"]))
    embedder: Embedder = open_vectors(
        path,
        prepared,
        pooling=request.options["pooling"],
        compression=compression_of(request.options),
    )
    return embedder


def _load_x2static(request: Request) -> Embedder:
    if not request.files:
        raise Unreachable(
            f"provider 'x2static-tr' needs the name of a file in {_X2STATIC}/tree/main: "
            "x2static-tr?file=NAME"
        )
    return _load(request)


def _one(file: File) -> Needs:
    return lambda language, options: (file,)


def _by(option: str, files: Mapping[str, File]) -> Needs:
    return lambda language, options: (files[options[option]],)


def _released(name: str, sha256: str = "", size: int = 0) -> File:
    return File(name=name, urls=(f"{_RELEASE}/{name}",), sha256=sha256, bytes=size, licence="MIT")


def _x2static(language: str, options: Mapping[str, Any]) -> Sequence[File]:
    name = options["file"]
    url = f"{_X2STATIC}/resolve/main/{name}"
    return (File(name=f"x2static-tr-{name}", urls=(url,), licence="MIT"),) if name else ()


# The release holds each file packed on its own, under the file's name. Of the skip-gram archive
# size and digest were published by a user (github.com, project wordsim); the names of the archives
# of cbow, average, glove, elmo and bert follow those two that are on record.
_WORD2VEC = {
    "skip-gram": _released(
        "word2vec_10ep-300emb.zip",
        "b91a2106e39d323b92fd5fab5f61636d9ee6ca8378f3a456f6f8a33066c65b51",
        1_774_532_944,
    ),
    "cbow": _released("word2vec-cbow-10ep-300emb.zip"),
}
_CC = {
    # 7.24 GB; its host rounds the size, and a size that is stated must be exact.
    "bin": File(
        name="fasttext-tr-vectors.bin",
        urls=(
            f"{_HUB}/facebook/fasttext-tr-vectors/resolve/"
            "1d5513e532a9a2c9fa103cd62ec0d0be496d6b53/model.bin",
        ),
        sha256="44f037c7e4c4e1496ad78905a473336350d6744c7cbb63781f2b3ae2551cfec5",
        licence="CC BY-SA 3.0",
    ),
    "bin.gz": File(
        name="cc.tr.300.bin.gz", urls=(f"{_CRAWL}/cc.tr.300.bin.gz",), licence="CC BY-SA 3.0"
    ),
    "vec": File(
        name="cc.tr.300.vec.gz", urls=(f"{_CRAWL}/cc.tr.300.vec.gz",), licence="CC BY-SA 3.0"
    ),
}
_POLYGLOT = File(
    name="polyglot-tr.pkl",
    urls=(f"{_HUB}/Word2vec/polyglot_words_embeddings_tur/resolve/main/words_embeddings_tr.pkl",),
    bytes=27_500_000,
    licence="GPL-3.0",
)


def _of_the_paper(name: str, summary: str, needs: Needs, *options: Option) -> Provider:
    return Provider(
        name=name,
        summary=summary,
        load=_load,
        languages=("tr",),
        options=(*options, _JOINED, *WORD_OPTIONS),
        needs=needs,
        source=_PAPER,
        licence="MIT",
    )


# None was trained on a task of ours as far as its authors say: `trained_on` stays empty. All read
# web text, which the texts (never the labels) of some tasks may be part of.
PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="fasttext-cc-tr",
        summary="fastText's own on Wikipedia and Common Crawl, 300 d, with subwords; bin 7.24 GB",
        load=_load,
        languages=("tr",),
        options=(
            Option(
                name="format",
                default="bin",
                help="bin: with subwords, unpacked, from the Hugging Face hub; bin.gz: with "
                "subwords, from fasttext.cc; vec: whole words only, packed, from fasttext.cc",
                choices=("bin", "bin.gz", "vec"),
            ),
            _apostrophe("split", "the authors' tokenizer cuts at the apostrophe"),
            *WORD_OPTIONS,
        ),
        needs=_by("format", _CC),
        source="https://fasttext.cc/docs/en/crawl-vectors.html; Grave et al. 2018, "
        "arXiv 1802.06893",
        licence="CC BY-SA 3.0",
    ),
    _of_the_paper(
        "word2vec-tr",
        "word2vec on 1.4 G tokens of web text, 1.57 M words in lower case, 300 d; 1.8 GB",
        _by("algorithm", _WORD2VEC),
        Option(
            name="algorithm",
            default="skip-gram",
            help="how the vectors were trained, ten epochs each",
            choices=("skip-gram", "cbow"),
        ),
    ),
    _of_the_paper(
        "fasttext-tr",
        "fastText skip-gram on the text of word2vec-tr, 300 d; published without its subwords",
        _one(_released("fasttext-10ep-300emb.zip")),
    ),
    _of_the_paper(
        "average-tr",
        "the mean of the vectors of word2vec-tr and fasttext-tr, 300 d",
        _one(_released("word2vec-fasttext-average.zip")),
    ),
    _of_the_paper(
        "glove-tr",
        "GloVe on the text of word2vec-tr, window 5, 100 iterations, 300 d",
        _one(_released("glove.zip")),
    ),
    _of_the_paper(
        "bert-tr",
        "BERTurk's vector of each word alone (of [CLS], last layer), 768 d",
        _one(_released("bert-decontextualized-static.zip")),
    ),
    Provider(
        name="elmo-tr",
        summary="ELMo's vector of each word alone, 327,299 words with capitals, 1,024 d; 1.3 GB",
        load=_load,
        languages=("tr",),
        options=(_apostrophe("keep", "its words are those of a treebank parser"), *WORD_OPTIONS),
        needs=_one(_released("elmo-decontextualized-static.zip")),
        source=f"{_PAPER}; ELMoForManyLangs, Che et al. 2018, https://aclanthology.org/K18-2005",
        licence="MIT",
    ),
    Provider(
        name="x2static-tr",
        summary="X2Static from BERTurk, 768 d; needs the name of its file",
        load=_load_x2static,
        languages=("tr",),
        options=(
            Option(
                name="file",
                default="",
                help=f"the file's name in {_X2STATIC}/tree/main, which was not on record when this "
                "was written",
            ),
            _JOINED,
            *WORD_OPTIONS,
        ),
        needs=_x2static,
        source=f"{_X2STATIC}; Sarıtaş et al. 2024, arXiv 2405.07778",
        licence="MIT",
    ),
    Provider(
        name="polyglot-tr",
        summary="polyglot on Wikipedia, 100 k words, 64 d; 27.5 MB",
        load=_load,
        languages=("tr",),
        options=(_apostrophe("keep", "what its words are is not stated"), *WORD_OPTIONS),
        needs=_one(_POLYGLOT),
        source="https://huggingface.co/Word2vec/polyglot_words_embeddings_tur; Al-Rfou et al. "
        "2013, https://aclanthology.org/W13-3520",
        licence="GPL-3.0",
    ),
)
