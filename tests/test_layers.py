"""A module imports only what stands below it."""

from __future__ import annotations

import ast
from pathlib import Path

import embkit
import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core/embkit"
# From the bottom: a module may import those above it in this list and its own line.
LAYERS = [
    ("errors", "memory", "progress", "local"),
    ("vectors", "predictions", "ngrams", "text", "cache"),
    ("datasets",),
    ("records",),
    (
        "hookspecs",
        "spec",
        "fetching",
        "statistics",
        "pairing",
        "ranking",
        "wordstore",
        "rows",
        "pinned",
        "hub_models",
        "search",
        "word_options",
        "pooling",
    ),
    ("texts", "vector_files"),
    ("languages", "cutting", "words", "results", "spelling", "compress", "own_tables", "coverage"),
    ("neighbors", "approximate", "audit", "maps"),
    ("keyed", "own_data", "drawing"),
    ("evaluators", "reporters", "providers", "benchmarks"),
    ("protocols",),
    ("registry",),
    ("embedding", "scaffold", "health"),
    (
        "evaluate",
        "loading",
        "comparable",
        "parts",
        "hard_items",
        "contests",
        "places",
        "mapped",
        "details",
        "compare",
        "serving",
    ),
    ("cli", "testing", "sklearn"),
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def imports(path: Path) -> set[str]:
    """Modules that a file imports when it runs: what stands under TYPE_CHECKING is for readers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def part(module: str) -> str:
    return module.split(".")[1] if module.startswith("embkit.") else ""


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda p: str(p.relative_to(CORE)))
def test_a_module_of_core_imports_only_what_stands_below_it(path):
    own = path.relative_to(CORE).parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    for module in imports(path):
        other = part(module)
        if other in LEVEL and other != own:
            assert LEVEL[other] <= LEVEL[own], f"{path.name} imports {module}"


@pytest.mark.parametrize(
    "folder", sorted((ROOT / "plugins").glob("*/embkit_*")), ids=lambda p: p.name
)
def test_a_plugin_imports_only_plugins_it_declares(folder):
    declared = folder.parent.joinpath("pyproject.toml").read_text(encoding="utf-8")
    for path in folder.rglob("*.py"):
        for module in imports(path):
            top = module.split(".")[0]
            if top.startswith("embkit_") and top != folder.name:
                assert f'"{top.replace("_", "-")}>=' in declared, f"{path.name} imports {module}"


def test_no_public_name_is_a_module_which_importing_would_put_in_its_place():
    modules = {path.stem for path in CORE.iterdir()}
    assert not modules & set(embkit.__all__)
