"""The demonstration that ships with the plugin: a classification, a register, a task of both."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from embkit.datasets import Retrieval
from embkit.rows import read_columns

__all__ = ["ABBREVIATIONS", "REGISTER", "TAXONOMY", "register_dataset"]


def _shipped(name: str) -> Path:
    return Path(str(files(__package__).joinpath(name)))


TAXONOMY = _shipped("demo_taxonomy.csv")
REGISTER = _shipped("demo_register.csv")
ABBREVIATIONS = _shipped("abbreviations.csv")


def register_dataset() -> Retrieval:
    """Each distinct description of the register as a query, the classes as documents.

    A row that is none of the classes has no relevant document and is counted in `dropped`.
    """
    classes = list(read_columns(TAXONOMY, "code", "title", "synonyms", "description"))
    place = {row.fields[0]: number for number, row in enumerate(classes)}
    documents = [". ".join(filter(None, row.fields[1:])) for row in classes]
    relevant: dict[str, dict[int, float]] = {}
    none = repeated = 0
    for row in read_columns(REGISTER, "Description", "Class"):
        text, code = row.fields
        if code == "none":
            none += 1
        elif text in relevant:
            repeated += 1
        else:
            relevant[text] = {place[code]: 1.0}
    return Retrieval(
        queries=tuple(relevant),
        documents=documents,
        relevant=tuple(relevant.values()),
        dropped={"none of the classes": none, "repeated description": repeated},
    )
