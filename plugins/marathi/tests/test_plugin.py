"""The plugin as embkit meets it."""

from __future__ import annotations

import subprocess
import sys

from embkit_marathi import embkit_benchmarks, embkit_languages


def test_it_offers_marathi_and_one_benchmark_of_general_marathi() -> None:
    (language,) = embkit_languages()
    (benchmark,) = embkit_benchmarks()
    assert (language.name, language.script) == ("mr", "Deva")
    assert (benchmark.name, benchmark.language, benchmark.domain) == ("marathi", "mr", "general")


def test_asking_all_hooks_imports_nothing_heavy() -> None:
    code = (
        "import sys, embkit_marathi as m\n"
        "list(m.embkit_languages()), list(m.embkit_providers()), list(m.embkit_benchmarks())\n"
        "list(m.embkit_protocols())\n"
        "heavy = {'numpy', 'pandas', 'python_calamine', 'embkit_fasttext', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
