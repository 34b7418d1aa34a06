"""What a folder may not do, and how bad input is told."""

from __future__ import annotations

import json
import pickle
import time
import tracemalloc

import numpy as np
import pytest
import torch
from embkit import InvalidData
from embkit_contextual import open_encoder
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

from .models import bert_tokenizer, save_bert
from .test_texts import MODULES, vectors


def refused(folder, asked, message):
    with pytest.raises(InvalidData, match=message) as caught:
        open_encoder(str(folder), asked())
    assert "\n" not in str(caught.value)
    return str(caught.value)


class Canary:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was run')",))


def test_modules_of_a_folders_own_are_refused(model, asked):
    own = [{**MODULES[0], "type": "modeling.Transformer"}]
    refused(model(files={"modules.json": own}), asked, "names code, 'modeling.Transformer', which")


def test_a_model_that_only_its_own_code_builds_is_refused_by_name(model, asked):
    folder = model()
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "nomad", "auto_map": {"AutoModel": "modeling_nomad.Nomad"}}
    (folder / "modeling_nomad.py").write_text("raise SystemExit('code was run')")
    model(files={"config.json": config})
    refused(folder, asked, "is a model 'nomad' that only its own code builds")
    model(files={"config.json": {**config, "auto_map": None}})
    refused(folder, asked, "has the model_type 'nomad', which transformers does not have")


def test_code_beside_a_model_of_a_known_type_is_not_run(model, asked):
    folder = model()
    rows = vectors(open_encoder(str(folder), asked()))
    config = json.loads((folder / "config.json").read_text())
    own = {"AutoConfig": "modeling.Config", "AutoModel": "modeling.Model"}
    (folder / "modeling.py").write_text("raise SystemExit('code was run')")
    kernels = {"attn_implementation": "someone/kernel", "_attn_implementation": "someone/kernel"}
    model(files={"config.json": {**config, "auto_map": own, **kernels}})
    cutter = json.loads((folder / "tokenizer_config.json").read_text())
    cutter["auto_map"] = {"AutoTokenizer": [None, "modeling.Tokenizer"]}
    model(files={"tokenizer_config.json": cutter})
    assert vectors(open_encoder(str(folder), asked())) == pytest.approx(rows, abs=1e-6)


def test_pickled_objects_are_no_weights(model, asked):
    folder = model(files={"model.safetensors": None})
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary(), protocol=2))
    refused(folder, asked, "has weights that cannot be loaded")
    torch.save({"embeddings.word_embeddings.weight": Canary()}, folder / "pytorch_model.bin")
    refused(folder, asked, "has weights that cannot be loaded")


def test_torchs_weights_are_read_where_there_are_no_others(model, asked):
    folder = model()
    rows = vectors(open_encoder(str(folder), asked()))
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert np.array_equal(vectors(open_encoder(str(folder), asked())), rows)


def test_a_dense_layer_may_not_name_any_function(model, asked):
    dense = {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}
    settings = {"in_features": 16, "out_features": 2, "activation_function": "os.system"}
    folder = model(
        files={
            "modules.json": [*MODULES, dense],
            "1_Pooling/config.json": {"pooling_mode_mean_tokens": True},
            "2_Dense/config.json": settings,
        }
    )
    save_file({"linear.weight": torch.ones(2, 16)}, folder / "2_Dense/model.safetensors")
    refused(folder, asked, "has the activation 'os.system', which is none of torch.nn")


def test_a_module_outside_of_its_folder_is_refused(model, asked):
    outside = [MODULES[0], {**MODULES[1], "path": "../1_Pooling"}]
    refused(model(files={"modules.json": outside}), asked, "keeps a module outside of its folder")


def test_weights_outside_of_their_folder_are_refused(model, asked):
    index = {"weight_map": {"embeddings.word_embeddings.weight": "../other.safetensors"}}
    folder = model(files={"model.safetensors": None, "model.safetensors.index.json": index})
    refused(folder, asked, "names '../other.safetensors', which is not here")


def test_a_static_model_is_sent_elsewhere(model, asked):
    static = [{**MODULES[0], "type": "sentence_transformers.models.StaticEmbedding"}]
    refused(
        model(files={"modules.json": static}), asked, "without a context; open it with fasttext:"
    )


def test_a_folder_that_holds_no_model_says_what_is_missing(model, asked, tmp_path):
    folder = model()
    (folder / "model.safetensors").unlink()
    refused(folder, asked, "has no weights: neither model.safetensors nor pytorch_model.bin")
    (folder / "config.json").unlink()
    refused(folder, asked, "has no config.json, expected the folder of a model")


def test_a_spoilt_file_is_named(model, asked):
    folder = model()
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    refused(folder, asked, "has weights that cannot be loaded")
    weights.write_bytes(whole)
    (folder / "tokenizer.json").write_text("{")
    refused(folder, asked, "has no tokenizer that can be used")
    (folder / "config.json").write_text("{")
    refused(folder, asked, "config.json: is no JSON")


def test_a_model_with_a_part_missing_is_refused(model, asked):
    folder = model()
    weights = load_file(folder / "model.safetensors")
    # What no vector depends on may be missing: models without their pooler are common.
    kept = {name: tensor for name, tensor in weights.items() if "pooler" not in name}
    assert len(kept) == len(weights) - 2
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    open_encoder(str(folder), asked())
    del kept["encoder.layer.2.output.dense.weight"]
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    refused(folder, asked, "lacks weights, 1 in all, such as encoder.layer.2.output.dense.weight")


def test_a_tokenizer_of_another_model_is_refused(model, asked):
    folder = model()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"added{i}" for i in range(9)])
    tokenizer.save_pretrained(folder)
    rows = AutoModel.from_pretrained(folder).config.vocab_size
    refused(folder, asked, f"a tokenizer of {rows + 9} pieces and a model with rows for {rows}")


@pytest.mark.parametrize("text", ["the cat sat " * 850_000, "x" * 10_000_000], ids=["words", "x"])
def test_a_text_of_ten_megabytes_takes_bounded_time_and_memory(model, asked, text):
    encoder = open_encoder(str(model()), asked())
    tracemalloc.start()
    start = time.process_time()
    rows = vectors(encoder, [text])
    seconds = time.process_time() - start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.isfinite(rows).all() and encoder.texts_cut == 1
    assert seconds < 120 and peak < 200e6


def test_capitals_of_turkish_are_folded_before_a_tokenizer_does_it(asked, tmp_path):
    folder = save_bert(tmp_path / "uncased", lowercase=True, strip_accents=False)
    rows = vectors(open_encoder(str(folder), asked("tr")), ["ISI", "ısı", "isi", "İSİ"])
    assert rows[0] == pytest.approx(rows[1], abs=1e-6)
    assert rows[2] == pytest.approx(rows[3], abs=1e-6)
    assert np.abs(rows[0] - rows[2]).max() > 1e-3
    rows = vectors(open_encoder(str(folder), asked("en")), ["ISI", "isi"])
    assert rows[0] == pytest.approx(rows[1], abs=1e-6)


def test_a_tokenizer_that_strips_accents_is_mended_and_that_is_said(asked, tmp_path, caplog):
    folder = save_bert(tmp_path / "stripped", lowercase=True, strip_accents=True)
    tokenizer = bert_tokenizer(lowercase=True, strip_accents=True)
    once = tokenizer(["kuş", "kus"], add_special_tokens=False)["input_ids"]
    assert once[0] == once[1]
    encoder = open_encoder(str(folder), asked("tr"))
    assert encoder.pieces(["kuş"]) != encoder.pieces(["kus"])
    (said,) = caplog.messages
    assert said == (
        f"{folder}: its tokenizer strips accents, which makes ön and on of tr one word; embkit "
        "lets it keep them"
    )
    # In a language with no words to try it by, it is left alone.
    caplog.clear()
    plain = open_encoder(str(folder), asked("en"))
    assert plain.pieces(["kuş"]) == plain.pieces(["kus"]) and not caplog.messages
    assert plain.fingerprint != encoder.fingerprint


def test_a_tokenizer_that_cannot_be_mended_is_reported(asked, model, caplog):
    """Its pieces are of no vowel sign: whatever it strips, words become unknown."""
    folder = model()
    (folder / "tokenizer.json").unlink()
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = {letter: i for i, letter in enumerate(["[UNK]", "क", "म", "स", "द", "प", "र", "ल"])}
    tokenizer = Tokenizer(models.WordPiece({**letters, **{f"##{k}": 10 + v for k, v in
                          letters.items() if v}}, unk_token="[UNK]"))  # fmt: skip
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]").save_pretrained(folder)
    open_encoder(str(folder), asked("mr"))
    (said,) = caplog.messages
    assert "its tokenizer makes कल and कुल of mr one word, and " in said
    assert said.endswith("take another model for this language")
