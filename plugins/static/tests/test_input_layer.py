"""The input layer as word vectors: means of rows by hand, and what stays unknown."""

from __future__ import annotations

import embkit
import numpy as np
import pytest
from embkit.errors import InvalidData, InvalidRequest
from embkit.testing import check_plugin
from embkit_static.input_layer import InputLayer, whole_words
from safetensors.numpy import load_file

from .encoders import WORDS, word_pieces


@pytest.fixture
def table(berts):
    """A function that gives the row of a piece in the file of weights."""
    rows = load_file(berts() / "model.safetensors")["embeddings.word_embeddings.weight"]
    place = {piece: number for number, piece in enumerate(word_pieces())}
    return lambda piece: rows[place[piece]].astype(np.float64)


def test_a_word_is_the_mean_of_its_pieces_and_a_text_that_of_its_words(berts, table):
    embedder = embkit.load(f"static:{berts()}", language="mr")
    # पुणेत is cut into पुणे and ##त.
    word = (table("पुणे") + table("##त")) / 2
    rows = embedder.embed(["पुणे", "पुणेत", "नदी, पुणेत"])
    expected = [table("पुणे"), word, (table("नदी") + word) / 2]
    np.testing.assert_allclose(rows, expected, atol=1e-6)


def test_over_pieces_each_piece_counts_once(berts, table):
    embedder = embkit.load(f"static:{berts()}?over=pieces", language="mr")
    pieces = [table(piece) for piece in ("नदी", ",", "पुणे", "##त")]
    np.testing.assert_allclose(embedder.embed(["नदी, पुणेत"]), [np.mean(pieces, axis=0)], atol=1e-6)


def test_pieces_without_the_special_ones_are_what_transformers_looks_up(berts):
    import torch
    from transformers import AutoModel, AutoTokenizer

    model, tokenizer = AutoModel.from_pretrained(berts()), AutoTokenizer.from_pretrained(berts())
    texts = ["नदी, पुणेत", "शहर मोठी आहे.", "the cats"]
    embedder = embkit.load(f"static:{berts()}?over=pieces", language="mr")
    with torch.no_grad():
        for text, row in zip(texts, embedder.embed(texts), strict=True):
            ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
            looked_up = model.get_input_embeddings()(ids)[0].mean(dim=0)
            np.testing.assert_allclose(row, looked_up.numpy(), atol=1e-6)


@pytest.mark.parametrize("over", ["words", "pieces"])
def test_only_what_the_tokenizer_does_not_know_is_unknown(berts, over):
    embedder = embkit.load(f"static:{berts()}?over={over}", language="mr")
    rows = embedder.embed(["कठ", "Ж", "Ж पुणे", "", "पुणे"])
    assert np.isnan(rows).all(axis=1).tolist() == [False, True, False, True, False]
    np.testing.assert_array_equal(rows[2], rows[4])


def test_the_vocabulary_is_the_words_that_are_one_piece(berts, encoder, marathi):
    words = whole_words(encoder, marathi)
    assert words[: len(WORDS)] == WORDS  # in the order of the tokenizer, without "," and "[CLS]"
    assert not [word for word in words if word.startswith(("#", "["))]
    assert list(embkit.load(f"static:{berts()}", language="mr").words) == words


def test_the_row_of_a_text_does_not_depend_on_the_others(berts):
    embedder = embkit.load(f"static:{berts()}?over=pieces", language="mr")
    texts = ["पुणे शहर", "नदी", "Ж", "मोठी आहे"]
    np.testing.assert_array_equal(embedder.embed(texts)[::-1], embedder.embed(texts[::-1]))


def test_fewer_dimensions_are_the_components_of_the_vocabulary(berts, encoder, marathi):
    from sklearn.decomposition import PCA

    layer = InputLayer(encoder)
    pca = PCA(3).fit(layer.vectors(whole_words(encoder, marathi)))
    ours = embkit.load(f"static:{berts()}?center=true&dim=3", language="mr")
    expected = pca.transform(layer.vectors(["पुणेत", "नदी"]))
    np.testing.assert_allclose(np.abs(ours.embed(["पुणेत", "नदी"])), np.abs(expected), atol=1e-5)


def test_over_pieces_takes_no_pooling_and_leaves_no_piece_out(berts):
    for option in ("pooling=sif", "keep=5"):
        with pytest.raises(InvalidRequest, match="leave out"):
            embkit.load(f"static:{berts()}?over=pieces&{option}", language="mr")


def test_the_size_is_that_of_the_rows_of_all_pieces(berts):
    from transformers import AutoModel

    rows, dim = AutoModel.from_pretrained(berts()).get_input_embeddings().weight.shape
    pieces = embkit.load(f"static:{berts()}?over=pieces", language="mr")
    assert pieces.model_bytes == 4 * rows * dim
    halved = embkit.load(f"static:{berts()}?over=pieces&dtype=float16", language="mr")
    assert halved.model_bytes == 2 * rows * dim
    words = embkit.load(f"static:{berts()}", language="mr")
    assert words.model_bytes == 4 * dim * (rows + len(words.words))


def test_options_change_the_fingerprint(berts):
    specs = ["", "?over=pieces", "?over=pieces&dim=3", "?dim=3", "?pooling=sif"]
    prints = {embkit.load(f"static:{berts()}{s}", language="mr").fingerprint for s in specs}
    assert len(prints) == len(specs)


def test_an_encoder_without_rows_for_pieces_is_refused_in_a_sentence(encoder):
    # CANINE hashes letters: transformers raises NotImplementedError there.
    def none():
        raise NotImplementedError

    encoder.model.get_input_embeddings = none
    with pytest.raises(InvalidData, match="has no input layer with a row for each piece"):
        InputLayer(encoder)


def test_neighbours_are_found_among_whole_pieces(berts, run):
    code, out, err = run("neighbors", "-p", f"static:{berts()}", "--lang", "mr", "पुणेत", "-k", 3)
    assert code == 0, err
    assert out.splitlines()[0].endswith("पुणे")


def test_the_plugin_keeps_its_promises(berts):
    checked = check_plugin("embkit_static", specs=[f"static:{berts()}"])
    assert len(checked) > 1, checked
    assert any("static" in line for line in checked)
