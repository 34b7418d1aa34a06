"""Whether a tokenizer keeps words of a language apart, tried on a few of them.

A tokenizer that strips accents takes vowel signs off Devanagari, so that कल and कुल are one word to
the model, and the dots off Turkish ö; one that lowers case by Unicode's default rules makes
the I of Turkish an i.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from embkit.records import Language

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["is_uncased", "keep_words_apart"]

log = logging.getLogger(__name__)

# Words that differ by a mark alone, by script and, where a script has many languages, by language.
# In each are marks that take no room of their own (category Mn): those are what is stripped.
_PROBES: dict[str, Sequence[str]] = {
    "Deva": ("कल", "कुल", "मल", "मेल", "सर", "सुर", "मद", "मंद", "पर", "पैर", "की", "कीं", "काल"),
    "Beng": ("কল", "কুল", "মল", "মূল", "সর", "সুর", "কত", "কৃত", "পর", "পার"),
    "Gujr": ("કલ", "કુલ", "મલ", "મેલ", "સર", "સુર", "મદ", "મંદ", "પર", "પાર"),
    "Guru": ("ਕਲ", "ਕੁਲ", "ਮਲ", "ਮੇਲ", "ਸਰ", "ਸੁਰ", "ਪਰ", "ਪੈਰ", "ਪਾਰ"),
    "Orya": ("କଲ", "କୁଲ", "ମଲ", "ମୂଲ", "ଦନ", "ଦିନ", "ପର", "ପାର"),
    "Taml": ("கல", "கல்", "பட", "பட்", "மன", "மன்", "பாட", "பாட்"),
    "Telu": ("కల", "కాల", "పడ", "పాడ", "మన", "మాన", "దన", "దిన"),
    "Knda": ("ಕಲ", "ಕಲಿ", "ಮನ", "ಮನೆ", "ದನ", "ದಿನ", "ಪಡ", "ಪಾಡ"),
    "Mlym": ("കല", "കുല", "മന", "മനു", "പട", "പടു", "മല", "മാല"),
    "Sinh": ("කල", "කුල", "දන", "දින", "මල", "මිල", "පර", "පාර"),
    "tr": ("ön", "on", "öldü", "oldu", "kuş", "kus", "aç", "ac", "ısı", "isi", "dağ", "dag", "üç"),
    "az": ("ön", "on", "öldü", "oldu", "qış", "qis", "aç", "ac", "gün", "gun"),
}


def is_uncased(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether a tokenizer takes capitals for small letters."""
    upper, lower = tokenizer(["AZ", "az"], add_special_tokens=False)["input_ids"]
    return upper == lower and tokenizer.unk_token_id not in lower


def keep_words_apart(
    tokenizer: PreTrainedTokenizerBase, language: Language, *, source: str
) -> dict[str, bool]:
    """Try a tokenizer on words of a language, and mend it where a setting of its own allows.

    Accents are kept where the pieces were learnt with them: where no word of the probe turns into
    an unknown one by it. What was done, or could not be, is a warning. Returns the settings that
    were changed.
    """
    probe = _PROBES.get(language.name.split("-")[0]) or _PROBES.get(language.script, ())
    words = [language.normalize(word) for word in probe]
    merged = _merged(tokenizer, words)
    if not merged:
        return {}
    first, second = merged[0]
    unknown = _unknown(tokenizer, words)
    before = _strip_accents(tokenizer, False)
    if before is not None:
        if len(_merged(tokenizer, words)) < len(merged) and _unknown(tokenizer, words) <= unknown:
            log.warning(
                "%s: its tokenizer strips accents, which makes %s and %s of %s one word; embkit "
                "lets it keep them",
                source, first, second, language.name,
            )  # fmt: skip
            return {"strip_accents": False}
        _strip_accents(tokenizer, before.value)
    log.warning(
        "%s: its tokenizer makes %s and %s of %s one word, and %d more pairs of a probe of %d "
        "words; take another model for this language",
        source, first, second, language.name, len(merged) - 1, len(words),
    )  # fmt: skip
    return {}


def _cut(tokenizer: PreTrainedTokenizerBase, words: Sequence[str]) -> list[tuple[int, ...]]:
    if not words:
        return []
    return [tuple(pieces) for pieces in tokenizer(words, add_special_tokens=False)["input_ids"]]


def _merged(tokenizer: PreTrainedTokenizerBase, words: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of words that have the same pieces."""
    seen: dict[tuple[int, ...], str] = {}
    found = []
    for word, pieces in zip(words, _cut(tokenizer, words), strict=True):
        if seen.setdefault(pieces, word) != word:
            found.append((seen[pieces], word))
    return found


def _unknown(tokenizer: PreTrainedTokenizerBase, words: Sequence[str]) -> int:
    return sum(tokenizer.unk_token_id in pieces for pieces in _cut(tokenizer, words))


class _Accents(NamedTuple):
    value: bool | None


def _strip_accents(tokenizer: PreTrainedTokenizerBase, value: bool | None) -> _Accents | None:
    """Change what BERT's way to normalise does with accents; what it did, None without such a
    setting."""
    if not tokenizer.is_fast:
        return None
    from tokenizers import normalizers

    normalizer = tokenizer.backend_tokenizer.normalizer
    if not isinstance(normalizer, normalizers.BertNormalizer):
        return None
    before = _Accents(normalizer.strip_accents)
    normalizer.strip_accents = value
    return before
