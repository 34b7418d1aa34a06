"""What can be found, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["KINDS", "Kind"]


class Kind(NamedTuple):
    """One kind of finding: what it is, what embkit does about it, what its reader can do."""

    summary: str
    embkit: str
    remedy: str


_AS_IT_IS = "scores the data as they are"
_BESIDE = f"{_AS_IT_IS}, and data of your own (eval --data) also without, as NAME-dedup"
_LEFT_OUT = "leaves them out and counts them in every result"

# In the order in which they are reported.
KINDS: Mapping[str, Kind] = {
    "stray-header": Kind(
        "rows that repeat the header", _LEFT_OUT, "delete them: files were joined, header and all"
    ),
    "empty-text": Kind("rows without a text", _LEFT_OUT, "restore the texts or delete the rows"),
    "unscored": Kind(
        "rows without a label or score", _LEFT_OUT, "label them, or say how many rows are scored"
    ),
    "left-out": Kind(
        "rows that a task leaves out when it is loaded",
        "counts them in every result; the files hold them still",
        "audit its files as well: `embkit fetch -t TASK` prints where they lie",
    ),
    "leak": Kind(
        "rows of a later split that stand in an earlier one",
        _BESIDE,
        "delete them from train, or score without them",
    ),
    "overlap": Kind(
        "data that hold rows of other data",
        _AS_IT_IS,
        "do not train on one to test on the other, nor count both as two findings",
    ),
    "copy": Kind("the same data under two names", _AS_IT_IS, "use one of them"),
    "contradiction": Kind(
        "one text with several labels or scores",
        f"{_BESIDE} (the first label stays)",
        "decide on one label; no score can reach 1 as it is",
    ),
    "repeat": Kind("rows that stand more than once", _BESIDE, "keep each once"),
    "near-leak": Kind(
        "rows of a later split that are nearly rows of an earlier one",
        _AS_IT_IS,
        "read the examples; delete what is the same text again from train",
    ),
    "near-repeat": Kind(
        "rows that are nearly an earlier row", _AS_IT_IS, "read the examples; keep each text once"
    ),
    "few-texts": Kind(
        "a label carried by few distinct texts",
        _BESIDE,
        "collect more texts; report the label's score apart",
    ),
    "imbalance": Kind(
        "labels that are rare beside others",
        "records macro F1 beside accuracy, and the majority as a floor",
        "read macro F1; a label of few rows has no score of its own",
    ),
    "label-spelling": Kind(
        "labels that differ in case or spaces only",
        "takes them for several labels, spaces around one aside",
        "write one way",
    ),
    "unseen-label": Kind(
        "labels of a later split that train lacks",
        "counts each such row as an error",
        "add such rows to train or leave the label out",
    ),
    "units": Kind(
        "questions made of fewer word pairs",
        "draws word pairs, not questions, for the interval",
        "quote the number of pairs beside that of questions",
    ),
    "degenerate": Kind(
        "a text paired with itself, a question with a repeated word",
        _AS_IT_IS,
        "delete them: they ask nothing",
    ),
    "not-nfc": Kind(
        "texts in another Unicode form than NFC",
        "normalises texts to NFC where a language's words are cut",
        "write the file in NFC, for programs that do not",
    ),
    "invisible": Kind(
        "texts with invisible or control characters",
        "keeps joiners where they show, when a language's plugin knows them",
        "look at the examples: joiners may belong there, the rest does not",
    ),
    "mojibake": Kind(
        "texts read in another encoding than they were written in",
        _AS_IT_IS,
        "make the file anew from its source; ftfy can undo most of it",
    ),
    "other-script": Kind(
        "texts without a letter of the script that most are written in",
        _AS_IT_IS,
        "see whether they are in the language at all",
    ),
    "look-alike": Kind(
        "words of Latin letters with Greek or Cyrillic ones among them",
        _AS_IT_IS,
        "replace the letters that only look alike",
    ),
    "length": Kind(
        "texts far longer or shorter than the others",
        _AS_IT_IS,
        "see whether rows were joined or cut",
    ),
}
