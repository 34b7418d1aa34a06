"""What the contest measured, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["table"]

_MEGA, _GIGA = 1e6, 1e9


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


def _seconds(value: float) -> str:
    return f"{value:,.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _held(ask: Mapping[str, Any]) -> str:
    if not ask["asked"]:
        return ""
    return f"{ask['asked']}: {'held' if ask['held'] else '**not held**'}"


def _agreement(row: Mapping[str, Any]) -> str:
    text: str = row["agreement"]
    return f"**{text}**" if row["equal"] is False else text


def _intro(made: Mapping[str, Any]) -> str:
    machine, sizes, about = made["machine"], made["sizes"], made["material"]
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    real, invented = about["real_words"], about["invented_words"]
    texts = f"{sizes['texts']:,} Marathi texts, {about['distinct_texts']:,} of them distinct"
    return (
        f"{made['date']}, {machine['processor']} ({machine['cores']} cores, "
        f"{machine['memory'] / _GIGA:.0f} GB), Python {machine['python']}; {versions}. "
        f"{real:,} real words and {invented:,} invented inflections × {sizes['dim']} numbers "
        f"({about['vec_bytes'] / _GIGA:.2f} GB as `.vec`); a model of {sizes['model_words']:,} "
        f"words and {sizes['buckets']:,} buckets ({about['model_bytes'] / _GIGA:.2f} GB); {texts}. "
        f"The approximate index was made in {about['index_seconds']:,.0f} s by all cores. "
        f"Medians over {made['rounds']} round{'s' if made['rounds'] > 1 else ''}."
    )


def _comparisons(results: Mapping[str, Any]) -> list[str]:
    lines = [
        "| work | embkit does it as | beside | of its speed, CPU | wall | asked | same answers |",
        "| --- | --- | --- | ---: | ---: | --- | --- |",
    ]
    for row in results["comparisons"]:
        lines.append(
            f"| {row['title']} | {row['own']} | {row['peer']} | {_times(row['cpu'])} × | "
            f"{_times(row['wall'])} × | {_held(row)} | {_agreement(row)} |"
        )
    return lines


def _limits(results: Mapping[str, Any]) -> list[str]:
    lines = ["| figure | measured | asked |", "| --- | ---: | --- |"]
    for row in results["limits"]:
        lines.append(f"| {row['title']} | {row['value']:.3g} {row['unit']} | {_held(row)} |")
    return lines


def _works(results: Mapping[str, Any]) -> list[str]:
    lines = [
        "| | what it does | items | wall s | CPU s | CPU s of the process | peak memory, MB: own | "
        "mapped | resident |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, work in results["works"].items():
        memory = " | ".join(
            f"{work[kind] / _MEGA:,.0f}" for kind in ("anonymous", "mapped", "highest")
        )
        seconds = " | ".join(_seconds(work[kind]) for kind in ("wall", "cpu", "process_cpu"))
        lines.append(f"| {name} | {work['what']} | {work['items']:,} | {seconds} | {memory} |")
    return lines


def table(results: Mapping[str, Any]) -> str:
    """Four parts: on what was measured, the ratios, the absolute figures, all measurements."""
    parts = [
        [_intro(results["made"])],
        _comparisons(results),
        _limits(results),
        _works(results),
    ]
    return "\n\n".join("\n".join(part) for part in parts if len(part) != 2) + "\n"
