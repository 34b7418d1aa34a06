"""From what a person names, a spec and a language, to an embedder: for scripts and commands."""

from __future__ import annotations

from embkit.embedding import Loaded
from embkit.embedding import load as load_spec
from embkit.errors import InvalidRequest
from embkit.records import Embedder, Language
from embkit.registry import Registry, registry
from embkit.spec import parse_spec

__all__ = ["load", "load_named"]


def _language(plugins: Registry, spec: str, name: str) -> Language:
    """The named language; without a name the only one that the provider of a spec covers."""
    if name:
        return plugins.language(name)
    provider = plugins.provider(parse_spec(spec).name)
    if len(provider.languages) == 1:
        return plugins.language(provider.languages[0])
    serves = (
        f"serves {', '.join(provider.languages)}" if provider.languages else "serves any language"
    )
    raise InvalidRequest(
        f"provider '{provider.name}' {serves}; say which, as in --lang mr or language='Marathi'"
    )


def load_named(spec: str, language: str, *, device: str, offline: bool) -> Loaded:
    """As `load`, with the language and what loading cost beside the embedder."""
    plugins = registry()
    chosen = _language(plugins, spec, language)
    return load_spec(plugins, spec, chosen, device=device, offline=offline, progress=True)


def load(spec: str, language: str = "", *, device: str = "cpu", offline: bool = False) -> Embedder:
    """The embedder of a spec for a language, by tag or name: `load("indicft", language="mr")`.

    spec: NAME[:ARGUMENT][?option=value&…], as on the command line. language: may be left out where
    the provider covers one only. Files that are not here are fetched first, with a bar on a
    terminal; offline: they are not.
    Raises NotFound for an unknown provider or language, InvalidRequest for an option or a language
    it does not have, Unreachable when a file cannot be had.
    """
    return load_named(spec, language, device=device, offline=offline).embedder
