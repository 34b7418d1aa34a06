"""What the providers offer, and that they load through embkit-fasttext."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from embkit.records import Provider, Request
from embkit.word_options import WORD_OPTIONS, Compression
from embkit_marathi import marathi
from embkit_marathi.providers import PROVIDERS as OFFERED

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in OFFERED}


def _urls(name: str, **options: Any) -> list[str]:
    provider = PROVIDERS[name]
    chosen = {option.name: option.default for option in provider.options} | options
    assert provider.needs is not None
    (file,) = provider.needs("mr", chosen)
    return list(file.urls)


def test_three_providers_cover_marathi_and_say_where_they_come_from() -> None:
    assert list(PROVIDERS) == ["indicft", "mahaft", "fasttext-cc"]
    for provider in PROVIDERS.values():
        assert provider.languages == ("mr",)
        assert provider.source.startswith("https://")
        assert provider.licence


BUCKET = "https://storage.googleapis.com/ai4bharat-public-indic-nlp-corpora"
CRAWL = "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl"
HUB = "https://huggingface.co"


@pytest.mark.parametrize(
    ("name", "options", "url"),
    [
        ("indicft", {}, f"{BUCKET}/embedding/indicnlp.v1.mr.bin.gz"),
        ("indicft", {"format": "vec"}, f"{BUCKET}/embedding/indicnlp.v1.mr.vec.gz"),
        ("indicft", {"release": 2}, f"{BUCKET}/embedding-v2/indicnlp.v1.mr.bin"),
        (
            "indicft",
            {"format": "vec", "release": 2},
            f"{BUCKET}/embedding-v2/indicnlp.v1.mr.vec",
        ),
        ("mahaft", {}, f"{HUB}/l3cube-pune/marathi-fast-text-embedding/resolve/main/MahaFT.bin"),
        (
            "mahaft",
            {"format": "vec"},
            f"{HUB}/l3cube-pune/marathi-fast-text-embedding/resolve/main/MahaFT.vec",
        ),
        ("fasttext-cc", {}, f"{HUB}/facebook/fasttext-mr-vectors/resolve/main/model.bin"),
        ("fasttext-cc", {"format": "bin.gz"}, f"{CRAWL}/cc.mr.300.bin.gz"),
        ("fasttext-cc", {"format": "vec"}, f"{CRAWL}/cc.mr.300.vec.gz"),
    ],
)
def test_the_options_choose_one_file(name: str, options: dict[str, Any], url: str) -> None:
    assert _urls(name, **options) == [url]


def test_no_two_choices_share_a_name_in_the_cache() -> None:
    names = []
    for provider in PROVIDERS.values():
        assert provider.needs is not None
        kinds = next(option for option in provider.options if option.name == "format").choices
        releases = [1, 2] if provider.name == "indicft" else [1]
        for kind in kinds:
            for release in releases:
                (file,) = provider.needs("mr", {"format": kind, "release": release})
                assert Path(file.urls[0]).suffix == Path(file.name).suffix
                assert file.sha256 == ""
                names.append(file.name)
    assert len(names) == len(set(names)) == 9


def test_a_provider_opens_its_fetched_file_with_embkit_fasttext(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = ModuleType("embkit_fasttext")
    engine.open_vectors = lambda path, request, *, pooling, compression: (  # type: ignore[attr-defined]
        path, request.language.name, pooling, compression
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "embkit_fasttext", engine)
    provider = PROVIDERS["mahaft"]
    options = {option.name: option.default for option in provider.options}
    options |= {"pooling": "sif", "dim": 100, "dtype": "int8"}
    request = Request(language=marathi(), files=(Path("MahaFT.bin"),), options=options)
    opened: Any = provider.load(request)
    assert opened == (Path("MahaFT.bin"), "mr", "sif", Compression(dim=100, dtype="int8"))


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_pools_and_compresses(name: str) -> None:
    assert set(WORD_OPTIONS) < set(PROVIDERS[name].options)
