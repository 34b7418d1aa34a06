"""The README of a distillation: for whoever finds the folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["distilled_card"]

_SAID = {
    "input": "the rows of its input layer, for each word the mean of its pieces",
    "aggregate": "what it makes of a word in sentences (Bommasani et al. 2020)",
    "x2static": "trained to tell the sentences that a word stands in (X2Static, Gupta and Jaggi "
    "2021)",
    "pca": "each piece of its tokenizer read alone, in fewer dimensions, weighted by rank (the "
    "recipe of model2vec, Tulkens and van Dongen 2024)",
}


def distilled_card(record: Mapping[str, Any]) -> str:
    """Encoder, text, settings, licence and the command that makes it again."""
    encoder, corpus, language = record["encoder"], record.get("corpus"), record["language"]["name"]
    what = "pieces" if record["method"] == "pca" else "words"
    lines = ["---", f"language: {language}"]
    if record["licence"]:
        lines.append(f"license: {record['licence']}")
    lines += [
        "tags: [embkit, static-embeddings]", "---", "",
        f"# Static vectors: {language}", "",
        f"{record['words']:,} {what} of {record['dim']} numbers, taken by embkit out of an "
        f"encoder: {_SAID[record['method']]}.", "",
        f"- Encoder: `{encoder['source']}`, fingerprint {encoder['fingerprint']}.",
    ]  # fmt: skip
    if corpus:
        left_out = ", ".join(f"{n:,} {why}" for why, n in sorted(corpus["left_out"].items()))
        lines.append(
            f"- Text: {corpus['lines']:,} lines, {corpus['tokens']:,} words; sha256 of the kept "
            f"lines {corpus['sha256']}; left out: {left_out or 'nothing'}."
        )
    settings = ", ".join(f"{name} {value}" for name, value in record["settings"].items())
    lines += [
        f"- Settings: {settings}.", f"- Licence: {record['licence'] or 'not stated'}.", "",
        "To make it again, and to measure it:", "",
        f"    {record['command']}", f"    embkit eval --lang {language} -p static:DIR", "",
    ]  # fmt: skip
    return "\n".join(lines)
