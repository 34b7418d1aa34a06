"""Weights of a merge learnt on pairs: the loss by hand, and a search that must find its way."""

from __future__ import annotations

import json
import math

import pytest
import torch
from embkit.errors import InvalidData
from embkit_static.positions import Probe, Search, Space, find_weights, probe_loss, read_probes
from embkit_static.weights import read_weights

# The cat and the city are told apart by the order of nothing but words.
PROBES = [
    Probe("पुणे शहर", "शहर पुणे", ()),
    Probe("नदी मोठी", "मोठी नदी", ()),
    Probe("the cat", "cat the", ()),
    Probe("sat the", "the sat", ("पुणे",)),
]


def test_the_loss_is_cross_entropy_of_cosines():
    # Cosines of the first query with the candidates: 1, 0 and 0.6; of the second: 0, 1 and 0.8.
    queries = torch.tensor([[1.0, 0], [0, 3]])
    candidates = torch.tensor([[2.0, 0], [0, 1], [3, 4]])
    first = -1 + math.log(math.exp(1) + math.exp(0) + math.exp(0.6))
    second = -1 + math.log(math.exp(0) + math.exp(1) + math.exp(0.8))
    loss = probe_loss(queries, candidates, 1.0)
    assert float(loss) == pytest.approx((first + second) / 2, abs=1e-6)


def test_the_gradient_of_a_weight_is_that_of_the_loss(berts):
    space = Space([berts(0), berts(1), berts(2)], "cpu", Search())
    weights = torch.tensor([0.5, 0.5], requires_grad=True)
    space.loss(weights, PROBES).backward()
    step = 1e-3
    for i in (0, 1):
        beside = [torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5])]
        beside[0][i] -= step
        beside[1][i] += step
        low, high = (space.whole_loss(there, PROBES) for there in beside)
        assert float(weights.grad[i]) == pytest.approx((high - low) / (2 * step), abs=2e-2)


def test_the_search_lowers_the_loss_on_its_probes(berts):
    search = Search(steps=12, lr=0.01, pull=0.0, batch=4)
    found = find_weights([berts(0), berts(1), berts(2)], PROBES, search)
    assert found.after < found.before - 0.01


def test_a_strong_pull_keeps_the_weights_equal(berts):
    found = find_weights([berts(0), berts(1), berts(2)], PROBES, Search(steps=6, lr=0.01, pull=1e6))
    assert found.weights == pytest.approx([0.5, 0.5], abs=0.02)


def test_the_same_seed_finds_the_same_weights(berts):
    search = Search(steps=3, batch=2, seed=3)
    folders = [berts(0), berts(1), berts(2)]
    assert find_weights(folders, PROBES, search) == find_weights(folders, PROBES, search)


def test_nothing_but_the_weights_is_learnt(berts, tmp_path, run):
    probes = tmp_path / "probes.tsv"
    probes.write_text("".join(f"{p.query}\t{p.positive}\n" for p in PROBES), encoding="utf-8")
    out = tmp_path / "out"
    code, _, err = run(
        "merge", berts(1), berts(2), "--base", berts(0), "-o", out, "--method", "self-positioning",
        "--probe", probes, "--steps", 5,
    )  # fmt: skip
    assert code == 0, err
    record = json.loads((out / "embkit.json").read_text())
    one, two = record["weights"]
    name = "embeddings.word_embeddings.weight"
    base, first, second = (
        read_weights(berts(seed)).tensor(".", name).double() for seed in (0, 1, 2)
    )
    ours = read_weights(out).tensor(".", name).double()
    assert torch.allclose(ours, base + one * (first - base) + two * (second - base), atol=1e-5)
    assert record["search"]["probes"] == 4
    assert "loss on 4 probes" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\nno tab\n", r"line 2: expected a query, a tab"),
        ("a\tb\n", "holds 1 probe; two are needed"),
    ],
)
def test_a_file_of_no_probes_is_refused_by_its_line(tmp_path, text, message):
    path = tmp_path / "probes.tsv"
    path.write_text(text)
    with pytest.raises(InvalidData, match=message):
        read_probes(path)
