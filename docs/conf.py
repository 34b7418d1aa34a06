"""How the documentation becomes a site: `make docs`.

The source folder is the repository and not docs/: pages link to benchmarks/README.md and to the
README of a plugin as they do on GitHub, and these are pages of the site too.
"""

from __future__ import annotations

import importlib.metadata
import re
from typing import Any

import embkit

project = "embkit"
author = "the authors of embkit"
release = importlib.metadata.version("embkit")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "benchmarks/*.md", "plugins/*/README.md"]
include_patterns += ["examples/*/README.md"]
exclude_patterns = [".*", "**/.*", "docs/_build"]
myst_heading_anchors = 4
smartquotes = False  # --lang is no dash
default_role = "code"

html_theme = "furo"
html_title = "embkit"
pygments_dark_style = "github-dark"
html_static_path = ["site/static"]
html_css_files = ["embkit.css"]
html_extra_path = ["site/root"]
html_copy_source = False
html_show_copyright = False

autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 60

# A catalogue for each page, so that a translation can grow page by page.
gettext_compact = False
locale_dirs = ["docs/locale"]


# Signatures name types of other projects, whose lists of names are on the network, and inner ones
# of embkit. Only public names, embkit.Task, must lead somewhere.
nitpick_ignore_regex = [("py:.*", r"(?!embkit\.\w+$).*")]

# Where a docstring begins a new thought, after a full stop: at an argument, at what is raised.
PARAGRAPH = re.compile(r"(Raises|Returns|Source:|Checked:|[a-z_]+(, [a-z_]+)*: )")


def public_name(app: Any, env: Any, node: Any, contnode: Any) -> Any:
    """Link a type that a signature names by its module, embkit.records.Task, as embkit.Task."""
    name = node.get("reftarget", "").split(".")[-1]
    if node.get("refdomain") != "py" or name not in embkit.__all__:
        return None
    return env.domains.python_domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], f"embkit.{name}", node, contnode
    )


def readable(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make reStructuredText of a docstring, which is prose: `fit_` is a name and not a link."""
    if what == "module" or name == "embkit.hookimpl":
        lines.clear()  # the page says it, or pluggy does
    for number in range(len(lines) - 1, -1, -1):
        lines[number] = re.sub(r"\b(\w+)_(?=\W)", r"\1\\_", lines[number])
        if number and lines[number - 1].endswith(".") and PARAGRAPH.match(lines[number]):
            lines.insert(number, "")


def parsable(
    app: Any,
    what: str,
    name: str,
    obj: Any,
    options: Any,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show defaults as Python has them: what a dataclass makes anew as ..., and a class by name."""
    if signature:
        signature = re.sub(r"<class '(\w+)'>", r"\1", signature.replace("<factory>", "..."))
    return signature, returns


def as_typed(app: Any, ctx: Any, lines: list[str]) -> None:
    """Show the examples in a help text as code: sphinx-click has them as lines of prose."""
    for number in range(len(lines) - 1, -1, -1):
        if not lines[number].startswith("| "):
            continue
        lines[number] = "   " + lines[number].removeprefix("| ")
        if not (number and lines[number - 1].startswith("| ")):
            lines[number:number] = [".. code-block:: text", ""]


def setup(app: Any) -> None:
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", readable)
    app.connect("autodoc-process-signature", parsable)
    app.connect("sphinx-click-process-description", as_typed)
    app.connect("missing-reference", public_name)
