"""A run of `embkit eval` as a TOML file: what its keys are and how they become options."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from embkit.errors import InvalidData, suggestion

__all__ = ["config_option", "read_config"]


class _Key(NamedTuple):
    """What a key of the file sets. option: the parameter of the command; kind: of its value."""

    option: str
    kind: type


# In the order in which a file is pleasant to read; a list is of texts.
_KEYS = {
    "language": _Key("lang", str),
    "domain": _Key("domain", str),
    "benchmarks": _Key("benchmarks", list),
    "tasks": _Key("tasks", list),
    "data": _Key("data", str),
    "source": _Key("source", str),
    "text_columns": _Key("text_columns", list),
    "label_column": _Key("label_column", str),
    "score_column": _Key("score_column", str),
    "providers": _Key("specs", list),
    "protocols": _Key("protocols", list),
    "seed": _Key("seed", int),
    "limit": _Key("limit", int),
    "fail_under": _Key("fail_under", float),
    "results": _Key("out", str),
    "format": _Key("reporter", str),
}
_WORDS = {list: "a list of texts", str: "a text", int: "a whole number", float: "a number"}


def _fits(value: object, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and all(_fits(item, str) for item in value)
    if isinstance(value, str) and "\0" in value:
        return False  # no name and no path holds one
    if kind is float:
        return type(value) in (int, float) and value == value  # nothing is under nan
    return type(value) is kind  # true is no number


def _line(text: str, key: str) -> int | None:
    """The line that begins with a key or its table, None where it is written in another way."""
    name = re.escape(key)
    found = re.search(rf"""^[ \t]*\[*[ \t]*["']?{name}["']?[ \t]*[\].=]""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None


def read_config(path: Path) -> Mapping[str, Any]:
    """The options of `embkit eval` that a file sets, by name of the parameter.

    Raises InvalidData, naming the line, for what is no TOML, an unknown key or a value of another
    kind than its key takes.
    """
    try:
        # Windows puts a byte order mark before the first key.
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise InvalidData(f"cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError:
        raise InvalidData("is not UTF-8, as TOML is", path=path) from None
    except tomllib.TOMLDecodeError as error:
        place = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", str(error))
        message, line = (place[1], int(place[2])) if place else (str(error), None)
        raise InvalidData(f"is no TOML: {message}", path=path, line=line) from None
    options = {}
    for name, value in content.items():
        key = _KEYS.get(name)
        if key is None:
            raise InvalidData(
                f"there is no key '{name}'{suggestion(name, _KEYS)}; there are {', '.join(_KEYS)}",
                path=path,
                line=_line(text, name),
            )
        if not _fits(value, key.kind):
            raise InvalidData(
                f"'{name}' takes {_WORDS[key.kind]}, got {value!r}",
                path=path,
                line=_line(text, name),
            )
        options[key.option] = value
    return options


def _apply(context: click.Context, option: click.Parameter, path: Path | None) -> None:
    """What a file says is the default; the command line goes before it."""
    if path is not None:
        context.default_map = {**(context.default_map or {}), **read_config(path)}


# Eager: it must be read before the options that it gives a default.
config_option = click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    is_eager=True, expose_value=False, callback=_apply,
    help="A run as a TOML file; options beside it go before what it says. See docs/grids.md.",
)  # fmt: skip
