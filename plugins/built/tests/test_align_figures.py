"""On published data the opinions together find more than each alone, as surely as they say."""

from __future__ import annotations

import csv

import numpy as np
from embkit import load
from embkit_built.confidence import calibration_error, fit_confidence
from embkit_built.ranking import Mix, Ranking, Tree, best_mix
from embkit_built.scorers import Scorers
from embkit_built.taxonomies import AssetClass, Taxonomy

DECIDED = 500


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_products_of_uniclass_find_their_class_of_ifc_with_five_hundred_decisions(shared):
    ifc = read(shared / "ifc_entities.csv")
    place = {row["entity_name"].casefold(): number for number, row in enumerate(ifc)}
    products = [
        (row["natural_name"], place[row["mapping_IFC_4x3Add2_TC1"].casefold()])
        for row in read(shared / "uniclass_entities.csv")
        if row["mapping_IFC_4x3Add2_TC1"].casefold() in place
    ]
    assert len(products) == 2761
    titles, gold = [title for title, _ in products], np.array([found for _, found in products])
    taxonomy = Taxonomy(
        name="ifc",
        classes=[
            AssetClass(
                code=row["entity_name"],
                title=row["natural_name"],
                description=row["description"].removeprefix(f"{row['natural_name']}. "),
            )
            for row in ifc
        ],
    )
    embed = load("ngrams", "en").embed
    order = np.random.default_rng(0).permutation(len(titles))
    known, rest = np.sort(order[:DECIDED]), np.sort(order[DECIDED:])
    scorers, tree = Scorers(taxonomy, embed, embed, str.casefold), Tree(taxonomy)
    candidates = scorers.candidates(
        titles, {titles[i]: taxonomy.classes[gold[i]].code for i in known.tolist()}
    )

    def ranked(mix, rows):
        return Ranking(candidates=candidates.take(rows), tree=tree, mix=mix, none_decided=False)

    def first(mix):
        return (ranked(mix, rest).best == gold[rest]).mean()

    letters = first(Mix(embedding=0, words=1, decisions=0))
    embedding = first(Mix(embedding=1, words=0, decisions=0))
    nearest = first(Mix(embedding=0, words=0, decisions=1))
    mix = best_mix(candidates.take(known), tree, gold[known])
    together = first(mix)
    assert 0.33 < letters < 0.36
    assert embedding < letters < nearest < together
    assert together > 0.62
    confidence = fit_confidence(ranked(mix, known), gold[known])
    assert confidence is not None
    right = ranked(mix, rest).best == gold[rest]
    sure = confidence.of(ranked(mix, rest))[:, 0]
    assert calibration_error(sure, right) < 0.05
    assert right[sure >= confidence.bar(0.95)].mean() > 0.93
