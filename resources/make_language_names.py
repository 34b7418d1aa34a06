"""Write core/embkit/languages/names.tsv from the CLDR data that Babel carries.

Run from the root: python resources/make_language_names.py (needs babel, see SOURCES.toml).
"""

from __future__ import annotations

from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global

TARGET = Path(__file__).parent.parent / "core/embkit/languages/names.tsv"


def main() -> None:
    english = Locale("en").languages
    likely = get_global("likely_subtags")
    alpha3: dict[str, list[str]] = {}
    for code, tag in get_global("language_aliases").items():
        if len(code) == 3 and tag in english:
            alpha3.setdefault(tag, []).append(code)
    rows = ["tag\talpha3\tscript\tenglish\tautonym"]
    for tag in sorted(english):
        if not tag.isalpha() or tag in ("mul", "und", "zxx", "root"):
            continue
        try:
            autonym = Locale(tag).languages.get(tag, "")
        except UnknownLocaleError:
            autonym = ""
        script = likely[tag].split("_")[1] if tag in likely else ""
        codes = ",".join(sorted(alpha3.get(tag, [])))
        rows.append(f"{tag}\t{codes}\t{script}\t{english[tag]}\t{autonym}")
    TARGET.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows) - 1} languages in {TARGET}")


if __name__ == "__main__":
    main()
