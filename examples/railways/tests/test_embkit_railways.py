"""What embkit-railways promises, and what its table holds."""

from embkit.testing import check_plugin

from embkit_railways import load_abbreviations, load_definitions, load_groups


def test_the_plugin_keeps_its_promises():
    assert check_plugin("embkit_railways") == [
        "embkit_railways: hooks are cheap and silent",
        "task railways/abbreviations: loads 60 items",
        "task railways/definitions: loads 60 items",
        "task railways/groups: loads 60 items",
    ]


def test_the_letters_of_each_abbreviation_stand_in_this_order_in_its_term():
    pairs = load_abbreviations()
    assert len(set(pairs.queries)) == len(pairs.queries)
    for short, term in zip(pairs.queries, pairs.documents, strict=True):
        left = iter(term.casefold())
        assert all(letter in left for letter in short.casefold().replace("&", "a")), short


def test_each_term_and_each_definition_stands_once():
    definitions = load_definitions()
    assert len(set(definitions.queries)) == len(definitions.queries)
    assert len(set(definitions.documents)) == len(definitions.documents)


def test_no_definition_names_its_term():
    definitions = load_definitions()
    for term, definition in zip(definitions.queries, definitions.documents, strict=True):
        assert term.casefold() not in definition.casefold()


def test_every_group_has_twelve_terms():
    labels = load_groups().labels
    assert {labels.count(label) for label in labels} == {12}
