"""Text that becomes part of a page: escaped, without what an eye obeys, never a megabyte long."""

from __future__ import annotations

import html
import re

from embkit.reporters.cells import printable

__all__ = ["cut", "heads", "language_of", "named", "quoted", "shown", "table"]

_LONGEST = 400
_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*")


def cut(text: str, most: int = _LONGEST) -> str:
    """The text as a page may hold it in data: printable, and its beginning where it is long."""
    # A letter keeps the marks that follow it, up to a few.
    rest = re.match(r"[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u200c\u200d]{0,8}", text[most:])
    short = text[: most + (rest.end() if rest else 0)]
    return printable(short) + ("…" if len(short) < len(text) else "")


def shown(text: object, most: int = _LONGEST) -> str:
    """Any value as text of the page, or as the value of an attribute in double quotes."""
    return html.escape(cut(str(text), most))


def named(spec: str) -> str:
    """A provider as it was typed, which may be cut into lines at its colons and slashes."""
    return f"<bdi>{re.sub(r'(?<=[:/?])(?=[^:/?])', '<wbr>', shown(spec))}</bdi>"


def quoted(text: str, language: str = "") -> str:
    """A text of a data set: in its own direction and, for fonts and voices, its own language."""
    lines = " ↵ ".join(line.replace("\t", " ") for line in text[: 2 * _LONGEST].split("\n"))
    ended = lines + ("…" if len(text) > 2 * _LONGEST and len(lines) <= _LONGEST else "")
    return f'<bdi dir="auto"{language_of(language)}>{shown(ended)}</bdi>'


def language_of(tag: str) -> str:
    """The attribute `lang` for a BCP 47 tag, with a space before it; nothing for another word."""
    return f' lang="{tag}"' if _TAG.fullmatch(tag) and tag != "mul" else ""


def heads(*names: tuple[str, str]) -> str:
    """Cells of a head, each a name and its class."""
    return "".join(f'<th scope="col" class="{kind}">{named(name)}</th>' for name, kind in names)


def table(head: str, rows: list[str], *, label: str, kind: str = "") -> str:
    """A table that may be wider than the page: it moves within its own frame, by keys too.

    head: cells of the head. rows: whole rows. label: what it is called. kind: its classes.
    """
    named = shown(label)
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{named}">'
        f'<table class="{kind}"><caption>{named}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
