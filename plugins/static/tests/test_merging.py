"""Encoders merged: sums by hand, and what does not belong together."""

from __future__ import annotations

import json
import shutil

import embkit
import pytest
import torch
from embkit.errors import InvalidData, InvalidRequest
from embkit_static.merges import Merge, merge_models
from embkit_static.merging import check_weights, shares
from embkit_static.weights import check_alike, read_weights
from safetensors.torch import load_file, save_file
from transformers import AutoModel

from .encoders import save_bert, word_pieces

NAME = "embeddings.word_embeddings.weight"


def tensors(folder):
    return load_file(folder / "model.safetensors")


@pytest.fixture
def merged(tmp_path):
    def merge(*models, method="linear", **options):
        asked = Merge(models=[str(model) for model in models], method=method, **options)
        merge_models(asked, tmp_path / "merged", None)
        return tmp_path / "merged"

    return merge


def test_a_linear_merge_is_the_weighted_sum_of_every_tensor(berts, merged):
    ours = tensors(merged(berts(0), berts(1), weights=[0.25, 0.75]))
    first, second = tensors(berts(0)), tensors(berts(1))
    assert ours.keys() == first.keys()
    for name in first:
        expected = 0.25 * first[name].double() + 0.75 * second[name].double()
        assert torch.allclose(ours[name].double(), expected, rtol=0, atol=1e-6), name


def test_without_weights_each_model_counts_the_same():
    assert check_weights([], 4) == [0.25, 0.25, 0.25, 0.25]


def test_a_task_vector_is_what_a_model_has_beyond_its_base(berts, merged):
    ours = tensors(
        merged(berts(1), berts(2), method="task-vector", base=berts(0), weights=[0.5, 2])
    )
    base, one, two = (tensors(berts(seed))[NAME].double() for seed in (0, 1, 2))
    expected = base + 0.5 * (one - base) + 2 * (two - base)
    assert torch.allclose(ours[NAME].double(), expected, rtol=0, atol=1e-5)


def test_base_and_task_vectors_are_one_sum():
    # base + 0.5 (a - base) + 0.2 (b - base) = 0.3 base + 0.5 a + 0.2 b
    assert shares([0.5, 0.2], base=True) == pytest.approx([0.3, 0.5, 0.2])
    assert shares([0.5, 0.2], base=False) == [0.5, 0.2]


def test_all_weight_on_one_model_gives_its_bytes_back(berts, merged):
    ours, first = tensors(merged(berts(0), berts(1), weights=[1, 0])), tensors(berts(0))
    assert all(torch.equal(ours[name], first[name]) for name in first)


def test_transformers_opens_what_was_merged(berts, merged):
    folder = merged(berts(0), berts(1))
    model = AutoModel.from_pretrained(folder)
    assert torch.equal(model.state_dict()[NAME], tensors(folder)[NAME])
    embedder = embkit.load(f"contextual:{folder}", language="mr")
    assert embedder.embed(["पुणे शहर"]).shape == (1, 16)


def test_half_precision_stays_half_precision(berts, tmp_path, merged):
    halves = []
    for seed in (0, 1):
        folder = tmp_path / f"half-{seed}"
        shutil.copytree(berts(seed), folder)
        half = {name: tensor.bfloat16() for name, tensor in tensors(folder).items()}
        save_file(half, folder / "model.safetensors", metadata={"format": "pt"})
        halves.append(folder)
    ours = tensors(merged(*halves))[NAME]
    one, two = (tensors(folder)[NAME].float() for folder in halves)
    assert ours.dtype == torch.bfloat16
    assert torch.equal(ours, ((one + two) / 2).bfloat16())


def test_whole_numbers_are_kept_where_they_are_the_same_and_refused_where_not(
    berts, tmp_path, merged
):
    folders = []
    for seed, steps in ((0, 7), (1, 7), (2, 8)):
        folders.append(tmp_path / f"counted-{seed}")
        shutil.copytree(berts(seed), folders[-1])
        counted = tensors(folders[-1]) | {"steps": torch.tensor([steps])}
        save_file(counted, folders[-1] / "model.safetensors", metadata={"format": "pt"})
    assert tensors(merged(*folders[:2]))["steps"].tolist() == [7]
    shutil.rmtree(tmp_path / "merged")
    with pytest.raises(InvalidData, match="other whole numbers under 'steps'"):
        merged(folders[0], folders[2])


def test_the_card_tells_models_weights_licence_and_command(berts, tmp_path, merged):
    licensed = tmp_path / "licensed"
    shutil.copytree(berts(1), licensed)
    (licensed / "README.md").write_text("---\nlanguage: mr\nlicense: cc-by-4.0\n---\n# A model\n")
    folder = merged(berts(0), licensed, weights=[0.25, 0.75])
    card = (folder / "README.md").read_text()
    assert f"`{licensed}`, weight 0.75; licence cc-by-4.0; sha256 " in card
    assert "license: cc-by-4.0" in card
    assert "--method linear --weights 0.25,0.75" in card
    record = json.loads((folder / "embkit.json").read_text())
    assert record["weights"] == [0.25, 0.75]


def test_another_shape_is_refused_by_its_name(berts, tmp_path):
    other = save_bert(tmp_path / "other", pieces=[*word_pieces(), "more"])
    with pytest.raises(InvalidRequest, match=r"'embeddings.word_embeddings.weight' has shape"):
        check_alike([read_weights(berts(0)), read_weights(other)])


def test_missing_layers_are_refused_by_their_names(berts, tmp_path):
    other = save_bert(tmp_path / "other", layers=1)
    with pytest.raises(InvalidRequest, match=r"lacks 16 tensors, such as 'encoder.layer.1"):
        check_alike([read_weights(berts(0)), read_weights(other)])


def test_position_ids_that_one_version_saves_and_another_does_not_are_no_weights(berts, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(berts(1), other)
    more = tensors(other) | {"embeddings.position_ids": torch.arange(64)[None]}
    save_file(more, other / "model.safetensors", metadata={"format": "pt"})
    check_alike([read_weights(berts(0)), read_weights(other)])


def test_another_tokenizer_of_the_same_size_is_refused(berts, tmp_path):
    pieces = word_pieces()
    pieces[7], pieces[8] = pieces[8], pieces[7]
    other = save_bert(tmp_path / "other", pieces=pieces)
    with pytest.raises(InvalidRequest, match=r"tokenizer.json is not the same"):
        check_alike([read_weights(berts(0)), read_weights(other)])


def test_padding_of_a_tokenizer_does_not_make_it_another(berts, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(berts(1), other)
    settings = json.loads((other / "tokenizer.json").read_text())
    settings["truncation"] = {"max_length": 9, "strategy": "LongestFirst", "stride": 0}
    (other / "tokenizer.json").write_text(json.dumps(settings))
    check_alike([read_weights(berts(0)), read_weights(other)])


def test_another_activation_is_refused(berts, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(berts(1), other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    with pytest.raises(InvalidRequest, match="hidden_act is 'gelu' in"):
        check_alike([read_weights(berts(0)), read_weights(other)])


def test_damaged_weights_are_refused_and_nothing_is_left(berts, tmp_path, merged):
    other = tmp_path / "other"
    shutil.copytree(berts(1), other)
    whole = (other / "model.safetensors").read_bytes()
    (other / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidData, match=r"other/model\.safetensors: cannot be read"):
        merged(berts(0), other)
    assert not (tmp_path / "merged").exists()


def test_a_sum_that_is_not_finite_leaves_nothing_behind(berts, tmp_path, merged):
    with pytest.raises(InvalidData, match="would not be finite; take smaller weights"):
        merged(berts(0), berts(1), weights=[1e39, 0])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_never_replaced(berts, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.tex").write_text("x")
    asked = Merge(models=[str(berts(0)), str(berts(1))], method="linear")
    with pytest.raises(InvalidRequest, match="is there already"):
        merge_models(asked, out, None)
    with pytest.raises(InvalidRequest, match="remove it yourself"):
        merge_models(asked, out, None, force=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "task-vector"}, "needs what the models were trained from"),
        ({"method": "self-positioning"}, "--probe FILE is what"),
        ({"method": "linear", "weights": [1.0]}, "a weight for each of 2 models, got 1"),
        ({"method": "average", "weights": [1.0, 2.0]}, "average takes no weights"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_a_sentence(berts, tmp_path, options, message):
    asked = Merge(models=[str(berts(0)), str(berts(1))], **options)
    with pytest.raises(InvalidRequest, match=message):
        merge_models(asked, tmp_path / "out", None)


def test_the_command_prints_how_to_measure_what_it_made(berts, tmp_path, run):
    code, out, err = run(
        "merge", berts(0), berts(1), "-o", tmp_path / "both", "--method", "linear", "--lang", "mr"
    )
    assert (code, out) == (0, f"embkit eval --lang mr -p contextual:{tmp_path / 'both'}\n")
    assert "39 tensors of 2 models in" in err
