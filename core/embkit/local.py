"""A plugin in a folder, as if it were installed: what its pyproject.toml says, put on the path."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embkit.errors import InvalidData

__all__ = ["LocalPlugin", "local_plugin", "read_plugin"]

# As package indexes have it. Both become names of files, and a path must not come of them.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")


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

    Raises InvalidData for a folder that is no plugin, whose name or version is none, or whose
    modules are not where they belong: in the folder itself or in `src`.
    """
    path = folder / "pyproject.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InvalidData(
            "is not there, so this folder is no plugin; `embkit new` writes one", path=path
        ) from None
    except OSError as error:
        raise InvalidData(f"cannot be read: {error.strerror}", path=path) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidData(f"is no TOML: {error}", path=path) from None
    project = _table(content, "project", path)
    points = _table(_table(project, "entry-points", path), "embkit", path)
    if not points or "name" not in project:
        raise InvalidData(
            "offers nothing to embkit; a plugin has a [project] with a name, and under "
            "[project.entry-points.embkit] the module with its hooks",
            path=path,
        )
    name, version = project["name"], str(project.get("version", "0"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidData(
            f"{name!r} cannot name a package: take letters a to z, digits, '.', '_' and '-'",
            path=path,
        )
    if not _VERSION.fullmatch(version):
        raise InvalidData(f"{version!r} is no version, such as 0.1", path=path)
    modules = {point: str(value).split(":")[0].strip() for point, value in points.items()}
    places = {point: _place(folder.resolve(), module) for point, module in modules.items()}
    for point, place in places.items():
        if place is None:
            raise InvalidData(
                f"entry point '{point}' names the module '{modules[point]}', which is neither in "
                f"this folder nor in its 'src'",
                path=path,
            )
    return LocalPlugin(
        distribution=name,
        version=version,
        modules=modules,
        places=tuple(dict.fromkeys(place for place in places.values() if place)),
    )


def _table(content: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    found = content.get(key, {})
    if not isinstance(found, Mapping):
        raise InvalidData(f"expected a table '{key}', got {found!r}", path=path)
    return found


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
