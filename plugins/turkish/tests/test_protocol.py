"""The paper's protocol: what gensim answers when it is called as the paper's code calls it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from embkit.datasets import Analogies, Pairs
from embkit.evaluate import Run, evaluate
from embkit.evaluators import ANALOGY, SIMILARITY
from embkit.ngrams import hashed_ngrams
from embkit.records import Benchmark, Setting, Task
from embkit.registry import Registry
from embkit.results import Store
from embkit.vectors import Vectors
from embkit_turkish.protocol import PAPER
from scipy import stats

SETTING = Setting(language=Registry(only=[]).language("tr"), task="test/task")
WORDS = ("ev", "evler", "Göl", "göl", "göller", "su", "sular", "isi", "ısı", "dağ", "dağlar")


@pytest.fixture(scope="session")
def keyed():
    """A function that makes gensim's vectors out of words and rows."""
    models = pytest.importorskip("gensim.models")

    def make(words, rows):
        found = models.KeyedVectors(rows.shape[1])
        found.add_vectors(list(words), rows)
        return found

    return make


def rows_of(words, dim=12, seed=0):
    """Vectors that share what the spelling shares, so that some analogies come out, and noise."""
    generator = np.random.default_rng(seed)
    grams = hashed_ngrams(list(words), 256) @ generator.normal(size=(256, dim))
    return (grams + generator.normal(size=grams.shape)).astype(np.float32)


def measured(evaluator, dataset, words, rows, beyond=()):
    """Scores and predictions of a provider with these words, and with subwords of those beyond."""
    variant, changed = PAPER.variants[evaluator.name], PAPER.of(evaluator)
    prepared = variant.prepare(dataset, words)
    assert prepared.items == dataset.items
    vectors = Vectors([*words, *beyond], np.concatenate([rows, np.ones((len(beyond), 12))]))
    predictions = changed.predict(prepared, vectors, SETTING)
    return changed.measure(predictions), predictions


def reciprocal_rank(call, question):
    """What the paper's code adds up for one question: nothing where a word is not there."""
    a, b, c, d = question
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # gensim calls its own old name
        try:
            found = [word for word, _ in call(positive=[b, c], negative=[a], topn=10)]
        except KeyError:
            return 0.0
    return 1 / (found.index(d) + 1) if d in found else 0.0


def related(words, rows, dataset):
    """The rows, with those of the second word of a pair moved to where its relation leads."""
    place = {word: row for row, word in enumerate(words)}
    categories = sorted(set(dataset.categories))
    drawn = np.random.default_rng(1).normal(size=(len(categories), rows.shape[1])) * 5
    steps = dict(zip(categories, drawn, strict=True))
    for (a, b, _, _), category in zip(dataset.questions, dataset.categories, strict=True):
        if a in place and b in place:
            rows[place[b]] = rows[place[a]] + steps[category] + 0.1 * rows[place[b]]
    return rows


# analogies --------------------------------------------------------------------------------------


def test_analogies_are_searched_in_the_whole_vocabulary():
    angles = {"a": 0.0, "b": 0.5, "c": 1.0, "d": 1.6, "nearer": 1.5}
    rows = np.zeros((5, 12), dtype=np.float32)
    rows[:, 0], rows[:, 1] = np.cos(list(angles.values())), np.sin(list(angles.values()))
    dataset = Analogies(questions=[("a", "b", "c", "d")], categories=["turn"])
    four = measured(ANALOGY, dataset, list(angles)[:4], rows[:4])[0]
    five = measured(ANALOGY, dataset, list(angles), rows)[0]
    assert (four["mrr@10"], five["mrr@10"]) == (1.0, 0.5)
    # By default the fifth word is no candidate.
    usual = ANALOGY.measure(ANALOGY.predict(dataset, Vectors(list(angles), rows), SETTING))
    assert usual["mrr@10"] == 1.0


def test_a_word_outside_the_vocabulary_is_unknown_even_with_a_vector_of_its_subwords():
    questions = [("ev", "evler", "su", "sular"), ("ev", "evler", "göl", "göllerden"),
                 ("evde", "evler", "su", "sular")]  # fmt: skip
    dataset = Analogies(questions=questions, categories=["plural"] * 3)
    beyond = ["göllerden", "evde", ""]
    scores, predictions = measured(ANALOGY, dataset, WORDS, rows_of(WORDS), beyond)
    assert predictions.known.tolist() == [True, False, False]
    first, *others = predictions["rank_mul"].tolist()
    assert 1 <= first <= 10
    assert others == [0, 0]
    assert scores["mrr@10_mul"] == pytest.approx(1 / first / 3)


def test_a_provider_without_a_vocabulary_is_searched_among_the_words_of_the_dataset():
    dataset = Analogies(questions=[("ev", "evler", "su", "sular")], categories=["plural"])
    variant = PAPER.variants["analogy"]
    assert variant.prepare(dataset, ()) is dataset


def test_an_answer_that_is_asked_with_is_never_found_as_in_gensim(keyed):
    rows = rows_of(WORDS)
    dataset = Analogies(questions=[("ev", "evler", "su", "su")], categories=["same"])
    assert measured(ANALOGY, dataset, WORDS, rows)[0]["mrr@10_mul"] == 0.0
    assert reciprocal_rank(keyed(WORDS, rows).most_similar_cosmul, dataset.questions[0]) == 0.0


def test_nothing_known_scores_nothing():
    dataset = Analogies(questions=[("x", "y", "z", "w")], categories=["none"])
    scores, predictions = measured(ANALOGY, dataset, WORDS, rows_of(WORDS))
    assert set(scores.values()) == {0.0}
    assert not predictions.known.any()


@pytest.mark.parametrize("group", ["verb", "noun", "derivation", "semantic", "mixed"])
def test_the_real_analogies_agree_with_gensim_question_by_question(load, keyed, group):
    dataset = load(f"analogy-{group}").head(150)
    # Every seventh word is lacking; a few thousand others are in the way, two blocks in all.
    words = [word for i, word in enumerate(dict.fromkeys(dataset.needed)) if i % 7]
    words += [f"{word}{suffix}" for word in words[:900] for suffix in ("ca", "den", "im", "sel")]
    words = list(dict.fromkeys(words))
    rows = related(words, rows_of(words), dataset)
    scores, predictions = measured(ANALOGY, dataset, words, rows, beyond=[""])
    reference = keyed(words, rows)
    mul = [reciprocal_rank(reference.most_similar_cosmul, q) for q in dataset.questions]
    add = [reciprocal_rank(reference.most_similar, q) for q in dataset.questions]
    for name, expected in (("rank_mul", mul), ("rank_add", add)):
        ranks = predictions[name]
        found = np.where((ranks > 0) & (ranks <= 10), 1 / np.maximum(ranks, 1), 0)
        assert found.tolist() == pytest.approx(expected, abs=1e-12)
    assert scores["mrr@10_mul"] == pytest.approx(np.mean(mul), abs=1e-12)
    assert scores["mrr@10"] == pytest.approx(np.mean(add), abs=1e-12)
    assert 0 < predictions.known.mean() < 1
    assert 0 < np.mean(mul) < 1


# similarity -------------------------------------------------------------------------------------


def test_capitals_make_one_word_of_dotted_and_dotless_i_and_the_first_is_taken():
    prepared = PAPER.variants["similarity"].prepare(
        Pairs(first=["ısı", "İSİ"], second=["göl", "SULAR"], scores=[1.0, 2.0]), WORDS
    )
    # isi stands before ısı and Göl before göl; the capitals of İSİ are no other word's.
    assert prepared.first == ("isi", "")
    assert prepared.second == ("Göl", "sular")


def test_words_beyond_the_first_300_000_are_unknown():
    words = ["son", *(f"w{i}" for i in range(299_999)), "uzak"]
    prepared = PAPER.variants["similarity"].prepare(
        Pairs(first=["son"], second=["uzak"], scores=[1.0]), words
    )
    assert (prepared.first, prepared.second) == (("son",), ("",))


def test_a_pair_with_an_unknown_word_is_dropped_and_the_coverage_says_so():
    rows = rows_of(WORDS)
    first, second = ["ev", "su", "göl", "ev"], ["evler", "sular", "yok", "dağ"]
    dataset = Pairs(first=first, second=second, scores=[9.0, 7.0, 5.0, 1.0])
    scores, predictions = measured(SIMILARITY, dataset, WORDS, rows, beyond=["yok", ""])
    assert predictions.known.tolist() == [True, True, False, True]
    left = predictions["predicted"][[0, 1, 3]]
    assert scores["pearson"] == pytest.approx(stats.pearsonr(left, [9, 7, 1])[0])


@pytest.mark.parametrize(
    ("name", "task", "rounding"),
    # The scores in semantic.txt are rounded.
    [("syntactic", "wordsimtr", 2e-6), ("semantic", "anlamver-relatedness", 1e-3)],
)
def test_real_pairs_agree_with_gensim(shared, load, keyed, tmp_path, name, task, rounding):
    dataset = load(task)
    # Two thirds of the words, some with capitals, some in capitals as well.
    words = [w for i, w in enumerate(sorted({*dataset.first, *dataset.second})) if i % 3]
    words = list(dict.fromkeys(w.title() if i % 5 == 0 else w for i, w in enumerate(words)))
    words += [word.upper() for word in words[::4] if word.upper() not in words]
    rows = rows_of(words)
    scores, predictions = measured(SIMILARITY, dataset, words, rows, beyond=[""])
    own = tmp_path / "pairs.txt"
    lines = zip(dataset.first, dataset.second, dataset.scores, strict=True)
    own.write_text("".join(f"{a} {b} {score}\n" for a, b, score in lines), encoding="utf-8")
    repository = shared / "Word-Embeddings-Repository-for-Turkish"
    (papers,) = repository.rglob(f"similarity/{name}.txt")
    reference = keyed(words, rows)
    for path, off in ((own, 2e-6), (papers, rounding)):
        pearson, spearman, lacking = reference.evaluate_word_pairs(str(path), delimiter=None)
        assert scores["pearson"] == pytest.approx(pearson[0], abs=off)
        assert scores["spearman"] == pytest.approx(spearman[0], abs=off)
        assert 1 - predictions.known.mean() == pytest.approx(lacking / 100)
    assert 0.3 < predictions.known.mean() < 0.9


# the run ----------------------------------------------------------------------------------------


def run(folder, monkeypatch, spec, tasks):
    """The results of one provider on tasks that are made here, by the protocol."""
    monkeypatch.setenv("EMBKIT_CACHE", str(folder / "cache"))
    benchmark = Benchmark(name="made", summary="", language="tr", tasks=tasks)
    plugins = Registry(only=["turkish", "fasttext"])
    run = Run(registry=plugins, store=Store(folder), protocol="paper-tr-2024")
    results = [result for _, result in evaluate(run, [spec], [(benchmark, t) for t in tasks])]
    assert [result.reason for result in results if not result.ok] == []
    return results


@pytest.mark.parametrize("capitals", [False, True])
def test_a_file_of_vectors_scores_what_gensim_scores_on_it(
    load, keyed, tmp_path, monkeypatch, capitals
):
    analogies, pairs = load("analogy-semantic").head(120), load("wordsimtr")
    needed = [*dict.fromkeys((*analogies.needed, *pairs.needed))]
    words = [word for i, word in enumerate(needed) if i % 9]
    if capitals:  # a vocabulary that tells case apart has many words twice
        words = [*dict.fromkeys(w for word in words for w in (word, word.title()))]
    file = tmp_path / "words.vec"
    made = keyed(words, related(words, rows_of(words), analogies))
    made.save_word2vec_format(str(file), binary=False)
    tasks = [
        Task(name="analogies", summary="", evaluator="analogy", load=lambda: analogies),
        Task(name="pairs", summary="", evaluator="similarity", load=lambda: pairs),
    ]
    first, second = run(tmp_path, monkeypatch, f"fasttext:{file}", tasks)
    reference = type(made).load_word2vec_format(str(file))
    ranks = [reciprocal_rank(reference.most_similar_cosmul, q) for q in analogies.questions]
    assert first.score == pytest.approx(np.mean(ranks), abs=1e-12)
    assert 0 < first.score < 1
    papers = tmp_path / "pairs.txt"
    lines = zip(pairs.first, pairs.second, pairs.scores, strict=True)
    papers.write_text("".join(f"{a} {b} {score}\n" for a, b, score in lines), encoding="utf-8")
    _, spearman, lacking = reference.evaluate_word_pairs(str(papers), delimiter=None)
    assert second.score == pytest.approx(spearman[0], abs=1e-6)
    assert second.coverage == pytest.approx(1 - lacking / 100)
    assert second.score == second.scores["spearman_known"]
    assert 0 < second.coverage < 1
