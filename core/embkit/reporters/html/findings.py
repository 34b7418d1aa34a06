"""What a reader must know, the environment, and the commands that measure it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from embkit.reporters.cells import notes
from embkit.reporters.html.markup import shown
from embkit.results import Result, Results

__all__ = ["commands", "environments", "found_faults"]


def found_faults(results: Results) -> str:
    """What was found when reading and measuring, and the faults that are known of each task."""
    lines = [f"<li>{_code(line)}</li>" for line in notes(results)]
    known = {r.task_id: str(r.task["notes"]) for r in results if r.task.get("notes")}
    listed = "".join(
        f"<div><dt>{shown(task)}</dt><dd>{shown(note, 2000)}</dd></div>"
        for task, note in known.items()
    )
    more = (
        f"<details><summary>Known faults and limits of {len(known)} tasks</summary>"
        f"<dl>{listed}</dl></details>"
        if known
        else ""
    )
    return f"<ul>{''.join(lines)}</ul>{more}"


def _code(line: str) -> str:
    """A line with what stands between backquotes as code."""
    parts = shown(line, 2000).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def commands(results: Results) -> list[str]:
    """The commands that measure the same again, one for each protocol, seed and limit."""
    runs: dict[str, list[Result]] = {}
    for result in results:
        runs.setdefault(json.dumps(dict(result.protocol), sort_keys=True), []).append(result)
    lines = []
    for members in runs.values():
        protocol = members[0].protocol
        options = dict(protocol["options"])
        limit = options.pop("limit", 0)
        name = str(protocol["id"])
        if options:
            name += "?" + "&".join(f"{key}={value}" for key, value in options.items())
        words = ["embkit", "eval"]
        for spec in dict.fromkeys(result.spec for result in members):
            words += ["-p", spec]
        for task in dict.fromkeys(result.task_id for result in members):
            words += ["-t", task]
        words += ["--protocol", name] if name != "default" else []
        words += ["--seed", str(protocol["seed"])] if protocol["seed"] else []
        words += ["--limit", str(limit)] if limit else []
        lines.append(" ".join(shlex.quote(word) for word in words))
    return lines


def _packages(results: Sequence[Result]) -> list[str]:
    """The distributions that measured, as pip takes them."""
    versions = {}
    for result in results:
        name, _, version = str(result.provider.get("plugin", "")).partition(" ")
        if name and version:
            versions[name] = version
        if own := result.environment.get("embkit"):
            versions["embkit"] = str(own)
    return [f"{name}=={version}" for name, version in sorted(versions.items())]


def environments(results: Results) -> str:
    """What measured, on what, and the commands."""
    kinds: dict[str, list[Result]] = {}
    for result in results:
        kinds.setdefault(json.dumps(dict(result.environment), sort_keys=True), []).append(result)
    pieces = []
    for members in kinds.values():
        facts = "".join(
            f"<div><dt>{shown(name)}</dt><dd>{shown(value)}</dd></div>"
            for name, value in members[0].environment.items()
            if value
        )
        some = f"<h3>{len(members)} of {len(results)} results</h3>" if len(kinds) > 1 else ""
        pieces.append(f"{some}<dl>{facts}</dl>")
    lines = []
    if packages := _packages(results):
        lines.append("pip install " + " ".join(shlex.quote(package) for package in packages))
    lines += commands(results)
    written = "\n\n".join(shown(line, 60_000) for line in lines)
    return (
        f"{''.join(pieces)}<p class=dim>To measure the same again:</p>"
        f"<pre tabindex=0><code>{written}</code></pre>"
    )
