"""From a spec to an embedder, and from a dataset's texts to its vectors, by way of the cache."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embkit.cache import atomic_file, atomic_write, cache_dir
from embkit.datasets import Dataset
from embkit.errors import InvalidRequest, PluginError
from embkit.fetching import fetch
from embkit.languages.names import short_tag
from embkit.memory import Peak
from embkit.records import (
    Embedder,
    File,
    Language,
    Provider,
    QueryEmbedder,
    Request,
    TokenEmbedder,
    TruncatingEmbedder,
)
from embkit.spec import Spec, parse_spec, resolve_options
from embkit.vectors import Vectors

if TYPE_CHECKING:
    from embkit.registry import Registry

__all__ = [
    "Loaded",
    "check_language",
    "dataset_vectors",
    "embed_texts",
    "load",
    "provider_files",
]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """An embedder with where it came from and what loading it cost."""

    spec: Spec
    provider: Provider
    embedder: Embedder
    language: Language
    cost: Mapping[str, float] = field(default_factory=dict)


def check_language(provider: Provider, language: Language) -> None:
    """Raise InvalidRequest when a provider does not cover a language."""
    covered = {short_tag(tag) for tag in provider.languages}
    if covered and not covered & {language.name, language.name.split("-")[0]}:
        raise InvalidRequest(
            f"provider '{provider.name}' covers {', '.join(sorted(covered))}; "
            f"you asked for {language.name}"
        )


def provider_files(registry: Registry, spec: str, language: Language) -> Sequence[File]:
    """The files that loading a spec for a language would fetch, in order."""
    parsed = parse_spec(spec)
    provider = registry.provider(parsed.name)
    return _needs(provider, parsed, language, resolve_options(parsed, provider))


def _needs(
    provider: Provider, spec: Spec, language: Language, options: Mapping[str, Any]
) -> list[File]:
    found: list[File] = []
    if provider.needs:
        found += provider.needs(language.name, options)
    if provider.argument_needs:
        found += provider.argument_needs(spec.argument, options)
    return found


def load(
    registry: Registry,
    spec: str,
    language: Language,
    *,
    device: str = "cpu",
    offline: bool = False,
    progress: bool = False,
) -> Loaded:
    """Load what a spec names, for one language; fetches its files first.

    Raises NotFound for an unknown provider, InvalidRequest for a wrong option or a language it does
    not cover, PluginError when what it returns is no embedder.
    """
    parsed = parse_spec(spec)
    provider = registry.provider(parsed.name)
    options = resolve_options(parsed, provider)
    check_language(provider, language)
    needs = _needs(provider, parsed, language, options)
    files = [fetch(file, offline=offline, progress=progress) for file in needs]
    request = Request(
        language=language,
        argument=parsed.argument,
        options=options,
        files=files,
        device=device,
        offline=offline,
        progress=progress,
    )
    with Peak() as peak:
        start = time.perf_counter()
        embedder = provider.load(request)
        seconds = time.perf_counter() - start
    if not isinstance(embedder, Embedder):
        raise PluginError(
            f"provider '{provider.name}' loaded {type(embedder).__name__}, which lacks "
            "embed, dim or fingerprint"
        )
    return Loaded(
        spec=parsed,
        provider=provider,
        embedder=embedder,
        language=language,
        cost={"load_seconds": seconds, "peak_bytes": peak.bytes},
    )


def _checked(loaded: Loaded, rows: Any, count: int) -> NDArray[np.float32]:
    """What an embedder returned, or PluginError when it is not what its contract says."""
    name = f"provider '{loaded.provider.name}'"
    if not isinstance(rows, np.ndarray) or rows.dtype != np.float32:
        kind = getattr(rows, "dtype", type(rows).__name__)
        raise PluginError(f"{name}: embed must return a float32 array, got {kind}")
    if rows.shape != (count, loaded.embedder.dim):
        raise PluginError(
            f"{name}: expected an array of shape ({count}, {loaded.embedder.dim}) for {count} "
            f"texts, got {rows.shape}"
        )
    return rows


def embed_texts(loaded: Loaded, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of texts, made anew; raises PluginError when they are not what the contract says."""
    return _checked(loaded, loaded.embedder.embed(texts), len(texts))


def _digest(texts: Sequence[str]) -> str:
    total = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


Table = tuple[NDArray[np.float32], dict[str, float]]


def _embed(
    loaded: Loaded,
    texts: Sequence[str],
    role: str,
    call: Callable[[Sequence[str]], Any],
    cached: bool,
) -> Table:
    """The rows of distinct texts and what they cost, out of the cache when they are there.

    The key covers the provider's name beside the fingerprint, so that two plugins that by mistake
    give one fingerprint still never exchange vectors.
    """
    embedder = loaded.embedder
    who = hashlib.sha256(f"{loaded.provider.name}\0{embedder.fingerprint}".encode()).hexdigest()
    folder = cache_dir() / "vectors" / who[:32]
    file = folder / f"{role}-{_digest(texts)[:32]}.npy"
    note = file.with_suffix(".json")
    if cached and file.exists() and note.exists():
        try:
            rows = np.load(file, mmap_mode="r", allow_pickle=False)
            return _checked(loaded, rows, len(texts)), json.loads(note.read_text())
        except (ValueError, OSError, PluginError):
            pass  # cut short or spoilt: made anew below
    before = _cut_so_far(embedder)
    with Peak() as peak:
        start = time.perf_counter()
        rows = _checked(loaded, call(texts), len(texts))
        seconds = time.perf_counter() - start
    cost = {
        "embed_seconds": seconds,
        "texts": len(texts),
        "peak_bytes": peak.bytes,
        "vector_bytes": rows.nbytes,
        **{name: count - before[name] for name, count in _cut_so_far(embedder).items()},
    }
    if cached:
        _save(file, rows)
        atomic_write(note, json.dumps(cost).encode())
    return rows, cost


def _cut_so_far(embedder: Embedder) -> dict[str, int]:
    """What an embedder has not read of texts so far; nothing of one that does not count it."""
    if not isinstance(embedder, TruncatingEmbedder):
        return {}
    return {"texts_cut": embedder.texts_cut, "tokens_cut": embedder.tokens_cut}


def _save(file: Path, rows: NDArray[np.float32]) -> None:
    from embkit.wordstore import write_array

    with atomic_file(file) as open_file:
        write_array(open_file, rows)


Sentences = dict[tuple[str, ...], NDArray[np.float32]]


def _in_context(
    loaded: Loaded,
    embed_tokens: Callable[[Sequence[Sequence[str]]], Sequence[NDArray[np.float32]]],
    sentences: Sequence[Sequence[str]],
    cached: bool,
) -> tuple[Sentences, dict[str, float]]:
    """The rows of the words of each distinct sentence, and what they cost."""
    distinct = list(dict.fromkeys(tuple(sentence) for sentence in sentences))
    lengths = [len(sentence) for sentence in distinct]

    def call(words: Sequence[str]) -> Any:
        arrays = embed_tokens(distinct)
        if [len(rows) for rows in arrays] != lengths:
            raise PluginError(
                f"provider '{loaded.provider.name}': embed_tokens must return for each sentence an "
                "array with one row a word"
            )
        return np.concatenate(arrays)

    # The same words cut into other sentences have other vectors, so the cut is part of the name.
    role = f"tokens-{_digest([str(length) for length in lengths])[:16]}"
    rows, cost = _embed(loaded, list(chain.from_iterable(distinct)), role, call, cached)
    return dict(zip(distinct, np.split(rows, np.cumsum(lengths)[:-1]), strict=True)), cost


def dataset_vectors(
    loaded: Loaded, dataset: Dataset, *, queries: Loaded | None = None, cached: bool = True
) -> tuple[Vectors, dict[str, float]]:
    """The vectors of all texts of a dataset, and what they cost.

    Where the embedder gives words in context, the words of sentences are not embedded alone.
    queries: the same provider loaded for the language of the queries, where that is another one.
    cost: embed_seconds, texts_per_second, peak_bytes, vector_bytes; texts_cut and tokens_cut of an
    embedder that counts them.
    """
    texts = list(dict.fromkeys(dataset.needed))
    asked = list(dict.fromkeys(dataset.needed_queries))
    own_queries = isinstance(loaded.embedder, QueryEmbedder) or queries is not None
    if asked and not own_queries:
        texts = list(dict.fromkeys((*texts, *asked)))
    costs = []
    sentences = None
    embedder = loaded.embedder
    if dataset.needed_sentences and isinstance(embedder, TokenEmbedder):
        sentences, cost = _in_context(
            loaded, embedder.embed_tokens, dataset.needed_sentences, cached
        )
        costs.append(cost)
        inside = set(chain.from_iterable(dataset.needed_sentences))
        texts = [text for text in texts if text not in inside]
    rows, cost = _embed(loaded, texts, "text", loaded.embedder.embed, cached)
    costs.append(cost)
    table = None
    if asked and own_queries:
        source = queries or loaded
        asks = source.embedder
        call = asks.embed_queries if isinstance(asks, QueryEmbedder) else asks.embed
        query_rows, query_cost = _embed(source, asked, "query", call, cached)
        costs.append(query_cost)
        table = Vectors(asked, query_rows)
    seconds = sum(part["embed_seconds"] for part in costs)
    count = sum(part["texts"] for part in costs)
    return Vectors(texts, rows, queries=table, sentences=sentences), {
        "embed_seconds": seconds,
        "texts_per_second": count / seconds if seconds else 0.0,
        "peak_bytes": max(part["peak_bytes"] for part in costs),
        "vector_bytes": sum(part["vector_bytes"] for part in costs),
        **{
            name: sum(part.get(name, 0) for part in costs)
            for name in ("texts_cut", "tokens_cut")
            if any(name in part for part in costs)
        },
    }
