"""`embkit map`: the texts of a task as a picture, a panel for each provider."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embkit.cli import completion
from embkit.cli.choose import chosen_specs, say, warn_left_out
from embkit.errors import InvalidRequest

if TYPE_CHECKING:
    from embkit.records import Benchmark, Task
    from embkit.registry import Registry

__all__ = ["map_command"]


@click.command("map")
@click.argument("task_id", metavar="TASK", shell_complete=completion.tasks)
@click.option(
    "-p", "--plugin", "specs", multiple=True, required=True, metavar="SPEC",
    shell_complete=completion.providers,
    help="A provider, a panel for each. Repeat.",
)  # fmt: skip
@click.option(
    "-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="The picture to write: .svg or .png.",
)  # fmt: skip
@click.option(
    "--method", type=click.Choice(["tsne", "pca"]), default="tsne", show_default=True,
    help="t-SNE, or the first two principal components.",
)  # fmt: skip
@click.option(
    "--points", type=click.IntRange(min=1), default=2000, show_default=True,
    help="Draw at most so many texts, chosen by the seed.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--offline", is_flag=True, help="Never open a connection.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def map_command(
    task_id: str,
    specs: Sequence[str],
    out: Path,
    method: str,
    points: int,
    seed: int,
    offline: bool,
    quiet: bool,
) -> None:
    """Draw the texts of TASK on a plane, coloured by their labels.

    Beside each provider stands the trustworthiness of its picture: how far the nearest points are
    the nearest vectors. Of t-SNE, sizes of clusters and distances between them mean nothing.
    """
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("svg", "png"):
        raise InvalidRequest(f"'{out}' must end in .svg or .png, which tells the format")
    from embkit.cache import atomic_write
    from embkit.drawing import draw
    from embkit.embedding import embed_texts, load
    from embkit.evaluate import load_dataset
    from embkit.maps import PERPLEXITY, labelled_texts, place
    from embkit.records import Setting
    from embkit.registry import registry

    plugins = registry()
    warn_left_out(plugins)
    benchmark, task = _only(plugins, task_id)
    providers = chosen_specs(plugins, specs, [(benchmark, task)])
    language = plugins.language(benchmark.language)
    setting = Setting(language=language, task=task_id, seed=seed)
    dataset = load_dataset(task, offline=offline, progress=not quiet)
    texts, labels, count = labelled_texts(dataset, points, setting.generator("map"))
    maps = []
    for spec in providers:
        if not quiet:
            say(f"{spec}: {len(texts):,} texts")
        loaded = load(plugins, spec, language, offline=offline, progress=not quiet)
        rows = embed_texts(loaded, texts)
        maps.append(place(spec, rows, labels, method=method, seed=setting.seed_for(method)))
    told = f"t-SNE, perplexity at most {PERPLEXITY}" if method == "tsne" else "principal components"
    caption = [
        f"{len(texts):,} of {count:,} texts" if len(texts) < count else f"{count:,} texts",
        *(f"{one.unknown:,} without a vector in {one.spec}" for one in maps if one.unknown),
        told,
        f"seed {seed}",
        *(["distances between clusters mean nothing"] if method == "tsne" else []),
    ]
    atomic_write(out, draw(maps, title=task_id, caption=caption, kind=kind))
    for one in maps:
        lacking = f", {one.unknown:,} texts without a vector" if one.unknown else ""
        click.echo(f"{one.spec}: trustworthiness {one.trust:.3f}{lacking}")


def _only(plugins: Registry, task_id: str) -> tuple[Benchmark, Task]:
    """The task of an id; raises NotFound, or InvalidRequest for a pattern of several."""
    found = plugins.tasks(task_id, language="", domain="")
    if len(found) != 1:
        names = ", ".join(f"{benchmark.name}/{task.name}" for benchmark, task in found[:5])
        raise InvalidRequest(f"a map is of one task; '{task_id}' matches {names or 'none'}")
    return found[0]
