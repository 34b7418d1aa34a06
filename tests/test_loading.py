"""From a spec and a language to an embedder, in one call."""

from __future__ import annotations

import embkit
import numpy as np
import pytest
from embkit import InvalidRequest, NotFound

VEC = "3 2\nघर 1 0\nनदी 0 2\nev 3 3\n"


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "words.vec"
    path.write_text(VEC, encoding="utf-8")
    return f"fasttext:{path}"


@pytest.mark.parametrize("language", ["mr", "mar", "Marathi", "मराठी"])
def test_a_language_is_named_by_tag_or_by_name(spec, language):
    embedder = embkit.load(spec, language=language)
    assert embedder.language.name == "mr"
    assert embedder.embed(["घर नदी", "ev"]).tolist() == [[0.5, 1], [3, 3]]


def test_a_language_may_be_left_out_where_a_provider_covers_one_only(install, monkeypatch):
    install(
        "one_language",
        "import numpy as np\n"
        "from embkit import Provider, hookimpl\n"
        "class Lengths:\n"
        "    dim, fingerprint = 1, 'lengths/1'\n"
        "    def __init__(self, request): self.language = request.language\n"
        "    def embed(self, texts):\n"
        "        return np.array([[len(t)] for t in texts], np.float32).reshape(-1, 1)\n"
        "@hookimpl\n"
        "def embkit_providers():\n"
        "    yield Provider(name='lengths', summary='s', load=Lengths, languages=['tr'])\n"
        "    yield Provider(name='both', summary='s', load=Lengths, languages=['mr', 'tr'])\n",
    )
    monkeypatch.setenv("EMBKIT_PLUGINS", "one_language")
    embedder = embkit.load("lengths")
    assert embedder.language.name == "tr"
    assert np.array_equal(embedder.embed(["ab", ""]), [[2], [0]])
    with pytest.raises(InvalidRequest, match="'both' serves mr, tr; say which, as in --lang"):
        embkit.load("both")


def test_what_serves_any_language_must_be_told_which(spec):
    with pytest.raises(InvalidRequest, match="'fasttext' serves any language; say which, as in"):
        embkit.load(spec)


def test_a_name_that_nobody_offers_is_not_found():
    with pytest.raises(NotFound, match="did you mean 'ngrams'"):
        embkit.load("ngram", "mr")


def test_an_option_and_a_language_a_provider_does_not_have_are_refused(spec):
    with pytest.raises(InvalidRequest, match="has no option 'poling'; did you mean 'pooling'"):
        embkit.load(f"{spec}?poling=sum", "mr")
    with pytest.raises(InvalidRequest, match="covers mr; you asked for tr"):
        embkit.load("indicft", "tr", offline=True)
