"""Static models: the vectors of model2vec and sentence-transformers, and no code of a folder."""

from __future__ import annotations

import json
import struct
import sys

import numpy as np
import pytest
from embkit import EmbkitError, InvalidData, InvalidRequest
from embkit.embedding import load
from embkit.registry import registry
from embkit.testing import check_embedder
from embkit_fasttext.static_model import is_static_model, open_static_model
from embkit_fasttext.tensors import header, read_tensors

tokenizers = pytest.importorskip("tokenizers", reason="static models cut texts with tokenizers")

TOKENS = ["[UNK]", "[PAD]", "पुणे", "शहर", "मराठी", "a", "##b", "İstanbul"]
ROWS = np.array([[9, 9], [8, 8], [1, 2], [3, 6], [5, -2], [0.5, 1], [2, 2], [-1, 4]], np.float32)
TEXTS = [
    "पुणे शहर", "पुणे पुणे, मराठी!", "", "कुत्रा", "शहर कुत्रा", "ab a", "İstanbul " * 40, "🚀 a",
    "पुणे शहर",
]  # fmt: skip


def tokenizer(kind="WordLevel"):
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {token: number for number, token in enumerate(TOKENS)}
    made = Tokenizer(
        {
            "WordLevel": lambda: models.WordLevel(vocabulary, unk_token="[UNK]"),
            "WordPiece": lambda: models.WordPiece(vocabulary, unk_token="[UNK]"),
            "BPE": lambda: models.BPE(vocabulary, [], unk_token="[UNK]"),
            "Unigram": lambda: models.Unigram(
                [(token, -float(number)) for token, number in vocabulary.items()], unk_id=0
            ),
        }[kind]()
    )
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


@pytest.fixture
def folder(tmp_path):
    """A function that writes a folder by hand, as model2vec does or as sentence-transformers."""

    def write(*, tensors=None, config=None, modules=None, prompts=None):
        path = tmp_path / "model"
        path.mkdir(exist_ok=True)
        write_tensors(path / "model.safetensors", tensors or {"embeddings": ROWS})
        tokenizer().save(str(path / "tokenizer.json"))
        contents = {
            "config.json": config, "modules.json": modules,
            "config_sentence_transformers.json": prompts,
        }  # fmt: skip
        for name, content in contents.items():
            if content is not None:
                (path / name).write_text(json.dumps(content))
        return path

    return write


def write_tensors(path, tensors):
    kinds = {"float32": "F32", "float16": "F16", "int64": "I64", "int8": "I8", "uint16": "BF16"}
    shapes = {name: (kinds[array.dtype.name], array.shape) for name, array in tensors.items()}
    path.write_bytes(header(shapes) + b"".join(array.tobytes() for array in tensors.values()))


MODULES = [{"type": "sentence_transformers.models.StaticEmbedding", "path": ""}]
NORMALIZE = {"type": "sentence_transformers.models.Normalize", "path": "1_Normalize"}


@pytest.mark.parametrize("kind", ["WordLevel", "WordPiece", "BPE", "Unigram"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"normalize": True},
        {"max_length": 3},
        {"max_length": None},
        {"weights": np.arange(8, dtype=np.float64) / 4},
        {"vectors": ROWS[:3], "token_mapping": np.array([0, 1, 2, 1, 0, 2, 2, 1])},
        {"vectors": (4 * ROWS).astype(np.int8)},
    ],
    ids=str,
)
def test_vectors_equal_model2vecs(tmp_path, kind, options):
    model2vec = pytest.importorskip("model2vec", reason="needs model2vec to compare with")
    model = model2vec.StaticModel(**{"vectors": ROWS, "tokenizer": tokenizer(kind), **options})
    model.save_pretrained(tmp_path / "model")
    rows = open_static_model(tmp_path / "model").embed(TEXTS)
    expected = model.encode(TEXTS, use_multiprocessing=False)
    there = ~np.isnan(rows).any(axis=1)
    assert rows[there] == pytest.approx(expected[there], abs=1e-6)
    assert not expected[~there].any() and 1 < there.sum() < len(TEXTS)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("kind", ["WordLevel", "WordPiece", "Unigram"])
def test_vectors_equal_those_of_sentence_transformers(tmp_path, kind, normalize):
    pytest.importorskip("sentence_transformers", reason="needs sentence-transformers")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    modules = [StaticEmbedding(tokenizer(kind), embedding_weights=ROWS.copy())]
    model = SentenceTransformer(modules=[*modules, Normalize()] if normalize else modules)
    model.save(str(tmp_path / "model"))
    rows = open_static_model(tmp_path / "model").embed(TEXTS)
    expected = model.encode(TEXTS)
    there = ~np.isnan(rows).any(axis=1)
    assert rows[there] == pytest.approx(expected[there], abs=1e-6)
    assert not expected[~there].any() and there.sum() > 6


def test_a_text_is_the_mean_of_its_known_tokens_in_a_model2vec_folder(folder):
    model = open_static_model(folder(config={}))
    rows = model.embed(["पुणे शहर", "पुणे कुत्रा शहर", "कुत्रा", ""])
    assert rows[:2].tolist() == [[2, 4], [2, 4]] and np.isnan(rows[2:]).all()


def test_an_unknown_token_has_its_row_in_a_sentence_transformers_folder(folder):
    model = open_static_model(folder(modules=MODULES, tensors={"embedding.weight": ROWS}))
    rows = model.embed(["पुणे कुत्रा", "कुत्रा", ""])
    assert rows[:2].tolist() == [[5, 5.5], [9, 9]] and np.isnan(rows[2]).all()


def test_rows_are_scaled_to_length_one_when_the_folder_says_so(folder):
    for path in (folder(config={"normalize": True}), folder(modules=[*MODULES, NORMALIZE])):
        row = open_static_model(path).embed(["पुणे"])[0]
        assert row == pytest.approx(np.array([1, 2]) / np.sqrt(5), abs=1e-6)


def test_a_default_prompt_stands_before_every_text(folder):
    spoken = {"prompts": {"doc": "शहर ", "query": "a "}, "default_prompt_name": "doc"}
    model = open_static_model(folder(modules=MODULES, prompts=spoken))
    assert model.embed(["पुणे"]).tolist() == [[2, 4]]


def test_tokens_can_share_rows_with_a_weight_each(folder):
    tensors = {
        "embeddings": ROWS[2:4], "mapping": np.array([0, 0, 0, 1, 1, 0, 0, 0]),
        "weights": np.array([1, 1, 2, 1, -1, 1, 1, 1], np.float32),
    }  # fmt: skip
    model = open_static_model(folder(config={}, tensors=tensors))
    assert model.embed(["पुणे", "मराठी शहर शहर"]).tolist() == [[2, 4], [1, 2]]


def test_the_upper_halves_of_float32_are_read(folder):
    halves = (ROWS.view(np.uint32) >> 16).astype(np.uint16)
    model = open_static_model(folder(modules=MODULES, tensors={"embedding.weight": halves}))
    assert model.embed(["मराठी"]).tolist() == [[5, -2]]


def test_a_folder_of_its_own_for_the_embedding_is_found(folder):
    path = folder(modules=[{**MODULES[0], "path": "0_StaticEmbedding"}])
    (path / "0_StaticEmbedding").mkdir()
    for name in ("model.safetensors", "tokenizer.json"):
        (path / name).rename(path / "0_StaticEmbedding" / name)
    assert is_static_model(path)
    assert open_static_model(path).embed(["शहर"]).tolist() == [[3, 6]]


@pytest.mark.parametrize("layout", [{"config": {}}, {"modules": MODULES}], ids=str)
def test_it_keeps_the_promises_of_an_embedder(folder, layout):
    assert check_embedder(open_static_model(folder(**layout))) == [
        "embedder: embeds", "embedder: has a fingerprint",
    ]  # fmt: skip


def test_many_texts_give_the_rows_that_each_gives_alone(folder, monkeypatch):
    model = open_static_model(folder(config={}))
    together = model.embed(TEXTS)
    monkeypatch.setattr("embkit_fasttext.static_model._TEXTS", 2)
    assert np.array_equal(model.embed(TEXTS), together, equal_nan=True)
    monkeypatch.setattr("embkit_fasttext.static_model._CHARACTERS", 1)
    assert np.array_equal(model.embed(TEXTS), together, equal_nan=True)


def test_what_changes_the_vectors_changes_the_fingerprint(folder):
    changes = [
        {"config": {}}, {"config": {"normalize": True}}, {"config": {"max_length": 9}},
        {"config": {}, "tensors": {"embeddings": ROWS * 2}},
    ]  # fmt: skip
    prints = [open_static_model(folder(**change)).fingerprint for change in changes]
    assert len(set(prints)) == 4
    assert open_static_model(folder(**changes[3])).fingerprint == prints[3]


def test_the_provider_opens_a_folder_and_refuses_options_that_it_does_not_have(folder, request_mr):
    path = folder(config={})
    loaded = load(registry(), f"fasttext:{path}", request_mr.language)
    assert loaded.embedder.embed(["पुणे शहर"]).tolist() == [[2, 4]]
    with pytest.raises(InvalidRequest, match=r"leave out \?pooling="):
        load(registry(), f"fasttext:{path}?pooling=sum", request_mr.language)


def test_a_missing_package_is_named_with_its_remedy(folder, monkeypatch):
    path = folder(config={})
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(EmbkitError, match=r"pip install 'embkit-fasttext\[static\]'"):
        open_static_model(path)


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ([{"type": "my_package.Evil"}], "names code, 'my_package.Evil', which embkit never runs"),
        ([*MODULES, {"type": "os.system"}], "names code, 'os.system'"),
        ([{"type": "sentence_transformers.models.Transformer"}], "is a model of Transformer"),
        ([*MODULES, {"type": "sentence_transformers.models.Dense"}], "StaticEmbedding, Dense"),
        ([{**MODULES[0], "path": "../other"}], r"keeps its StaticEmbedding in '\.\./other'"),
        ([{**MODULES[0], "path": ["a"]}], "keeps its StaticEmbedding in"),
        ([], "is a model of nothing"),
        ({}, "is no list of modules"),
        (["StaticEmbedding"], "is no list of modules"),
    ],
)
def test_other_modules_are_refused(folder, modules, message):
    with pytest.raises(InvalidData, match=message) as caught:
        open_static_model(folder(modules=modules))
    assert "modules.json: " in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"weight": ROWS}, "holds 'weight', expected 'embeddings' or 'embedding.weight'"),
        ({"embeddings": ROWS[0]}, r"rows of shape \(2,\) for 8 tokens"),
        ({"embeddings": ROWS[:0]}, r"rows of shape \(0, 2\)"),
        ({"embeddings": ROWS[:7]}, r"has 7 rows for 8 tokens of tokenizer\.json"),
        ({"embeddings": ROWS, "mapping": np.arange(1, 9)}, "a mapping to rows that are not among"),
        ({"embeddings": ROWS, "mapping": np.arange(-1, 7)}, "a mapping to rows that are not among"),
        ({"embeddings": ROWS, "mapping": np.arange(7)}, r"a mapping of shape \(7,\)"),
        ({"embeddings": ROWS, "weights": ROWS}, r"weights of shape \(8, 2\)"),
    ],
    ids=lambda value: "",
)
def test_rows_that_do_not_fit_the_tokens_are_refused(folder, tensors, message):
    with pytest.raises(InvalidData, match=rf"model\.safetensors: .*{message}"):
        open_static_model(folder(config={}, tensors=tensors))


def test_a_token_whose_row_is_not_finite_is_named_when_it_is_met(folder):
    broken = ROWS.copy()
    broken[3, 1] = np.nan
    model = open_static_model(folder(config={}, tensors={"embeddings": broken}))
    assert model.embed(["पुणे"]).tolist() == [[1, 2]]
    with pytest.raises(InvalidData, match="the vector of the token 'शहर' is not finite"):
        model.embed(["पुणे शहर"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", "[]", "holds no settings"),
        ("config.json", '{"max_length": -1}', "has the max_length -1, expected 1 to 4294967295"),
        ("config.json", '{"max_length": 1e9}', "has the max_length 1000000000.0"),
        ("config.json", '{"max_length": ' + 80 * "9" + "}", "has the max_length 9{40}, expected"),
        ("config.json", '{"normalize": true, "normalize": false}', "the key 'normalize' twice"),
        ("config.json", "{", "is no JSON"),
        ("config.json", "[" * 100_000, "is no JSON"),
        ("modules.json", '[{"type": "a", "type": "b"}]', "the key 'type' twice"),
        ("tokenizer.json", "{}", "cannot be used by the package tokenizers"),
        ("tokenizer.json", "\0", "cannot be used by the package tokenizers"),
    ],
)
def test_broken_json_is_refused_in_one_line(folder, name, content, message):
    path = folder(config={})
    (path / name).write_text(content)
    with pytest.raises(InvalidData, match=message) as caught:
        open_static_model(path)
    assert f"{path / name}: " in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_is_named(folder):
    path = folder(modules=MODULES)
    (path / "tokenizer.json").unlink()
    with pytest.raises(InvalidData, match=r"tokenizer\.json: is missing"):
        open_static_model(path)


def safetensors(described, data=b"", length=None):
    content = described if isinstance(described, bytes) else json.dumps(described).encode()
    return struct.pack("<Q", len(content) if length is None else length) + content + data


def entry(start, stop, shape=(2,), dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "claims a header of 0 bytes in a file of 0"),
        (b"abc", "claims a header"),
        (safetensors({}, length=2**63), f"claims a header of {2**63} bytes"),
        (safetensors({}, length=3), "claims a header of 3 bytes in a file of 10"),
        (safetensors([]), "describes no arrays"),
        (safetensors({"a": entry(0, 8)}), "is 69 bytes long, its header describes 77"),
        (safetensors({"a": entry(0, 8)}, b"\0" * 9), "is 78 bytes long, its header describes 77"),
        (safetensors({"a": entry(0, 8), "b": entry(4, 12)}, b"\0" * 12), "gives 'b'"),
        (safetensors({"a": entry(4, 12)}, b"\0" * 12), "gives 'a'"),
        (safetensors({"a": entry(0, 8, (2**61, 8))}, b"\0" * 8), "gives 'a'"),
        (safetensors({"a": entry(0, 8, (2**70,))}, b"\0" * 8), "in a way that is not read"),
        (safetensors({"a": entry(0, -8)}), "in a way that is not read"),
        (safetensors({"a": entry(0, 8, dtype="F8")}, b"\0" * 8), "in a way that is not read"),
        (safetensors({"a": entry(0, 8, "ab")}, b"\0" * 8), "in a way that is not read"),
        (safetensors({"a": 5}), "in a way that is not read"),
        (safetensors(b'{"a": 1, "a": 2}'), "has the key 'a' twice"),
        (safetensors(b"\xff"), "is no JSON"),
    ],
    ids=lambda value: "",
)
def test_a_header_that_lies_is_refused_before_memory_is_asked_for(tmp_path, data, message):
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(InvalidData, match=message) as caught:
        read_tensors(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_arrays_equal_those_of_the_safetensors_package(tmp_path):
    package = pytest.importorskip("safetensors.numpy", reason="comes with model2vec")
    arrays = {"b": ROWS, "a": np.arange(3), "empty": np.zeros((0, 4), np.float16)}
    package.save_file(arrays, tmp_path / "theirs", metadata={"words": "none"})
    write_tensors(tmp_path / "ours", arrays)
    ours, theirs = package.load_file(tmp_path / "ours"), read_tensors(tmp_path / "theirs")
    for name, array in arrays.items():
        assert np.array_equal(ours[name], array) and np.array_equal(theirs[name].array, array)
