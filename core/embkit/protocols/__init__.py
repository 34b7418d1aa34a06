"""The protocols that come with embkit: other ways than the default to measure classification.

The records stand here, the functions in modules that are imported when something is measured.
"""

from __future__ import annotations

from collections.abc import Iterable

from embkit.hookspecs import hookimpl
from embkit.records import Option, Protocol, Variant, deferred

__all__ = ["FEW_SHOT", "KNN", "LEARNING_CURVE", "embkit_protocols"]

_HERE = "embkit.protocols"

KNN = Protocol(
    name="knn",
    summary="classification by the nearest train texts: nothing is fitted",
    source="Cover and Hart 1967; after IndicNLP's evaluation, which has k = 4",
    options=(
        Option(
            name="k",
            type=int,
            default=0,
            help="how many neighbours vote; 0: of 1, 3, 5, 11, 21, 51 the best on the validation "
            "rows, or on train rows with themselves left out",
        ),
    ),
    variants={
        "classification": Variant(
            summary="The label that most of the k train texts nearest by cosine have, of equals "
            "that of the nearest, not logistic regression",
            predict=deferred(f"{_HERE}.neighbours:predict"),
            floor_options=(),
        )
    },
)

FEW_SHOT = Protocol(
    name="few-shot",
    summary="classification from a few train texts of each label, drawn several times",
    source="after MTEB's classification, which draws eight of each label ten times",
    options=(
        Option(name="shots", type=int, default=8, help="train texts of each label"),
        Option(name="draws", type=int, default=10, help="how often they are drawn"),
    ),
    variants={
        "classification": Variant(
            summary="Trained on a few texts of each label, the same for every provider, and on no "
            "validation rows; C by folds of those\n"
            "The floor char TF-IDF is trained on the same draws\n"
            "Drawn several times: scores are means, and accuracy_std is the spread over the draws",
            predict=deferred(f"{_HERE}.shares:predict_few"),
            measure=deferred(f"{_HERE}.shares:measure_few"),
            floors={
                "majority": deferred(f"{_HERE}.shares:majority_few"),
                "char TF-IDF": deferred(f"{_HERE}.shares:spelling_few"),
            },
        )
    },
)

LEARNING_CURVE = Protocol(
    name="learning-curve",
    summary="classification from 1 %, 10 % and all of the train split",
    source="Perlich et al. 2003",
    options=(Option(name="draws", type=int, default=5, help="how often 1 % and 10 % are drawn"),),
    variants={
        "classification": Variant(
            summary="Beside the default, which is the main score: accuracy@1% and accuracy@10%, "
            "trained on that share of each label (one text at least) and on no validation rows\n"
            "Drawn several times, 1 % out of the 10 %: the mean, and as accuracy@1%_std and "
            "accuracy@10%_std the spread over the draws",
            predict=deferred(f"{_HERE}.shares:predict_curve"),
            measure=deferred(f"{_HERE}.shares:measure_curve"),
            floor_options=(),
        )
    },
)


@hookimpl
def embkit_protocols() -> Iterable[Protocol]:
    return KNN, FEW_SHOT, LEARNING_CURVE
