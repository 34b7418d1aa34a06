"""Results as tables for a paper."""

from __future__ import annotations

import re

from embkit.compare import collect
from embkit.registry import Registry
from embkit.reporters.latex import escaped, render
from embkit.results import Store


def collected(folder):
    store = Store(folder)
    return collect(Registry(only=[]), store, store.scan())


def test_a_table_has_rules_a_row_a_task_and_bold_for_a_sole_leader(stored):
    stored("set/one", "best", "1" * 20)
    text = render(collected(stored("set/one", "a_b", "0" * 20)))
    assert text.split("\n\n")[1].splitlines() == [
        r"\begin{tabular}{llrlll}",
        r"\toprule",
        r"task & metric & items & floor & a\_b & best \\",
        r"\midrule",
        r"set/one & accuracy & 20 &  & 0.000 {\scriptsize $ [0.000, 1.000] $} & "
        r"\textbf{1.000} {\scriptsize $ [0.000, 1.000] $} \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_each_protocol_has_a_table_with_its_own_providers(stored):
    stored("set/one", "a", "10")
    folder = stored("set/one", "b", "10", protocol="knn", options={"k": 5})
    text = render(collected(folder))
    assert r"\paragraph{default, seed 0}" in text and r"\paragraph{knn, seed 0, k 5}" in text
    heads = re.findall(r"^task & .*", text, re.MULTILINE)
    assert [head.split(" & ")[-1] for head in heads] == [r"a \\", r"b \\"]


def test_what_latex_would_obey_is_spelt_out():
    assert escaped(r"a_b%$#&{}~^\x") == (
        r"a\_b\%\$\#\&\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}x"
    )
    assert escaped("[x]--y---z") == "{[}x]-{}-y-{}-{}-z"
    assert escaped("0.5 ± 0.1 †‡") == r"0.5 \(\pm\) 0.1 \dag{}\ddag{}"
    assert escaped("मराठी") == "मराठी"


def test_hostile_words_start_no_command(spoilt):
    text = render(spoilt("\\input{/etc/passwd}\n\\end{tabular}%$\u202e"))
    commands = set(re.findall(r"\\[a-z]+", text))
    assert commands <= {
        r"\usepackage", r"\paragraph", r"\begin", r"\end", r"\toprule", r"\midrule",
        r"\bottomrule", r"\textbf", r"\scriptsize", r"\dag", r"\ddag", r"\textless",
        r"\textgreater", r"\textbackslash", r"\pm",
    } and r"\input" not in commands  # fmt: skip
    assert len(re.findall(r"\\end\{tabular\}", text)) == len(
        re.findall(r"\\begin\{tabular\}", text)
    )
    assert "\u202e" not in text and "\n\\end{tabular}%" not in text
