"""The demonstration that ships with the plugin: a classification, a register, a task of both."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from embkit.rows import read_columns

from embkit_built.placing import Placed

__all__ = ["ABBREVIATIONS", "REGISTER", "TAXONOMY", "register_dataset"]


def _shipped(name: str) -> Path:
    return Path(str(files(__package__).joinpath(name)))


TAXONOMY = _shipped("demo_taxonomy.csv")
REGISTER = _shipped("demo_register.csv")
ABBREVIATIONS = _shipped("abbreviations.csv")


def register_dataset() -> Placed:
    """Each distinct description of the register and the class it belongs to, in the tree.

    Levels: discipline, such as Electrical, and group below it. A row that is none of the classes
    cannot be placed and is counted in `dropped`.
    """
    classes = list(read_columns(TAXONOMY, "code", "parent", "title", "synonyms", "description"))
    place = {row.fields[0]: number for number, row in enumerate(classes)}
    parents = [place.get(row.fields[1], -1) for row in classes]
    gold: dict[str, int] = {}
    none = repeated = 0
    for row in read_columns(REGISTER, "Description", "Class"):
        text, code = row.fields
        if code == "none":
            none += 1
        elif text in gold:
            repeated += 1
        else:
            gold[text] = place[code]
    lines = [_line(parents, number) for number in range(len(classes))]
    return Placed(
        texts=tuple(gold),
        gold=tuple(gold.values()),
        classes=tuple(place),
        parents=parents,
        class_texts=[". ".join(filter(None, row.fields[2:])) for row in classes],
        levels={
            "discipline": [line[0] for line in lines],
            "group": [line[1] if len(line) > 1 else -1 for line in lines],
        },
        dropped={"none of the classes": none, "repeated description": repeated},
    )


def _line(parents: Sequence[int], place: int) -> list[int]:
    """The classes from the top of the tree to one, itself included."""
    line = [place]
    while parents[line[0]] >= 0:
        line.insert(0, parents[line[0]])
    return line
