"""`embkit check`: whether plugins keep the promises of their records."""

from __future__ import annotations

import contextlib
import json
import os
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embkit.cli import completion
from embkit.errors import EmbkitError, NotFound, PluginError, suggestion

if TYPE_CHECKING:
    from embkit.registry import Plugin, Registry

__all__ = ["check_command"]


def _alike(name: str) -> str:
    """Distributions and modules may be typed with dashes, dots or underscores."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _named(plugins: Registry, typed: str) -> list[Plugin]:
    """The plugins of an entry point, a distribution or a module; raises NotFound."""
    found = [
        plugin
        for plugin in plugins.plugins
        if _alike(typed)
        in {_alike(plugin.name), _alike(plugin.distribution), _alike(plugin.module)}
    ]
    if not found:
        names = {name for plugin in plugins.plugins for name in (plugin.name, plugin.distribution)}
        raise NotFound(
            f"no plugin (see `embkit plugins`) and no folder with a pyproject.toml "
            f"is called '{typed}'"
            f"{suggestion(typed, names)}"
        )
    return found


def _chosen(plugins: Registry, typed: str | None) -> list[Plugin]:
    """The plugins to check; raises NotFound where there is none."""
    if typed is not None:
        return _named(plugins, typed)
    found = [plugin for plugin in plugins.plugins if plugin.distribution != "embkit"]
    if not found:
        raise NotFound("no plugin is installed; `embkit check embkit` checks what embkit brings")
    return found


def _is_folder(typed: str) -> bool:
    """Whether a folder is meant: a name may stand for both, but few folders hold a project."""
    return "/" in typed or os.sep in typed or (Path(typed) / "pyproject.toml").is_file()


@contextlib.contextmanager
def _there(typed: str | None) -> Iterator[str | None]:
    """What was typed as the name of a plugin, which a folder becomes for as long as this lasts."""
    from embkit.local import local_plugin
    from embkit.registry import registry

    if typed is None or not _is_folder(typed):
        yield typed
        return
    with local_plugin(typed) as local:
        loaded = {plugin.distribution for plugin in registry().plugins}
        if local.distribution not in loaded:
            raise NotFound(
                f"'{local.distribution}' is not among the plugins that EMBKIT_PLUGINS allows"
            )
        yield local.distribution


def _sentence(error: Exception) -> str:
    """What went wrong and of which record; of what is no error of embkit also where."""
    if isinstance(error, PluginError):
        return str(error)  # it names its record
    what = str(error)
    if not isinstance(error, EmbkitError):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {what} ({frame.filename}, line {frame.lineno})"
    about = "".join(f"{note}: " for note in getattr(error, "__notes__", ()))
    return " ".join(f"{about}{what}".split())


def _check(plugin: Plugin, specs: Sequence[str], every_task: bool, quiet: bool) -> dict[str, Any]:
    """Check one plugin, line by line as it goes; what was checked, and what does not hold."""
    from embkit.testing import checks

    checked: list[str] = []
    failed = ""
    try:
        for line in checks(plugin.module, specs=specs, every_task=every_task):
            checked.append(line)
            if not quiet:
                click.echo(f"  {line}")
    except Exception as error:  # a plugin may raise anything, and the next one is checked too
        failed = _sentence(error)
        if not quiet:
            click.echo(click.style(f"  failed: {failed}", fg="red"))
    return {
        "plugin": plugin.name, "distribution": plugin.distribution, "version": plugin.version,
        "module": plugin.module, "checked": checked, "failed": failed,
    }  # fmt: skip


@click.command("check")
@click.argument("package", metavar="[PACKAGE|PATH]", required=False,
                shell_complete=completion.plugins)  # fmt: skip
@click.option("-p", "--plugin", "specs", metavar="SPEC", multiple=True,
              shell_complete=completion.providers,
              help="Load a provider that needs an argument by this spec.")  # fmt: skip
@click.option("--every-task", is_flag=True, help="All tasks, not three of each benchmark.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def check_command(
    package: str | None, specs: tuple[str, ...], every_task: bool, as_json: bool
) -> None:
    """Check that a plugin keeps its promises, and print what was checked.

    PACKAGE is an installed plugin, as `embkit plugins` lists it, and PATH the folder of one that
    need not be installed; without either all installed plugins are checked. It ends with 5 when a
    promise does not hold. `embkit.testing.check_plugin` is the same for a test.
    """
    from embkit.registry import registry

    with _there(package) as name:
        plugins = _chosen(registry(), name)
        found: list[dict[str, Any]] = []
        for plugin in plugins:
            # embkit's own plugins are six modules of one distribution.
            if not as_json and plugin.distribution not in {item["distribution"] for item in found}:
                click.echo(click.style(f"{plugin.distribution} {plugin.version}", bold=True))
            found.append(_check(plugin, specs, every_task, as_json))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        click.echo(_total(found))
    if any(item["failed"] for item in found):
        click.get_current_context().exit(PluginError.exit_code)


def _total(found: Sequence[Mapping[str, Any]]) -> str:
    held = sum(len(item["checked"]) for item in found)
    count = len({item["distribution"] for item in found})
    failed = dict.fromkeys(item["distribution"] for item in found if item["failed"])
    checks = "1 check" if held == 1 else f"{held} checks"
    total = f"{checks} of {count} plugin{'' if count == 1 else 's'} passed"
    return f"{total}, and one failed of {', '.join(failed)}" if failed else total
