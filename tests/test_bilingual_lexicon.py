"""Translations among neighbours, on cases checked by hand and against plain numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from embkit import InvalidData, Parallel, Setting, Vectors, search
from embkit.evaluators import BILINGUAL_LEXICON, bilingual_lexicon
from embkit.evaluators.bilingual_lexicon import orthogonal_map
from embkit.languages import default_language

SETTING = Setting(language=default_language("tr"), task="test/task")
LEXICON = Parallel(source=["ev", "su", "at"], gold=[["घर"], ["पाणी", "जल"], ["घोडा"]])


def plane(angles):
    turned = np.deg2rad(list(angles.values()))
    return list(angles), np.stack([np.cos(turned), np.sin(turned)], axis=1)


def ranks(dataset, vectors):
    predictions = BILINGUAL_LEXICON.predict(dataset, vectors, SETTING)
    return predictions["rank"].tolist(), predictions["rank_csls"].tolist()


def test_the_best_translation_is_ranked_among_wrong_targets():
    targets = {"घर": 0, "पाणी": 90, "जल": 50, "घोडा": 40}
    vectors = Vectors(*plane({"ev": 1, "su": 46, "at": 70, **targets}))
    # su: घोडा, 6 away, stands after जल, 4 away; at: पाणी and जल are both 20 away, घोडा 30.
    assert ranks(LEXICON, vectors)[0] == [1, 1, 3]
    scores = BILINGUAL_LEXICON.measure(BILINGUAL_LEXICON.predict(LEXICON, vectors, SETTING))
    assert scores["precision@1"] == pytest.approx(2 / 3)
    assert scores["precision@5"] == 1.0


def test_csls_takes_from_each_target_its_mean_cosine_to_the_sources_near_it():
    # Near all sources lies d, a hub. By cosine it is first for b, whose own target is 30 away.
    data = Parallel(source=["a", "b", "c"], gold=[["d"], ["e"], ["d"]], target=["d", "e"])
    vectors = Vectors(*plane({"a": 0, "b": 20, "c": 5, "d": 8, "e": 50}))
    # Of d the mean is (cos 8 + cos 12 + cos 3) / 3 = 0.989, of e (cos 50 + cos 30 + cos 45) / 3 =
    # 0.739; so b has 2 * 0.978 - 0.989 = 0.967 for d, and 2 * 0.866 - 0.739 = 0.993 for e.
    assert ranks(data, vectors) == ([1, 2, 1], [1, 1, 1])


def test_a_wrong_target_that_ties_stands_before():
    same = Vectors(LEXICON.needed + LEXICON.needed_queries, np.full((7, 3), 0.1))
    assert ranks(LEXICON, same) == ([4, 3, 4], [4, 3, 4])


def test_a_word_without_a_vector_is_wrong_and_a_translation_without_one_never_found():
    vectors = Vectors(["su", "at", "जल", "घर"], [[1, 0], [0, 1], [1, 0.1], [0, 1]])
    predictions = BILINGUAL_LEXICON.predict(LEXICON, vectors, SETTING)
    assert predictions["rank"].tolist() == [0, 1, 0]
    assert predictions.known.tolist() == [False, True, False]
    assert BILINGUAL_LEXICON.measure(predictions)["precision@5"] == pytest.approx(1 / 3)


def test_sources_are_looked_up_as_queries():
    words = ["ev", "su"]
    data = Parallel(source=words, gold=[["ev"], ["su"]])
    swapped = Vectors(words, [[1, 0], [0, 1]], queries=Vectors(words, [[0, 1], [1, 0]]))
    assert ranks(data, swapped)[0] == [2, 2]


def test_an_orthogonal_map_undoes_a_turn():
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(50, 4)).astype(np.float32)
    turn = np.linalg.qr(generator.normal(size=(4, 4)))[0]
    found = orthogonal_map(rows, (rows @ turn).astype(np.float32))
    assert found == pytest.approx(turn, abs=1e-5)


def test_train_pairs_turn_the_source_vectors():
    target = {"x": 0, "y": 90, "p": 30, "q": 60}
    source = {word: angle + 45 for word, angle in target.items()}
    vectors = Vectors(*plane(target), queries=Vectors(*plane(source)))
    data = Parallel(source=["p", "q"], gold=[["p"], ["q"]], target=["p", "q", "x", "y"])
    assert ranks(data, vectors)[0] == [3, 2]
    taught = replace(data, train_source=["x", "y"], train_target=["x", "y"])
    assert ranks(taught, vectors)[0] == [1, 1]


def test_spaces_of_two_lengths_need_a_known_train_pair():
    wide = Vectors(["a", "b", "c"], np.eye(3))
    data = Parallel(source=["c"], gold=[["z"]], target=["x", "y", "z"])
    vectors = Vectors(["x", "y", "z"], [[1, 0], [0, 1], [-1, -1]], queries=wide)
    with pytest.raises(InvalidData, match="source vectors have 3 dimensions, target vectors 2"):
        BILINGUAL_LEXICON.predict(data, vectors, SETTING)
    taught = replace(data, train_source=["a", "b", "c"], train_target=["x", "y", "z"])
    assert ranks(taught, vectors)[0] == [1]


@pytest.mark.parametrize("scores", [3 * 60, 1 << 23])
def test_it_agrees_with_every_score_computed_one_by_one(scores, monkeypatch):
    monkeypatch.setattr(bilingual_lexicon, "_SCORES", scores)
    monkeypatch.setattr(search, "ROWS", 8)
    generator = np.random.default_rng(0)
    targets = [f"t{i}" for i in range(60)]
    sources = [f"s{i}" for i in range(40)]
    gold = [
        [targets[j] for j in generator.choice(60, size=1 + i % 3, replace=False)] for i in range(40)
    ]
    x = generator.normal(size=(40, 6))
    y = generator.normal(size=(60, 6))
    for i in range(40):
        x[i] += y[int(gold[i][0][1:])]
    data = Parallel(source=sources, gold=gold, target=targets)
    found = ranks(data, Vectors(targets, y, queries=Vectors(sources, x)))
    cosines = (x / np.linalg.norm(x, axis=1)[:, None]) @ (y / np.linalg.norm(y, axis=1)[:, None]).T
    of_source = np.sort(cosines, axis=1)[:, -10:].mean(axis=1)
    of_target = np.sort(cosines, axis=0)[-10:].mean(axis=0)
    for name, table in (
        (0, cosines),
        (1, 2 * cosines - of_source[:, None] - of_target),
    ):
        expected = []
        for i, row in enumerate(table):
            right = [int(word[1:]) for word in gold[i]]
            expected.append(1 + int((np.delete(row, right) > row[right].max()).sum()))
        assert found[name] == expected
    assert found[0] != found[1] and max(found[0]) > 5


def test_the_floor_of_chance_finds_one_of_many_and_no_word_by_its_own_spelling():
    words = [f"w{i}" for i in range(500)]
    data = Parallel(source=words, gold=[[word] for word in words])
    scores = BILINGUAL_LEXICON.measure(BILINGUAL_LEXICON.floors["chance"](data, SETTING))
    assert scores["precision@5"] == pytest.approx(0.01, abs=0.012)


def test_the_floor_of_spelling_finds_loans_and_needs_no_map():
    data = Parallel(
        source=["Telefon", "doktor", "su"], gold=[["telefono"], ["doctor"], ["agua"]],
        train_source=["kitap"], train_target=["libro"],
    )  # fmt: skip
    predictions = BILINGUAL_LEXICON.floors["n-gram cosine"](data, SETTING)
    assert predictions["rank"].tolist()[:2] == [1, 1]
