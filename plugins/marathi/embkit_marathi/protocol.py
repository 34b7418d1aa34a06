"""The protocol of the Marathi paper of 2024: frozen vectors under cross-validation."""

from __future__ import annotations

from embkit.records import Option, Protocol, Variant, deferred

__all__ = ["PAPER"]

_HERE = "embkit_marathi.as_published"

PAPER = Protocol(
    name="paper-mr-2024",
    summary="classification as in Shanbhag et al. 2024: 5-fold cross-validation of a logistic "
    "regression on mean vectors, cut to 300 dimensions",
    source="https://arxiv.org/abs/2411.17661 (v3: https://aclanthology.org/2025.globalnlp-1.4); "
    "what it does not say is as scikit-learn has it: C = 1, folds by label, rows in random order",
    options=(
        Option(
            name="reduce",
            default="svd",
            choices=("svd", "svd-outside", "random", "none"),
            help="how vectors are cut: svd, truncated and fitted inside each fold, on its train "
            "rows alone; svd-outside, fitted on all rows, the test rows of every fold among them; "
            "random, a Gaussian projection drawn by seed, which looks at no row; or none",
        ),
        Option(
            name="size",
            type=int,
            default=300,
            help="dimensions that are left; vectors with no more than that are taken as they are",
        ),
    ),
    variants={
        "classification": Variant(
            summary="All rows of train, validation and test are scored, each by the probe of the "
            "four fifths it is not in: five folds by label, drawn by seed\n"
            "Vectors of more than 300 dimensions go through a truncated SVD, not centred, or what "
            "else `reduce` says\n"
            "Features are not standardised; C is 1, not chosen\n"
            "accuracy_std is the spread over the folds; the floors are fitted in the same folds\n"
            "A text that stands twice may be in train and test of one fold at once",
            predict=deferred(f"{_HERE}:predict"),
            measure=deferred(f"{_HERE}:measure"),
            prepare=deferred(f"{_HERE}:all_rows"),
            floors={
                "majority": deferred(f"{_HERE}:majority"),
                "char TF-IDF": deferred(f"{_HERE}:spelling"),
            },
            floor_options=(),
        )
    },
)
