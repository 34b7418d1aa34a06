"""What is wrong with labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from embkit.audit.sound import Finding, Sound
from embkit.text import clean, fold_case

__all__ = ["label_faults", "labels_of"]

# A label of fewer rows tells nothing about repeats; one of fewer than a tenth of the rows of the
# largest is rare.
_ENOUGH_ROWS = 20
_RARE = 10


def label_faults(one: Sound) -> Iterator[Finding]:
    """Labels that few texts carry."""
    if one.split.labelled != "label" or one.questions:
        return
    rows: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(one.rows):
        rows[row.label].append(position)
    for label, positions in rows.items():
        texts = Counter(one.keys[i] for i in positions)
        if len(positions) >= _ENOUGH_ROWS and 2 * len(texts) < len(positions):
            examples = [
                one.example(one.places[key][0], f"× {n:,}") for key, n in texts.most_common()
            ]
            yield one.finding(
                "few-texts",
                f"the {len(positions):,} rows of '{label}' hold {len(texts):,} distinct texts",
                examples,
                len(positions),
            )
    largest = max((len(positions) for positions in rows.values()), default=0)
    rare = {label: p for label, p in rows.items() if _RARE * len(p) < largest}
    if rare:
        said = ", ".join(f"{label} {len(p):,}" for label, p in rare.items())
        head = max(rows, key=lambda label: len(rows[label]))
        what = f"of {len(rows)} labels, {head} has {largest:,} rows and {said}"
        yield one.finding("imbalance", what, (), sum(map(len, rare.values())))


def labels_of(sound: Sequence[Sound]) -> Iterator[Finding]:
    """Labels of the splits of one source beside each other."""
    named = [one for one in sound if one.split.labelled == "label" and not one.questions]
    spellings: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in named:
        for label, count in one.split.labels.items():
            spellings[fold_case(clean(label)).strip()][label] += count
    for ways in spellings.values():
        if len(ways) > 1:
            said = ", ".join(f"'{label}' × {count:,}" for label, count in ways.items())
            rare = min(ways, key=lambda label: ways[label])
            one = next(one for one in named if rare in one.split.labels)
            rows = [one.shown(row, row.label) for row in one.rows if row.label == rare]
            yield one.finding("label-spelling", f"one label in several spellings: {said}", rows)
    train = [one for one in named if one.split.role == "train"]
    known = {label for one in train for label in one.split.labels}
    for one in named:
        unseen = {label for label in one.split.labels if train and label not in known}
        if unseen:
            rows = [one.shown(row, row.label) for row in one.rows if row.label in unseen]
            said = ", ".join(sorted(unseen))
            what = f"{one.of_all(len(rows))} carry a label that train lacks: {said}"
            yield one.finding("unseen-label", what, rows)
