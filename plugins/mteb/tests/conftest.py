"""Small data of each type, an embedder for them, and both again as MTEB takes them."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embkit.datasets import Groups, Labelled, LabelledPairs, Pairs, Retrieval

FIGURES = Path(__file__).with_name("figures.json")


class Words:
    """The mean of the vectors of a text's words; none for a text of words that begin with ?."""

    dim = 24
    fingerprint = hashlib.sha256(b"words of the tests").hexdigest()

    def embed(self, texts):
        rows = [self._mean([word for word in text.split() if word[0] != "?"]) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, self.dim)

    def _mean(self, words):
        if not words:
            return np.full(self.dim, np.nan)
        drawn = [np.random.default_rng(zlib.crc32(word.encode())) for word in words]
        return np.mean([generator.normal(size=self.dim) for generator in drawn], axis=0)


def _topic_texts(generator, labels):
    """A text for each label: two words of its topic, and three that any text may have."""
    return [
        " ".join(
            [f"t{label}-{generator.integers(20)}" for _ in range(2)]
            + [f"w{generator.integers(60)}" for _ in range(3)]
        )
        for label in labels
    ]


def _classification(generator, labels):
    train, test = generator.integers(labels, size=90), generator.integers(labels, size=70)
    texts = [*_topic_texts(generator, train), *_topic_texts(generator, test)]
    texts[10] = texts[100] = texts[101] = "? ??"
    return Labelled(
        train_texts=texts[:90], train_labels=[str(label) for label in train],
        test_texts=texts[90:], test_labels=[str(label) for label in test],
    )  # fmt: skip


def _clustering(generator):
    labels = generator.integers(4, size=900)
    texts = _topic_texts(generator, labels)
    for row in range(0, 900, 50):
        texts[row] = f"? ?{row}"
    return Groups(texts=texts, labels=[str(label) for label in labels])


def _varied(generator, texts):
    """Each text with one to four of its words replaced."""
    varied = []
    for text in texts:
        words = text.split()
        for place in generator.permutation(5)[: generator.integers(1, 5)]:
            words[place] = f"w{generator.integers(60)}"
        varied.append(" ".join(words))
    return varied


def _pairs(generator, count=120):
    first = _topic_texts(generator, generator.integers(5, size=count))
    second = _varied(generator, first)
    shared = [len({*a.split()} & {*b.split()}) for a, b in zip(first, second, strict=True)]
    for row in (3, 4, 5):
        first[row] = f"?{row}"
    for row in (4, 5, 6):
        second[row] = f"??{row}"
    first[8] = second[8] = first[9]
    noise = generator.normal(size=count)
    return first, second, np.array(shared) + noise


def _searched(generator):
    documents = _topic_texts(generator, generator.integers(8, size=300))
    documents[20], documents[40] = "?20", documents[41]
    own = generator.permutation(300)[:40]
    queries = _varied(generator, [documents[row] for row in own])
    queries[7] = "?query"
    relevant = [{int(row): 2.0} for row in own]
    for row in relevant:
        for other in generator.integers(300, size=generator.integers(4)):
            row.setdefault(int(other), 1.0)
    return documents, queries, relevant


def make_datasets():
    """A dataset for each type, small, with texts that are unknown to `Words`."""
    generator = np.random.default_rng(7)
    found = {
        "classification": _classification(generator, 3),
        "binary": _classification(generator, 2),
        "clustering": _clustering(generator),
    }
    first, second, scores = _pairs(generator)
    found["sts"] = Pairs(first=first, second=second, scores=np.round(scores, 2).tolist())
    found["pair-classification"] = LabelledPairs(
        first=first, second=second, labels=(scores > 2).tolist()
    )
    found["bitext"] = Retrieval(
        queries=first, documents=second, relevant=[{row: 1.0} for row in range(len(first))]
    )
    documents, queries, relevant = _searched(generator)
    found["retrieval"] = Retrieval(queries=queries, documents=documents, relevant=relevant)
    found["reranking"] = Retrieval(
        queries=queries, documents=documents, relevant=relevant,
        candidates=[
            sorted({*row, *generator.integers(300, size=30).tolist()}) for row in relevant
        ],
    )  # fmt: skip
    return found


TYPES = {
    "classification": ("Classification", "accuracy"),
    "binary": ("Classification", "accuracy"),
    "clustering": ("Clustering", "v_measure"),
    "sts": ("STS", "cosine_spearman"),
    "pair-classification": ("PairClassification", "max_ap"),
    "bitext": ("BitextMining", "f1"),
    "retrieval": ("Retrieval", "ndcg_at_10"),
    "reranking": ("Reranking", "map_at_1000"),
}


def _rows(kind, dataset):
    """What MTEB's task of this type has under the name of its split."""
    from datasets import Dataset, DatasetDict

    if kind in ("classification", "binary"):
        return DatasetDict(
            train=Dataset.from_dict(
                {"text": dataset.train_texts, "label": [int(x) for x in dataset.train_labels]}
            ),
            test=Dataset.from_dict(
                {"text": dataset.test_texts, "label": [int(x) for x in dataset.test_labels]}
            ),
        )
    if kind in ("retrieval", "reranking"):
        # Ids whose order as strings is that of the positions.
        names = [f"d{i:04}" for i in range(len(dataset.documents))]
        asked = [f"q{i:04}" for i in range(len(dataset.queries))]
        ranked = None
        if dataset.candidates:
            ranked = {
                query: [names[i] for i in row]
                for query, row in zip(asked, dataset.candidates, strict=True)
            }
        wanted = {
            query: {names[i]: int(grade) for i, grade in row.items()}
            for query, row in zip(asked, dataset.relevant, strict=True)
        }
        part = {
            "corpus": Dataset.from_dict(
                {"id": names, "text": dataset.documents, "title": [""] * len(names)}
            ),
            "queries": Dataset.from_dict({"id": asked, "text": dataset.queries}),
            "relevant_docs": wanted,
            "top_ranked": ranked,
        }
        return {"default": {"test": part}}
    columns: dict[str, Any] = {
        "clustering": lambda: {"sentences": dataset.texts, "labels": dataset.labels},
        "sts": lambda: {
            "sentence1": dataset.first, "sentence2": dataset.second, "score": dataset.scores
        },
        "pair-classification": lambda: {
            "sentence1": dataset.first, "sentence2": dataset.second,
            "labels": [int(label) for label in dataset.labels],
        },
        "bitext": lambda: {"sentence1": dataset.queries, "sentence2": dataset.documents},
    }[kind]()  # fmt: skip
    return DatasetDict(test=Dataset.from_dict(columns))


def make_task(kind, dataset):
    """The dataset as a task of MTEB, a new one at each call."""
    import mteb.abstasks as abstasks
    from mteb.abstasks.task_metadata import TaskMetadata

    family, main = TYPES[kind]
    base = getattr(abstasks, f"AbsTask{'Retrieval' if family == 'Reranking' else family}")

    def load_data(self, **options):
        self.dataset = _rows(kind, dataset)
        self.data_loaded = True

    about = TaskMetadata(
        name=f"Toy{kind.title().replace('-', '')}",
        description="Made by a test.",
        dataset={"path": "made/here", "revision": "1"},
        type=family,
        main_score=main,
        eval_langs=["mar-Deva"],
    )
    return type("Toy", (base,), {"metadata": about, "load_data": load_data})()


@pytest.fixture(scope="session")
def words():
    return Words()


@pytest.fixture(scope="session")
def datasets():
    return make_datasets()


@pytest.fixture(scope="session")
def mteb():
    """The package, out of mteb or mteb-core; tests that need it are skipped without it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(
            "mteb", reason="neither mteb nor mteb-core is installed", exc_type=ImportError
        )


@pytest.fixture(scope="session")
def as_task(mteb):
    """A function from a type and a dataset to a new task of MTEB."""
    return make_task


@pytest.fixture(scope="session")
def evaluated(mteb, words):
    """A function from a task of MTEB to the numbers that mteb.evaluate gives; needs torch."""
    pytest.importorskip("torch", reason="mteb.evaluate needs torch, which mteb-core lacks")
    from embkit_mteb import encoder

    def numbers(task):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = mteb.evaluate(encoder(words), task, cache=None, show_progress_bar=False)
        (entry,) = result.task_results[0].scores["test"]
        numbers = {name: v for name, v in entry.items() if isinstance(v, int | float)}
        # Areas of abstention are no scores, and some of them are not finite.
        return {name: float(v) for name, v in numbers.items() if not name.startswith("nauc")}

    return numbers


@pytest.fixture(scope="session")
def live(evaluated, datasets):
    """What mteb.evaluate gives on each dataset; EMBKIT_STORE_FIGURES=1 makes it the stored."""
    found = {kind: evaluated(make_task(kind, dataset)) for kind, dataset in datasets.items()}
    if os.environ.get("EMBKIT_STORE_FIGURES"):
        FIGURES.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    return found


@pytest.fixture(scope="session")
def stored():
    """The same as it was when the protocol was written, with mteb 2.26.24."""
    return json.loads(FIGURES.read_text())


@pytest.fixture
def in_mteb(mteb, datasets, monkeypatch):
    """MTEB with our tasks under their names, beside its own."""
    own = {
        make_task(kind, dataset).metadata.name: (kind, dataset)
        for kind, dataset in datasets.items()
    }
    get_task = mteb.get_task

    def found(name, **options):
        return make_task(*own[name]) if name in own else get_task(name, **options)

    monkeypatch.setattr(mteb, "get_task", found)
    return mteb
