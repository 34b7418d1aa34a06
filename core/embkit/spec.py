"""How people name a loaded thing: `NAME[:ARGUMENT][?option=value&…]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from embkit.errors import InvalidRequest, suggestion
from embkit.records import Option, Protocol, Provider

__all__ = ["Spec", "parse_spec", "protocol_options", "resolve_options"]


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A parsed spec; options are still the typed strings."""

    name: str
    argument: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", MappingProxyType(dict(sorted(self.options.items()))))

    def __str__(self) -> str:
        argument = f":{self.argument}" if self.argument else ""
        options = "&".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.name}{argument}" + (f"?{options}" if options else "")


def parse_spec(text: str) -> Spec:
    """Read a spec such as `fasttext:vectors/mr.bin?dim=100`.

    The last `?` begins the options, so an argument may hold one. Raises InvalidRequest.
    """
    head, mark, tail = text.rpartition("?")
    if not mark:
        head, tail = text, ""
    name, _, argument = head.partition(":")
    if not name:
        raise InvalidRequest(f"'{text}' names no provider; expected NAME[:ARGUMENT][?option=value]")
    options: dict[str, str] = {}
    for part in tail.split("&") if mark else ():
        option, equals, value = part.partition("=")
        if not (option and equals):
            raise InvalidRequest(f"'{text}': expected option=value after '?', got '{part}'")
        if option in options:
            raise InvalidRequest(f"'{text}': the option '{option}' stands twice")
        options[option] = value
    return Spec(name=name, argument=argument, options=options)


def _typed(option: Option, value: str, where: str) -> Any:
    try:
        if option.type is bool:
            result: Any = {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        else:
            result = option.type(value)
    except (ValueError, KeyError):
        kind = "true or false" if option.type is bool else f"a value of type {option.type.__name__}"
        raise InvalidRequest(f"{where}: '{option.name}' takes {kind}, got '{value}'") from None
    if option.choices and result not in option.choices:
        allowed = ", ".join(str(choice) for choice in option.choices)
        raise InvalidRequest(f"{where}: '{option.name}' is one of {allowed}; got '{value}'")
    return result


def _resolved(spec: Spec, options: Sequence[Option], where: str) -> dict[str, Any]:
    known = {option.name: option for option in options}
    for name in spec.options:
        if name not in known:
            have = f"it has: {', '.join(known)}" if known else "it has none"
            raise InvalidRequest(f"{where} has no option '{name}'{suggestion(name, known)}; {have}")
    return {
        name: _typed(option, spec.options[name], where) if name in spec.options else option.default
        for name, option in known.items()
    }


def resolve_options(spec: Spec, provider: Provider) -> dict[str, Any]:
    """Every option of the provider with its typed value or default.

    Raises InvalidRequest for an option the provider does not have (the message lists those it has),
    a value of another type, or an argument where there is none or a missing one.
    """
    where = f"provider '{provider.name}'"
    if spec.argument and not provider.argument:
        raise InvalidRequest(f"{where} takes no argument, got '{spec.argument}'")
    if provider.argument and not spec.argument:
        raise InvalidRequest(f"{where} needs {provider.argument}: '{provider.name}:…'")
    return _resolved(spec, provider.options, where)


def protocol_options(spec: Spec, protocol: Protocol) -> dict[str, Any]:
    """Every option of the protocol with its typed value or default; raises as `resolve_options`."""
    where = f"protocol '{protocol.name}'"
    if spec.argument:
        raise InvalidRequest(f"{where} takes no argument, got '{spec.argument}'")
    return _resolved(spec, protocol.options, where)
