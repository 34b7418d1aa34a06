"""Tasks from the names and keywords that CLDR gives to emoji; two small files are fetched."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

from embkit.datasets import Groups, Pairs, Retrieval
from embkit.errors import InvalidData

from embkit_cldr.names import spread
from embkit_cldr.odd_one_out import OddOneOut

__all__ = ["categories", "odd_one_out", "read", "relatedness", "retrieval"]

_FEWEST = 5
_PAIRS_A_STRATUM = 250
_MOST_QUERIES = 500
_AGAIN = "fetch it again, or check which file was given to `embkit fetch --from`"


class Emoji:
    """One symbol: its group and subgroup in Unicode's list, its name and keywords in a language."""

    def __init__(self, group: str, subgroup: str, name: str, keywords: list[str]) -> None:
        self.group = group
        self.subgroup = subgroup
        self.name = name
        self.keywords = keywords


def _symbols(path: Path) -> dict[str, tuple[str, str]]:
    """Group and subgroup of each symbol without skin tones, in the order of Unicode's list."""
    found: dict[str, tuple[str, str]] = {}
    group = subgroup = ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidData(f"is no UTF-8 text ({error.reason}); {_AGAIN}", path=path) from None
    for number, line in enumerate(lines, start=1):
        if line.startswith("# group: "):
            group = line.removeprefix("# group: ")
        elif line.startswith("# subgroup: "):
            subgroup = line.removeprefix("# subgroup: ")
        elif "; fully-qualified" in line and group != "Component":
            try:
                symbol = "".join(chr(int(code, 16)) for code in line.split(";")[0].split())
            except ValueError:
                raise InvalidData(
                    f"expected code points, got '{line[:40]}'", path=path, line=number
                ) from None
            if not any("\U0001f3fb" <= letter <= "\U0001f3ff" for letter in symbol):
                found[symbol.replace("\ufe0f", "")] = (group, subgroup)
    if not found:
        raise InvalidData(f"holds no emoji; {_AGAIN}", path=path)
    return found


def read(annotations: Path, emoji_test: Path) -> list[Emoji]:
    """The symbols that a language names. Raises InvalidData for a file that is none of its kind."""
    try:
        content = json.loads(annotations.read_text(encoding="utf-8"))
        table = content["annotations"]["annotations"]
        told = {
            symbol.replace("\ufe0f", ""): (about["tts"][0], list(about.get("default", [])))
            for symbol, about in table.items()
            if about.get("tts")
        }
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InvalidData(
            f"is no file of CLDR annotations ({type(error).__name__}: {error}); {_AGAIN}",
            path=annotations,
        ) from None
    return [
        Emoji(*place, *told[symbol])
        for symbol, place in _symbols(emoji_test).items()
        if symbol in told
    ]


def _one_word(emoji: list[Emoji]) -> tuple[dict[str, Emoji], dict[str, int]]:
    """Names of one word that name one symbol, and what was left out."""
    counts = Counter(symbol.name for symbol in emoji)
    single = {
        symbol.name: symbol
        for symbol in emoji
        if counts[symbol.name] == 1 and not any(map(str.isspace, symbol.name))
    }
    sizes = Counter(symbol.subgroup for symbol in single.values())
    kept = {name: symbol for name, symbol in single.items() if sizes[symbol.subgroup] >= _FEWEST}
    return kept, {
        "name of several words, or of several symbols": len(emoji) - len(single),
        f"subgroup of fewer than {_FEWEST} names": len(single) - len(kept),
    }


def categories(annotations: Path, emoji_test: Path) -> Groups:
    """Names of one word by the subgroup of their symbols (animal-mammal, food-fruit, tool …)."""
    kept, dropped = _one_word(read(annotations, emoji_test))
    return Groups(
        texts=list(kept), labels=[symbol.subgroup for symbol in kept.values()], dropped=dropped
    )


def odd_one_out(annotations: Path, emoji_test: Path) -> OddOneOut:
    """For each name, three others of its subgroup and one name of another group."""
    kept, dropped = _one_word(read(annotations, emoji_test))
    members: dict[str, list[str]] = defaultdict(list)
    for name, symbol in kept.items():
        members[symbol.subgroup].append(name)
    sets, odd, kinds = [], [], []
    for name, symbol in kept.items():
        others = [word for word in members[symbol.subgroup] if word != name]
        strangers = [word for word, about in kept.items() if about.group != symbol.group]
        stranger = spread(strangers, "stranger", name)[0]
        words = spread([name, *spread(others, "others", name)[:3], stranger], "order", name)
        sets.append(words)
        odd.append(words.index(stranger))
        kinds.append(symbol.subgroup)
    return OddOneOut(sets=sets, odd=odd, kinds=kinds, dropped=dropped)


def _by_keyword(emoji: list[Emoji]) -> dict[str, set[int]]:
    """The symbols that share a keyword of one word, for keywords of 2 to 20 symbols."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, symbol in enumerate(emoji):
        for keyword in symbol.keywords:
            if any(map(str.isalpha, keyword)) and not any(map(str.isspace, keyword)):
                found[keyword].add(number)
    return {word: symbols for word, symbols in sorted(found.items()) if 2 <= len(symbols) <= 20}


def relatedness(annotations: Path, emoji_test: Path) -> Pairs:
    """Pairs of keywords: 3 plus Jaccard of their symbols where they share some; 2 in one subgroup;
    1 in one group; 0 in none. At most 250 pairs of each."""
    emoji = read(annotations, emoji_test)
    symbols = _by_keyword(emoji)
    words = spread(symbols, "relatedness")
    groups = {word: {emoji[i].group for i in symbols[word]} for word in words}
    subgroups = {word: {emoji[i].subgroup for i in symbols[word]} for word in words}
    strata: dict[int, list[tuple[str, str, float]]] = defaultdict(list)
    for first, second in combinations(words, 2):
        if first.casefold() == second.casefold():
            continue
        shared = symbols[first] & symbols[second]
        if shared:
            stratum, score = 3, 3 + len(shared) / len(symbols[first] | symbols[second])
        elif subgroups[first] & subgroups[second]:
            stratum, score = 2, 2.0
        elif groups[first] & groups[second]:
            stratum, score = 1, 1.0
        else:
            stratum, score = 0, 0.0
        strata[stratum].append((first, second, score))
    pairs: list[tuple[str, str, float]] = []
    for stratum in sorted(strata):
        rows = {f"{first}\0{second}": (first, second, s) for first, second, s in strata[stratum]}
        pairs += [rows[key] for key in spread(rows, "pairs")[:_PAIRS_A_STRATUM]]
    return Pairs(
        first=[first for first, _, _ in pairs],
        second=[second for _, second, _ in pairs],
        scores=[score for _, _, score in pairs],
    )


def retrieval(annotations: Path, emoji_test: Path) -> Retrieval:
    """From a keyword to the names of the symbols that carry it, where none of them contains it."""
    emoji = read(annotations, emoji_test)
    documents = sorted({symbol.name for symbol in emoji})
    place = {name: i for i, name in enumerate(documents)}
    relevant = {}
    spelled = 0
    for keyword, symbols in _by_keyword(emoji).items():
        carriers = {emoji[i].name for i in symbols}
        if any(keyword.casefold() in name.casefold() for name in carriers):
            spelled += 1
        else:
            relevant[keyword] = {place[name]: 1.0 for name in sorted(carriers)}
    queries = sorted(spread(relevant, "queries")[:_MOST_QUERIES])
    return Retrieval(
        queries=queries,
        documents=documents,
        relevant=[relevant[query] for query in queries],
        dropped={"keyword that stands in a name it belongs to": spelled},
    )
