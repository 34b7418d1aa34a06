"""The evaluators that come with embkit, offered through the same hook as everybody else's.

The records stand here, the functions in modules that are imported when something is measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from embkit.datasets import (
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
    Tagged,
    Texts,
)
from embkit.hookspecs import hookimpl
from embkit.records import Evaluator, deferred

__all__ = [
    "ANALOGY",
    "BIAS",
    "BILINGUAL_LEXICON",
    "CATEGORISATION",
    "CLASSIFICATION",
    "CLUSTERING",
    "ENTITIES",
    "INFLECTION",
    "ISOTROPY",
    "OUTLIER",
    "PAIR_CLASSIFICATION",
    "PAIR_PROBING",
    "PROBING",
    "RELATION",
    "RERANKING",
    "RETRIEVAL",
    "SIMILARITY",
    "STS",
    "TAGGING",
    "embkit_evaluators",
]

_HERE = "embkit.evaluators"
_CORRELATION = (-1.0, 1.0)

SIMILARITY = Evaluator(
    name="similarity",
    summary="rank correlation of cosine and human judgement over word pairs",
    family="intrinsic",
    accepts=Pairs,
    metric="spearman",
    predict=deferred(f"{_HERE}.similarity:predict"),
    measure=deferred(f"{_HERE}.similarity:measure"),
    measure_samples=deferred(f"{_HERE}.similarity:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.similarity:constant"),
        "n-gram overlap": deferred(f"{_HERE}.similarity:shared_ngrams"),
    },
    ranges={"spearman": _CORRELATION, "pearson": _CORRELATION},
)

STS = Evaluator(
    name="sts",
    summary="rank correlation of cosine and human judgement over sentence pairs",
    family="extrinsic",
    accepts=Pairs,
    metric="spearman",
    predict=SIMILARITY.predict,
    measure=SIMILARITY.measure,
    measure_samples=SIMILARITY.measure_samples,
    floors=SIMILARITY.floors,
    ranges=SIMILARITY.ranges,
)

ANALOGY = Evaluator(
    name="analogy",
    summary="a : b = c : ?, by vector offset among the dataset's candidates",
    family="intrinsic",
    accepts=Analogies,
    metric="accuracy",
    predict=deferred(f"{_HERE}.analogy:predict"),
    measure=deferred(f"{_HERE}.analogy:measure"),
    measure_samples=deferred(f"{_HERE}.analogy:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.analogy:chance"),
        "n-gram arithmetic": deferred(f"{_HERE}.analogy:spelling"),
    },
    version="2",
)

CLUSTERING = Evaluator(
    name="clustering",
    summary="seeded k-means against the groups people made",
    family="intrinsic",
    accepts=Groups,
    metric="v_measure",
    predict=deferred(f"{_HERE}.clustering:predict"),
    measure=deferred(f"{_HERE}.clustering:measure"),
    measure_samples=deferred(f"{_HERE}.clustering:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.clustering:chance"),
        "n-gram clusters": deferred(f"{_HERE}.clustering:spelling"),
    },
)

CATEGORISATION = Evaluator(
    name="categorisation",
    summary="the purity of the clusters of clustering",
    family="intrinsic",
    accepts=Groups,
    metric="purity",
    predict=CLUSTERING.predict,
    measure=deferred(f"{_HERE}.categorisation:measure"),
    measure_samples=deferred(f"{_HERE}.categorisation:measure_samples"),
    floors=CLUSTERING.floors,
)

OUTLIER = Evaluator(
    name="outlier",
    summary="the text that is least like the others of a set, by mean cosine",
    family="intrinsic",
    accepts=Groups,
    metric="accuracy",
    predict=deferred(f"{_HERE}.outlier:predict"),
    measure=deferred(f"{_HERE}.outlier:measure"),
    measure_samples=deferred(f"{_HERE}.outlier:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.outlier:chance"),
        "n-gram cosine": deferred(f"{_HERE}.outlier:spelling"),
    },
)

CLASSIFICATION = Evaluator(
    name="classification",
    summary="logistic regression on frozen vectors, trained on the whole train split",
    family="extrinsic",
    accepts=Labelled,
    metric="accuracy",
    predict=deferred(f"{_HERE}.classification:predict"),
    measure=deferred(f"{_HERE}.classification:measure"),
    measure_samples=deferred(f"{_HERE}.classification:measure_samples"),
    floors={
        "majority": deferred(f"{_HERE}.classification:majority"),
        "char TF-IDF": deferred(f"{_HERE}.classification:spelling"),
    },
    version="2",
)

PAIR_CLASSIFICATION = Evaluator(
    name="pair-classification",
    summary="do two texts belong together, by their cosine",
    family="extrinsic",
    accepts=LabelledPairs,
    metric="average_precision",
    predict=deferred(f"{_HERE}.pair_classification:predict"),
    measure=deferred(f"{_HERE}.pair_classification:measure"),
    measure_samples=deferred(f"{_HERE}.pair_classification:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.pair_classification:constant"),
        "n-gram overlap": deferred(f"{_HERE}.pair_classification:shared_ngrams"),
    },
)

RETRIEVAL = Evaluator(
    name="retrieval",
    summary="relevant documents of a query among all documents, by cosine",
    family="extrinsic",
    accepts=Retrieval,
    metric="ndcg@10",
    predict=deferred(f"{_HERE}.retrieval:predict"),
    measure=deferred(f"{_HERE}.retrieval:measure"),
    measure_samples=deferred(f"{_HERE}.retrieval:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.retrieval:chance"),
        "char TF-IDF": deferred(f"{_HERE}.retrieval:spelling"),
        "BM25": deferred(f"{_HERE}.retrieval:word_match"),
    },
)

RERANKING = Evaluator(
    name="reranking",
    summary="relevant documents of a query among its given candidates, by cosine",
    family="extrinsic",
    accepts=Retrieval,
    metric="map",
    predict=RETRIEVAL.predict,
    measure=RETRIEVAL.measure,
    measure_samples=RETRIEVAL.measure_samples,
    floors=RETRIEVAL.floors,
)

TAGGING = Evaluator(
    name="tagging",
    summary="a tag for each word, by logistic regression on it and its neighbours",
    family="extrinsic",
    accepts=Tagged,
    metric="accuracy",
    predict=deferred(f"{_HERE}.tagging:predict"),
    measure=deferred(f"{_HERE}.tagging:measure"),
    measure_samples=deferred(f"{_HERE}.tagging:measure_samples"),
    floors={
        "majority": deferred(f"{_HERE}.tagging:majority"),
        "word and suffix": deferred(f"{_HERE}.tagging:word_and_suffix"),
    },
)

ENTITIES = Evaluator(
    name="entities",
    summary="entities in sentences, each right or wrong as a whole",
    family="extrinsic",
    accepts=Tagged,
    metric="span_f1",
    predict=TAGGING.predict,
    measure=deferred(f"{_HERE}.tagging:measure_entities"),
    measure_samples=deferred(f"{_HERE}.tagging:measure_entity_samples"),
    floors=TAGGING.floors,
)

PROBING = Evaluator(
    name="probing",
    summary="what a linear probe reads out of the vector of a word",
    family="intrinsic",
    accepts=Labelled,
    metric="accuracy",
    predict=deferred(f"{_HERE}.probing:predict"),
    measure=deferred(f"{_HERE}.probing:measure"),
    measure_samples=deferred(f"{_HERE}.probing:measure_samples"),
    floors={
        "majority": deferred(f"{_HERE}.probing:majority"),
        "char TF-IDF": deferred(f"{_HERE}.probing:spelling"),
    },
    ranges={"selectivity": (-1.0, 1.0)},
)

PAIR_PROBING = Evaluator(
    name="pair-probing",
    summary="what a linear probe reads out of the vectors of two words",
    family="intrinsic",
    accepts=Relations,
    metric="accuracy",
    predict=PROBING.predict,
    measure=PROBING.measure,
    measure_samples=PROBING.measure_samples,
    floors=PROBING.floors,
    ranges=PROBING.ranges,
)

RELATION = Evaluator(
    name="relation",
    summary="the relation two words stand in, by a linear probe on both",
    family="intrinsic",
    accepts=Relations,
    metric="accuracy",
    predict=deferred(f"{_HERE}.relation:predict"),
    measure=deferred(f"{_HERE}.relation:measure"),
    measure_samples=deferred(f"{_HERE}.relation:measure_samples"),
    floors={
        **PROBING.floors,
        "second word": deferred(f"{_HERE}.relation:second_word"),
    },
)

BILINGUAL_LEXICON = Evaluator(
    name="bilingual-lexicon",
    summary="a word's translations among the words of another language",
    family="intrinsic",
    accepts=Parallel,
    metric="precision@1",
    predict=deferred(f"{_HERE}.bilingual_lexicon:predict"),
    measure=deferred(f"{_HERE}.bilingual_lexicon:measure"),
    measure_samples=deferred(f"{_HERE}.bilingual_lexicon:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.bilingual_lexicon:chance"),
        "n-gram cosine": deferred(f"{_HERE}.bilingual_lexicon:spelling"),
    },
)

# A description of vectors, which random ones meet best: nothing could stand above a floor.
ISOTROPY = Evaluator(
    name="isotropy",
    summary="do vectors lie in all directions, or around few hubs",
    family="intrinsic",
    accepts=Texts,
    metric="isoscore",
    predict=deferred(f"{_HERE}.isotropy:predict"),
    measure=deferred(f"{_HERE}.isotropy:measure"),
    measure_samples=deferred(f"{_HERE}.isotropy:measure_samples"),
    ranges={
        "effective_dimension": (0.0, math.inf),
        "anisotropy": _CORRELATION,
        "hubness": (-math.inf, math.inf),
    },
    descriptive=True,
)

# Random vectors are the least biased, so there is no floor here either.
BIAS = Evaluator(
    name="bias",
    summary="do two groups of words lean to different kinds of words",
    family="intrinsic",
    accepts=Associations,
    metric="balance",
    predict=deferred(f"{_HERE}.bias:predict"),
    measure=deferred(f"{_HERE}.bias:measure"),
    ranges={"weat_effect": (-math.inf, math.inf), "rnsb": (0.0, math.inf)},
    descriptive=True,
    version="2",
)

INFLECTION = Evaluator(
    name="inflection",
    summary="a form's lemma, and its cell in other paradigms, among its neighbours",
    family="intrinsic",
    accepts=Inflections,
    metric="lemma_mrr@10",
    predict=deferred(f"{_HERE}.inflection:predict"),
    measure=deferred(f"{_HERE}.inflection:measure"),
    measure_samples=deferred(f"{_HERE}.inflection:measure_samples"),
    floors={
        "chance": deferred(f"{_HERE}.inflection:chance"),
        "n-gram cosine": deferred(f"{_HERE}.inflection:spelling"),
    },
)


@hookimpl
def embkit_evaluators() -> Iterable[Evaluator]:
    """Intrinsic ones first."""
    return (
        SIMILARITY,
        ANALOGY,
        CLUSTERING,
        CATEGORISATION,
        OUTLIER,
        PROBING,
        PAIR_PROBING,
        RELATION,
        INFLECTION,
        BILINGUAL_LEXICON,
        ISOTROPY,
        BIAS,
        STS,
        CLASSIFICATION,
        PAIR_CLASSIFICATION,
        RETRIEVAL,
        RERANKING,
        TAGGING,
        ENTITIES,
    )
