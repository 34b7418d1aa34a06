"""From a dataset to its vectors: words in context, and what the cache tells apart."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Pairs, Provider, Tagged, TokenEmbedder
from embkit.embedding import Loaded, dataset_vectors
from embkit.errors import PluginError
from embkit.languages import default_language
from embkit.spec import parse_spec
from embkit.testing import check_embedder

MR = default_language("mr")
SENTENCES = (("कर", "हे"), ("कर", "भरा", "कर"))
DATA = Tagged(
    train_sentences=SENTENCES[:1], train_tags=[["V", "P"]],
    test_sentences=SENTENCES[1:], test_tags=[["N", "V", "V"]],
)  # fmt: skip


class Places:
    """A word's vector is its length and its place in the sentence, from 1; alone it is at 9."""

    dim = 2
    fingerprint = "places/1"

    def __init__(self):
        self.calls = []

    def embed(self, texts):
        self.calls.append(list(texts))
        return np.array([[len(t), 9] for t in texts], np.float32).reshape(-1, 2)

    def embed_tokens(self, sentences):
        self.calls.append([tuple(s) for s in sentences])
        return [
            np.array([[len(word), i] for i, word in enumerate(s, 1)], np.float32).reshape(-1, 2)
            for s in sentences
        ]


def loaded(embedder):
    provider = Provider(name="places", summary="s", load=lambda request: embedder)
    return Loaded(spec=parse_spec("places"), provider=provider, embedder=embedder, language=MR)


def test_a_word_has_the_vector_of_its_place_in_its_sentence():
    embedder = Places()
    vectors, cost = dataset_vectors(loaded(embedder), DATA, cached=False)
    table, rows = vectors.tokens(SENTENCES)
    assert table[rows].tolist() == [[2, 1], [2, 2], [2, 1], [3, 2], [2, 3]]
    assert cost["vector_bytes"] == 5 * 2 * 4
    # Each distinct sentence once, and no word alone.
    assert embedder.calls == [list(SENTENCES), []]


def test_without_words_in_context_a_word_has_the_vector_it_has_alone():
    class Alone:
        dim, fingerprint, embed = 2, "alone/1", staticmethod(Places().embed)

    assert not isinstance(Alone(), TokenEmbedder)
    vectors, _ = dataset_vectors(loaded(Alone()), DATA, cached=False)
    table, rows = vectors.tokens(SENTENCES)
    assert table.tolist() == [[2, 9], [2, 9], [3, 9]]
    assert rows.tolist() == [0, 1, 0, 2, 0]


def test_the_cache_tells_apart_two_ways_to_cut_the_same_words(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path))
    other = Tagged(
        train_sentences=[["कर", "हे", "कर"]], train_tags=[["V", "P", "N"]],
        test_sentences=[["भरा", "कर"]], test_tags=[["V", "V"]],
    )  # fmt: skip
    for data, places in (
        (DATA, [1, 2, 1, 2, 3]),
        (other, [1, 2, 3, 1, 2]),
        (DATA, [1, 2, 1, 2, 3]),
    ):
        vectors, _ = dataset_vectors(loaded(Places()), data)
        table, rows = vectors.tokens(data.needed_sentences)
        assert table[rows, 1].tolist() == places


def test_a_sentence_with_too_few_rows_is_named_with_its_provider():
    embedder = Places()
    embedder.embed_tokens = lambda sentences: [np.zeros((1, 2), np.float32) for _ in sentences]
    with pytest.raises(PluginError, match="provider 'places': embed_tokens must return"):
        dataset_vectors(loaded(embedder), DATA, cached=False)


def test_words_in_context_are_checked_with_the_embedder():
    assert "embedder: embeds words in context" in check_embedder(Places())


def test_an_embedder_whose_words_depend_on_other_sentences_is_found():
    embedder = Places()
    embedder.embed_tokens = lambda sentences: [
        np.full((len(s), 2), len(sentences), np.float32) for s in sentences
    ]
    with pytest.raises(PluginError, match="what a sentence gets depends on its batch"):
        check_embedder(embedder)


class Composing(Places):
    """Ranks by length; composes a vector for every text but its vocabulary has none of them."""

    def __init__(self, fingerprint="alone/1"):
        super().__init__()
        self._alone = fingerprint

    def ranks(self, texts):
        return np.array([len(text) for text in texts], dtype=np.int64)

    @property
    def vocabulary_alone(self):
        alone = Places()
        alone.fingerprint = self._alone
        alone.embed = lambda texts: np.full((len(texts), 2), np.nan, np.float32)
        return alone


def test_ranks_and_a_vocabulary_without_composed_vectors_are_checked_with_the_embedder():
    checked = check_embedder(Composing())
    assert "embedder: ranks words" in checked
    assert "embedder: has a vocabulary without composed vectors" in checked


def test_ranks_below_0_are_found():
    embedder = Composing()
    embedder.ranks = lambda texts: np.full(len(texts), -1)
    with pytest.raises(PluginError, match="a rank is below 0"):
        check_embedder(embedder)


def test_a_vocabulary_alone_with_the_fingerprint_of_the_whole_is_found():
    with pytest.raises(PluginError, match="vocabulary_alone has its fingerprint"):
        check_embedder(Composing(Places().fingerprint))


def test_what_an_embedder_did_not_read_is_part_of_the_cost_also_out_of_the_cache():
    class Beginnings:
        """Reads two letters."""

        dim, fingerprint = 1, "beginnings/1"
        texts_cut = tokens_cut = 0

        def embed(self, texts):
            for text in texts:
                self.texts_cut += len(text) > 2
                self.tokens_cut += max(len(text) - 2, 0)
            return np.array([[len(text[:2])] for text in texts], np.float32).reshape(-1, 1)

    embedder = Beginnings()
    embedder.embed(["कखगघ"])  # what was cut before is not of this dataset
    texts = Pairs(first=["कखग", "क"], second=["कख", "कखगघ"], scores=[1, 2])
    for _ in range(2):
        cost = dataset_vectors(loaded(embedder), texts)[1]
        assert (cost["texts_cut"], cost["tokens_cut"]) == (2, 3)
    assert embedder.texts_cut == 3
    assert "texts_cut" not in dataset_vectors(loaded(Places()), texts)[1]
