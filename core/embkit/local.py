"""A plugin in a folder, as if it were installed: what its pyproject.toml says, put on the path."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from embkit.errors import InvalidData

__all__ = ["LocalPlugin", "local_plugin", "read_plugin"]


@dataclass(frozen=True, kw_only=True)
class LocalPlugin:
    """What a folder declares.

    modules: of each entry point of the group `embkit`, by its name; places: the folders from which
    they are imported.
    """

    distribution: str
    version: str
    modules: Mapping[str, str]
    places: tuple[Path, ...]


def read_plugin(folder: Path) -> LocalPlugin:
    """Read the pyproject.toml of a plugin; nothing of the plugin is imported.

    Raises InvalidData for a folder that is no plugin, or whose modules are not where they belong:
    in the folder itself or in `src`.
    """
    path = folder / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except FileNotFoundError:
        raise InvalidData(
            "is not there, so this folder is no plugin; `embkit new` writes one", path=path
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidData(f"is no TOML: {error}", path=path) from None
    points = project.get("entry-points", {}).get("embkit", {})
    if not points or "name" not in project:
        raise InvalidData(
            "offers nothing to embkit; a plugin has a [project] with a name, and under "
            "[project.entry-points.embkit] the module with its hooks",
            path=path,
        )
    modules = {name: str(value).split(":")[0].strip() for name, value in points.items()}
    places = {name: _place(folder.resolve(), module) for name, module in modules.items()}
    for name, place in places.items():
        if place is None:
            raise InvalidData(
                f"entry point '{name}' names the module '{modules[name]}', which is neither in "
                f"this folder nor in its 'src'",
                path=path,
            )
    return LocalPlugin(
        distribution=project["name"],
        version=str(project.get("version", "0")),
        modules=modules,
        places=tuple(dict.fromkeys(place for place in places.values() if place)),
    )


def _place(folder: Path, module: str) -> Path | None:
    """The folder from which a module is imported, or None."""
    inside = Path(*module.split("."))
    for place in (folder, folder / "src"):
        if (place / inside / "__init__.py").is_file() or (place / f"{inside}.py").is_file():
            return place
    return None


@contextlib.contextmanager
def local_plugin(folder: str | os.PathLike[str]) -> Iterator[LocalPlugin]:
    """A plugin's folder as if it were installed, also for processes that are started meanwhile.

    It stands before an installed one of the same name. Raises InvalidData as `read_plugin` does.
    """
    plugin = read_plugin(Path(folder))
    before, variable = list(sys.path), os.environ.get("PYTHONPATH")
    with tempfile.TemporaryDirectory(prefix="embkit-local-") as site:
        _write_metadata(plugin, Path(site))
        front = [site, *map(str, plugin.places)]
        sys.path[:0] = front
        os.environ["PYTHONPATH"] = os.pathsep.join([*front, *([variable] if variable else [])])
        importlib.invalidate_caches()
        try:
            yield plugin
        finally:
            sys.path[:] = before
            if variable is None:
                del os.environ["PYTHONPATH"]
            else:
                os.environ["PYTHONPATH"] = variable
            _forget(plugin)


def _write_metadata(plugin: LocalPlugin, site: Path) -> None:
    """What an installer leaves beside a package, as far as embkit reads it."""
    name = plugin.distribution.replace("-", "_")
    about = site / f"{name}-{plugin.version}.dist-info"
    about.mkdir()
    about.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {plugin.distribution}\nVersion: {plugin.version}\n",
        encoding="utf-8",
    )
    lines = "".join(f"{name} = {module}\n" for name, module in plugin.modules.items())
    about.joinpath("entry_points.txt").write_text(f"[embkit]\n{lines}", encoding="utf-8")


def _forget(plugin: LocalPlugin) -> None:
    """Another folder may bring modules of the same names."""
    tops = {module.split(".")[0] for module in plugin.modules.values()}
    for name in list(sys.modules):
        if name.split(".")[0] in tops:
            del sys.modules[name]
    importlib.invalidate_caches()
