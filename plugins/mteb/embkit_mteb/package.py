"""The package mteb, imported when it is needed and not before; or a sentence about getting it."""

from __future__ import annotations

from typing import Any

from embkit.errors import NotFound

__all__ = ["mteb_package"]


def mteb_package(purpose: str) -> Any:
    """The module `mteb`, out of the distribution mteb or mteb-core, whichever is installed.

    purpose: what needs it, the beginning of the sentence when there is none.
    Raises NotFound with the remedy.
    """
    from importlib import import_module

    try:
        return import_module("mteb")
    except ModuleNotFoundError as error:
        if error.name != "mteb":
            raise
        raise NotFound(
            f"{purpose} needs the package mteb: pip install mteb-core, or pip install mteb, which "
            "brings torch, to call mteb.evaluate as well; one of the two, never both"
        ) from None
