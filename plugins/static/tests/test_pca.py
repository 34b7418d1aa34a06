"""A static model of pieces: model2vec's own functions, its loader, and sentence-transformers."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import embkit
import numpy as np
import pytest
from embkit.errors import InvalidRequest
from embkit_static.pca import Pieces, piece_vectors, principal, rank_weights

from .encoders import save_bert, word_pieces

TEXTS = ["पुणे शहर", "नदी, पुणेत आहे.", "the cat sat", "मोठी"]


@pytest.fixture(scope="session")
def theirs():
    """model2vec's arithmetic; the package around it wants more than is installed for tests."""
    home = importlib.util.find_spec("model2vec")
    if home is None:
        pytest.skip("needs model2vec to compare with")
    path = Path(home.origin).parent / "distill/inference.py"
    spec = importlib.util.spec_from_file_location("model2vec_inference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def distilled(berts, tmp_path, run):
    def distil(*options):
        out = tmp_path / "pca"
        code, _, err = run(
            "distill", berts(), "-o", out, "--method", "pca", "--lang", "mr", *options
        )
        assert code == 0, err
        return out

    return distil


def test_a_piece_is_the_mean_of_the_last_layer_with_the_special_ones(berts, encoder, theirs):
    import torch
    from transformers import AutoModel

    pieces = np.array([7, 9, 30])
    given = [[2, int(piece), 3] for piece in pieces]
    reference = theirs.create_embeddings(AutoModel.from_pretrained(berts()), given, "cpu", 0)
    np.testing.assert_allclose(piece_vectors(encoder, pieces), reference, atol=1e-5)
    assert torch.is_inference_mode_enabled() is False


def test_weights_are_those_of_model2vec(theirs):
    np.testing.assert_allclose(rank_weights(50, 1e-4), theirs.compute_weights(50, 1e-4), rtol=1e-12)
    # Of two pieces the shares are 1/2 and 1/3 of 5/6: 0.6 and 0.4.
    assert rank_weights(2, 0.1).tolist() == pytest.approx([0.1 / 0.7, 0.1 / 0.5])
    assert rank_weights(3, 0).tolist() == [1, 1, 1]


def test_components_are_those_of_model2vec_and_scikit_learn(theirs):
    from sklearn.decomposition import PCA

    rows = np.random.default_rng(0).normal(size=(60, 8))
    ours = np.abs(principal(rows.astype(np.float32), 3))
    np.testing.assert_allclose(ours, np.abs(PCA(3).fit_transform(rows)), atol=1e-5)
    np.testing.assert_allclose(ours, np.abs(theirs.apply_pca(rows, 3)), atol=1e-5)


def test_the_whole_recipe_gives_the_texts_of_model2vec(berts, distilled, encoder, theirs, tmp_path):
    from model2vec import StaticModel
    from transformers import AutoModel, AutoTokenizer

    used = np.flatnonzero(Pieces(encoder).used)
    given = [[2, int(piece), 3] for piece in used]
    rows = theirs.create_embeddings(AutoModel.from_pretrained(berts()), given, "cpu", 0)
    rows = theirs.apply_pca(rows, 5) * theirs.compute_weights(len(rows), 1e-4)[:, None]
    table = np.zeros((len(word_pieces()), 5))
    table[used] = rows
    tokenizer = AutoTokenizer.from_pretrained(berts()).backend_tokenizer
    reference = StaticModel(
        vectors=table.astype(np.float32), tokenizer=tokenizer, normalize=True
    ).encode(TEXTS)
    ours = embkit.load(f"static:{distilled('--dim', 5)}", language="mr").embed(TEXTS)
    # A component has no sign of its own.
    np.testing.assert_allclose(ours @ ours.T, reference @ reference.T, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_model2vec_and_sentence_transformers_open_what_is_written(distilled, dtype):
    from model2vec import StaticModel

    out = distilled("--dim", 6, "--dtype", dtype)
    ours = embkit.load(f"static:{out}", language="mr").embed(TEXTS)
    # Both others add halves up in halves.
    near = 1e-3 if dtype == "float16" else 1e-6
    np.testing.assert_allclose(ours, StaticModel.from_pretrained(out).encode(TEXTS), atol=near)
    np.testing.assert_array_equal(ours, embkit.load(f"fasttext:{out}", language="mr").embed(TEXTS))
    package = pytest.importorskip("sentence_transformers")
    other = package.SentenceTransformer(str(out), device="cpu").encode(TEXTS)
    np.testing.assert_allclose(ours, other, atol=near)


def test_special_and_unused_pieces_have_no_vector_and_no_rank(tmp_path, marathi):
    from embkit import Request
    from embkit_contextual import open_encoder

    folder = save_bert(tmp_path / "b", pieces=[*word_pieces(), "[unused1]", "[unused20]"])
    pieces = Pieces(open_encoder(str(folder), Request(language=marathi)))
    assert np.flatnonzero(~pieces.used).tolist() == [
        0,
        1,
        2,
        3,
        4,
        len(word_pieces()),
        1 + len(word_pieces()),
    ]


def test_more_dimensions_than_there_are_is_refused():
    with pytest.raises(InvalidRequest, match="--dim 9 is more than the 4 directions"):
        principal(np.zeros((5, 8), np.float32), 9)


def test_without_enough_directions_the_usual_number_is_not_asked_for(distilled):
    assert embkit.load(f"static:{distilled()}", language="mr").dim == 16
