"""The packages that train: gensim and fasttext."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from embkit.errors import EmbkitError, InvalidRequest

from embkit_fasttext.corpus import Progress
from embkit_fasttext.parameters import Parameters

__all__ = ["require_package", "train_with_fasttext", "train_with_gensim"]

_EVERY = 1000


def require_package(name: str) -> None:
    """Raise InvalidRequest when a package that trains is not installed."""
    if importlib.util.find_spec(name) is None:
        raise InvalidRequest(
            f"training needs the {name} package: pip install {name}, or, for both packages that "
            "train, pip install 'embkit-fasttext[train]'"
        )


class _Lines:
    """Prepared lines as gensim asks for them, once an epoch; what was taken is the progress.

    stopped: ends them early, so that gensim's threads end.
    """

    def __init__(self, path: Path, total: int, progress: Progress) -> None:
        self.stopped = False
        self._path = path
        self._taken = 0
        self._total = total
        self._progress = progress

    def __iter__(self) -> Iterator[list[str]]:
        with open(self._path, encoding="utf-8", newline="\n") as file:
            for line in file:
                if self.stopped:
                    return
                if self._taken % _EVERY == 0:
                    self._progress("training", self._taken, self._total)
                self._taken += 1
                yield line.split()


@contextlib.contextmanager
def _silent(name: str) -> Iterator[None]:
    """Without a logger's warnings, which gensim gives for a small corpus."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def train_with_gensim(
    text: Path,
    lines: int,
    counts: Mapping[str, int],
    parameters: Parameters,
    target: Path,
    progress: Progress,
) -> None:
    """Train on prepared lines and write fastText's `.bin`, or word2vec's binary format.

    counts: of the words that get a vector. In one thread the same input gives the same bytes,
    whatever PYTHONHASHSEED is: gensim 4 draws its first rows from `seed` alone.
    """
    from gensim.models import FastText, Word2Vec
    from gensim.models.fasttext import save_facebook_model

    settings = {
        "sg": int(parameters.algorithm == "skipgram"),
        "vector_size": parameters.dim,
        "min_count": parameters.min_count,
        "window": parameters.window,
        "hs": int(parameters.loss == "hs"),
        "negative": parameters.negative if parameters.loss == "ns" else 0,
        "sample": parameters.sample,
        "alpha": parameters.lr,
        "epochs": parameters.epochs,
        "seed": parameters.seed,
        "workers": parameters.threads,
    }
    sentences = _Lines(text, lines * parameters.epochs, progress)
    with _silent("gensim"):
        if parameters.model == "word2vec":
            model = Word2Vec(**settings)
        else:
            # A longest n-gram below the shortest is how gensim says "none".
            minn = parameters.minn if parameters.maxn else 1
            model = FastText(
                **settings, min_n=minn, max_n=parameters.maxn, bucket=parameters.bucket
            )
        try:
            model.build_vocab_from_freq(counts, corpus_count=lines)
            model.corpus_total_words = sum(counts.values())
            model.train(sentences, total_examples=lines, epochs=parameters.epochs)
        except MemoryError as error:
            rows = len(counts) + (parameters.bucket or 0)
            raise EmbkitError(
                f"{rows:,} rows of {parameters.dim} numbers do not fit into memory; lower dim or "
                "bucket, or raise min_count"
            ) from error
        finally:
            sentences.stopped = True
        if parameters.model == "word2vec":
            model.wv.save_word2vec_format(str(target), binary=True)
        else:
            save_facebook_model(model, str(target))


# In a process of its own: it holds Python's lock while it trains, so that neither an interrupt nor
# a line of progress would come through, and what it does not like may end it. It writes progress
# all the time; by SIGPIPE it ends soon after the process that reads it.
_PROGRAM = """
import json, signal, sys
if hasattr(signal, "SIGPIPE"):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
import fasttext
fasttext.train_unsupervised(**json.loads(sys.argv[1])).save_model(sys.argv[2])
"""
_PERCENT = re.compile(rb"Progress:\s*([0-9.]+)%")


def train_with_fasttext(
    text: Path, parameters: Parameters, target: Path, progress: Progress
) -> None:
    """Train on prepared lines with the fasttext package and write its `.bin`.

    Raises EmbkitError with the package's own words when it fails.
    """
    settings = {
        "input": str(text),
        "model": parameters.algorithm,
        "dim": parameters.dim,
        "epoch": parameters.epochs,
        "minCount": parameters.min_count,
        "ws": parameters.window,
        "loss": parameters.loss,
        "neg": parameters.negative,
        "t": parameters.sample,
        "lr": parameters.lr,
        "minn": parameters.minn,
        "maxn": parameters.maxn,
        "bucket": parameters.bucket,
        "thread": parameters.threads,
        "label": " ",  # no word begins so: none is taken for a label
        "verbose": 2,
    }
    command = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(settings), str(target)]
    last = b""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            while said := os.read(process.stderr.fileno(), 4096):
                last = (last + said)[-4096:]
                if percents := _PERCENT.findall(last):
                    progress("training", round(10 * float(percents[-1])), 1000)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        words = last.decode(errors="replace").strip().splitlines()
        raise EmbkitError(
            f"the fasttext package failed (exit {process.returncode}): {words[-1] if words else ''}"
        )
