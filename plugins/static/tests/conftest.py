"""A cache of one's own, tiny encoders, and the command line."""

from __future__ import annotations

import pytest
from embkit import Request
from embkit.languages import default_language

from .encoders import save_bert


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("EMBKIT_OFFLINE", "1")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Models this small take longer to be shared out than to be calculated."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def berts(tmp_path_factory):
    """A function that gives the folder of a BERT of one seed, the same folder each time."""
    folder = tmp_path_factory.mktemp("berts")

    def bert(seed: int = 0):
        path = folder / f"bert-{seed}"
        return path if path.exists() else save_bert(path, seed=seed)

    return bert


@pytest.fixture
def marathi():
    return default_language("mr")


@pytest.fixture
def encoder(berts, marathi):
    from embkit_contextual import open_encoder

    return open_encoder(str(berts()), Request(language=marathi))


@pytest.fixture
def run(monkeypatch, capsys):
    """A function that runs an embkit command; its exit code, stdout and stderr."""
    from embkit.cli import main

    def call(*words):
        monkeypatch.setattr("sys.argv", ["embkit", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


@pytest.fixture
def vec(tmp_path):
    """A function that writes word vectors as text: vec("a.vec", {"word": [1, 2]})."""

    def write(name, table):
        dim = len(next(iter(table.values())))
        lines = [f"{len(table)} {dim}"]
        lines += [" ".join([word, *map(str, row)]) for word, row in table.items()]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def corpus(tmp_path):
    """A function that writes lines of text to a file."""

    def write(*lines, name="corpus.txt"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
