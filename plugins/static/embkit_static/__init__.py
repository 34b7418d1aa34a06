"""Static vectors taken out of encoders, and models merged into one.

Imports neither torch nor numpy until one of its commands or its provider is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from embkit.hookspecs import hookimpl
from embkit.records import Embedder, Option, Provider, Request
from embkit.word_options import WORD_OPTIONS

if TYPE_CHECKING:
    import click

__all__ = ["embkit_commands", "embkit_providers"]


def _load(request: Request) -> Embedder:
    # May bring torch; waits until the provider is used.
    from embkit_static.opening import load_static

    return load_static(request)


@hookimpl
def embkit_providers() -> Iterable[Provider]:
    """static."""
    yield Provider(
        name="static",
        summary="an encoder without its layers; and what embkit distill and merge made",
        load=_load,
        argument="a folder of embkit distill or merge, or an encoder as contextual takes it",
        options=(
            Option(
                name="method",
                default="input",
                choices=("input",),
                help="what is taken out of an encoder: the rows of its input layer; for other "
                "methods see embkit distill",
            ),
            Option(
                name="over",
                default="words",
                choices=("words", "pieces"),
                help="of an encoder, what a text is the mean of: its words, each the mean of its "
                "pieces, or its pieces",
            ),
            Option(name="revision", default="", help="branch, tag or commit of a model of the hub"),
            *WORD_OPTIONS,
        ),
        connects=True,
    )


@hookimpl
def embkit_commands() -> Iterable[click.Command]:
    """distill, merge."""
    from embkit_static.distill import distill
    from embkit_static.merge import merge

    yield distill
    yield merge
