"""What is wrong with texts as such: their characters, scripts and lengths."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from math import log
from statistics import median, quantiles

from embkit.audit.sound import Finding, Sound
from embkit.audit.splits import Split

__all__ = ["scripts", "text_faults"]

_SHOWN = 60
# Single words and names have lengths of their own, and few lengths have no spread.
_SENTENCE = 20
_ENOUGH = 20
# Soft hyphen, zero-width space and joiners, word joiner, byte-order mark; controls; bidi controls.
_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200d\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
# A joiner inside an emoji: a family is drawn out of four people.
_IN_EMOJI = re.compile("(?<=[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])\u200d")
_LATIN_AMONG = "A-Za-z\u00c0-\u024f"
_GREEK_OR_CYRILLIC = "\u0370-\u03ff\u0400-\u052f"
_LOOK_ALIKE = re.compile(
    f"[{_LATIN_AMONG}][{_GREEK_OR_CYRILLIC}]|[{_GREEK_OR_CYRILLIC}][{_LATIN_AMONG}]"
)
# UTF-8 read as if each byte were a character of one of these encodings; a byte that one of them
# has no character for stays the control character it is in Latin-1.
_ENCODINGS = ("cp1252", "cp1251", "cp866", "cp437", "mac_roman")
_BYTES = [
    {bytes([byte]).decode(name, "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
    for name in _ENCODINGS
]
_WESTERN = _BYTES[0]
# Three characters of two or three bytes each, all of one script: no word is such a run by chance,
# though радуга (rainbow) is two of cp866, a Samaritan one and a Chinese one.
_RUN = re.compile(f"[{re.escape(''.join(sorted({c for table in _BYTES for c in table})))}]{{6,}}")
# A single letter of a Latin alphabet, a punctuation mark or a letter of another script.
_HIGH = re.escape("".join(c for c, byte in _WESTERN.items() if byte < 0xC0))
_LETTER = re.compile(f"[ÂÃÄÅ][{_HIGH}]|[à-ï][{_HIGH}]{{2}}")
# What may follow such a letter in a text that is right: a quotation that ends, a dash.
_MARKS = set("’”»…–—")


def _decoded(run: str, table: Mapping[str, int]) -> str:
    """The characters whose bytes a run spells, "" when it spells none."""
    try:
        return bytes(table[character] for character in run).decode()
    except (KeyError, UnicodeDecodeError):
        return ""


def _word(table: Mapping[str, int], run: re.Match[str]) -> str:
    """What a long run spells, or the run itself."""
    word = _decoded(run[0], table)
    known = all(unicodedata.category(character) != "Cn" for character in word)
    return word if len(word) > 2 and known and len(_scripts(word)) < 2 else run[0]


def _letter(part: re.Match[str]) -> str:
    return _decoded(part[0], _WESTERN) or part[0]


def _repaired(text: str) -> str:
    """What a text was before its UTF-8 was read in another encoding, "" when nothing tells so."""
    for table in _BYTES if _RUN.search(text) else ():
        mended = _RUN.sub(partial(_word, table), text)
        if mended != text:
            return mended
    found = [part for part in _LETTER.findall(text) if _decoded(part, _WESTERN)]
    if len(found) > 1 or (found and not set(found[0]) & _MARKS):
        return _LETTER.sub(_letter, text)
    return ""


@cache
def _script(letter: str) -> str:
    """The script of a letter, by the first word of its Unicode name; "" when it is no letter."""
    plain = unicodedata.normalize("NFKC", letter)[0]  # ª and mathematical letters are Latin ones
    if unicodedata.category(plain) not in ("Lu", "Ll", "Lt", "Lo"):  # ʻ belongs to no script
        return ""
    name = re.split("[ -]", unicodedata.name(plain, ""))[0].capitalize()
    return "Japanese" if name in ("Hiragana", "Katakana") else {"Cjk": "Han"}.get(name, name)


def _scripts(text: str) -> frozenset[str]:
    return frozenset(map(_script, set(text))) - {""}


def scripts(split: Split) -> Counter[str]:
    """How many rows are written in each script or mixture of scripts: "Devanagari + Latin"."""
    return Counter(
        " + ".join(sorted(_scripts("".join(row.texts)))) or "no letters" for row in split.rows
    )


def text_faults(one: Sound) -> Iterator[Finding]:
    """What is wrong with texts as such; nothing more is said of those of a wrong encoding."""
    lost = {i: note for i, row in enumerate(one.rows) if (note := _misread(row.texts))}
    if lost:
        what = f"{one.of_all(len(lost))} hold characters of a wrong encoding"
        yield one.finding("mojibake", what, [one.example(i, note) for i, note in lost.items()])
    tests: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("not-nfc", lambda text: not unicodedata.is_normalized("NFC", text), "are not in NFC"),
        ("look-alike", lambda text: bool(_LOOK_ALIKE.search(text)), "mix alphabets in one word"),
    )
    for kind, test, what in tests:
        rows = [i for i, row in enumerate(one.rows) if any(map(test, row.texts)) and i not in lost]
        if rows:
            said = f"{one.of_all(len(rows))} {what}"
            yield one.finding(kind, said, [one.example(i) for i in rows])
    yield from _unseen(one)
    yield from _other_script(one, lost.keys())
    yield from _lengths(one)


def _misread(texts: Sequence[str]) -> str:
    """What is to be said of texts of a wrong encoding, else ""."""
    for text in texts:
        if text.isascii():
            continue
        if "\ufffd" in text:
            return "U+FFFD: a character that is lost"
        mended = _repaired(text)
        if mended:
            return f"was {mended if len(mended) <= _SHOWN else mended[:_SHOWN] + '…'}"
    return ""


def _unseen(one: Sound) -> Iterator[Finding]:
    rows, marks = [], Counter[str]()
    for position, row in enumerate(one.rows):
        found = set()
        for text in row.texts:
            if not text.isascii() or not text.isprintable():
                found |= set(_UNSEEN.findall(_IN_EMOJI.sub("", text)))
        if found:
            marks.update(found)
            named = ", ".join(f"U+{ord(mark):04X}" for mark in sorted(found))
            rows.append(one.example(position, named))
    if rows:
        said = ", ".join(f"U+{ord(mark):04X} in {count:,}" for mark, count in marks.most_common())
        what = f"{one.of_all(len(rows))} hold characters that nobody sees: {said}"
        yield one.finding("invisible", what, rows)


def _other_script(one: Sound, lost: Collection[int]) -> Iterator[Finding]:
    held = [[_scripts(text) for text in row.texts] for row in one.rows]
    rows_of = Counter(script for row in held for script in frozenset().union(*row))
    if not rows_of:
        return
    # A name in Latin letters stands in many a text: the script of most rows counts.
    main = max(rows_of, key=lambda script: (rows_of[script], script))
    odd = [
        i
        for i, row in enumerate(held)
        if any(main not in scripts for scripts in row) and i not in lost
    ]
    if odd:
        notes = (" + ".join(sorted(frozenset().union(*held[i]))) or "no letters" for i in odd)
        examples = [one.example(i, note) for i, note in zip(odd, notes, strict=True)]
        what = f"{one.of_all(len(odd))} hold a text without a {main} letter"
        yield one.finding("other-script", what, examples)


def _lengths(one: Sound) -> Iterator[Finding]:
    """Lengths on the scale of their logarithm, beyond three times the spread of the middle half."""
    lengths = [sum(map(len, row.texts)) for row in one.rows]
    if len(lengths) < _ENOUGH or median(lengths) < _SENTENCE:
        return
    low, middle, high = quantiles(map(log, lengths), n=4)
    # Where nearly all are equally long, three times as long is not far.
    spread = max(high - low, 0.4)
    odd = [i for i, n in enumerate(lengths) if not -3 * spread <= log(n) - middle <= 3 * spread]
    if odd:
        shown = sorted(odd, key=lambda i: -abs(log(lengths[i]) - middle))
        usual = sorted(lengths)[len(lengths) // 2]
        ends = (min(lengths[i] for i in odd), max(lengths[i] for i in odd))
        what = (
            f"{one.of_all(len(odd))} are far from the usual {usual:,} characters: "
            f"{ends[0]:,} to {ends[1]:,}"
        )
        examples = [one.example(i, f"{lengths[i]:,} characters") for i in shown]
        yield one.finding("length", what, examples)
