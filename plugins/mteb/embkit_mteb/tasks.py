"""Tasks of MTEB by name: `mteb/NAME`, with a subset and a split behind it where it has several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embkit.datasets import Dataset
from embkit.errors import InvalidRequest, NotFound
from embkit.languages.names import short_tag
from embkit.records import Benchmark, Task

from embkit_mteb.package import mteb_package

__all__ = ["BENCHMARK", "Place", "find_task", "locate"]

_EVALUATORS = {
    "BitextMining": "bitext",
    "Classification": "classification",
    "Clustering": "clustering",
    "PairClassification": "pair-classification",
    "Reranking": "reranking",
    "Retrieval": "retrieval",
    "STS": "sts",
}
# A subtag of BCP 47 has eight letters at most.
_SUBTAGS = {"javascript": "js", "typescript": "ts", "c++": "cpp", "c#": "csharp"}
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a name means to MTEB: a task, one of its subsets and one of its splits.

    task: as mteb.get_task gives it. name: the shortest that says the same.
    """

    task: Any
    subset: str
    split: str

    @property
    def name(self) -> str:
        about = self.task.metadata
        parts = [about.name]
        parts += [self.subset] if len(about.hf_subsets_to_langscripts) > 1 else []
        parts += [self.split] if len(about.eval_splits) > 1 else []
        return "/".join(parts)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the subset as MTEB has them, such as mar-Deva."""
        return tuple(self.task.metadata.hf_subsets_to_langscripts[self.subset])


def _subset(about: Any, part: str) -> str:
    """The subset of that name, or the only one in that language alone."""
    subsets: Mapping[str, Sequence[str]] = about.hf_subsets_to_langscripts
    if part in subsets:
        return part
    tag = short_tag(part)
    found = [
        name for name, codes in subsets.items() if {short_tag(code) for code in codes} == {tag}
    ]
    if len(found) == 1:
        return found[0]
    raise InvalidRequest(
        f"task 'mteb/{about.name}' has no subset or split '{part}'; {_listed(about)}"
    )


def _listed(about: Any) -> str:
    subsets = list(about.hf_subsets_to_langscripts)
    more = f" and {len(subsets) - _SHOWN} more" if len(subsets) > _SHOWN else ""
    return (
        f"its subsets are {', '.join(subsets[:_SHOWN])}{more}, its splits "
        f"{', '.join(about.eval_splits)}; the language of a subset can stand for it, as in "
        f"mteb/{about.name}/mr"
    )


def locate(name: str) -> Place:
    """What `NAME[/SUBSET][/SPLIT]` means; a language tag may stand for its subset.

    Without a split it is test, or the first. Raises NotFound for a name that MTEB does not know or
    when it is not installed, InvalidRequest when one of several subsets has to be named.
    """
    first, *parts = name.split("/")
    mteb = mteb_package(f"task 'mteb/{first}'")
    try:
        task = mteb.get_task(first)
    except KeyError as error:
        said = str(error.args[0]).removeprefix("KeyError: ")
        raise NotFound(f"MTEB has no task 'mteb/{first}': {said}") from None
    about = task.metadata
    subset = ""
    split = "test" if "test" in about.eval_splits else about.eval_splits[0]
    for part in parts:
        if part in about.eval_splits:
            split = part
        else:
            subset = _subset(about, part)
    subsets = list(about.hf_subsets_to_langscripts)
    if not subset and len(subsets) > 1:
        raise InvalidRequest(f"task 'mteb/{first}' comes in {len(subsets)} parts; {_listed(about)}")
    return Place(task=task, subset=subset or subsets[0], split=split)


def _tag(code: str) -> str:
    """The tag of a language as MTEB has it, mar-Deva or python-Code; code is of embkit-code."""
    name, _, kind = code.rpartition("-")
    return f"zxx-x-{_SUBTAGS.get(name, name)}" if kind == "Code" else short_tag(code)


def _documents(task: Any) -> int:
    """How many texts MTEB looks at, as the option of the protocol has it."""
    if getattr(task, "max_document_to_embed", None) is not None:
        return int(task.max_document_to_embed)
    return 0 if getattr(task, "max_fraction_of_documents_to_embed", None) is not None else -1


def find_task(name: str) -> Task:
    """A task of MTEB as one of embkit; its data are fetched by MTEB when it is loaded.

    Raises what `locate` raises, and InvalidRequest for a type of task that no evaluator takes.
    """
    place = locate(name)
    about = place.task.metadata
    evaluator = _EVALUATORS.get(about.type)
    if evaluator is None or list(about.modalities) != ["text"]:
        raise InvalidRequest(
            f"task 'mteb/{about.name}' is {about.type} of {', '.join(about.modalities)}; embkit "
            f"takes {', '.join(_EVALUATORS)} of text"
        )
    tags = list(dict.fromkeys(_tag(code) for code in place.languages))
    both = evaluator == "bitext" and len(tags) == 2
    notes = [f"MTEB's main score: {about.main_score}"]
    if len(tags) > 1 and not both:
        notes.append(f"texts in {', '.join(tags)}, all embedded as {tags[0]}")
    if evaluator == "clustering":
        notes.append(
            f"MTEB's setting of it is --protocol 'mteb?documents={_documents(place.task)}'"
        )

    def load() -> Dataset:
        from embkit_mteb.loading import load_place

        return load_place(locate(place.name))

    return Task(
        name=place.name,
        summary=" ".join(about.description.split()),
        evaluator=evaluator,
        load=load,
        source=f"{about.dataset['path']}@{about.revision} by MTEB",
        licence=about.license or "",
        query_language=tags[0] if both else "",
        language=tags[-1] if both else tags[0],
        notes="; ".join(notes),
        connects=True,
    )


BENCHMARK = Benchmark(
    name="mteb",
    summary="any text task of MTEB by its name, mteb/NAME; needs mteb or mteb-core",
    language="mul",
    tasks=(),
    find=find_task,
)
