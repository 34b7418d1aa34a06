"""What is installed, where embkit keeps its things, and what of it will not work."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embkit.cache import cache_dir
from embkit.errors import PluginError
from embkit.fetching import is_offline
from embkit.registry import Plugin, registry

__all__ = ["Cache", "Health", "health"]

# What embkit and its plugins stand on, in the order a bug report is read in.
_PACKAGES = (
    "numpy", "scipy", "scikit-learn", "pyarrow", "regex", "click", "pluggy", "rich", "pandas",
    "torch", "transformers", "tokenizers", "safetensors", "huggingface-hub", "onnxruntime", "babel",
    "fasttext", "gensim", "usearch", "matplotlib", "mteb", "mteb-core",
)  # fmt: skip
# Distributions that own the same files: the one installed last has overwritten half of the other.
_TWINS = (("mteb", "mteb-core"), ("onnxruntime", "onnxruntime-gpu"), ("fasttext", "fasttext-wheel"))
_COMPILERS = ("c++", "g++", "clang++", "cl")
_LITTLE = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Cache:
    """The cache folder: bytes and files in it, and bytes that are free on its disk.

    free is None where the disk does not say. writable: whether a file can be made in it, or the
    folder itself if it is not there yet.
    """

    folder: Path
    bytes: int
    files: int
    free: int | None
    writable: bool


@dataclass(frozen=True, kw_only=True)
class Health:
    """The state of an installation.

    packages: versions by name, of what is installed. variables: the EMBKIT_… that are set.
    compiler: its path, or "". problems: what will fail, each with its remedy; notes: what is good
    to know.
    """

    embkit: str
    python: str
    platform: str
    folder: Path
    packages: Mapping[str, str]
    plugins: Sequence[Plugin]
    cache: Cache
    offline: bool
    compiler: str
    variables: Mapping[str, str]
    problems: Sequence[str] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)


def health() -> Health:
    """Look at everything; nothing is fetched, and no package of a plugin's is imported."""
    plugins, problems = _plugins()
    packages = {name: version for name in _PACKAGES if (version := _version(name))}
    cache = _cache(cache_dir())
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), "")
    variables = {
        name: value for name, value in sorted(os.environ.items()) if name.startswith("EMBKIT_")
    }
    problems += [
        *_unmet(["embkit", *dict.fromkeys(plugin.distribution for plugin in plugins)]),
        *_twins(),
        *_disk(cache),
    ]
    return Health(
        embkit=importlib.metadata.version("embkit"),
        python=platform.python_version(),
        platform=f"{platform.platform()}, {os.cpu_count()} cores",
        folder=Path(__file__).parent,
        packages=packages,
        plugins=plugins,
        cache=cache,
        offline=is_offline(),
        compiler=compiler,
        variables=variables,
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(_notes(plugins, cache, compiler, variables)),
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _plugins() -> tuple[list[Plugin], list[str]]:
    """The plugins beside embkit's own, and what is wrong with them.

    Where two claim one name, so that nothing can be loaded, they are listed without their offers.
    """
    try:
        found = [plugin for plugin in registry().plugins if plugin.distribution != "embkit"]
    except PluginError as error:
        points = sorted(importlib.metadata.entry_points(group="embkit"))
        found = [
            Plugin(
                name=point.name,
                distribution=point.dist.name if point.dist else point.module,
                version=point.dist.version if point.dist else "",
                module=point.module,
            )
            for point in points
        ]
        return found, [str(error)]
    return found, [
        f"plugin '{plugin.distribution}' was left out: {plugin.error}"
        for plugin in found
        if plugin.error
    ]


def _unmet(distributions: Sequence[str]) -> Iterator[str]:
    """Requirements that what is installed does not meet; of extras only where it is installed."""
    from packaging.requirements import Requirement

    for distribution in distributions:
        try:
            about = importlib.metadata.distribution(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue  # a module on the path without metadata: there is nothing to hold it to
        extras = about.metadata.get_all("Provides-Extra") or []
        for text in about.requires or []:
            need = Requirement(text)
            always = need.marker is None or need.marker.evaluate({"extra": ""})
            optional = need.marker and any(need.marker.evaluate({"extra": e}) for e in extras)
            found = _version(need.name)
            if (always and not found) or (
                found and (always or optional) and not need.specifier.contains(found, True)
            ):
                there = f"{found} is installed" if found else "it is not installed"
                yield (
                    f"{distribution} needs {need.name} {need.specifier} and {there}: "
                    f"pip install '{need.name}{need.specifier}'"
                )


def _twins() -> Iterator[str]:
    for one, other in _TWINS:
        if _version(one) and _version(other):
            yield (
                f"{one} and {other} own the same files, and both are installed: "
                f"pip uninstall {one} {other}, then install one of them"
            )


def _cache(folder: Path) -> Cache:
    sizes = []
    for path in folder.rglob("*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):  # another process may take it away
            if path.is_file():
                sizes.append(path.stat().st_size)
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        free: int | None = shutil.disk_usage(there).free
    except OSError:
        free = None
    return Cache(
        folder=folder,
        bytes=sum(sizes),
        files=len(sizes),
        free=free,
        writable=there.is_dir() and os.access(there, os.W_OK),
    )


def _disk(cache: Cache) -> Iterator[str]:
    if not cache.writable:
        yield (
            f"the cache folder {cache.folder} cannot be written to: mend its permissions, or name "
            "another in EMBKIT_CACHE"
        )


def _notes(
    plugins: Sequence[Plugin], cache: Cache, compiler: str, variables: Mapping[str, str]
) -> Iterator[str]:
    if "EMBKIT_PLUGINS" in variables:
        yield (
            f"EMBKIT_PLUGINS is '{variables['EMBKIT_PLUGINS']}': no plugin beside those is loaded"
        )
    elif not plugins:
        yield "no plugin is installed: pip install 'embkit[mr]' brings those for Marathi"
    if is_offline():
        yield "EMBKIT_OFFLINE is set: no connection is opened"
    if cache.free is not None and cache.free < _LITTLE:
        yield f"less than 1 GB is free on the disk of the cache, {cache.folder}"
    readers = {plugin.distribution for plugin in plugins}
    if not compiler and not _version("fasttext") and "embkit-fasttext" in readers:
        yield (
            "there is no C++ compiler, so the package fasttext cannot be built where it has no "
            "wheel: `embkit train fasttext` is all that needs it"
        )
    if (sys.stdout.encoding or "").lower().replace("-", "") not in ("utf8", ""):
        yield (
            f"the terminal takes {sys.stdout.encoding}, which has not all letters: set PYTHONUTF8=1"
        )
