"""Small models made here, of random weights, and a cache of their own."""

from __future__ import annotations

import json
import shutil

import pytest
from embkit import Request
from embkit.languages import default_language, turkish
from embkit_contextual.options import OPTIONS

from .models import save_bert, save_gpt, save_llama


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("EMBKIT_OFFLINE", "1")


@pytest.fixture
def asked():
    """A function that makes a request with options, for a language."""

    def request(language: str = "mr", **options) -> Request:
        known = {option.name: option.default for option in OPTIONS}
        assert options.keys() <= known.keys()
        script = {"mr": "Deva"}.get(language, "Latn")
        chosen = turkish() if language == "tr" else default_language(language, script)
        return Request(language=chosen, options={**known, **options})

    return request


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    savers = {"bert": save_bert, "gpt": save_gpt, "llama": save_llama}
    for name, save in savers.items():
        save(folder / name)
    return folder


@pytest.fixture
def model(_made, tmp_path):
    """A function that copies a model: bert, gpt or llama. files: what is written into its folder,
    JSON by name; None deletes one."""

    def copy(name: str = "bert", *, files: dict[str, object] | None = None):
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(_made / name, folder)
        for file, content in (files or {}).items():
            path = folder / file
            path.parent.mkdir(exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_text(json.dumps(content))
        return folder

    return copy
