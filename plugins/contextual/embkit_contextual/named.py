"""Encoders of a hundred languages and more, by name."""

from __future__ import annotations

from embkit.records import Provider

from embkit_contextual.providers import encoder_provider

__all__ = ["PROVIDERS"]

_E5 = {"query": "query: ", "passage": "passage: "}
_E5_PAPER = "Wang et al. 2024, arXiv 2402.05672"

# Sizes are those of the weights, by the number of parameters that the publishers give.
PROVIDERS: tuple[Provider, ...] = (
    encoder_provider(
        name="multilingual-e5-small",
        model="intfloat/multilingual-e5-small",
        summary="E5 of 118 M parameters for 94 languages, 384 d, trained for retrieval",
        licence="MIT",
        download_bytes=471_000_000,
        prompts=_E5,
        source=_E5_PAPER,
    ),
    encoder_provider(
        name="multilingual-e5-base",
        model="intfloat/multilingual-e5-base",
        summary="E5 of 278 M parameters for 94 languages, 768 d, trained for retrieval",
        licence="MIT",
        download_bytes=1_110_000_000,
        prompts=_E5,
        source=_E5_PAPER,
    ),
    encoder_provider(
        name="multilingual-e5-large",
        model="intfloat/multilingual-e5-large",
        summary="E5 of 560 M parameters for 94 languages, 1,024 d, trained for retrieval",
        licence="MIT",
        download_bytes=2_240_000_000,
        prompts=_E5,
        source=_E5_PAPER,
    ),
    encoder_provider(
        name="labse",
        model="sentence-transformers/LaBSE",
        summary="LaBSE, of 471 M parameters for 109 languages, 768 d, trained on translations",
        licence="Apache-2.0",
        download_bytes=1_880_000_000,
        source="Feng et al. 2022, arXiv 2007.01852",
    ),
    encoder_provider(
        name="paraphrase-multilingual-minilm",
        model="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        summary="MiniLM of 118 M parameters for 50 languages, 384 d, trained on paraphrases",
        licence="Apache-2.0",
        download_bytes=471_000_000,
        source="Reimers and Gurevych 2020, arXiv 2004.09813",
    ),
)
