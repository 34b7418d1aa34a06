"""The protocol `mteb`, and the evaluator of bitexts, which core has no word for."""

from __future__ import annotations

from embkit.datasets import Retrieval
from embkit.evaluators import RETRIEVAL
from embkit.records import Evaluator, Option, Protocol, Variant, deferred

__all__ = ["BITEXT", "MTEB", "VERSION"]

# The release of MTEB whose figures the protocol meets.
VERSION = "2.26.24"
_HERE = "embkit_mteb"

BITEXT = Evaluator(
    name="bitext",
    summary="the translation of each sentence among all of the other language, by cosine",
    family="extrinsic",
    accepts=Retrieval,
    metric="accuracy",
    predict=RETRIEVAL.predict,
    measure=deferred(f"{_HERE}.searching:measure_translations"),
    floors=RETRIEVAL.floors,
)

_ZEROS = "A text without a vector is a row of zeros, not a failure"

MTEB = Protocol(
    name="mteb",
    summary="as mteb.evaluate measures with its defaults; to meet its figures, not to defend them",
    source=f"https://github.com/embeddings-benchmark/mteb, version {VERSION}",
    options=(
        Option(
            name="documents",
            type=int,
            default=0,
            help="how many texts clustering looks at, max_document_to_embed of a task of MTEB; "
            "0 for 4 % of them, -1 for all",
        ),
    ),
    variants={
        "classification": Variant(
            summary="Trained on eight texts of each label, drawn ten times; scores are means, "
            "accuracy_std is the spread over the draws\n"
            "C is 1, features are not standardised, lbfgs stops after 100 steps; no validation "
            f"rows\n{_ZEROS}\nThe floor char TF-IDF sees the same draws",
            predict=deferred(f"{_HERE}.classifying:predict"),
            measure=deferred(f"{_HERE}.classifying:measure"),
            floors={
                "majority": deferred(f"{_HERE}.classifying:majority"),
                "char TF-IDF": deferred(f"{_HERE}.classifying:spelling"),
            },
        ),
        "clustering": Variant(
            summary="Only 4 % of the texts are looked at, or ?documents= of them\n"
            "Ten runs of k-means in batches of 512, each on 16,384 texts drawn with repeats; "
            "vectors are not scaled to length one\n"
            "Drawn from a new generator for each task: MTEB's goes on from task to task, so that "
            f"its figures are met by the first subset of a fresh task\n{_ZEROS}",
            predict=deferred(f"{_HERE}.clustering:predict"),
            measure=deferred(f"{_HERE}.clustering:measure"),
        ),
        "pair-classification": Variant(
            summary="The main score, max_ap, is the best of five: own similarity, cosine, "
            "Manhattan, Euclid and dot product\n"
            "Accuracy and F1 are by the threshold that is best on the test pairs themselves; train "
            "pairs are not used\nA text without a vector is a row of zeros: two of them have a "
            "cosine of 1, so that unknown pairs look alike",
            metric="max_ap",
            predict=deferred(f"{_HERE}.pairs:predict_labelled"),
            measure=deferred(f"{_HERE}.pairs:measure_labelled"),
        ),
        "sts": Variant(
            summary="Beside the cosine (cosine_spearman): own similarity, Manhattan and Euclid\n"
            "A text without a vector is a row of zeros: two of them have a cosine of 1, one has "
            "0.5 with any text",
            metric="cosine_spearman",
            predict=deferred(f"{_HERE}.pairs:predict_graded"),
            measure=deferred(f"{_HERE}.pairs:measure_graded"),
            ranges={
                f"{likeness}_{name}": (-1.0, 1.0)
                for likeness in ("cosine", "manhattan", "euclidean")
                for name in ("spearman", "pearson")
            },
        ),
        "bitext": Variant(
            summary="The main score is F1 over positions, each a label, weighted\n"
            "A copy of the right translation at another position is wrong; of equals the first is "
            f"taken\n{_ZEROS}",
            metric="f1",
            predict=deferred(f"{_HERE}.searching:predict_bitext"),
            measure=deferred(f"{_HERE}.searching:measure_bitext"),
            floors={
                "chance": deferred(f"{_HERE}.searching:chance_bitext"),
                "char TF-IDF": deferred(f"{_HERE}.searching:spelling_bitext"),
            },
        ),
        "retrieval": Variant(
            summary="ndcg_at_10; beside it map, recall, precision, mrr and hit rate, all at 1 to "
            "1000\nOf documents with one cosine the later stands first, relevant or not\n"
            f"{_ZEROS}: its cosine with everything is 0",
            metric="ndcg_at_10",
            predict=deferred(f"{_HERE}.searching:predict"),
            measure=deferred(f"{_HERE}.searching:measure"),
        ),
        "reranking": Variant(
            summary="As retrieval, among the candidates; the main score is map_at_1000",
            metric="map_at_1000",
            predict=deferred(f"{_HERE}.searching:predict"),
            measure=deferred(f"{_HERE}.searching:measure"),
        ),
    },
)
