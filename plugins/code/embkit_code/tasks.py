"""The benchmark, its evaluators and its protocol, as records."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

from embkit.records import Benchmark, Evaluator, Option, Protocol, Task, Variant, deferred

from embkit_code.language import TAG
from embkit_code.shapes import Described, Functions, Repairs

__all__ = ["BILSTM", "CODE_CLASSIFICATION", "DOCSTRING_MATCH", "REPAIR", "TOKEN_ORDER", "benchmark"]

_SEEN = (
    "the standard library: every model that was trained on code has seen it; decide by a tree of "
    "your own, --source PATH"
)


class _Kind(NamedTuple):
    evaluator: str
    summary: str


# Those that are made at once stand first: making a bug compiles every function again.
_TASKS = {
    "docstring-match": _Kind("docstring-match", "is this the function's docstring?"),
    "docstring-to-function": _Kind("retrieval", "the function of a docstring among all"),
    "function-to-docstring": _Kind("retrieval", "the docstring of a function among all"),
    "exception-type": _Kind("code-classification", "which exception is caught here?"),
    "variable-misuse": _Kind("code-classification", "is a variable used for another?"),
    "wrong-operator": _Kind("code-classification", "is an operator another of its kind?"),
    "swapped-operands": _Kind("code-classification", "are operands the wrong way round?"),
    "misuse-repair": _Kind("localisation-repair", "which variable is wrong, and which is right?"),
}

CODE_CLASSIFICATION = Evaluator(
    name="code-classification",
    summary="the label of a function by a linear probe; its versions are one unit",
    family="extrinsic",
    accepts=Functions,
    metric="accuracy",
    predict=deferred("embkit_code.telling:predict"),
    measure=deferred("embkit_code.telling:measure"),
    measure_samples=deferred("embkit_code.telling:measure_samples"),
    floors={
        "majority": deferred("embkit_code.telling:majority"),
        "bag of tokens": deferred("embkit_code.telling:bag"),
        "token 1-3-grams": deferred("embkit_code.telling:ngrams"),
    },
    version="2",
)
DOCSTRING_MATCH = Evaluator(
    name="docstring-match",
    summary="does a docstring belong to a function, by a threshold on their cosine",
    family="extrinsic",
    accepts=Described,
    metric="accuracy",
    predict=deferred("embkit_code.matching:predict"),
    measure=deferred("embkit_code.matching:measure"),
    measure_samples=deferred("embkit_code.matching:measure_samples"),
    floors={
        "chance": deferred("embkit_code.matching:constant"),
        "word TF-IDF": deferred("embkit_code.matching:word_tfidf"),
    },
)
REPAIR = Evaluator(
    name="localisation-repair",
    summary="where a variable is wrong and which one is right, by two pointers",
    family="extrinsic",
    accepts=Repairs,
    metric="joint",
    predict=deferred("embkit_code.repairing:predict"),
    measure=deferred("embkit_code.repairing:measure"),
    measure_samples=deferred("embkit_code.repairing:measure_samples"),
    floors={
        "chance": deferred("embkit_code.repairing:chance"),
        "n-gram pointers": deferred("embkit_code.repairing:neighbours"),
    },
)
TOKEN_ORDER = Protocol(
    name="token-order",
    summary="Functions by their tokens in order, for vectors that are a mean of words otherwise",
    source="binding by permutation and product: Plate 1995, Kanerva 2009",
    variants={
        "code-classification": Variant(
            summary="The vectors of tokens and of their n-grams, not that of the text\n"
            "Encoders give tokens in context",
            predict=deferred("embkit_code.order:predict"),
            prepare=deferred("embkit_code.order:sequenced"),
            floor_options=(),
        )
    },
    options=(
        Option(name="longest", type=int, default=2, help="tokens of an n-gram", choices=(1, 2, 3)),
    ),
)
BILSTM = Protocol(
    name="bilstm",
    summary="Functions by an LSTM each way that is trained on the vectors of their tokens",
    source="Kanade et al. 2020, the BiLSTM beside CuBERT; Vasic et al. 2019, its pointers",
    variants={
        "code-classification": Variant(
            summary="A trained head, not a linear probe: its scores stand in a table of their own\n"
            "The vectors of tokens, not that of the text; encoders give tokens in context\n"
            "The epoch that is most accurate on the validation files",
            predict=deferred("embkit_code.bilstm:predict"),
            prepare=deferred("embkit_code.order:sequenced"),
            floor_options=(),
        ),
        "localisation-repair": Variant(
            summary="Pointers over the states of a trained head, not over a window of five tokens\n"
            "The epoch that is most often right on the validation files",
            predict=deferred("embkit_code.pointing:predict"),
            floor_options=(),
        ),
    },
    options=(
        Option(name="hidden", type=int, default=64, help="units of each of the two LSTMs"),
        Option(name="epochs", type=int, default=10, help="how often train is gone through"),
    ),
)


def benchmark(root: Path | None = None) -> Benchmark:
    """The tasks of the standard library, or of a tree, `code-` and the name of its folder.

    Raises InvalidRequest when root is no folder.
    """
    name, source, licence, notes = "code", "Python's standard library", "PSF-2.0", _SEEN
    if root is not None:
        from embkit.errors import InvalidRequest

        from embkit_code.sources import licence_of

        if not root.is_dir():
            raise InvalidRequest(f"'{root}' is no folder of source code")
        root = root.resolve()
        kept = [letter if letter.isalnum() and letter.isascii() else "-" for letter in root.name]
        name = "code-" + ("".join(kept).strip("-") or "tree")
        source, notes = f"the Python files below {root}", ""
        licence = licence_of(root) or "no licence file"
    make = deferred("embkit_code.making:dataset")
    tasks = [
        Task(
            name=task,
            summary=kind.summary,
            evaluator=kind.evaluator,
            load=partial(make, root, task),
            source=source,
            licence=licence,
            notes=notes,
        )
        for task, kind in _TASKS.items()
    ]
    return Benchmark(
        name=name,
        summary="CuBERT's tasks on Python functions: bugs, exceptions, docstrings",
        language=TAG,
        domain="code",
        tasks=tasks,
        of_source=benchmark,
    )
