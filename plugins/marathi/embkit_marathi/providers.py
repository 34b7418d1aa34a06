"""Word vectors for Marathi, all of them fastText's.

Nobody publishes digests of these files, so `sha256` is empty: the first download pins its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from embkit.records import Embedder, File, Option, Provider, Request
from embkit.word_options import WORD_OPTIONS, compression_of

__all__ = ["PROVIDERS"]

_BUCKET = "https://storage.googleapis.com/ai4bharat-public-indic-nlp-corpora"
_HUB = "https://huggingface.co"
_CRAWL = "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl"


def _file(url: str, name: str, licence: str, size: int = 0) -> File:
    return File(name=name, urls=(url,), bytes=size, licence=licence)


# A file by the values of the options that choose it. Packed and unpacked are two files, and so are
# the two releases of IndicFT: none of them is a mirror of another. Sizes are as their hosts round
# them, 0 where nobody states one.
_Choice = tuple[Any, ...]
_INDICFT: Mapping[_Choice, File] = {
    (kind, release): _file(
        f"{_BUCKET}/{folder}/indicnlp.v1.mr.{kind}{packed}",
        f"indicft{release}-mr.{kind}{packed}",
        "CC BY-NC-SA 4.0",
    )
    for release, folder, packed in ((1, "embedding", ".gz"), (2, "embedding-v2", ""))
    for kind in ("bin", "vec")
}
_MAHAFT: Mapping[_Choice, File] = {
    (kind,): _file(
        f"{_HUB}/l3cube-pune/marathi-fast-text-embedding/resolve/main/MahaFT.{kind}",
        f"MahaFT.{kind}",
        "CC BY 4.0",
        size,
    )
    for kind, size in (("bin", 7_590_000_000), ("vec", 5_600_000_000))
}
_CC: Mapping[_Choice, File] = {
    ("bin",): _file(
        f"{_HUB}/facebook/fasttext-mr-vectors/resolve/main/model.bin",
        "fasttext-mr-vectors.bin",
        "CC BY-SA 3.0",
        4_470_000_000,
    ),
    ("bin.gz",): _file(f"{_CRAWL}/cc.mr.300.bin.gz", "cc.mr.300.bin.gz", "CC BY-SA 3.0"),
    ("vec",): _file(f"{_CRAWL}/cc.mr.300.vec.gz", "cc.mr.300.vec.gz", "CC BY-SA 3.0"),
}


def _needs(
    files: Mapping[_Choice, File], names: Sequence[str]
) -> Callable[[str, Mapping[str, Any]], Sequence[File]]:
    return lambda language, options: (files[tuple(options[name] for name in names)],)


def _load(request: Request) -> Embedder:
    # Brings numpy; waits until a provider is used.
    from embkit_fasttext import open_vectors  # type: ignore[import-not-found, unused-ignore]

    (path,) = request.files
    embedder: Embedder = open_vectors(
        path,
        request,
        pooling=request.options["pooling"],
        compression=compression_of(request.options),
    )
    return embedder


_FORMAT = Option(
    name="format",
    default="bin",
    help="bin: with subwords, so that unknown words get a vector; vec: whole words only",
    choices=("bin", "vec"),
)
_fasttext = partial(Provider, load=_load, languages=("mr",))

# None was trained on a task of ours as far as its authors say: `trained_on` stays empty. All three
# read news and web text, which the texts (never the labels) of some tasks may be part of.
PROVIDERS: tuple[Provider, ...] = (
    _fasttext(
        name="indicft",
        summary="IndicFT: fastText on 142 M tokens of Marathi news, 300 d; its host is often down",
        options=(
            _FORMAT,
            Option(
                name="release",
                type=int,
                default=1,
                help="1: packed with gzip; 2: the later upload, unpacked; not the same vectors",
                choices=(1, 2),
            ),
            *WORD_OPTIONS,
        ),
        needs=_needs(_INDICFT, ("format", "release")),
        source="https://github.com/AI4Bharat/indicnlp_corpus; Kunchukuttan et al. 2020, "
        "arXiv 2005.00085",
        licence="CC BY-NC-SA 4.0",
    ),
    _fasttext(
        name="mahaft",
        summary="MahaFT: fastText on 752 M tokens of Marathi, 300 d; bin 7.59 GB, vec 5.6 GB",
        options=(_FORMAT, *WORD_OPTIONS),
        needs=_needs(_MAHAFT, ("format",)),
        source="https://huggingface.co/l3cube-pune/marathi-fast-text-embedding; Joshi 2022, "
        "arXiv 2202.01159",
        licence="CC BY 4.0",
    ),
    _fasttext(
        name="fasttext-cc",
        summary="fastText's own on Wikipedia and Common Crawl, 300 d; bin 4.47 GB",
        options=(
            Option(
                name="format",
                default="bin",
                help="bin: with subwords, unpacked, from the Hugging Face hub; bin.gz: with "
                "subwords, from fasttext.cc; vec: whole words only, packed, from fasttext.cc",
                choices=("bin", "bin.gz", "vec"),
            ),
            *WORD_OPTIONS,
        ),
        needs=_needs(_CC, ("format",)),
        source="https://fasttext.cc/docs/en/crawl-vectors.html; Grave et al. 2018, "
        "arXiv 1802.06893",
        licence="CC BY-SA 3.0",
    ),
)
