"""From a register and a taxonomy to an answer for every row: the engine behind `embkit align`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from embkit_built.confidence import ENOUGH, Confidence, fit_confidence
from embkit_built.decisions import Decision
from embkit_built.first_mix import first_mix
from embkit_built.ranking import Mix, Ranking, Tree, best_mix
from embkit_built.registers import Register
from embkit_built.scorers import SCORERS, Embed, Scorers
from embkit_built.taxonomies import NONE, Taxonomy

__all__ = ["Alignment", "Answer", "Options", "align", "distinct_texts"]

Status = Literal["decided", "auto", "none", "review"]
# So many decisions are enough to tell a mix and a confidence from.
_LEARNED = 2000


@dataclass(frozen=True, kw_only=True)
class Options:
    """accept_at: the share of accepted answers that should be right. top: classes a shortlist has.

    level: the deepest level of an answer, from 1 at the top; 0 for the deepest that is sure enough.
    """

    accept_at: float = 0.95
    top: int = 5
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a text was given.

    code: of a class, or none. level: from 1 at the top, 0 for none. score: 0 to about 2, means
    nothing by itself. margin: to the next class. confidence: the probability that the code is
    right, None while nothing is known about it. shortlist: the likeliest codes, best first.
    """

    text: str
    code: str
    title: str
    level: int
    score: float
    margin: float
    confidence: float | None
    status: Status
    why: str
    shortlist: Sequence[str]


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


def distinct_texts(register: Register, clean: Callable[[str, str], str]) -> list[str]:
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
    keys = distinct_texts(register, clean)
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
        answering = _Answers(ranking, confidence, bar, taxonomy, list(spoken), options)
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


class _Answers:
    """Turns a ranking into answers."""

    def __init__(
        self,
        ranking: Ranking,
        confidence: Confidence | None,
        bar: float,
        taxonomy: Taxonomy,
        decided: Sequence[str],
        options: Options,
    ) -> None:
        self._ranking, self._bar = ranking, bar
        self._taxonomy, self._decided, self._options = taxonomy, decided, options
        self._sure = confidence.of(ranking) if confidence else None
        steps = range(ranking.tree.levels)
        self._above = [ranking.tree.above(ranking.best, step).tolist() for step in steps]
        self._tops = {taxonomy.place(found.parent) for found in taxonomy.classes if found.parent}
        self._tops = {place for place in self._tops if not taxonomy.classes[place].parent}
        self._margins = [ranking.features(step)[:, 1] for step in steps]

    def all(self, texts: Sequence[str]) -> dict[str, Answer]:
        """The answers of texts, in the order of the ranking."""
        classes, _ = self._ranking.top(self._options.top)
        return {
            text: self._answer(row, text, classes[row].tolist()) for row, text in enumerate(texts)
        }

    def _answer(self, row: int, text: str, shortlist: Sequence[int]) -> Answer:
        ranking = self._ranking
        step, sure = self._step(row)
        place = self._above[step][row]
        code, title = self._named(place)
        best = float(ranking.totals[row].max())
        status: Status = "review" if not sure else "none" if code == NONE else "auto"
        return Answer(
            text=text,
            code=code,
            title=title,
            level=0 if code == NONE else int(ranking.tree.depth[place]) + 1,
            score=best,
            margin=float(self._margins[step][row]),
            confidence=None if self._sure is None else float(self._sure[row, step]),
            status=status,
            why=self._why(row, place),
            shortlist=[self._named(p)[0] for p in shortlist if p >= 0],
        )

    def _step(self, row: int) -> tuple[int, bool]:
        """How far above the best class the answer stands, and whether it is accepted."""
        best = int(self._ranking.best[row])
        depth = int(self._ranking.tree.depth[best])
        first = max(0, depth + 1 - self._options.level) if self._options.level else 0
        if self._sure is None:
            return first, False
        for step in range(first, depth + 1):
            # The top of a tree says too little to be accepted, unless it was asked for.
            if self._above[step][row] in self._tops and self._options.level != 1:
                break
            # One class above another is accepted for its own certainty alone.
            least = self._bar if step == 0 else self._options.accept_at
            if self._sure[row, step] >= least:
                return step, True
        return first, False

    def _named(self, place: int) -> tuple[str, str]:
        if place == len(self._taxonomy):
            return NONE, ""
        found = self._taxonomy.classes[place]
        return found.code, found.title

    def _why(self, row: int, place: int) -> str:
        """Which opinions put it first, and which decided text is most like it."""
        ranking = self._ranking
        firsts = ranking.firsts[row]
        inside = ranking.tree.under(firsts, np.full(len(firsts), place))
        said = [name for name, yes in zip(SCORERS, inside.tolist(), strict=True) if yes]
        parts = [f"first by {' and '.join(said)}" if said else "first by the sum alone"]
        nearest = int(ranking.candidates.nearest[row])
        if nearest >= 0 and "decisions" in said:
            parts.append(f"like '{self._decided[nearest]}'")
        if not ranking.candidates.known[row]:
            parts.append("no vector")
        return "; ".join(parts)
