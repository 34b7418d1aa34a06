"""Classes of a tree: six by hand, random ones beside a slow reference, the real files."""

from __future__ import annotations

import numpy as np
import pytest
from embkit import Setting, Vectors
from embkit.errors import InvalidData
from embkit.registry import registry
from embkit.testing import check_evaluator
from embkit_built.classifying import product_to_ifc, product_to_ifc_specific
from embkit_built.placing import TAXONOMY, Placed
from embkit_built.placing_scores import _answers

# plant holds pump and fan, pump holds jet and screw; wall stands beside plant.
CLASSES = ("plant", "pump", "jet", "screw", "fan", "wall")
PARENTS = (-1, 0, 1, 1, 0, -1)
TEXTS = ("", "pump", "jet", "screw", "fan", "wall")
ENTITIES = (-1, 1, 1, 1, 4, 5)
PLACES = {
    "pump": (1, 0),
    "jet": (0.8, 0.6),
    "screw": (0.6, 0.8),
    "fan": (0, 1),
    "wall": (-1, 0),
    "a": (0.8, 0.6),
    "b": (0.6, 0.8),
    "c": (-1, 0),
    "d": (np.nan, np.nan),
}


@pytest.fixture(scope="module")
def setting():
    return Setting(language=registry().language("en"), task="built/test")


def placed(texts=("a", "b", "c", "d"), gold=(2, 2, 4, 1), **changes):
    fields = {
        "classes": CLASSES,
        "parents": PARENTS,
        "class_texts": TEXTS,
        "levels": {"entity": ENTITIES},
    }
    return Placed(texts=texts, gold=gold, **(fields | changes))


def vectors(names=tuple(PLACES)):
    return Vectors(names, np.array([PLACES[name] for name in names], dtype=np.float32))


def test_four_texts_get_what_paper_and_pencil_give_them(setting):
    predictions = TAXONOMY.predict(placed(), vectors(), setting)
    # a is right; b is a screw pump for a jet pump; c is a wall for a fan; d has no vector.
    assert predictions["predicted"].tolist() == [2, 3, 5, -1]
    assert predictions["rank"].tolist() == [1, 2, 2, 0]
    assert predictions["shared"].tolist() == [3, 2, 0, 0]
    assert predictions.known.tolist() == [True, True, True, False]
    assert TAXONOMY.measure(predictions) == pytest.approx(
        {
            "hit@1": 1 / 4,
            "hit@5": 3 / 4,
            "mrr": (1 + 1 / 2 + 1 / 2) / 4,
            "entity@1": 2 / 4,
            "lca_distance": (0 + 2 + 3 + 2) / 4,
            "hierarchical_f": 2 * (3 + 2 + 0 + 0) / ((3 + 3) + (3 + 3) + (1 + 2) + (0 + 2)),
        }
    )


def test_an_answer_that_ties_with_the_right_one_stands_before_it():
    best, ranks = _answers(np.array([[0.5, 0.7, 0.7], [0.1, 0.2, 0.9]]), np.array([1, 2]))
    assert best.tolist() == [2, 2]
    assert ranks.tolist() == [2, 1]


def test_a_class_without_a_vector_is_never_the_answer(setting):
    some = tuple(name for name in PLACES if name not in {"screw", "jet"})
    unknown = np.array([PLACES[name] for name in some] + [(np.nan, np.nan)] * 2, dtype=np.float32)
    predictions = TAXONOMY.predict(placed(), Vectors((*some, "screw", "jet"), unknown), setting)
    assert predictions["predicted"].tolist() == [1, 4, 5, -1]
    assert predictions["rank"].tolist() == [0, 0, 2, 0]
    assert predictions.known.tolist() == [False, False, True, False]


def test_random_trees_score_as_sets_and_walks_do(setting):
    generator = np.random.default_rng(0)
    classes = [str(number) for number in range(40)]
    parents = [int(generator.integers(-1, number)) for number in range(40)]
    gold = generator.integers(40, size=200).tolist()
    dataset = Placed(
        texts=[f"t{number}" for number in range(200)],
        gold=gold,
        classes=classes,
        parents=parents,
        class_texts=[f"c{number}" for number in range(40)],
    )
    names = [*dataset.texts, *dataset.class_texts]
    table = Vectors(names, generator.normal(size=(240, 3)).astype(np.float32))
    predictions = TAXONOMY.predict(dataset, table, setting)

    def above(place):
        return {place} | (above(parents[place]) if parents[place] >= 0 else set())

    def steps(a, b):
        links = {-1: set()} | {number: set() for number in range(40)}
        for number, parent in enumerate(parents):
            links[number].add(parent)
            links[parent].add(number)
        seen, edge, count = {a}, {a}, 0
        while b not in edge:
            edge = {to for place in edge for to in links[place]} - seen
            seen |= edge
            count += 1
        return count

    cosines = table.unit(dataset.texts) @ table.unit(dataset.class_texts).T
    answers = cosines.argmax(axis=1).tolist()
    pairs = list(zip(answers, gold, strict=True))
    scores = TAXONOMY.measure(predictions)
    common = sum(len(above(a) & above(b)) for a, b in pairs)
    precision = common / sum(len(above(a)) for a, _ in pairs)
    recall = common / sum(len(above(b)) for _, b in pairs)
    assert scores["hierarchical_f"] == pytest.approx(2 * precision * recall / (precision + recall))
    assert scores["lca_distance"] == pytest.approx(np.mean([steps(a, b) for a, b in pairs]))

    from sklearn.metrics import top_k_accuracy_score

    for k in (1, 5):
        expected = top_k_accuracy_score(gold, cosines, k=k, labels=range(40))
        assert scores[f"hit@{k}"] == pytest.approx(expected)


def test_the_evaluator_keeps_its_promises(setting):
    assert check_evaluator(TAXONOMY, placed(), setting) == [
        "evaluator taxonomy: predicts and measures",
        "evaluator taxonomy: 3 floors",
    ]


def test_majority_is_the_most_frequent_class_for_every_text(setting):
    floor = TAXONOMY.floors["majority"](placed(), setting)
    assert floor["predicted"].tolist() == [2, 2, 2, 2]
    assert floor["rank"].tolist() == [1, 1, 3, 3]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parents": (-1, 0, 3, 1, 0, -1)}, "the parent of 'jet' does not stand before it"),
        ({"gold": (0, 2, 4, 1)}, "text 1 belongs to class 0, which is no answer"),
        ({"levels": {"entity": (-1, 1, 4, 1, 4, 5)}}, "level 'entity' of 'jet' is no class above"),
        ({"class_texts": ("", "pump")}, "class_texts has 2 entries for 6 classes"),
        ({"classes": ("pump", *CLASSES[1:])}, "a class stands more than once"),
    ],
)
def test_a_tree_that_is_none_is_refused(changes, message):
    with pytest.raises(InvalidData, match=message):
        placed(**changes)


@pytest.fixture(scope="module")
def real(shared):
    paths = shared / "ifc_entities.csv", shared / "uniclass_entities.csv"
    return product_to_ifc(*paths), product_to_ifc_specific(*paths)


def test_a_product_without_a_specific_type_belongs_to_its_class(real):
    every, specific = real
    assert (every.items, specific.items, len(every.answers)) == (4166, 2761, 966)
    kinds = every.slices["type"]
    assert (kinds.count("no specific type"), kinds.count("specific type")) == (1405, 2761)
    number = kinds.index("no specific type")
    assert "." not in every.classes[every.gold[number]]
    jack = every.classes.index("IfcActuatorType.ELECTRICACTUATOR")
    assert [every.classes[place] for place in every.path(jack)] == [
        "IfcActuatorType.ELECTRICACTUATOR",
        "IfcActuator",
        "IfcDistributionControlElement",
        "IfcDistributionElement",
    ]
    assert every.dropped["product of a class that the file of IFC lacks"] == 68


def test_character_tf_idf_is_what_it_was_elsewhere(real, setting):
    _, specific = real
    scores = TAXONOMY.measure(TAXONOMY.floors["char TF-IDF"](specific, setting))
    # Measured elsewhere with n-grams of 3 to 5 characters: 0.330, 0.559 and 0.418.
    assert scores["hit@1"] == pytest.approx(0.335, abs=0.0005)
    assert scores["hit@5"] == pytest.approx(0.561, abs=0.0005)
    assert scores["entity@1"] == pytest.approx(0.427, abs=0.0005)

    from sklearn.feature_extraction.text import TfidfVectorizer

    model = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    classes = model.fit_transform(specific.needed)
    cosines = (model.transform(specific.texts) @ classes.T).toarray()
    own = np.searchsorted(specific.answers, specific.gold)
    _, ranks = _answers(cosines, own)
    assert (ranks == 1).mean() == pytest.approx(0.330, abs=0.005)
    assert (ranks <= 5).mean() == pytest.approx(0.559, abs=0.005)
