"""From a register and a taxonomy to an answer for every row: the engine behind `embkit align`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from embkit_built.answers import Answer, Answering, Options
from embkit_built.confidence import ENOUGH, Confidence, fit_confidence
from embkit_built.decisions import Decision
from embkit_built.first_mix import first_mix
from embkit_built.ranking import Mix, Ranking, Tree, best_mix
from embkit_built.registers import Register
from embkit_built.scorers import Embed, Scorers
from embkit_built.taxonomies import NONE, Taxonomy

__all__ = ["Alignment", "align"]

# So many decisions are enough to tell a mix and a confidence from.
_LEARNED = 2000


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """answers: by cleaned text, in order of the first row that has it. keys: that of each row.

    bar: the confidence from which answers are accepted, where there is a confidence. run: 12
    digits that change with anything an answer depends on.
    """

    register: Register
    taxonomy: Taxonomy
    answers: Mapping[str, Answer]
    keys: Sequence[str]
    mix: Mix
    confidence: Confidence | None
    bar: float
    usable_decisions: int
    model: str
    run: str

    @cached_property
    def things(self) -> Mapping[str, int]:
        """How many things each distinct text stands for."""
        counted: Counter[str] = Counter()
        for key, count in zip(self.keys, self.register.counts, strict=True):
            counted[key] += count
        return counted


def _distinct_texts(register: Register, clean: Callable[[str, str], str]) -> list[str]:
    """The cleaned text of each row; what has nothing left stands as written, in brackets."""
    pairs = zip(register.texts, register.makers, strict=True)
    return [clean(text, makers) or f"<{text}>" for text, makers in pairs]


def align(
    register: Register,
    taxonomy: Taxonomy,
    decided: Mapping[str, Decision],
    *,
    embed: Embed,
    embed_classes: Embed,
    clean: Callable[[str, str], str],
    options: Options,
    model: str = "",
    progress: Callable[[int], None] = lambda count: None,
) -> Alignment:
    """An answer for each distinct text of a register.

    decided: by cleaned text. A decision wins where the text is the same and counts as an opinion
    where it is alike; those for codes that the taxonomy lacks are passed over, see
    `changed_codes`. model: what the embedder is called, for the record.
    """
    keys = _distinct_texts(register, clean)
    usable = {
        key: decision.code
        for key, decision in decided.items()
        if decision.code == NONE or decision.code in taxonomy
    }
    spoken = {key: code for key, code in usable.items() if not key.startswith("<")}
    texts = [key for key in dict.fromkeys(keys) if key not in usable and not key.startswith("<")]
    scorers = Scorers(taxonomy, embed, embed_classes, lambda text: clean(text, ""))
    tree = Tree(taxonomy)
    mix, confidence = _learned(scorers, tree, spoken)
    bar = confidence.bar(options.accept_at) if confidence else 1.0
    found: Mapping[str, Answer] = {}
    if texts:
        ranking = Ranking(
            candidates=scorers.candidates(texts, spoken, progress=progress),
            tree=tree,
            mix=mix,
            none_decided=NONE in spoken.values(),
        )
        answering = Answering(ranking, confidence, bar, taxonomy, list(spoken), options)
        found = answering.all(texts)
    answers = {
        key: found.get(key) or _given(key, usable, decided, taxonomy) for key in dict.fromkeys(keys)
    }
    return Alignment(
        register=register,
        taxonomy=taxonomy,
        answers=answers,
        keys=keys,
        mix=mix,
        confidence=confidence,
        bar=bar,
        usable_decisions=len(usable),
        model=model,
        run=_run(keys, taxonomy, usable, model, options),
    )


def _learned(
    scorers: Scorers, tree: Tree, decided: Mapping[str, str]
) -> tuple[Mix, Confidence | None]:
    """The mix and the confidence that decisions tell, each judged by the others."""
    if len(decided) < ENOUGH:
        return first_mix(scorers), None
    texts = list(decided)
    if len(texts) > _LEARNED:
        chosen = np.random.default_rng(0).choice(len(texts), _LEARNED, replace=False)
        texts = [texts[i] for i in np.sort(chosen).tolist()]
    taxonomy = scorers.taxonomy
    none = len(taxonomy)
    gold = np.array([none if decided[t] == NONE else taxonomy.place(decided[t]) for t in texts])
    candidates = scorers.candidates(texts, decided)
    mix = best_mix(candidates, tree, gold)
    ranking = Ranking(
        candidates=candidates, tree=tree, mix=mix, none_decided=bool((gold == none).any())
    )
    return mix, fit_confidence(ranking, gold)


def _run(
    keys: Sequence[str],
    taxonomy: Taxonomy,
    usable: Mapping[str, str],
    model: str,
    options: Options,
) -> str:
    about = [keys, taxonomy.version, sorted(usable.items()), model, vars(options)]
    text = json.dumps(about, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:12]


def _given(
    key: str, usable: Mapping[str, str], decided: Mapping[str, Decision], taxonomy: Taxonomy
) -> Answer:
    """The answer for a text that was decided, or in which no word is left."""
    if key not in usable:
        return Answer(
            text=key, code="", title="", level=0, score=0.0, margin=0.0, confidence=None,
            status="review", why="no word is left of it", shortlist=(),
        )  # fmt: skip
    code, decision = usable[key], decided[key]
    who = f" by {decision.who}" if decision.who else ""
    when = f" on {decision.when[:10]}" if decision.when else ""
    return Answer(
        text=key,
        code=code,
        title="" if code == NONE else taxonomy.get(code).title,
        level=0 if code == NONE else len(taxonomy.line_of(code)),
        score=1.0,
        margin=1.0,
        confidence=1.0,
        status="decided",
        why=f"decided{who}{when}",
        shortlist=(code,),
    )
