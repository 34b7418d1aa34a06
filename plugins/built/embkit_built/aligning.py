"""From what a person names to an alignment, by way of embedder, glossary and decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embkit.cli.choose import warn_left_out
from embkit.embedding import embed_texts
from embkit.errors import InvalidRequest
from embkit.loading import load_named
from embkit.records import QueryEmbedder
from embkit.registry import registry

from embkit_built.alignment import Alignment, align
from embkit_built.answers import Options
from embkit_built.cleaning import Cleaner, read_glossary
from embkit_built.decisions import Change, Decision, changed_codes, current, read_decisions
from embkit_built.registers import Register
from embkit_built.taxonomies import Taxonomy

__all__ = ["aligned", "check_outputs"]


def check_outputs(inputs: Sequence[Path | None], outputs: Sequence[Path | None]) -> None:
    """Raise InvalidRequest for a file to be written that is read, or is written twice."""
    taken = {path.resolve(): "is read" for path in inputs if path is not None}
    for path in outputs:
        if path is None:
            continue
        if path.resolve() in taken:
            raise InvalidRequest(f"'{path}' {taken[path.resolve()]} too; give it another name")
        taken[path.resolve()] = "is written"


@contextmanager
def _counted(quiet: bool, total: int) -> Iterator[Callable[[int], None]]:
    """A function that shows on a terminal how many texts are done."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console

    with Console(stderr=True, markup=False).status(f"0 of {total:,} rows") as status:
        yield lambda count: status.update(f"{count:,} texts")


def aligned(
    register: Register,
    taxonomy: Taxonomy,
    spec: str,
    language: str,
    decisions: Path | None,
    glossary: Path | None,
    options: Options,
    device: str,
    offline: bool,
    quiet: bool,
) -> tuple[Alignment, list[Change]]:
    """The answers, and what the taxonomy has changed since decisions were made."""
    fold = registry().language(language).fold
    words = {
        word
        for found in taxonomy.classes
        for text in (found.title, *found.synonyms)
        for word in registry().language(language).tokenize(fold(text))
    }
    cleaner = Cleaner(fold, words, read_glossary(glossary) if glossary else None)
    decided: dict[str, Decision] = {}
    changes: list[Change] = []
    if decisions is not None and decisions.exists():
        made = read_decisions(decisions)
        decided = current(made, cleaner.clean, decisions)
        changes = changed_codes(decided.values(), taxonomy)
    warn_left_out(registry())
    loaded = load_named(spec, language, device=device, offline=offline)
    embedder = loaded.embedder

    def embed(texts: Sequence[str]) -> Any:
        if isinstance(embedder, QueryEmbedder):
            return embedder.embed_queries(texts)
        return embed_texts(loaded, texts)

    with _counted(quiet, len(register.texts)) as show:
        done = align(
            register,
            taxonomy,
            decided,
            embed=embed,
            embed_classes=lambda texts: embed_texts(loaded, texts),
            clean=cleaner.clean,
            options=options,
            model=f"{loaded.spec} {embedder.fingerprint[:12]}",
            progress=show,
        )
    return done, changes
