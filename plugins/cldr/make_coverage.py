"""Write embkit_cldr/coverage.tsv: which languages CLDR covers, and with which tasks.

A language is covered when CLDR itself gives it 150 names of territories or more, two in five of
all its names are unlike the English ones (English aside), and at least one task comes of it.

    python plugins/cldr/make_coverage.py
"""

from __future__ import annotations

from pathlib import Path

from embkit.errors import InvalidData
from embkit.languages.names import find_name
from embkit_cldr import concepts
from embkit_cldr.names import CLASSES, names, tags

TARGET = Path(__file__).parent / "embkit_cldr/coverage.tsv"


def covered(tag: str) -> bool:
    """Whether CLDR covers a language well enough, by its names of territories."""
    known = find_name(tag)
    if known is None or known.tag != tag:
        return False
    own, english = names(tag)[0], names("en")[0]
    differ = [
        english[kind].get(code, "").casefold() != name.casefold()
        for kind in CLASSES
        for code, name in own[kind].items()
    ]
    enough = tag == "en" or sum(differ) >= 0.4 * len(differ)
    return len(own["territory"]) >= 150 and enough


def native(tag: str) -> None:
    """Raise unless the transliterated names can be told from the others, and there are some."""
    if not concepts.categories(tag, True).dropped.get("English name in another spelling"):
        raise InvalidData("the same as 'categories'")


def tasks(tag: str) -> list[str]:
    """The tasks without a download for which there is enough."""
    makers = {
        "categories": lambda: concepts.categories(tag),
        "categories-native": lambda: native(tag),
        "categories-purity": lambda: concepts.categories(tag),
        "categories-outlier": lambda: concepts.categories(tag),
        "currency-analogies": lambda: concepts.analogies(tag, "currency"),
        "language-analogies": lambda: concepts.analogies(tag, "language"),
        "currency-retrieval": lambda: concepts.retrieval(tag, "currency"),
        "language-retrieval": lambda: concepts.retrieval(tag, "language"),
        "names-isotropy": lambda: concepts.all_names(tag),
        "lexicon-es" if tag == "en" else "lexicon-en": lambda: concepts.lexicon(
            tag, "es" if tag == "en" else "en"
        ),
    }
    found = []
    for name, make in makers.items():
        try:
            make()
            found.append(name)
        except InvalidData:
            pass
    return found


def main() -> None:
    rows = {tag: tasks(tag) for tag in tags() if covered(tag)}
    lines = [f"{tag}\t{' '.join(found)}" for tag, found in rows.items() if found]
    TARGET.write_text("\n".join(["tag\ttasks", *lines]) + "\n", encoding="utf-8")
    print(f"{len(lines)} languages in {TARGET}")


if __name__ == "__main__":
    main()
