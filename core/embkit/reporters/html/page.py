"""The page: one file that needs nothing else, and a policy under which nothing foreign can act."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from importlib.resources import files

from embkit.languages.names import find_name
from embkit.reporters.cells import title
from embkit.reporters.html.findings import environments, found_faults
from embkit.reporters.html.island import island
from embkit.reporters.html.leaderboard import leaderboard, ordered_specs, standings, verdict
from embkit.reporters.html.markup import shown
from embkit.reporters.html.scores import scores
from embkit.reporters.html.tasks import task_parts
from embkit.results import Results

__all__ = ["page", "policy"]

_FIELDS = ("language", "domain", "evaluator", "licence")


def _file(name: str) -> str:
    return files("embkit.reporters.html").joinpath(name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() + "'"


def policy(scripts: Iterable[str], style: str, *, live: bool) -> str:
    """The content security policy: these scripts and this style alone, and no connection.

    live: the page may ask the server that it came from.
    """
    parts = [
        "default-src 'none'",
        f"script-src {' '.join(map(_digest, scripts))}",
        f"style-src {_digest(style)}",
        "img-src data:",
        *(["connect-src 'self'"] if live else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def _languages(results: Results) -> str:
    tags = sorted({str(result.task["language"]) for result in results})
    named = [found.english if (found := find_name(tag)) else tag for tag in tags]
    if not named:
        return "nothing"
    first, last = named[:-1], named[-1]
    if len(named) > 4:
        first, last = named[:4], f"{len(named) - 4} more"
    return f"{', '.join(first)} and {last}" if first else last


def _choices(results: Results) -> str:
    """What tasks may be chosen by; without a script nothing can be chosen, and nothing is shown."""
    tasks = [results.of(row)[0].task for row in results.rows]
    fields = []
    for name in _FIELDS:
        values = sorted({str(task.get(name, "")) or "none stated" for task in tasks})
        if len(values) > 1:
            options = "".join(f"<option>{shown(value)}</option>" for value in values)
            fields.append(
                f'<label>{name}<select data-by="{name}"><option value="">all</option>{options}'
                "</select></label>"
            )
    return (
        f'<div class="choose" role="search" aria-label="Choose tasks" hidden>{"".join(fields)}'
        '<label>task<input type="search" data-by="text" placeholder="part of a name"></label>'
        '<button type="button" id="all">all tasks</button>'
        f'<p role="status" id="said">{len(tasks)} rows</p></div>'
    )


def _pareto() -> str:
    figures = "".join(
        f'<figure class="chart" data-chart="pareto" data-of="{kind}">'
        f'<figcaption>{told}</figcaption><div class="plot"></div></figure>'
        for kind, told in (
            ("speed", "Quality against speed: further right is faster."),
            ("bytes", "Quality against size: further left is smaller."),
        )
    )
    return (
        '<section id="cost"><h2>Quality against cost</h2><div class="choose" hidden><label>quality'
        '<select id="quality"></select></label></div><p class="dim">The line joins the providers '
        "that no other beats in both. The numbers stand in the tables of providers and scores.</p>"
        f'<div class="pair">{figures}</div></section>'
    )


def _left_out(results: Results) -> str:
    found = standings(results)
    if found is None or not found.left_out:
        return ""
    named = ", ".join(f"{shown(spec)} ({count})" for spec, count in found.left_out.items())
    return f" Without a rank, for having less than half of the tasks: {named}."


def _sections(results: Results, specs: Sequence[str]) -> str:
    found = standings(results)
    if found:
        about = (
            "Mean rank over the tasks that all of these providers have, by the default protocol; "
            "its interval is that with other tasks like these. Marked are those that cannot be "
            f"told from the best.{_left_out(results)}"
        )
    else:
        about = "Nobody is ranked: no task has the scores of two providers by the default protocol."
    return (
        f'<section id="board"><h2>Providers</h2><p class="dim">{about}</p>'
        f"{leaderboard(results, specs)}</section>"
        f'<section id="scores"><h2>Scores</h2><p class="dim"><b class="lead">Bold</b> is the best, '
        'told apart from every other; <span class="tie">underlined</span> is tied with the best '
        "(paired tests, Holm, 5 %). The line is the 95 % interval on an axis of the task, the "
        "stroke its highest floor; † is not above it. A percentage is coverage.</p>"
        f"{scores(results, specs)}</section>"
        f"{_pareto()}"
        f'<section id="tasks"><h2>Tasks</h2>{task_parts(results)}</section>'
        f'<section id="known"><h2>What was found</h2>{found_faults(results)}</section>'
        f'<section id="repeat"><h2>Environment and how to repeat it</h2>{environments(results)}'
        "</section>"
    )


def page(results: Results, *, live: bool = False) -> str:
    """The results as one page of HTML. live: it loads itself again when the results change."""
    specs = ordered_specs(results)
    style = _file("page.css")
    library = _file("vendor/charts.min.js")
    scripts = [_file("page.js"), *([_file("live.js")] if live else [])]
    heading = f"Embeddings for {_languages(results)}"
    written = "".join(f"<script>{script}</script>" for script in scripts)
    allowed = policy([library, *scripts], style, live=live)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
        f"<title>{shown(heading)}</title><style>{style}</style></head><body>"
        f'<header><p class="mark">embkit report</p><h1>{shown(heading)}</h1>'
        f'<p class="dim">{shown(title(results))}</p>'
        f'<p id="verdict">{verdict(results)}</p></header>'
        f"{_choices(results)}<main>{_sections(results, specs)}</main>"
        "<footer><details><summary>Licences of what draws the charts</summary><pre tabindex=0>"
        f"{html.escape(_file('vendor/LICENSES.txt'))}</pre></details></footer>"
        '<div id="tip" role="tooltip" hidden></div>'
        f'<script type="application/json" id="data">{island(results, specs)}</script>'
        f'<script type="text/plain" id="library">{library}</script>{written}</body></html>\n'
    )
