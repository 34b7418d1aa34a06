"""The works, each by embkit and by its peers; one is done in a process of its own.

    python -m contest.works FOLDER NAME SHARE NOTE ANSWERS

Every work imports its tool and opens what the work is not about before the clock starts, and unless
it is opening that is measured, it does an item first. Answers are compared afterwards, and tell how
many items there were. share: how many are answered by what would take minutes for all.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from contest.material import Material
from contest.measuring import Clock, one_core

if TYPE_CHECKING:
    from embkit.words import WordEmbedder

__all__ = ["WORKS"]

Answers = Mapping[str, Any]
Work = Callable[[Material, Clock, int], Answers]
_PROBES = 2000
_NEIGHBORS = 10


def _embkit(path: Path, language: str, **options: str) -> WordEmbedder:
    import embkit

    typed = "&".join(f"{name}={value}" for name, value in options.items())
    spec = f"fasttext:{path}" + (f"?{typed}" if typed else "")
    return cast("WordEmbedder", embkit.load(spec, language))


def _import_embkit(material: Material) -> None:
    """Import all that embkit needs to open vectors and to use them, by way of two words."""
    import embkit_fasttext.subwords  # noqa: F401

    for language in ("mr", "tr"):
        _embkit(material.tiny, language).embed(["शाळा ev"])


def _digest(words: Sequence[str], blocks: Any) -> Answers:
    """A digest of all words and one of all numbers, equal for equal vectors."""
    total = hashlib.sha256()
    for block in blocks:
        total.update(np.ascontiguousarray(block, dtype="<f4").data)
    listed = hashlib.sha256("\n".join(words).encode()).hexdigest()
    return {"words": listed, "numbers": total.hexdigest(), "items": len(words)}


def read_bytes(material: Material, clock: Clock, share: int) -> Answers:
    """The file's bytes read in blocks of 4 MB, nothing made of them."""
    buffer = bytearray(1 << 22)
    with clock, open(material.vec, "rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return {"items": material.about["sizes"]["words"]}


def load_vec_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The file read into a new cache, and one word's vector taken."""
    _import_embkit(material)
    first = material.lines("words")[:1]
    with clock:
        embedder = _embkit(material.vec, "mr")
        embedder.embed(first)
    return _digest(embedder.store.words, (block for _, block in embedder.store.blocks()))


def open_vec_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The vectors out of the cache, and one word's taken."""
    return load_vec_embkit(material, clock, share)


def load_vec_gensim(material: Material, clock: Clock, share: int) -> Answers:
    """`load_word2vec_format`, and one word's vector taken."""
    from gensim.models import KeyedVectors

    (first,) = material.lines("words")[:1]
    with clock:
        keyed = KeyedVectors.load_word2vec_format(str(material.vec))
        keyed[first]
    return _digest(keyed.index_to_key, [keyed.vectors])


def _keyed(material: Material) -> Any:
    from gensim.models import KeyedVectors

    return KeyedVectors.load(str(material.keyed), mmap="r")


def open_vec_gensim(material: Material, clock: Clock, share: int) -> Answers:
    """The same vectors from gensim's own `.kv`, mapped, and one word's taken."""
    import gensim.models  # noqa: F401

    (first,) = material.lines("words")[:1]
    with clock:
        keyed = _keyed(material)
        keyed[first]
    return _digest(keyed.index_to_key, [keyed.vectors])


def _probes(material: Material) -> list[str]:
    """Words that a model knows, and as many that it does not: words cut short, words doubled."""
    words = material.lines("words")[: _PROBES // 2]
    return [*words, *(word[1:] + word for word in words)]


def open_model_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The model out of the cache, and one word's vector taken."""
    _import_embkit(material)
    probes = _probes(material)
    with clock:
        embedder = _embkit(material.model, "tr")
        embedder.word_vectors(probes[:1])
    return {"vectors": embedder.word_vectors(probes), "items": 1}


def load_model_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The model's words read into a new cache, and one word's vector taken."""
    return open_model_embkit(material, clock, share)


def open_model_fasttext(material: Material, clock: Clock, share: int) -> Answers:
    """`load_model`, and one word's vector taken."""
    import fasttext

    fasttext.FastText.eprint = lambda text: None
    probes = _probes(material)
    with clock:
        model = fasttext.load_model(str(material.model))
        model.get_word_vector(probes[0])
    return {"vectors": np.array([model.get_word_vector(word) for word in probes]), "items": 1}


def open_model_gensim(material: Material, clock: Clock, share: int) -> Answers:
    """`load_facebook_vectors`, and one word's vector taken."""
    from gensim.models.fasttext import load_facebook_vectors

    probes = _probes(material)
    with clock:
        model = load_facebook_vectors(str(material.model))
        model[probes[0]]
    return {"vectors": np.array([model[word] for word in probes]), "items": 1}


def score_model_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The model opened, then every Turkish file of analogies scored as `embkit eval` does."""
    _import_embkit(material)
    from embkit.embedding import dataset_vectors, load
    from embkit.evaluate import load_dataset
    from embkit.records import Setting
    from embkit.registry import registry

    plugins = registry()
    tasks = plugins.tasks("turkish/analogy-*")
    tasks += plugins.tasks("turkish/analogy-semantic-world-capitals")
    evaluator = plugins.evaluator("analogy")
    answers: dict[str, Any] = {"items": 0}
    with clock:
        loaded = load(plugins, f"fasttext:{material.model}", plugins.language("tr"))
        for benchmark, task in tasks:
            dataset = load_dataset(task, offline=True)
            vectors, _ = dataset_vectors(loaded, dataset, cached=False)
            setting = Setting(language=loaded.language, task=f"{benchmark.name}/{task.name}")
            predictions = evaluator.predict(dataset, vectors, setting)
            answers[task.name] = evaluator.measure(predictions)["accuracy"]
            answers["items"] += dataset.items
    return answers


def _embed(path: Path, texts: Sequence[str], clock: Clock, **options: str) -> Answers:
    embedder = _embkit(path, "mr", **options)
    embedder.embed(texts[:1])
    with clock:
        vectors = embedder.embed(texts)
    return {"vectors": vectors, "items": len(texts)}


def _unknown_as_nan(vectors: Any) -> Answers:
    """The vectors of a peer that says "no word is known" by zeros."""
    known = vectors.any(axis=1, keepdims=True)
    return {"vectors": np.where(known, vectors, np.nan), "items": len(vectors)}


def mean_cut_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The mean of the known words of each text, given as words with spaces between."""
    return _embed(material.vec, material.lines("cut"), clock)


def mean_raw_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The same of the raw texts: Unicode, punctuation and words are embkit's work."""
    return _embed(material.vec, material.lines("texts"), clock)


def mean_cut_model2vec(material: Material, clock: Clock, share: int) -> Answers:
    """`encode` of a static model, words with spaces between, in one process."""
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(material.static)
    texts = material.lines("cut")
    model.encode(texts[:1], use_multiprocessing=False)
    with clock:
        vectors = model.encode(texts, use_multiprocessing=False)
    return _unknown_as_nan(vectors)


def mean_cut_gensim(material: Material, clock: Clock, share: int) -> Answers:
    """`get_mean_vector(words, pre_normalize=False)` in a loop, lists of words given."""
    keyed = _keyed(material)
    texts = [text.split(" ") for text in material.lines("cut")]
    keyed.get_mean_vector(texts[0], pre_normalize=False)
    with clock:
        rows = [keyed.get_mean_vector(words, pre_normalize=False) for words in texts]
        vectors = np.array(rows)
    return _unknown_as_nan(vectors)


def sentence_cut_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """`pooling=fasttext` of each text, given as words with spaces between."""
    return _embed(material.model, material.lines("cut"), clock, pooling="fasttext")


def sentence_raw_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The same of the raw texts: Unicode, punctuation and words are embkit's work."""
    return _embed(material.model, material.lines("texts"), clock, pooling="fasttext")


def sentence_cut_fasttext(material: Material, clock: Clock, share: int) -> Answers:
    """`get_sentence_vector` in a loop, words with spaces between."""
    import fasttext

    fasttext.FastText.eprint = lambda text: None
    model = fasttext.load_model(str(material.model))
    texts = material.lines("cut")
    model.get_sentence_vector(texts[0])
    with clock:
        vectors = np.array([model.get_sentence_vector(text) for text in texts])
    return _unknown_as_nan(vectors)


def _known(texts: Sequence[str], words: Collection[str]) -> list[str]:
    """Texts less the words that a model does not have."""
    return [" ".join(word for word in text.split(" ") if word in words) for text in texts]


def sentence_known_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The same of the words that the model has, as models of millions of words have nearly all."""
    _import_embkit(material)
    words = frozenset(_embkit(material.model, "mr").words)
    texts = _known(material.lines("cut"), words)
    return _embed(material.model, texts, clock, pooling="fasttext")


def sentence_known_fasttext(material: Material, clock: Clock, share: int) -> Answers:
    """`get_sentence_vector` in a loop, of the words that the model has."""
    import fasttext

    fasttext.FastText.eprint = lambda text: None
    model = fasttext.load_model(str(material.model))
    texts = _known(material.lines("cut"), frozenset(model.get_words()))
    model.get_sentence_vector(texts[0])
    with clock:
        vectors = np.array([model.get_sentence_vector(text) for text in texts])
    return _unknown_as_nan(vectors)


def analogies_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """3CosAdd over the whole vocabulary, all questions at once, by `neighbors.nearest`."""
    _import_embkit(material)
    from embkit.neighbors import nearest
    from embkit.search import unit_rows

    embedder = _embkit(material.vec, "tr")
    questions = np.array([words for _, words in material.questions()], dtype=object)

    def answer(asked: Any) -> Any:
        rows = embedder.rows(asked.ravel().tolist()).reshape(asked.shape)
        a, b, c = (unit_rows(embedder.store.take(rows[:, i])) for i in range(3))
        queries = (b - a + c).astype(np.float32)
        found, _ = nearest(embedder.store, queries, 1, exclude=rows[:, :3])
        return found[:, 0] == rows[:, 3]

    answer(questions[:1])
    with clock:
        right = answer(questions)
    return {"right": right, "items": len(right)}


def analogies_evaluator(material: Material, clock: Clock, share: int) -> Answers:
    """The evaluator `analogy` over the whole vocabulary: the answer's rank by two formulas."""
    _import_embkit(material)
    from embkit.datasets import Analogies
    from embkit.evaluators.analogy import predict
    from embkit.records import Setting
    from embkit.registry import registry
    from embkit.vectors import Vectors

    embedder = _embkit(material.vec, "tr")
    words = list(embedder.words)
    table = np.concatenate([block for _, block in embedder.store.blocks()])
    vectors = Vectors(words, table)
    setting = Setting(language=registry().language("tr"), task="contest/analogies")
    asked = material.questions(share)
    dataset = Analogies(
        questions=[question for _, question in asked],
        categories=[name for name, _ in asked],
        candidates=words,
    )
    with clock:
        predictions = predict(dataset, vectors, setting)
    return {"right": predictions["rank_add"] == 1, "items": len(predictions)}


def analogies_gensim(material: Material, clock: Clock, share: int) -> Answers:
    """`evaluate_word_analogies` over the whole vocabulary."""
    keyed = _keyed(material)
    keyed.fill_norms()
    path = material.folder / "questions-share.txt"
    material.write_questions(path, share)
    first = material.folder / "questions-first.txt"
    material.write_questions(first, 1)
    options = {"restrict_vocab": len(keyed), "case_insensitive": False}
    keyed.evaluate_word_analogies(str(first), **options)
    with clock:
        _, sections = keyed.evaluate_word_analogies(str(path), **options)
    right = {words for section in sections for words in section["correct"]}
    asked = material.questions(share)
    return {"right": np.array([words in right for _, words in asked]), "items": len(asked)}


def neighbors_embkit(material: Material, clock: Clock, share: int) -> Answers:
    """The 10 nearest of all the words at once, exactly."""
    _import_embkit(material)
    from embkit.neighbors import nearest

    embedder = _embkit(material.vec, "mr")
    asked = material.lines("asked")

    def answer(words: Sequence[str]) -> Any:
        rows = embedder.rows(words)
        queries = embedder.store.take(rows)
        return nearest(embedder.store, queries, _NEIGHBORS, exclude=rows[:, None])

    answer(asked[:1])
    with clock:
        rows, cosines = answer(asked)
    return {"rows": rows, "cosines": cosines, "items": len(rows)}


def neighbors_approximate(material: Material, clock: Clock, share: int) -> Answers:
    """The approximate index, made before, asked for one word at a time."""
    _import_embkit(material)
    from embkit.approximate import open_index

    embedder = _embkit(material.vec, "mr")
    index = open_index(embedder.store)
    rows = embedder.rows(material.lines("asked"))
    queries = embedder.store.take(rows)

    def answer(i: int) -> Any:
        return index.nearest(queries[i : i + 1], _NEIGHBORS, exclude=rows[i : i + 1, None])

    answer(0)
    with clock:
        found = [answer(i) for i in range(len(rows))]
    return {
        "rows": np.concatenate([rows for rows, _ in found]),
        "cosines": np.concatenate([cosines for _, cosines in found]),
        "items": len(found),
    }


def neighbors_gensim(material: Material, clock: Clock, share: int) -> Answers:
    """`most_similar` in a loop."""
    keyed = _keyed(material)
    keyed.fill_norms()
    asked = material.lines("asked")[:share]
    keyed.most_similar(asked[0], topn=_NEIGHBORS)
    with clock:
        found = [keyed.most_similar(word, topn=_NEIGHBORS) for word in asked]
    return {
        "rows": np.array([[keyed.key_to_index[word] for word, _ in near] for near in found]),
        "cosines": np.array([[cosine for _, cosine in near] for near in found]),
        "items": len(found),
    }


WORKS: Mapping[str, Work] = {
    "read-bytes": read_bytes,
    "load-vec/embkit": load_vec_embkit,
    "load-vec/gensim": load_vec_gensim,
    "open-vec/embkit": open_vec_embkit,
    "open-vec/gensim": open_vec_gensim,
    "load-model/embkit": load_model_embkit,
    "open-model/embkit": open_model_embkit,
    "open-model/fasttext": open_model_fasttext,
    "open-model/gensim": open_model_gensim,
    "score-model/embkit": score_model_embkit,
    "sentence/embkit": sentence_cut_embkit,
    "sentence-raw/embkit": sentence_raw_embkit,
    "sentence/fasttext": sentence_cut_fasttext,
    "sentence-known/embkit": sentence_known_embkit,
    "sentence-known/fasttext": sentence_known_fasttext,
    "mean/embkit": mean_cut_embkit,
    "mean-raw/embkit": mean_raw_embkit,
    "mean/model2vec": mean_cut_model2vec,
    "mean/gensim": mean_cut_gensim,
    "analogies/embkit": analogies_embkit,
    "analogies/evaluator": analogies_evaluator,
    "analogies/gensim": analogies_gensim,
    "neighbors/embkit": neighbors_embkit,
    "neighbors/approximate": neighbors_approximate,
    "neighbors/gensim": neighbors_gensim,
}


if __name__ == "__main__":
    folder, name, share, note, answers = sys.argv[1:]
    one_core()
    clock = Clock(Path(note))
    np.savez(answers, **WORKS[name](Material(Path(folder)), clock, int(share)))
