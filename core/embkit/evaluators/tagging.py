"""Tags of words in sentences by a linear probe on frozen vectors: parts of speech, entities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from embkit.datasets import Tagged
from embkit.errors import InvalidData
from embkit.evaluators.classification import accuracies_and_f1s, accuracy_and_f1, codes
from embkit.evaluators.linear import Scaling, answer, learn
from embkit.evaluators.samples import means, ratios, sums
from embkit.evaluators.windows import SYMBOL, Windows, around
from embkit.predictions import Predictions
from embkit.records import Setting
from embkit.vectors import Vectors

__all__ = [
    "majority",
    "measure",
    "measure_entities",
    "measure_entity_samples",
    "measure_samples",
    "predict",
    "spans",
    "word_and_suffix",
]

_LONGEST_SUFFIX = 5


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """The entities of one sentence: first word, the word behind the last, type.

    B-TYPE begins an entity, and so does I-TYPE where no entity of its type goes on: at the
    beginning, after O, after another type. Any other tag ends one. Agrees with conlleval, which is
    what seqeval does by default.
    """
    found = set()
    start, kind = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        part, _, own = tag.partition("-")
        goes_on = part == "I" and own == kind
        if kind and not goes_on:
            found.add((start, place, kind))
            kind = ""
        if part in ("B", "I") and not goes_on:
            start, kind = place, own
    return found


def _entities(lengths: Sequence[int], tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """The spans of all sentences, their places counted through."""
    ends = list(accumulate(lengths))
    return {
        (end - length + first, end - length + last, kind)
        for length, end in zip(lengths, ends, strict=True)
        for first, last, kind in spans(tags[end - length : end])
    }


def _entity_columns(
    lengths: Sequence[int], gold: Sequence[str], predicted: Sequence[str]
) -> dict[str, NDArray[np.bool_]]:
    """At which words a gold entity begins, a predicted one, and one that is both.

    Marked where it begins, an entity counts as a whole in any sample of sentences.
    """
    true, guessed = _entities(lengths, gold), _entities(lengths, predicted)
    marked = {"gold_entity": true, "predicted_entity": guessed, "right_entity": true & guessed}
    columns = {name: np.zeros(len(gold), dtype=bool) for name in marked}
    for name, entities in marked.items():
        columns[name][[first for first, _, _ in entities]] = True
    return columns


def _names(dataset: Tagged) -> list[str]:
    return sorted(set(chain(*dataset.train_tags, *dataset.test_tags)))


def _rows(dataset: Tagged, predicted: Sequence[str], known: NDArray[np.bool_]) -> Predictions:
    names = _names(dataset)
    gold = list(chain(*dataset.test_tags))
    lengths = [len(sentence) for sentence in dataset.test_sentences]
    trained = set(chain(*dataset.train_sentences))
    entities = _entity_columns(lengths, gold, predicted) if dataset.scheme else {}
    return Predictions(
        {
            "gold": codes(gold, names),
            "predicted": codes(predicted, names),
            "seen": [word in trained for word in chain(*dataset.test_sentences)],
            **entities,
        },
        unit=np.repeat(np.arange(len(lengths)), lengths),
        known=known,
        names={"gold": names, "predicted": names},
    )


def _symbols(words: Sequence[str], setting: Setting) -> NDArray[np.bool_]:
    """Which of the words hold no word by the rules of the language: punctuation, signs."""
    language = setting.language
    bare = {word for word in set(words) if not language.tokenize(language.normalize(word))}
    return np.array([word in bare for word in words], dtype=bool)


def predict(dataset: Tagged, vectors: Vectors, setting: Setting) -> Predictions:
    """The tag of each test word by multinomial logistic regression on a window of words.

    Features: the vectors of the word and of its neighbours, as many to each side as the setting's
    option `window` says (1), standardised by the words of train. Where there is no vector stand
    zeros, which is the mean, and a mark that tells apart what is unknown, no word, or outside the
    sentence. The strength is chosen by accuracy on the validation sentences, or on a fifth of
    train. A word without a vector is left out of train, and gets no tag in test.
    Punctuation, which many embedders of words never see, is no gap in a vocabulary: without a
    vector it has its mark, in train and in test. With no word known it is unknown too.
    """
    sentences = dataset.needed_sentences
    lengths = [len(sentence) for sentence in sentences]
    words = list(chain.from_iterable(sentences))
    names = _names(dataset)
    tags = codes(chain(*dataset.train_tags, *dataset.valid_tags, *dataset.test_tags), names)
    table, rows = vectors.tokens(sentences)
    if len(table):
        rows[(rows < 0) & _symbols(words, setting)] = SYMBOL
    usable = (rows >= 0) | (rows == SYMBOL)
    first_test = len(rows) - dataset.items
    first_valid = sum(map(len, dataset.train_sentences))
    train, valid, test = (
        start + np.flatnonzero(usable[start:end])
        for start, end in ((0, first_valid), (first_valid, first_test), (first_test, len(rows)))
    )
    predicted = np.full(dataset.items, "", dtype=object)
    times = np.bincount(rows[:first_valid][rows[:first_valid] >= 0], minlength=len(table))
    if len(test) and times.any() and len(set(tags[train].tolist())) > 1:
        scaled = Scaling(table, times)(table)
        places = around(rows, lengths, int(setting.options.get("window", 1)))

        def design(positions: NDArray[np.int64]) -> Windows:
            return Windows(scaled, places[positions])

        sentence = np.repeat(np.arange(len(lengths)), lengths)
        weights, _ = learn(
            design, tags, len(names), train, valid, sentence, setting.generator("held out")
        )
        predicted[test - first_test] = np.array(names, dtype=object)[answer(design(test), weights)]
    return _rows(dataset, predicted.tolist(), usable[first_test:])


def measure(predictions: Predictions) -> Mapping[str, float]:
    """Accuracy and macro-F1 over words; accuracy on the words that train has, and on the others.

    Every word of every sentence counts and nothing else does. A word without a vector is wrong.
    """
    accuracy, f1 = accuracy_and_f1(predictions["gold"], predictions["predicted"])
    right, seen = predictions["gold"] == predictions["predicted"], predictions["seen"]
    return {
        "accuracy": accuracy,
        "accuracy_seen": float(right[seen].mean()) if seen.any() else 0.0,
        "accuracy_unseen": float(right[~seen].mean()) if not seen.all() else 0.0,
        "macro_f1": f1,
    }


def measure_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure` of many samples at once."""
    gold, predicted, seen = (predictions[name] for name in ("gold", "predicted", "seen"))
    accuracy, f1 = accuracies_and_f1s(gold, predicted, weights)
    return {
        "accuracy": accuracy,
        "accuracy_seen": means([gold == predicted], weights, seen)[0],
        "accuracy_unseen": means([gold == predicted], weights, ~seen)[0],
        "macro_f1": f1,
    }


def _marked(predictions: Predictions) -> list[NDArray[np.bool_]]:
    """Where an entity begins: of gold, of the predicted, and of both."""
    if "right_entity" not in predictions.columns:
        raise InvalidData(
            "entities are measured where tags have the scheme IO or IOB; this dataset has none"
        )
    return [predictions[f"{which}_entity"] for which in ("gold", "predicted", "right")]


def measure_entities(predictions: Predictions) -> Mapping[str, float]:
    """F1, precision and recall over entities: right are those of the same words and type.

    All types together (micro average). A word without a vector is in no predicted entity.
    Raises InvalidData when the tags have no scheme.
    """
    gold, predicted, right = (int(column.sum()) for column in _marked(predictions))
    return {
        "span_f1": 2 * right / (gold + predicted) if gold + predicted else 0.0,
        "span_precision": right / predicted if predicted else 0.0,
        "span_recall": right / gold if gold else 0.0,
        "accuracy": accuracy_and_f1(predictions["gold"], predictions["predicted"])[0],
    }


def measure_entity_samples(
    predictions: Predictions, weights: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float64]]:
    """`measure_entities` of many samples at once."""
    gold, predicted, right = sums(_marked(predictions), weights)
    return {
        "span_f1": ratios(2 * right, gold + predicted),
        "span_precision": ratios(right, predicted),
        "span_recall": ratios(right, gold),
        "accuracy": means([predictions["gold"] == predictions["predicted"]], weights)[0],
    }


def _most(counts: Mapping[str, int]) -> str:
    """The most frequent, of equals the first in order."""
    return min(counts, key=lambda tag: (-counts[tag], tag))


def majority(dataset: Tagged, setting: Setting) -> Predictions:
    """The most frequent tag of train for every word."""
    tag = _most(Counter(chain(*dataset.train_tags)))
    return _rows(dataset, [tag] * dataset.items, np.ones(dataset.items, dtype=bool))


def word_and_suffix(dataset: Tagged, setting: Setting) -> Predictions:
    """The most frequent tag of the word in train, or of its longest ending that train has.

    Endings have at most five letters, case folded; with none in common it is the majority's tag.
    """
    fold, normalize = setting.language.fold, setting.language.normalize

    def keys(word: str) -> list[str]:
        folded = fold(normalize(word))
        endings = (folded[-length:] for length in range(_LONGEST_SUFFIX, 0, -1))
        return list(dict.fromkeys((f"\0{word}", *endings, "")))

    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, tag in zip(chain(*dataset.train_sentences), chain(*dataset.train_tags), strict=True):
        for key in keys(word):
            counts[key][tag] += 1
    best = {key: _most(found) for key, found in counts.items()}
    predicted = [
        next(best[key] for key in keys(word) if key in best)
        for word in chain(*dataset.test_sentences)
    ]
    return _rows(dataset, predicted, np.ones(dataset.items, dtype=bool))
