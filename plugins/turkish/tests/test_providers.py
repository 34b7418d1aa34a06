"""What the providers offer, which file the options choose, and how a text is looked up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embkit.errors import Unreachable
from embkit.languages import turkish
from embkit.records import Provider, Request
from embkit.word_options import WORD_OPTIONS
from embkit_turkish.providers import PROVIDERS as OFFERED

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in OFFERED}
HUB = "https://huggingface.co"
CRAWL = "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl"
RELEASE = (
    "https://github.com/Turkish-Word-Embeddings/Word-Embeddings-Repository-for-Turkish"
    "/releases/download/v1.0.0"
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))


def options(name: str, chosen: dict[str, Any]) -> dict[str, Any]:
    return {option.name: option.default for option in PROVIDERS[name].options} | chosen


def needed(name: str, **chosen: Any):
    needs = PROVIDERS[name].needs
    assert needs is not None
    return needs("tr", options(name, chosen))


def test_the_providers_cover_turkish_and_say_where_they_come_from() -> None:
    assert list(PROVIDERS) == [
        "fasttext-cc-tr",
        "word2vec-tr",
        "fasttext-tr",
        "average-tr",
        "glove-tr",
        "bert-tr",
        "elmo-tr",
        "x2static-tr",
        "polyglot-tr",
    ]
    for provider in PROVIDERS.values():
        assert provider.languages == ("tr",)
        assert provider.source.startswith("https://")
        assert provider.licence


@pytest.mark.parametrize(
    ("name", "chosen", "url"),
    [
        (
            "fasttext-cc-tr",
            {},
            f"{HUB}/facebook/fasttext-tr-vectors/resolve/"
            "1d5513e532a9a2c9fa103cd62ec0d0be496d6b53/model.bin",
        ),
        ("fasttext-cc-tr", {"format": "bin.gz"}, f"{CRAWL}/cc.tr.300.bin.gz"),
        ("fasttext-cc-tr", {"format": "vec"}, f"{CRAWL}/cc.tr.300.vec.gz"),
        ("word2vec-tr", {}, f"{RELEASE}/word2vec_10ep-300emb.zip"),
        ("word2vec-tr", {"algorithm": "cbow"}, f"{RELEASE}/word2vec-cbow-10ep-300emb.zip"),
        ("fasttext-tr", {}, f"{RELEASE}/fasttext-10ep-300emb.zip"),
        ("average-tr", {}, f"{RELEASE}/word2vec-fasttext-average.zip"),
        ("glove-tr", {}, f"{RELEASE}/glove.zip"),
        ("bert-tr", {}, f"{RELEASE}/bert-decontextualized-static.zip"),
        ("elmo-tr", {}, f"{RELEASE}/elmo-decontextualized-static.zip"),
        (
            "x2static-tr",
            {"file": "vectors.txt"},
            f"{HUB}/CahidArda/bert-turkish-x2static/resolve/main/vectors.txt",
        ),
        (
            "polyglot-tr",
            {},
            f"{HUB}/Word2vec/polyglot_words_embeddings_tur/resolve/main/words_embeddings_tr.pkl",
        ),
    ],
)
def test_the_options_choose_one_file(name: str, chosen: dict[str, Any], url: str) -> None:
    (file,) = needed(name, **chosen)
    assert file.urls == (url,)
    assert Path(file.name).suffix == Path(url).suffix


def test_a_file_whose_digest_is_known_states_its_size_exactly_or_not_at_all() -> None:
    known = {file.name: file.bytes for name in PROVIDERS for file in needed(name) if file.sha256}
    assert known == {"fasttext-tr-vectors.bin": 0, "word2vec_10ep-300emb.zip": 1_774_532_944}


def test_x2static_asks_for_the_name_of_its_file() -> None:
    provider = PROVIDERS["x2static-tr"]
    assert needed("x2static-tr") == ()
    with pytest.raises(Unreachable, match=r"tree/main: x2static-tr\?file=NAME"):
        provider.load(Request(language=turkish(), options=options("x2static-tr", {})))


VECTORS = "4 2\nistanbulda 1 0\nistanbul 0 1\nda 0 3\nistanbul'da 2 2\n"


@pytest.mark.parametrize(("way", "vector"), [("join", (1, 0)), ("split", (0, 2)), ("keep", (2, 2))])
def test_an_apostrophe_is_looked_up_as_the_option_says(way, vector, tmp_path: Path) -> None:
    path = tmp_path / "words.vec"
    path.write_text(VECTORS, encoding="utf-8")
    request = Request(
        language=turkish(), options=options("word2vec-tr", {"apostrophe": way}), files=(path,)
    )
    embedder = PROVIDERS["word2vec-tr"].load(request)
    (row,) = embedder.embed(["(İSTANBUL’DA)"])
    assert np.array_equal(row, np.array(vector, dtype=np.float32))


def test_words_are_pooled_and_compressed_as_the_options_say(tmp_path: Path) -> None:
    path = tmp_path / "words.vec"
    path.write_text(VECTORS, encoding="utf-8")
    chosen = {"pooling": "max", "keep": 2, "dtype": "float16"}
    request = Request(language=turkish(), options=options("glove-tr", chosen), files=(path,))
    embedder = PROVIDERS["glove-tr"].load(request)
    assert embedder.embed(["İstanbul istanbulda"])[0].tolist() == [1, 1]
    assert np.isnan(embedder.embed(["da"])).all()
    assert embedder.model_bytes == 8


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_pools_and_compresses(name: str) -> None:
    assert set(WORD_OPTIONS) < set(PROVIDERS[name].options)


def test_each_way_with_the_apostrophe_has_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "words.vec"
    path.write_text(VECTORS, encoding="utf-8")
    prints = {
        PROVIDERS["glove-tr"]
        .load(
            Request(
                language=turkish(),
                options=options("glove-tr", {"apostrophe": way}),
                files=(path,),
            )
        )
        .fingerprint
        for way in ("keep", "split", "join")
    }
    assert len(prints) == 3


def test_the_default_is_what_the_authors_did_with_the_apostrophe() -> None:
    defaults = {name: options(name, {})["apostrophe"] for name in PROVIDERS}
    joined = ("word2vec-tr", "fasttext-tr", "average-tr", "glove-tr", "bert-tr", "x2static-tr")
    assert defaults == {
        "fasttext-cc-tr": "split",
        "elmo-tr": "keep",
        "polyglot-tr": "keep",
        **dict.fromkeys(joined, "join"),
    }
