"""MTEB's tree of results: what is written MTEB reads, what MTEB wrote is read."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from embkit.errors import InvalidData, InvalidRequest
from embkit.results import Result
from embkit_mteb import read_tree, write_tree
from embkit_mteb.command import mteb_command

PUBLISHED = {
    "dataset_revision": "7a5e6ce1",
    "task_name": "MarathiNewsClassification",
    "mteb_version": "1.18.0",
    "scores": {
        "test": [
            {
                "accuracy": 0.583,
                "f1": 0.5514,
                "main_score": 0.5514,
                "scores_per_experiment": [{"accuracy": 0.6}],
                "hf_subset": "default",
                "languages": ["mar-Deva"],
            }
        ]
    },
    "evaluation_time": 12.5,
}


def result(task="mteb/ToySts", score=0.5, protocol="mteb", spec="words", **options):
    return Result(
        status="ok",
        task={"id": task, "language": "mr", "digest": "d"},
        provider={"spec": spec, "fingerprint": "f1", "dim": 24},
        protocol={"id": protocol, "seed": 0, "options": options},
        metric="cosine_spearman",
        score=score,
        scores={"cosine_spearman": score, "cosine_pearson": 0.123456789},
        cost={"embed_seconds": 1.5},
    )


def put(folder, content, *parts):
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_published_file_is_read_with_its_model_and_numbers(tmp_path):
    name = "MarathiNewsClassification.json"
    put(tmp_path, PUBLISHED, "results", "intfloat__multilingual-e5-small", "e4ce9877", name)
    put(tmp_path, {"name": "x"}, "results", "intfloat__multilingual-e5-small", "model_meta.json")
    (figure,) = read_tree(tmp_path)
    assert (figure.model, figure.revision) == ("intfloat/multilingual-e5-small", "e4ce9877")
    assert (figure.task, figure.subset, figure.split) == (
        "MarathiNewsClassification",
        "default",
        "test",
    )
    assert (figure.main, figure.scores) == (0.5514, {"accuracy": 0.583, "f1": 0.5514})
    assert (figure.languages, figure.mteb_version) == (("mar-Deva",), "1.18.0")


def test_a_file_of_an_experiment_belongs_to_its_model(tmp_path):
    put(tmp_path, PUBLISHED, "org__m", "r1", "experiments", "dim_64", "T.json")
    (figure,) = read_tree(tmp_path)
    assert (figure.model, figure.revision) == ("org/m", "r1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "cannot be read as results of MTEB"),
        ("[]", "is JSON, but no result of MTEB"),
        ({"schema": "embkit.result/1", "scores": {"f1": 0.5}}, "is JSON, but no result of MTEB"),
        ({**PUBLISHED, "scores": {"test": [{"accuracy": 1}]}}, "it lacks 'hf_subset'"),
    ],
)
def test_a_file_that_is_no_result_is_named(tmp_path, content, reason):
    path = put(tmp_path, content, "org__m", "r1", "T.json")
    with pytest.raises(InvalidData, match=reason) as caught:
        read_tree(tmp_path)
    assert str(path) in str(caught.value)


def test_a_folder_without_results_is_an_error(tmp_path):
    with pytest.raises(InvalidData, match="holds no results of MTEB"):
        read_tree(tmp_path)


def test_what_is_written_is_read_again_here_and_by_mteb(in_mteb, tmp_path):
    (path,) = write_tree([result()], tmp_path)
    assert path == tmp_path / "results" / "embkit__words" / "f1" / "ToySts.json"
    (figure,) = read_tree(tmp_path)
    assert (figure.model, figure.revision, figure.main) == ("embkit/words", "f1", 0.5)
    assert figure.scores == {"cosine_spearman": 0.5, "cosine_pearson": 0.123457}
    from mteb.results import TaskResult

    theirs = TaskResult.from_disk(path)
    assert theirs.task_name == "ToySts"
    assert theirs.scores["test"][0]["main_score"] == 0.5
    about = json.loads(path.with_name("model_meta.json").read_text())
    assert (about["name"], about["revision"], about["embed_dim"]) == ("embkit/words", "f1", 24)


def test_the_cache_of_mteb_finds_it(in_mteb, tmp_path):
    write_tree([result()], tmp_path)
    cache = in_mteb.ResultCache(tmp_path)
    found = cache.load_task_result("ToySts", "embkit/words", "f1")
    assert found is not None
    assert found.get_score() == 0.5


def test_writing_again_replaces_the_score_and_keeps_other_splits(in_mteb, tmp_path):
    (path,) = write_tree([result()], tmp_path)
    content = json.loads(path.read_text())
    content["scores"]["dev"] = content["scores"]["test"]
    path.write_text(json.dumps(content))
    write_tree([result(score=0.75)], tmp_path)
    figures = {figure.split: figure.main for figure in read_tree(tmp_path)}
    assert figures == {"dev": 0.5, "test": 0.75}


def test_only_whole_results_under_the_protocol_are_written(in_mteb, tmp_path):
    others = [
        result(protocol="default"),
        result(task="marathi/shc"),
        result(limit=50),
    ]
    with pytest.raises(InvalidRequest, match="there is nothing to write"):
        write_tree(others, tmp_path)
    assert len(write_tree([*others, result()], tmp_path)) == 1


def test_a_task_ranked_by_a_score_that_is_not_there_is_an_error(in_mteb, tmp_path):
    with pytest.raises(InvalidRequest, match="ranks 'mteb/ToyBitext' by f1"):
        write_tree([result(task="mteb/ToyBitext")], tmp_path)


def test_the_command_shows_a_line_a_score(tmp_path):
    put(tmp_path, PUBLISHED, "org__m", "r1", "T.json")
    shown = CliRunner().invoke(mteb_command, ["read", str(tmp_path)])
    assert shown.output == "MarathiNewsClassification/default/test\t0.551400\torg/m\tr1\n"
    none = CliRunner().invoke(mteb_command, ["read", str(tmp_path), "-t", "STS*"])
    assert (none.exit_code, none.output) == (0, "")


def test_the_command_writes_stored_results(in_mteb, tmp_path):
    from embkit.results import Store

    store = Store(tmp_path / "results")
    store.save(store.path("mteb/ToySts", "words", "0" * 64), result())
    done = CliRunner().invoke(mteb_command, ["write", str(store.folder), str(tmp_path / "tree")])
    assert done.exit_code == 0, done.output
    assert done.output.strip().endswith("embkit__words/f1/ToySts.json")
    assert len(read_tree(tmp_path / "tree")) == 1
