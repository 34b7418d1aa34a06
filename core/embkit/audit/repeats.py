"""What stands more than once: in one split, and in two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from embkit.audit.sound import Finding, Sound
from embkit.audit.splits import Split

__all__ = ["repeats", "shared"]


_NOUNS = {1: "text", 2: "pair", 4: "question"}


def _agree(first: Sound, second: Sound, a: str, b: str) -> bool:
    """Whether two labels are one; scores are, when they are after rounding to fewer decimals."""
    if a == b or first.split.labelled != "score" or second.split.labelled != "score":
        return a == b
    try:
        difference = abs(float(a) - float(b))
    except ValueError:
        return False
    # The scores of one file may be those of another, rounded; a hair more for what floats lose.
    return difference <= 0.501 * 10.0 ** -min(first.decimals, second.decimals)


def repeats(one: Sound) -> Iterator[Finding]:
    """What stands more than once in one split."""
    again, torn, torn_rows = [], [], 0
    for positions in one.places.values():
        if len(positions) == 1:
            continue
        first = one.rows[positions[0]]
        again += [one.example(i, f"first at {first.line}") for i in positions[1:]]
        labels = Counter(one.rows[i].label for i in positions)
        if any(not _agree(one, one, first.label, label) for label in labels):
            said = ", ".join(f"{label} × {count}" for label, count in labels.items())
            torn.append(one.example(positions[0], said))
            torn_rows += len(positions)
    if again:
        what = f"{one.of_all(len(again))} repeat an earlier one; {len(one.places):,} are distinct"
        yield one.finding("repeat", what, sorted(again, key=lambda example: example.line))
    if torn:
        noun = _NOUNS.get(len(one.rows[0].texts), "row") + ("s" if len(torn) > 1 else "")
        what = (
            f"{one.of_all(torn_rows)} are {len(torn):,} {noun} with several {one.split.labelled}s"
        )
        yield one.finding("contradiction", what, torn, torn_rows)
    if one.questions and len(one.pairs) < len(one.rows):
        answers = len({key[3] for key in one.keys})
        what = (
            f"{len(one.rows):,} questions are made of {len(one.pairs):,} word pairs; "
            f"{answers:,} words are answers"
        )
        yield one.finding("units", what, (), len(one.rows))
    if len(one.split.rows[0].texts) in (2, 4):
        loops = [i for i, key in enumerate(one.keys) if len(set(key)) < len(key)]
        if loops:
            what = f"{one.of_all(len(loops))} hold one text twice"
            yield one.finding("degenerate", what, [one.example(i) for i in loops])


def _held_out(first: Sound, second: Sound) -> tuple[Sound, Sound] | None:
    """Of two splits the one that is learnt from and the one that is scored.

    None where neither matters to the other: what two tasks learn from may be the same.
    """
    a, b = first.split, second.split
    if a.source != b.source and "test" not in (a.role, b.role):
        return None
    return (second, first) if a.rank > b.rank else (first, second)


def _comparable(learnt: Split, scored: Split) -> bool:
    """Whether what stands beside the texts is of one kind: two tasks may have other classes."""
    if learnt.labelled != scored.labelled or not scored.labelled:
        return False
    known = learnt.labels.keys() & scored.labels.keys()
    return scored.labelled != "label" or 2 * len(known) > len(scored.labels)


def shared(first: Sound, second: Sound) -> Iterator[Finding]:
    """Rows that two splits have in common."""
    chosen = _held_out(first, second)
    if chosen is None:
        return
    learnt, scored = chosen
    if first.questions and second.questions:
        both = [pair for pair in scored.pairs if pair in learnt.pairs]
        if both:
            what = (
                f"{len(both):,} of its {len(scored.pairs):,} word pairs are among the "
                f"{len(learnt.pairs):,} of {learnt.split.name}"
            )
            rows = [scored.example(scored.pairs[pair], " · ".join(pair)) for pair in both]
            yield scored.finding("overlap", what, rows)
        return
    comparable = _comparable(learnt.split, scored.split)
    rows, same = [], 0
    for position, key in enumerate(scored.keys):
        if key in learnt.places:
            labels = [learnt.rows[i].label for i in learnt.places[key]]
            own = scored.rows[position].label
            agrees = any(_agree(learnt, scored, own, label) for label in labels)
            same += agrees
            note = f"there at {learnt.rows[learnt.places[key][0]].line}"
            if comparable and not agrees:
                note += f" with {labels[0]}, here {own}"
            rows.append(scored.example(position, note))
    if not rows:
        return
    what = f"{scored.of_all(len(rows))} stand in {learnt.split.name}"
    if comparable:
        told = learnt.split.labelled
        other = len(rows) - same
        what += (
            f", {same:,} with the same {told}, {other:,} with another"
            if other
            else (f", all with the same {told}")
        )
    if learnt.split.source == scored.split.source and learnt.split.rank < scored.split.rank:
        kind = "leak"
    elif len(rows) == same == len(scored.keys) and set(learnt.keys) <= set(scored.keys):
        kind = "copy"
    else:
        kind = "overlap"
    yield scored.finding(kind, what, rows)
