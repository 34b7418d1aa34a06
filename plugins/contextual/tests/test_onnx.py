"""Graphs of ONNX: the same vectors, made once, each text's own."""

from __future__ import annotations

import json
import sys

import pytest
import torch
from embkit import InvalidData, InvalidRequest
from embkit.cache import cache_dir
from embkit_contextual import exporting, open_encoder
from embkit_contextual.embedder import load_embedder
from tokenizers import processors
from transformers import AutoModel

from .models import bert_tokenizer
from .test_families import family  # noqa: F401
from .test_texts import TEXTS, vectors

for package in ("onnxruntime", "onnx", "onnxscript"):
    pytest.importorskip(package, reason=f"needs {package}; pip install 'embkit-contextual[onnx]'")


@pytest.fixture(scope="module")
def _one_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(autouse=True)
def own_cache(_one_cache, monkeypatch):
    """One cache for all tests here: to export a model takes seconds."""
    monkeypatch.setenv("EMBKIT_CACHE", str(_one_cache))
    monkeypatch.setenv("EMBKIT_OFFLINE", "1")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("bert", {}),
        ("bert", {"layer": "1-2", "layers": 3, "temperature": 0.5}),
        ("llama", {"bidirectional": True, "pooling": "mean"}),
    ],
)
def test_texts_and_words_have_the_vectors_that_torch_gives(model, asked, name, options):
    by_torch = open_encoder(str(model(name)), asked(**options))
    encoder = open_encoder(str(model(name)), asked(**options, backend="onnx"))
    assert vectors(encoder) == pytest.approx(vectors(by_torch), abs=1e-5)
    words = [["the", "cat", "sat"] * 20, ["a"]]
    expected = dict(by_torch.stream_tokens(words))
    for number, rows in encoder.stream_tokens(words):
        assert rows == pytest.approx(expected[number], abs=1e-5)
    assert encoder.fingerprint != by_torch.fingerprint


def test_another_family_has_the_vectors_that_torch_gives(family, asked):  # noqa: F811
    folder = str(family("ModernBert"))
    expected = vectors(open_encoder(folder, asked("en", pooling="mean")))
    encoder = open_encoder(folder, asked("en", pooling="mean", backend="onnx"))
    assert vectors(encoder) == pytest.approx(expected, abs=1e-5)


def test_batch_and_order_change_no_vector(model, asked):
    encoder = open_encoder(str(model()), asked(backend="onnx"))
    rows = vectors(encoder)
    alone = open_encoder(str(model()), asked(backend="onnx", batch_tokens=1))
    assert vectors(alone) == pytest.approx(rows, abs=1e-5)
    assert vectors(encoder, TEXTS[::-1])[::-1] == pytest.approx(rows, abs=1e-5)


def test_a_graph_is_made_once_for_each_layer_and_change_of_the_model(model, asked, monkeypatch):
    open_encoder(str(model()), asked(backend="onnx"))
    made = set(cache_dir().glob("onnx/*/graph.onnx"))

    def never(*args, **given):
        raise AssertionError("exported again")

    monkeypatch.setattr(torch.onnx, "export", never)
    again = open_encoder(str(model()), asked(backend="onnx", pooling="cls", truncate_dim=5))
    assert vectors(again).shape == (8, 5)
    assert set(cache_dir().glob("onnx/*/graph.onnx")) == made
    for options in ({"layer": "3"}, {"layers": 2}, {"temperature": 2.0}):
        with pytest.raises(InvalidRequest, match="AssertionError"):
            open_encoder(str(model()), asked(backend="onnx", **options))
    assert set(cache_dir().glob("onnx/*/*")) == {
        path for each in made for path in each.parent.iterdir()
    }


def test_the_size_is_that_of_the_weights_in_the_graph(model, asked):
    parameters = AutoModel.from_pretrained(model()).named_parameters()
    kept = [p.detach().numpy() for name, p in parameters if "pooler" not in name]
    # Rows of zeros and of ones, as here the biases are, stand in the graph once.
    whole = sum({array.tobytes(): array.nbytes for array in kept}.values())
    size = load_embedder(str(model()), asked(backend="onnx")).model_bytes
    # Beside them are shapes and positions, which are numbers as well.
    assert whole <= size < whole + 1500


def test_a_spoilt_graph_is_told(model, asked):
    open_encoder(str(model()), asked(backend="onnx"))
    whole = {path: path.read_bytes() for path in cache_dir().glob("onnx/*/graph.onnx")}
    for path in whole:
        path.write_bytes(b"spoilt")
    with pytest.raises(InvalidData, match=r"graph.onnx.*: cannot be opened by onnxruntime; delete"):
        open_encoder(str(model()), asked(backend="onnx"))
    for path, content in whole.items():
        path.write_bytes(content)


def test_a_graph_that_gives_other_vectors_is_not_kept(model, asked, monkeypatch):
    before = set(cache_dir().glob("onnx/*/*"))
    run = exporting._run
    monkeypatch.setattr(exporting, "_run", lambda *given: run(*given) + 0.5)
    with pytest.raises(
        InvalidRequest, match=r"type 'bert' gives other vectors .* off by 0.5; leave"
    ):
        open_encoder(str(model()), asked(backend="onnx", layers=1))
    assert set(cache_dir().glob("onnx/*/*")) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "int8"}, "calculates in float32; leave it out, or 'dtype=int8'"),
        ({"dtype": "bfloat16"}, "or 'dtype=bfloat16'"),
        ({"layer": "input"}, "the rows of a table, for which no model is run"),
        ({"layer": "7"}, "there is no layer '7'"),
    ],
)
def test_what_the_backend_does_not_do_is_one_sentence(model, asked, options, message):
    with pytest.raises(InvalidRequest, match=message):
        open_encoder(str(model()), asked(backend="onnx", **options))


def test_types_of_pieces_are_refused(model, asked):
    tokenizer = bert_tokenizer()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:1 $A:0 [SEP]:0", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save_pretrained(model())
    path = model() / "tokenizer_config.json"
    names = ["input_ids", "token_type_ids", "attention_mask"]
    path.write_text(json.dumps({**json.loads(path.read_text()), "model_input_names": names}))
    assert vectors(open_encoder(str(model()), asked())).shape == (8, 16)
    with pytest.raises(InvalidRequest, match="type 'bert' with types of pieces cannot be exported"):
        open_encoder(str(model()), asked(backend="onnx"))


def test_what_is_not_installed_is_told_with_the_way_to_get_it(model, asked, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        InvalidRequest, match=r"needs the package onnxruntime; .*contextual\[onnx\]"
    ):
        open_encoder(str(model()), asked(backend="onnx"))
