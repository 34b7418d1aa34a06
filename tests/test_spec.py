"""Specs: `NAME[:ARGUMENT][?option=value&…]`, and the options they give a provider."""

from __future__ import annotations

import pytest
from embkit import InvalidRequest, Option, Provider
from embkit.spec import Spec, parse_spec, resolve_options


def provider(*options, argument=""):
    return Provider(
        name="letters", summary="", load=lambda request: None, options=options, argument=argument
    )


LETTERS = provider(
    Option(name="dim", type=int, default=26),
    Option(name="scale", type=float, default=1.0),
    Option(name="fold", type=bool, default=True),
    Option(name="order", default="abc", choices=("abc", "cba")),
    Option(name="size", type=int, choices=(1, 2)),
)


# parse and print -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "argument", "options"),
    [
        ("indicft", "indicft", "", {}),
        ("indicft?dim=100", "indicft", "", {"dim": "100"}),
        ("fasttext:vectors/mr.bin", "fasttext", "vectors/mr.bin", {}),
        ("fasttext:a/b?c.bin?dim=1", "fasttext", "a/b?c.bin", {"dim": "1"}),
        ("fasttext:C:\\मराठी\\mr.bin", "fasttext", "C:\\मराठी\\mr.bin", {}),
        ("contextual:org/name?layer=input&pool=mean", "contextual", "org/name",
         {"layer": "input", "pool": "mean"}),
        ("a?x=", "a", "", {"x": ""}),
        ("a?x=1=2", "a", "", {"x": "1=2"}),
        ("a:x=1&y=2", "a", "x=1&y=2", {}),
    ],
)  # fmt: skip
def test_a_spec_is_read_and_printed_as_it_was_typed(text, name, argument, options):
    spec = parse_spec(text)
    assert spec == Spec(name=name, argument=argument, options=options)
    assert str(spec) == text


def test_options_are_printed_in_order_so_that_one_thing_has_one_spec():
    assert str(parse_spec("a?z=1&b=2")) == str(parse_spec("a?b=2&z=1")) == "a?b=2&z=1"


def test_an_option_may_stand_behind_a_slash_in_its_value():
    assert parse_spec("a?file=x/y:z").options == {"file": "x/y:z"}


def test_the_options_of_a_spec_cannot_be_changed():
    with pytest.raises(TypeError):
        parse_spec("a?x=1").options["x"] = "2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' names no provider; expected NAME[:ARGUMENT][?option=value]"),
        (":mr.bin", "':mr.bin' names no provider; expected NAME[:ARGUMENT][?option=value]"),
        ("?dim=1", "'?dim=1' names no provider; expected NAME[:ARGUMENT][?option=value]"),
        ("a?dim", "'a?dim': expected option=value after '?', got 'dim'"),
        ("a?", "'a?': expected option=value after '?', got ''"),
        ("a?=1", "'a?=1': expected option=value after '?', got '=1'"),
        ("a?x=1&&y=2", "'a?x=1&&y=2': expected option=value after '?', got ''"),
        ("a?x=1&x=2", "'a?x=1&x=2': the option 'x' stands twice"),
        ("a:b?c.bin", "'a:b?c.bin': expected option=value after '?', got 'c.bin'"),
    ],
)
def test_what_is_no_spec_is_refused_as_it_was_typed(text, message):
    with pytest.raises(InvalidRequest) as error:
        parse_spec(text)
    assert str(error.value) == message


# options ---------------------------------------------------------------------------------------


def test_options_have_their_type_and_those_not_given_their_default():
    found = resolve_options(parse_spec("letters?dim=3&scale=2e-1&order=cba&size=2"), LETTERS)
    assert found == {"dim": 3, "scale": 0.2, "fold": True, "order": "cba", "size": 2}
    assert [type(value) for value in found.values()] == [int, float, bool, str, int]


def test_without_options_every_default_is_there():
    assert resolve_options(parse_spec("letters"), LETTERS) == {
        "dim": 26, "scale": 1.0, "fold": True, "order": "abc", "size": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "value"),
    [("true", True), ("True", True), ("1", True), ("false", False), ("FALSE", False), ("0", False)],
)
def test_a_bool_is_true_or_false(typed, value):
    assert resolve_options(parse_spec(f"letters?fold={typed}"), LETTERS)["fold"] is value


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("dim=ten", "'dim' takes a value of type int, got 'ten'"),
        ("dim=", "'dim' takes a value of type int, got ''"),
        ("dim=1.5", "'dim' takes a value of type int, got '1.5'"),
        ("scale=x", "'scale' takes a value of type float, got 'x'"),
        ("fold=maybe", "'fold' takes true or false, got 'maybe'"),
        ("order=acb", "'order' is one of abc, cba; got 'acb'"),
        ("size=3", "'size' is one of 1, 2; got '3'"),
        (
            "dimm=3",
            "has no option 'dimm'; did you mean 'dim'?; it has: dim, scale, fold, order, size",
        ),
        ("zzz=3", "has no option 'zzz'; it has: dim, scale, fold, order, size"),
    ],
)
def test_a_wrong_option_is_refused_with_what_would_be_right(typed, message):
    with pytest.raises(InvalidRequest) as error:
        resolve_options(parse_spec(f"letters?{typed}"), LETTERS)
    assert str(error.value).removeprefix("provider 'letters'").lstrip(": ") == message


def test_a_provider_without_options_says_that_it_has_none():
    with pytest.raises(InvalidRequest, match="has no option 'dim'; it has none"):
        resolve_options(parse_spec("letters?dim=3"), provider())


def test_an_argument_where_there_is_none_is_refused():
    with pytest.raises(InvalidRequest, match=r"^provider 'letters' takes no argument, got 'x.bin'"):
        resolve_options(parse_spec("letters:x.bin"), LETTERS)


def test_a_missing_argument_is_asked_for_in_words():
    with pytest.raises(InvalidRequest, match=r"'letters' needs path of a file: 'letters:…'"):
        resolve_options(parse_spec("letters"), provider(argument="path of a file"))


def test_an_argument_that_is_wanted_is_taken():
    assert resolve_options(parse_spec("letters:x.bin"), provider(argument="path")) == {}
