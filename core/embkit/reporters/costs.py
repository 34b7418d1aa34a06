"""What each provider costs, over all of its results, as numbers to sort and draw by."""

from __future__ import annotations

from dataclasses import dataclass

from embkit.results import Results

__all__ = ["Cost", "costs"]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Length of a vector, bytes of the model, texts a second, seconds to load, peak memory.

    model_bytes: None where the embedder does not tell, as texts_per_second where nothing was timed.
    """

    dim: int
    model_bytes: int | None
    texts_per_second: float | None
    load_seconds: float
    peak_bytes: int


def costs(results: Results) -> dict[str, Cost]:
    """By spec; a provider without a score has none."""
    found = {}
    for spec in results.specs:
        done = [r for r in results if r.spec == spec and r.ok and r.cost]
        if not done:
            continue
        seconds = sum(r.cost["embed_seconds"] for r in done)
        texts = sum(r.cost["embed_seconds"] * r.cost["texts_per_second"] for r in done)
        sizes = [r.cost["model_bytes"] for r in done if r.cost.get("model_bytes") is not None]
        found[spec] = Cost(
            dim=int(done[0].provider["dim"]),
            model_bytes=max(sizes, default=None),
            texts_per_second=texts / seconds if seconds else None,
            load_seconds=max(r.cost["load_seconds"] for r in done),
            peak_bytes=max(r.cost["peak_bytes"] for r in done),
        )
    return found
