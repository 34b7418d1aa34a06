"""What each option does to vectors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from embkit import InvalidRequest
from embkit_contextual import open_encoder
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from .test_texts import MODULES, NORMALIZE, TEXTS, hidden_states, pooled, vectors


@pytest.mark.parametrize(
    ("pooling", "of"),
    [
        ("mean", lambda states: states.mean(dim=0)),
        ("cls", lambda states: states[0]),
        ("last-token", lambda states: states[-1]),
        ("max", lambda states: states.max(dim=0).values),
        # The pieces of a text of n count 1, 2, …, n.
        (
            "weighted-mean",
            lambda states: (
                sum((i + 1) * state for i, state in enumerate(states))
                / (len(states) * (len(states) + 1) / 2)
            ),
        ),
    ],
)
def test_a_pooling_that_is_asked_for_stands_before_the_folders_own(model, asked, pooling, of):
    folder = model(files={"modules.json": [*MODULES, NORMALIZE], **pooled("cls")})
    expected = torch.stack([of(hidden_states(folder, text)[-1][0]) for text in TEXTS])
    expected = torch.nn.functional.normalize(expected).numpy()
    assert vectors(open_encoder(str(folder), asked(pooling=pooling))) == pytest.approx(
        expected, abs=1e-5
    )


@pytest.mark.parametrize("name", ["gpt", "llama"])
def test_a_decoder_gives_its_last_piece(model, asked, name):
    folder = model(name)
    expected = [hidden_states(folder, text, 64)[-1][0, -1].numpy() for text in TEXTS]
    assert vectors(open_encoder(str(folder), asked())) == pytest.approx(
        np.stack(expected), abs=1e-5
    )


@pytest.mark.parametrize("name", ["gpt", "llama"])
def test_a_decoder_can_be_made_to_see_both_ways(model, asked, name):
    """The first piece of two texts that differ in their last one."""
    texts = ["the cat", "the mat"]
    first = {"pooling": "cls"}
    one, other = vectors(open_encoder(str(model(name)), asked(**first)), texts)
    assert one == pytest.approx(other, abs=1e-6)
    both = open_encoder(str(model(name)), asked(**first, bidirectional=True))
    one, other = vectors(both, texts)
    assert np.abs(one - other).max() > 1e-3
    # As with a mask that hides nothing, alone as in a batch with padding.
    network = AutoModel.from_pretrained(model(name))
    encoded = AutoTokenizer.from_pretrained(model(name))("the cat", return_tensors="pt")
    length = encoded["input_ids"].shape[1]
    with torch.inference_mode():
        states = network(
            input_ids=encoded["input_ids"], attention_mask=torch.zeros(1, 1, length, length)
        )
    expected = states.last_hidden_state[0, 0].numpy()
    assert one == pytest.approx(expected, abs=1e-5)
    assert vectors(both, ["the cat", "the cat sat on a mat"])[0] == pytest.approx(
        expected, abs=1e-5
    )


def test_an_encoder_is_not_made_what_it_is(model, asked):
    with pytest.raises(InvalidRequest, match="type 'bert' sees what stands behind a piece"):
        open_encoder(str(model()), asked(bidirectional=True))


def test_vectors_are_cut_to_their_first_numbers(model, asked):
    rows = vectors(open_encoder(str(model()), asked()))
    cut = open_encoder(str(model()), asked(truncate_dim=5))
    assert cut.dim == cut.token_dim == 5
    assert np.array_equal(vectors(cut), rows[:, :5])
    ((_, words),) = cut.stream_tokens([["the", "cat"]])
    assert words.shape == (2, 5)
    with pytest.raises(InvalidRequest, match="'truncate_dim' is 17; the vectors have 16"):
        open_encoder(str(model()), asked(truncate_dim=17))


@pytest.mark.parametrize("name", ["bert", "gpt"])
def test_the_lowest_layers_alone_are_kept(model, asked, name):
    encoder = open_encoder(str(model(name)), asked(layers=2, pooling="mean"))
    network = AutoModel.from_pretrained(model(name), num_hidden_layers=2)
    encoded = AutoTokenizer.from_pretrained(model(name))("the cat", return_tensors="pt")
    with torch.inference_mode():
        expected = network(**encoded).last_hidden_state[0].mean(dim=0).numpy()
    assert vectors(encoder, ["the cat"])[0] == pytest.approx(expected, abs=1e-5)
    with pytest.raises(InvalidRequest, match="'layers' is 9; the model has"):
        open_encoder(str(model(name)), asked(layers=9))


def test_temperature_divides_what_goes_into_the_softmax(asked, tmp_path, model):
    """Dividing it is the same as dividing the queries."""
    folder = model()
    rows = vectors(open_encoder(str(folder), asked(temperature=0.5)))
    network = AutoModel.from_pretrained(folder)
    with torch.no_grad():
        for layer in network.encoder.layer:
            layer.attention.self.query.weight /= 0.5
            layer.attention.self.query.bias /= 0.5
    network.save_pretrained(folder)
    assert rows == pytest.approx(vectors(open_encoder(str(folder), asked())), abs=1e-5)


def test_a_long_text_is_cut_and_counted(model, asked):
    # Nine pieces of a text beside [CLS] and [SEP].
    encoder = open_encoder(str(model()), asked(max_tokens=11))
    long = "the cat sat on " * 5  # 20 pieces
    rows = vectors(encoder, [long, "the cat", "the cat sat on the cat sat on the", long])
    assert rows[0] == pytest.approx(rows[2], abs=1e-5)
    assert (encoder.texts_cut, encoder.tokens_cut) == (1, 11)  # equal texts are read once


def test_a_long_text_can_be_read_in_windows(model, asked):
    encoder = open_encoder(str(model()), asked(max_tokens=10, long="window"))
    words = ["the", "cat", "sat", "on", "mat"] * 3
    # Eight pieces each: 0 to 8, 6 to 14, and the last eight.
    parts = [" ".join(words[start : start + 8]) for start in (0, 6, 7)]
    expected = vectors(encoder, parts).mean(axis=0)
    assert vectors(encoder, [" ".join(words)])[0] == pytest.approx(expected, abs=1e-5)
    assert (encoder.texts_cut, encoder.tokens_cut) == (0, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": "5"}, "there is no layer '5': the model has 0 to 4, or -1 to -5"),
        ({"layer": "-6"}, "there is no layer '-6'"),
        ({"layer": "3-1"}, "a range begins with the lower one"),
        ({"layer": "top"}, "'layer' is last, input, mean, a number or a range"),
        ({"max_tokens": 49}, "'max_tokens' is 49; the model has positions for 48"),
        ({"max_tokens": 2}, "leaves no room for a text"),
        ({"max_tokens": -1}, "'max_tokens' is a count"),
        ({"temperature": 0.0}, "'temperature' is a number above 0"),
        ({"dtype": "float16"}, "'dtype=float16' is for a GPU"),
        ({"device": "cuda:7"}, "torch sees no device 'cuda:7' here"),
        ({"device": "gpu"}, "no device is called 'gpu'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_option_that_cannot_be_is_one_sentence(model, asked, options, message):
    with pytest.raises(InvalidRequest, match=message) as caught:
        open_encoder(str(model()), asked(**options))
    assert "\n" not in str(caught.value)


def test_a_layer_that_is_asked_for_late_is_checked_as_well(model, asked):
    encoder = open_encoder(str(model()), asked())
    with pytest.raises(InvalidRequest, match="there is no layer '7'"):
        next(encoder.stream_tokens([["a"]], layer="7"))
    with pytest.raises(
        InvalidRequest, match="'tokens' is one of first, mean, last, min, max; got 'all'"
    ):
        next(encoder.stream_tokens([["a"]], tokens="all"))


def test_a_fingerprint_tells_what_changes_vectors(model, asked):
    def of(**options):
        return open_encoder(str(model()), asked(**options)).fingerprint

    plain = of()
    assert plain == of(batch_tokens=3) == of(device="cpu")
    changed = [
        of(layer="2"), of(pooling="cls"), of(prompt="a "), of(query_prompt="a "), of(max_tokens=9),
        of(long="window"), of(truncate_dim=4), of(layers=2), of(temperature=2.0), of(tokens="last"),
        of(language="tr"),
    ]  # fmt: skip
    assert len({plain, *changed}) == 12
    BertModel(
        BertConfig(
            vocab_size=len(AutoTokenizer.from_pretrained(model())),
            hidden_size=16,
            num_hidden_layers=4,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=48,
        )
    ).save_pretrained(model())
    other = of()
    assert other != plain
    model(files={"added.json": {}})
    assert of() != other


def test_a_batch_too_large_for_the_device_is_halved(model, asked):
    encoder = open_encoder(str(model()), asked(batch_tokens=200))
    rows = vectors(encoder)
    sizes = []

    def crowded(module, args, given):
        sizes.append(len(given["input_ids"]))
        if sizes[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")

    encoder = open_encoder(str(model()), asked(batch_tokens=200))
    encoder.model.register_forward_pre_hook(crowded, with_kwargs=True)
    assert vectors(encoder) == pytest.approx(rows, abs=1e-5)
    assert max(sizes) > 2 and min(sizes) <= 2
