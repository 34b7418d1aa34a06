"""`embkit doctor`: the state of an installation, for its user and for a bug report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embkit.cli.list import offers
from embkit.errors import InvalidRequest, PluginError

if TYPE_CHECKING:
    from embkit.health import Health

__all__ = ["doctor_command"]

Section = tuple[str, list[tuple[str, str]]]


def _amount(count: int) -> str:
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count / 1e3:.0f} kB"


def _homeless(text: str) -> str:
    """A text without the path of the home folder, which names its user."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _sections(health: Health) -> list[Section]:
    """Headings, and beneath each what is said of what."""
    cache = health.cache
    free = "free disk unknown" if cache.free is None else f"{_amount(cache.free)} free"
    plugins = [
        (f"{plugin.distribution} {plugin.version}", offers(plugin.offers))
        if not plugin.error
        else (f"{plugin.distribution} {plugin.version}", "left out")
        for plugin in health.plugins
    ]
    return [
        (
            "system",
            [
                ("embkit", f"{health.embkit} in {health.folder}"),
                ("python", health.python),
                ("platform", health.platform),
                ("compiler", health.compiler or "none found"),
                ("network", "offline" if health.offline else "used when asked for"),
                ("cache", f"{cache.folder}: {_amount(cache.bytes)} in {cache.files} files, {free}"),
                *health.variables.items(),
            ],
        ),
        ("packages", list(health.packages.items())),
        ("plugins", plugins or [("none", "")]),
        ("notes", [(note, "") for note in health.notes]),
        ("problems", [(problem, "") for problem in health.problems]),
    ]


def _plain(sections: list[Section]) -> str:
    lines = []
    for heading, rows in sections:
        if rows:
            red = "red" if heading == "problems" else None
            lines.append(click.style(heading, bold=True, fg=red))
            width = max(len(name) for name, detail in rows)
            lines += [f"  {name:<{width}}  {detail}".rstrip() for name, detail in rows]
    return "\n".join(lines)


def _markdown(sections: list[Section]) -> str:
    blocks = []
    for heading, rows in sections:
        items = [f"- {name}: {detail}" if detail else f"- {name}" for name, detail in rows]
        if rows:
            blocks.append("\n".join([f"### {heading}", "", *items]))
    return "\n\n".join(blocks)


def _as_json(health: Health) -> dict[str, Any]:
    plugins = [
        {
            "distribution": plugin.distribution, "version": plugin.version, "module": plugin.module,
            "offers": {
                hook.removeprefix("embkit_"): [record.name for record in records]
                for hook, records in plugin.offers.items()
            },
            "error": plugin.error,
        }
        for plugin in health.plugins
    ]  # fmt: skip
    cache = {**vars(health.cache), "folder": str(health.cache.folder)}
    return {
        **vars(health),
        "folder": str(health.folder),
        "plugins": plugins,
        "cache": cache,
    }


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--markdown", is_flag=True, help="For a bug report; your home folder is ~.")
def doctor_command(as_json: bool, markdown: bool) -> None:
    """Show versions, plugins, the cache and what is wrong with them; ends with 5 when anything is.

    Looked for are plugins that were left out, requirements that are not met, packages that own the
    same files, and a cache that cannot be written to.
    """
    from embkit.health import health

    if as_json and markdown:
        raise InvalidRequest("--json and --markdown are two ways to print one thing; choose one")
    found = health()
    sections = _sections(found)
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
    elif markdown:
        click.echo(_homeless(_markdown(sections)))
    else:
        click.echo(_plain(sections) + ("" if found.problems else "\nall is well"))
    if found.problems:
        click.get_current_context().exit(PluginError.exit_code)
