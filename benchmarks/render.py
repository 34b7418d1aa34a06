"""Write the tables in benchmarks/README.md out of the stored results.

    python benchmarks/render.py

A table stands between `<!-- NAME -->` and `<!-- end of NAME -->`: what `table` of NAME.py makes of
results/NAME.json. Where nothing was measured yet, nothing stands there.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

__all__ = ["rendered"]

HERE = Path(__file__).parent
README = HERE / "README.md"


def rendered(page: str) -> str:
    """The page with each table as the stored results have it."""

    def fill(place: re.Match[str]) -> str:
        name = place["name"]
        path = HERE / f"results/{name}.json"
        if not path.exists():
            return f"<!-- {name} -->\n<!-- end of {name} -->"
        results = json.loads(path.read_text(encoding="utf-8"))
        return f"<!-- {name} -->\n\n{import_module(name).table(results)}\n<!-- end of {name} -->"

    places = r"<!-- (?P<name>\w+) -->\n.*?<!-- end of (?P=name) -->"
    return re.sub(places, fill, page, flags=re.DOTALL)


if __name__ == "__main__":
    README.write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")
