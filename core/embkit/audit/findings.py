"""From splits to findings: every check, in the order in which its findings are read."""

from __future__ import annotations

from collections.abc import Sequence

from embkit.audit.kinds import KINDS
from embkit.audit.labels import label_faults, labels_of
from embkit.audit.near import near
from embkit.audit.repeats import repeats, shared
from embkit.audit.sound import Finding, Sound, unusable
from embkit.audit.splits import Split
from embkit.audit.texts import text_faults
from embkit.records import Language

__all__ = ["audit"]


def audit(splits: Sequence[Split], language: Language) -> list[Finding]:
    """All findings, by kind in the order of `KINDS`.

    Texts are the same when they differ in white space and Unicode form only. language: how texts
    are cut into words, to find those that are nearly the same.
    """
    sound = [Sound(split) for split in splits]
    found: list[Finding] = []
    for one in sound:
        found += [*unusable(one), *repeats(one), *label_faults(one), *text_faults(one)]
    for source in dict.fromkeys(split.source for split in splits):
        found += labels_of([one for one in sound if one.split.source == source])
    for number, second in enumerate(sound):
        for first in sound[:number]:
            found += shared(first, second)
    found += near(sound, language)
    order = list(KINDS)
    return sorted(found, key=lambda finding: order.index(finding.kind))
