"""Each evaluator on cases checked by hand, and against a reference implementation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from embkit import (
    Analogies,
    Associations,
    Groups,
    Inflections,
    Labelled,
    LabelledPairs,
    Pairs,
    Parallel,
    Relations,
    Retrieval,
    Setting,
    Tagged,
    Texts,
    Vectors,
)
from embkit.evaluators import (
    ANALOGY,
    CLASSIFICATION,
    CLUSTERING,
    ENTITIES,
    PAIR_CLASSIFICATION,
    PAIR_PROBING,
    PROBING,
    RELATION,
    RERANKING,
    RETRIEVAL,
    SIMILARITY,
    STS,
    TAGGING,
    classification,
)
from embkit.evaluators.classification import accuracy_and_f1
from embkit.evaluators.clustering import v_measure
from embkit.evaluators.pair_classification import average_precision, best_threshold
from embkit.evaluators.retrieval import bm25, query_scores
from embkit.evaluators.similarity import pearson, ranks, spearman
from embkit.languages import default_language
from embkit.testing import check_evaluator
from scipy import stats
from sklearn import metrics
from threadpoolctl import threadpool_limits

NAN = float("nan")
SETTING = Setting(language=default_language("mr"), task="test/task")
ALL = (
    SIMILARITY, ANALOGY, CLASSIFICATION, PAIR_CLASSIFICATION, CLUSTERING, RETRIEVAL, RERANKING,
    TAGGING, ENTITIES, PROBING, PAIR_PROBING, RELATION,
)  # fmt: skip


def scored(evaluator, dataset, vectors):
    return evaluator.measure(evaluator.predict(dataset, vectors, SETTING))


# similarity ------------------------------------------------------------------------------------


def test_similarity_agrees_with_hand_computed_ranks():
    vectors = Vectors(list("abcd"), [[1, 0], [1, 0.1], [1, 1], [0, 1]])
    # Cosines with a: b near 1, c 0.71, d 0. Gold ranks c above b: d² = 1 + 1, rho = 1 - 6·2/(3·8).
    pairs = Pairs(first=["a", "a", "a"], second=["b", "c", "d"], scores=[5, 9, 1])
    assert scored(SIMILARITY, pairs, vectors)["spearman"] == pytest.approx(0.5)


def test_correlations_agree_with_scipy_with_ties():
    generator = np.random.default_rng(0)
    for _ in range(50):
        a, b = generator.integers(0, 8, 30).astype(float), generator.normal(size=30)
        assert ranks(a) == pytest.approx(stats.rankdata(a))
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
        assert pearson(a, b) == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-12)


def test_an_unknown_pair_counts_as_the_mean_of_the_known_predictions():
    vectors = Vectors(list("abcd"), [[1, 0], [1, 0.1], [0, 1], [NAN, NAN]])
    pairs = Pairs(first=list("aaa"), second=list("bcd"), scores=[3.0, 2.0, 1.0])
    predictions = SIMILARITY.predict(pairs, vectors, SETTING)
    assert predictions.known.tolist() == [True, True, False]
    # Predicted high, low, middle for gold 3, 2, 1: rho = 1 - 6·(0 + 1 + 1)/(3·8).
    assert SIMILARITY.measure(predictions)["spearman"] == pytest.approx(0.5)


def test_unknown_dissimilar_pairs_do_not_raise_a_score_as_zeros_would():
    generator = np.random.default_rng(1)
    gold = generator.random(400)
    predicted = gold + generator.normal(0, 0.6, 400)
    unknown = gold < np.quantile(gold, 0.4)
    words = [f"w{i}" for i in range(400)]
    angles = np.where(unknown, NAN, np.arccos(np.clip(predicted / 4 + 0.4, -1, 1)))
    vectors = Vectors(["x", *words], [[1, 0], *np.stack([np.cos(angles), np.sin(angles)], 1)])
    pairs = Pairs(first=["x"] * 400, second=words, scores=gold.tolist())
    with_mean = scored(SIMILARITY, pairs, vectors)["spearman"]
    with_zero = stats.spearmanr(gold, np.where(unknown, 0, np.cos(angles))).statistic
    assert with_mean < stats.spearmanr(gold, predicted).statistic < with_zero


# analogy ---------------------------------------------------------------------------------------

GRID = {"man": [1, 0, 0], "woman": [1, 1, 0], "king": [1, 0, 1], "queen": [1, 1, 1], "x": [0, 1, 0]}
FAMILY = Analogies(
    questions=[("man", "woman", "king", "queen")], categories=["gender"], candidates=list(GRID)
)


def test_an_analogy_on_a_grid_is_answered_by_both_formulas():
    scores = scored(ANALOGY, FAMILY, Vectors(list(GRID), list(GRID.values())))
    assert scores == {"accuracy": 1, "mrr@10": 1, "accuracy_mul": 1, "mrr@10_mul": 1}


def test_an_analogy_with_an_unknown_word_is_wrong_and_shows_as_unknown():
    rows = {**GRID, "queen": [NAN] * 3}
    predictions = ANALOGY.predict(FAMILY, Vectors(list(rows), list(rows.values())), SETTING)
    assert predictions.known.tolist() == [False]
    assert ANALOGY.measure(predictions)["accuracy"] == 0


def test_a_candidate_that_ties_with_the_answer_stands_before_it():
    rows = {**GRID, "x": GRID["queen"]}
    scores = scored(ANALOGY, FAMILY, Vectors(list(rows), list(rows.values())))
    assert scores["accuracy"] == 0
    assert scores["mrr@10"] == 0.5


def test_a_candidate_with_the_vector_of_the_answer_stands_before_it_at_any_place():
    # Products of matrices round the columns of a block in different ways.
    rows = np.random.default_rng(0).normal(size=(50, 50)).astype(np.float32)
    words = [f"w{i}" for i in range(50)]
    vectors = Vectors([*words, *(f"twin of {word}" for word in words)], np.tile(rows, (2, 1)))

    def ranks(question, candidates):
        dataset = Analogies(questions=[question], categories=["r"], candidates=candidates)
        predictions = ANALOGY.predict(dataset, vectors, SETTING)
        return predictions["rank_add"][0], predictions["rank_mul"][0]

    for i in range(0, 48, 4):
        question = words[i : i + 4]
        added, multiplied = ranks(question, words)
        with_twin = ranks(question, [*words, f"twin of {question[3]}"])
        assert with_twin == (added + 1, multiplied + 1)


@pytest.mark.filterwarnings("ignore:Call to deprecated")
def test_analogies_agree_with_gensim_on_random_vectors():
    gensim_models = pytest.importorskip("gensim.models")
    generator = np.random.default_rng(3)
    words = [f"w{i}" for i in range(60)]
    table = generator.normal(size=(60, 8)).astype(np.float32)
    reference = gensim_models.KeyedVectors(8)
    reference.add_vectors(words, table)
    questions = [tuple(generator.choice(words, 4, replace=False).tolist()) for _ in range(300)]
    data = Analogies(questions=questions, categories=["r"] * 300, candidates=words)
    ours = ANALOGY.predict(data, Vectors(words, table), SETTING)
    for i, (a, b, c, d) in enumerate(questions):
        for column, method in (("rank_add", "most_similar"), ("rank_mul", "most_similar_cosmul")):
            found = getattr(reference, method)(positive=[b, c], negative=[a], topn=60)
            assert [word for word, _ in found].index(d) + 1 == ours[column][i]


def test_many_questions_among_many_candidates_are_answered_as_each_alone():
    generator = np.random.default_rng(4)
    words = [f"w{i}" for i in range(1500)]
    unit = generator.normal(size=(1500, 8)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    drawn = [generator.choice(1500, 4, replace=False).tolist() for _ in range(150)]
    drawn[7][3] = drawn[7][1]  # an answer that is also asked with competes
    # Not all words that are asked with are candidates: a, b and c need not be.
    rivals = sorted({*range(0, 1500, 2), *range(1000, 1500), *(row[3] for row in drawn)})
    asked = [tuple(words[i] for i in row) for row in drawn]
    data = Analogies(questions=asked, categories=["r"] * 150, candidates=[words[i] for i in rivals])
    ours = ANALOGY.predict(data, Vectors(words, unit), SETTING)
    for row, (a, b, c, d) in enumerate(drawn):
        others = [i for i in rivals if i == d or i not in (a, b, c)]
        cosines = unit.astype(np.float64) @ unit[[a, b, c]].astype(np.float64).T
        halves = (cosines + 1) / 2
        added = cosines @ [-1, 1, 1]
        multiplied = halves[:, 1] * halves[:, 2] / (halves[:, 0] + 1e-6)
        assert ours["rank_add"][row] == (added[others] >= added[d]).sum()
        assert ours["rank_mul"][row] == (multiplied[others] >= multiplied[d]).sum()


def test_the_units_of_an_analogy_are_its_two_word_pairs():
    data = Analogies(questions=[("a", "b", "c", "d"), ("c", "d", "a", "b")], categories=["r", "r"])
    assert ANALOGY.predict(data, Vectors(list("abcd"), np.eye(4)), SETTING).unit.tolist() == [
        [0, 1],
        [1, 0],
    ]


# classification --------------------------------------------------------------------------------


def line(count: int) -> Labelled:
    texts = [f"t{i}" for i in range(count)]
    labels = ["low" if i < count // 2 else "high" for i in range(count)]
    return Labelled(train_texts=texts, train_labels=labels, test_texts=texts, test_labels=labels)


def test_a_separable_dataset_is_classified_without_error():
    data = line(40)
    vectors = Vectors(data.train_texts, [[float(i), 1.0] for i in range(40)])
    assert scored(CLASSIFICATION, data, vectors) == {"accuracy": 1.0, "macro_f1": 1.0}


def test_an_unknown_test_text_is_wrong_and_shows_as_unknown():
    data = line(40)
    rows = [[float(i), 1.0] for i in range(40)]
    rows[0] = rows[39] = [NAN, NAN]
    predictions = CLASSIFICATION.predict(data, Vectors(data.train_texts, rows), SETTING)
    assert predictions.known.sum() == 38
    assert CLASSIFICATION.measure(predictions)["accuracy"] == pytest.approx(38 / 40)


def test_a_classifier_is_the_same_to_the_last_bit_however_many_threads_there_are():
    generator = np.random.default_rng(0)
    rows, labels = generator.normal(size=(60, 6000)), generator.integers(0, 4, 60)
    fits = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            fits.append(classification._fit(rows, labels, 1.0).coef_)
    np.testing.assert_array_equal(*fits)


def test_accuracy_and_f1_agree_with_scikit_learn():
    generator = np.random.default_rng(4)
    for _ in range(50):
        gold, predicted = generator.integers(0, 5, (2, 40))
        accuracy, f1 = accuracy_and_f1(gold, predicted)
        assert accuracy == pytest.approx(metrics.accuracy_score(gold, predicted))
        assert f1 == pytest.approx(metrics.f1_score(gold, predicted, average="macro"))


def test_strength_is_chosen_on_the_validation_rows():
    generator = np.random.default_rng(5)
    x = generator.normal(size=(60, 40))
    labels = np.where(x[:, 0] + generator.normal(0, 2, 60) > 0, "a", "b").tolist()
    texts = [f"t{i}" for i in range(60)]
    vectors = Vectors(texts, x)
    base = dict(train_texts=texts[:30], train_labels=labels[:30], test_texts=texts[45:],
                test_labels=labels[45:])  # fmt: skip
    chosen = scored(
        CLASSIFICATION,
        Labelled(**base, valid_texts=texts[45:], valid_labels=labels[45:]),
        vectors,
    )
    assert chosen["accuracy"] >= scored(CLASSIFICATION, Labelled(**base), vectors)["accuracy"]


def test_the_majority_floor_is_the_share_of_the_largest_train_class():
    data = Labelled(
        train_texts=["1", "2", "3"], train_labels=["a", "a", "b"],
        test_texts=["4", "5", "6", "7"], test_labels=["a", "b", "b", "b"],
    )  # fmt: skip
    floor = CLASSIFICATION.floors["majority"](data, SETTING)
    assert CLASSIFICATION.measure(floor)["accuracy"] == 0.25


# pairs -----------------------------------------------------------------------------------------


def test_average_precision_agrees_with_scikit_learn_with_ties():
    generator = np.random.default_rng(6)
    for _ in range(50):
        gold = generator.random(30) < 0.4
        scores = generator.integers(0, 6, 30).astype(float)
        if gold.any():
            expected = metrics.average_precision_score(gold, scores)
            assert average_precision(scores, gold) == pytest.approx(expected)


def test_the_threshold_lies_midway_between_the_scores_it_parts():
    assert best_threshold(np.array([0.1, 0.3, 0.9]), np.array([False, False, True])) == 0.6


def test_the_threshold_is_as_good_as_trying_all_of_them():
    generator = np.random.default_rng(7)
    for _ in range(100):
        scores = generator.integers(0, 5, 20).astype(float)
        labels = generator.random(20) < 0.5
        best = max(((scores >= cut) == labels).mean() for cut in np.arange(-0.5, 5.5))
        assert ((scores >= best_threshold(scores, labels)) == labels).mean() == best


def test_unknown_pairs_alone_are_failures_all_of_them():
    vectors = Vectors(list("abcd"), [[NAN, NAN], [NAN, NAN], [1, 0], [0, 1]])
    pairs = LabelledPairs(
        first=["a"] * 10, second=["b"] * 10, labels=[True, False, False, False, False] * 2,
        train_first=["c", "c"], train_second=["c", "d"], train_labels=[True, False],
    )  # fmt: skip
    # Those that belong together come last and all at once: their share, as for one constant answer.
    assert scored(PAIR_CLASSIFICATION, pairs, vectors) == {
        "average_precision": 0.2, "accuracy": 0.0, "f1": 0.0,
    }  # fmt: skip
    judged = Pairs(first=["a"] * 10, second=["b"] * 10, scores=list(range(10)))
    assert scored(SIMILARITY, judged, vectors) == {"spearman": 0.0, "pearson": 0.0}
    assert scored(STS, judged, vectors) == {"spearman": 0.0, "pearson": 0.0}


def test_an_unknown_pair_is_wrong_whatever_its_label():
    vectors = Vectors(list("abc"), [[1, 0], [0, 1], [NAN, NAN]])
    data = LabelledPairs(
        first=["a", "a", "c", "c"], second=["a", "b", "a", "b"], labels=[True, False, True, False],
        train_first=["a", "a"], train_second=["a", "b"], train_labels=[True, False],
    )  # fmt: skip
    scores = scored(PAIR_CLASSIFICATION, data, vectors)
    assert scores["accuracy"] == 0.5
    # Ranking: unknown negative, known positive, known negative, unknown positive.
    assert scores["average_precision"] == pytest.approx((1 / 2 + 2 / 4) / 2)


# clustering ------------------------------------------------------------------------------------


def test_v_measure_agrees_with_scikit_learn():
    generator = np.random.default_rng(8)
    for _ in range(50):
        gold, clusters = generator.integers(0, 4, (2, 25))
        assert v_measure(gold, clusters) == pytest.approx(metrics.v_measure_score(gold, clusters))


def test_two_clear_groups_are_found_and_unknown_texts_lower_the_score():
    texts = [f"t{i}" for i in range(20)]
    rows = np.array([[1.0, 0.01 * i] if i < 10 else [0.01 * i, 1.0] for i in range(20)])
    data = Groups(texts=texts, labels=["a"] * 10 + ["b"] * 10)
    assert scored(CLUSTERING, data, Vectors(texts, rows))["v_measure"] == pytest.approx(1)
    rows[::4] = NAN
    assert scored(CLUSTERING, data, Vectors(texts, rows))["v_measure"] < 0.9


# retrieval -------------------------------------------------------------------------------------


def test_the_scores_of_a_query_are_those_worked_out_on_paper():
    ndcg, reciprocal, precision = query_scores(np.array([0.1, 0.9, 0.5, 0.3]), {2: 1.0, 0: 1.0})
    # Relevant documents at ranks 2 and 4.
    assert reciprocal == 0.5
    assert precision == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert ndcg == pytest.approx((1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3)))


def test_ndcg_agrees_with_scikit_learn_on_graded_relevance_without_ties():
    generator = np.random.default_rng(9)
    for _ in range(50):
        grades = generator.integers(0, 4, 30)
        grades[0] = 3
        scores = generator.permutation(30).astype(float)
        relevant = {i: float(g) for i, g in enumerate(grades) if g}
        expected = metrics.ndcg_score([grades], [scores], k=10)
        assert query_scores(scores, relevant)[0] == pytest.approx(expected)
        binary = dict.fromkeys(relevant, 1.0)
        expected = metrics.average_precision_score(grades > 0, scores)
        assert query_scores(scores, binary)[2] == pytest.approx(expected)


def test_equal_scores_earn_nothing_from_the_order_of_documents():
    assert query_scores(np.zeros(10), {0: 1.0})[1] == pytest.approx(1 / 10)


def test_an_unknown_query_finds_nothing_and_an_unknown_document_is_never_found():
    vectors = Vectors(["q", "r", "d", "e"], [[1, 0], [NAN, NAN], [1, 0.1], [NAN, NAN]])
    data = Retrieval(
        queries=["q", "r", "q"], documents=["d", "e"], relevant=[{0: 1}, {0: 1}, {1: 1}]
    )
    predictions = RETRIEVAL.predict(data, vectors, SETTING)
    assert predictions["mrr"].tolist() == [1, 0, 0]
    assert predictions.known.tolist() == [True, False, False]


def test_reranking_looks_at_the_candidates_only():
    vectors = Vectors(["q", "d", "e", "f"], [[1, 0], [1, 0], [1, 1], [0, 1]])
    data = Retrieval(
        queries=["q"], documents=["d", "e", "f"], relevant=[{1: 1}], candidates=[[1, 2]]
    )
    assert scored(RERANKING, data, vectors)["map"] == 1


def test_queries_use_their_own_vectors_where_an_embedder_has_them():
    queries = Vectors(["d"], [[0, 1]])
    vectors = Vectors(["d", "e"], [[1, 0], [0, 1]], queries=queries)
    data = Retrieval(queries=["d"], documents=["d", "e"], relevant=[{1: 1}])
    assert scored(RETRIEVAL, data, vectors)["mrr"] == 1


def test_bm25_is_the_formula_of_robertson_and_zaragoza():
    documents = [["a", "b"], ["a", "a", "a", "c"], ["b"], ["b"], ["b", "d"]]
    queries, table = bm25(documents, [["a", "c", "z", "b"]])
    found = (queries @ table).toarray()[0]

    def term(tf, n, length):
        idf = np.log((5 - n + 0.5) / (n + 0.5))
        return idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / 2))

    # "b" stands in four of the five: it would count against a document, and counts nothing.
    assert found == pytest.approx([term(1, 2, 2), term(3, 2, 4) + term(1, 1, 4), 0, 0, 0])


# all -------------------------------------------------------------------------------------------

# They describe vectors: random ones come out best.
WITHOUT_FLOOR = {"bias", "isotropy"}
DATA = {
    Pairs: Pairs(first=["घर", "नदी"], second=["घरी", "कार"], scores=[2.0, 1.0]),
    Analogies: FAMILY,
    Labelled: Labelled(
        train_texts=["गरम चहा", "चहा घे", "नदी वाहते", "नदी पार"], train_labels=["t", "t", "r", "r"],
        test_texts=["चहा हवा", "नदी"], test_labels=["t", "r"],
    ),
    LabelledPairs: LabelledPairs(
        first=["a b", "c"], second=["a c", "d"], labels=[True, False],
        train_first=["x", "x"], train_second=["x", "y"], train_labels=[True, False],
    ),
    Groups: Groups(texts=["घर", "घरी", "नदी", "नद्या"], labels=["h", "h", "r", "r"]),
    Retrieval: Retrieval(queries=["घर"], documents=["घरी", "नदी"], relevant=[{0: 1}]),
    Tagged: Tagged(
        train_sentences=[["गीता", "शहा", "."], ["ती", "गेली"]],
        train_tags=[["BNEP", "INEP", "O"], ["O", "O"]],
        test_sentences=[["राम", "."], ["तो", "आला"]], test_tags=[["BNEP", "O"], ["O", "O"]],
        scheme="IOB",
    ),
    Parallel: Parallel(
        source=["ev", "su"], gold=[["घर"], ["पाणी", "जल"]],
        train_source=["kitap"], train_target=["किताब"],
    ),
    Inflections: Inflections(
        forms=["घरी", "नदीत", "घरात", "घर"], lemmas=["घर", "नदी", "घर", "घर"],
        cells=["AT", "IN", "IN", "NOM"],
    ),
    Associations: Associations(
        targets=["गीता", "सीता", "राम", "शाम"], groups=["f", "f", "m", "m"],
        first_kind=["घर"], second_kind=["काम"],
    ),
    Texts: Texts(texts=["घर", "घरी", "नदी"]),
    Relations: Relations(
        train_first=["आंबा", "दिवस", "केळे", "आत"], train_second=["फळ", "रात्र", "फळ", "बाहेर"],
        train_labels=["kind", "opposite"] * 2,
        test_first=["पेरू", "वर"], test_second=["फळ", "खाली"], test_labels=["kind", "opposite"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("evaluator", ALL, ids=lambda e: e.name)
def test_every_evaluator_has_a_chance_floor_and_a_lexical_floor_that_can_be_measured(evaluator):
    dataset = DATA[evaluator.accepts]
    assert len(evaluator.floors) >= 2 or evaluator.name in WITHOUT_FLOOR
    for floor in evaluator.floors.values():
        first, second = floor(dataset, SETTING), floor(dataset, SETTING)
        assert len(first) == dataset.items
        assert evaluator.measure(first) == evaluator.measure(second)
        assert evaluator.metric in evaluator.measure(first)


@pytest.mark.parametrize("evaluator", ALL, ids=lambda e: e.name)
def test_every_evaluator_scores_an_embedder_that_knows_nothing(evaluator):
    dataset = DATA[evaluator.accepts]
    texts = list(dict.fromkeys((*dataset.needed, *dataset.needed_queries)))
    vectors = Vectors(texts, np.full((len(texts), 3), np.nan))
    predictions = evaluator.predict(dataset, vectors, SETTING)
    assert not predictions.known.any()
    # Of two pairs one belongs together: what one constant answer gets.
    worst = 0.5 if evaluator is PAIR_CLASSIFICATION else 0.0
    assert evaluator.measure(predictions)[evaluator.metric] == worst


@pytest.mark.parametrize(
    "evaluator",
    # K-means is begun with draws of rows.
    [evaluator for evaluator in ALL if evaluator.accepts is not Groups],
    ids=lambda e: e.name,
)
def test_an_item_has_the_same_answer_in_any_order_of_the_items(evaluator):
    dataset = DATA[evaluator.accepts]
    rows = {name: getattr(dataset, name)[::-1] for name in dataset.scored}
    turned = replace(dataset, **rows)
    texts = list(dict.fromkeys((*dataset.needed, *dataset.needed_queries)))
    vectors = Vectors(texts, np.random.default_rng(0).normal(size=(len(texts), 4)))
    assert scored(evaluator, turned, vectors) == scored(evaluator, dataset, vectors)


@pytest.mark.parametrize("evaluator", ALL, ids=lambda e: e.name)
def test_no_score_depends_on_a_run_before_or_on_the_order_of_vectors(evaluator):
    checked = check_evaluator(evaluator, DATA[evaluator.accepts], SETTING)
    assert checked[0] == f"evaluator {evaluator.name}: predicts and measures"


def test_the_lexical_floor_has_the_features_of_scikit_learn():
    from embkit.ngrams import NgramTfidf
    from sklearn.feature_extraction.text import TfidfVectorizer

    train = ["मराठी भाषा  सुंदर आहे", "a a aa", "", "भाषा सुंदर\tआहे aa", "x"]
    test = ["सुंदर a नवीन", "", "zzz"]
    ours = NgramTfidf(min_df=1)
    theirs = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, lowercase=False
    )
    rows, expected = ours.fit_transform(train), theirs.fit_transform(train)
    assert rows.shape == expected.shape
    others, wanted = ours.transform(test), theirs.transform(test)
    assert (rows @ rows.T).toarray() == pytest.approx((expected @ expected.T).toarray(), abs=1e-6)
    assert (others @ rows.T).toarray() == pytest.approx((wanted @ expected.T).toarray(), abs=1e-6)
    assert others[[1, 2]].nnz == 0
