"""The seven hooks of embkit. Each takes nothing and yields records; all are asked once.

Keep hooks cheap: heavy imports, files and connections belong into the functions that the records
carry. A plugin is a module with some of these functions, named in its distribution's entry points:

    [project.entry-points.embkit]
    nepali = "embkit_nepali"
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from embkit.records import Benchmark, Evaluator, Language, Protocol, Provider, Reporter

__all__ = ["HOOKS", "hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("embkit")
hookimpl = pluggy.HookimplMarker("embkit")


@hookspec
def embkit_providers() -> Iterable[Provider]:  # type: ignore[empty-body]
    """Offer embeddings.

    Example:
        import numpy as np

        from embkit import Provider, Request, hookimpl


        class Letters:
            dim = 26
            fingerprint = "letters-1"

            def embed(self, texts):
                rows = [[text.count(chr(97 + i)) for i in range(26)] for text in texts]
                return np.array(rows, dtype=np.float32).reshape(-1, 26)


        def load_letters(request: Request) -> Letters:
            return Letters()


        @hookimpl
        def embkit_providers():
            yield Provider(name="letters", summary="Counts of a to z", load=load_letters)
    """


@hookspec
def embkit_languages() -> Iterable[Language]:  # type: ignore[empty-body]
    """Offer languages that need more than the default for their tag.

    Example:
        from embkit import Language, hookimpl
        from embkit.text import clean, fold_case, words


        @hookimpl
        def embkit_languages():
            yield Language(
                name="ne",
                summary="Nepali: the default, with curly apostrophes straightened",
                normalize=lambda text: clean(text).replace("\\u2019", "'"),
                tokenize=words,
                fold=fold_case,
                script="Deva",
            )
    """


@hookspec
def embkit_benchmarks() -> Iterable[Benchmark]:  # type: ignore[empty-body]
    """Offer benchmarks.

    Example:
        from embkit import Benchmark, Task, hookimpl
        from embkit.datasets import Pairs


        def load_pairs() -> Pairs:
            return Pairs(first=["घर", "घर"], second=["कोठा", "नदी"], scores=[8.0, 1.0])


        @hookimpl
        def embkit_benchmarks():
            task = Task(
                name="pairs", summary="Two word pairs", evaluator="similarity", load=load_pairs
            )
            yield Benchmark(name="nepali", summary="Nepali words", language="ne", tasks=[task])
    """


@hookspec
def embkit_evaluators() -> Iterable[Evaluator]:  # type: ignore[empty-body]
    """Offer evaluators.

    Example:
        import numpy as np

        from embkit import Evaluator, Predictions, hookimpl
        from embkit.datasets import Groups


        def predict(dataset, vectors, setting):
            known = vectors.known(dataset.texts)
            return Predictions({"known_text": known}, unit=np.arange(len(known)), known=known)


        def measure(predictions):
            return {"share": float(predictions.known.mean())}


        @hookimpl
        def embkit_evaluators():
            yield Evaluator(
                name="reach",
                summary="Share of texts with a vector",
                family="intrinsic",
                accepts=Groups,
                metric="share",
                predict=predict,
                measure=measure,
            )
    """


@hookspec
def embkit_protocols() -> Iterable[Protocol]:  # type: ignore[empty-body]
    """Offer protocols: named ways to measure other than the default.

    Example:
        from embkit import Protocol, Variant, hookimpl


        def measure_known(predictions):
            from embkit.evaluators.similarity import measure  # imports wait until it is used

            return measure(predictions.take(predictions.known))


        @hookimpl
        def embkit_protocols():
            similarity = Variant(
                summary="A pair with an unknown word is dropped, not given the mean",
                measure=measure_known,
            )
            yield Protocol(
                name="known-pairs",
                summary="Similarity on known pairs alone, as most papers have it",
                source="gensim's evaluate_word_pairs",
                variants={"similarity": similarity},
            )
    """


@hookspec
def embkit_reporters() -> Iterable[Reporter]:  # type: ignore[empty-body]
    """Offer reporters.

    Example:
        from embkit import Reporter, hookimpl


        def render(results):
            return "\\n".join(f"{r.task_id} {r.spec} {r.score:.3f}" for r in results if r.ok)


        @hookimpl
        def embkit_reporters():
            yield Reporter(name="lines", summary="A line a result", render=render)
    """


@hookspec
def embkit_commands() -> Iterable[click.Command]:  # type: ignore[empty-body]
    """Offer commands for the command line.

    Example:
        import click

        from embkit import hookimpl


        @click.command()
        def hello():
            "Say hello."
            click.echo("hello")


        @hookimpl
        def embkit_commands():
            yield hello
    """


HOOKS = tuple(name for name in globals() if name.startswith("embkit_"))
