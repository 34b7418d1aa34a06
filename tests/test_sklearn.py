"""Embedding as scikit-learn sees it: its own battery, pipelines, grids, pickles."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from embkit import Embedding, InvalidRequest, UnknownText
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

VEC = "3 2\nघर 1 0\nनदी 0 2\nev 3 3\n"

# Of the checks that scikit-learn runs on tables of numbers, those that cannot hold of texts.
NOT_OF_TEXTS = {
    "check_n_features_in": "texts have no number of features",
    "check_n_features_in_after_fitting": "texts have no number of features",
    "check_transformer_general": "asks for another number of features to be refused",
    "check_complex_data": "a complex number is spelt like any other",
    "check_dtype_object": "whatever stands in a table is spelt",
    "check_estimators_nan_inf": "'nan' is a text like any other",
    "check_estimators_empty_data_messages": "no text is a table without rows, no error",
    "check_estimator_sparse_tag": "the test spells sparse tables too",
    "check_fit1d": "what stands in one dimension is what it takes",
    "check_fit2d_predict1d": "what stands in one dimension is what it takes",
}


def spelt(table):
    """Each row of numbers as a text, and anything else as it is."""
    table = table.toarray() if hasattr(table, "toarray") else np.asarray(table)
    return [" ".join(map(str, row)) for row in table] if table.ndim == 2 else table


class Spelt(Embedding):
    """Takes the tables of numbers that scikit-learn's checks are made of, as texts."""

    def fit(self, X, y=None):
        return super().fit(spelt(X), y)

    def transform(self, X):
        return super().transform(spelt(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = False
        return tags


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "words.vec"
    path.write_text(VEC, encoding="utf-8")
    return f"fasttext:{path}"


def checked(estimator):
    """The names of scikit-learn's checks by how they ended."""
    ended = {"passed": set(), "failed": set(), "skipped": set()}
    for outcome in check_estimator(estimator, on_skip=None, on_fail=None):
        ended[outcome["status"]].add(outcome["check_name"])
    return ended


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_finds_no_fault_with_it():
    # Few of its checks run on an estimator of texts.
    assert checked(Embedding("ngrams?dim=8", language="en"))["failed"] == set()


def test_every_check_of_scikit_learn_that_can_hold_of_texts_holds():
    ended = checked(Spelt("ngrams?dim=8", language="en"))
    assert ended["failed"] <= set(NOT_OF_TEXTS)
    assert len(ended["passed"]) >= 30
    assert ended["passed"] >= {
        "check_estimator_cloneable",
        "check_estimators_pickle",
        "check_fit_idempotent",
        "check_fit_check_is_fitted",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_no_attributes_set_in_init",
        "check_pipeline_consistency",
        "check_readonly_memmap_input",
        "check_set_params",
    }


@pytest.mark.parametrize(
    "texts",
    [
        ["घर नदी", "ev"],
        ("घर नदी", "ev"),
        np.array(["घर नदी", "ev"]),
        np.array(["घर नदी", "ev"], dtype=object),
        pd.Series(["घर नदी", "ev"], index=[7, 9]),
        pd.Series(["घर नदी", "ev"], dtype="category"),
    ],
)
def test_texts_come_in_whatever_holds_them_in_one_dimension(spec, texts):
    fitted = Embedding(spec, language="mr").fit([])
    rows = fitted.transform(texts)
    assert rows.dtype == np.float32 and rows.tolist() == [[0.5, 1], [3, 3]]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("घर", "expected texts, got a single one; put it into a list"),
        (np.array([["घर"], ["ev"]]), r"got ndarray of shape \(2, 1\); name one column of it"),
        (pd.DataFrame({"t": ["घर"]}), r"got DataFrame of shape \(1, 1\); name one column of it"),
        (iter(["घर"]), r"expected a list of texts, got list_iterator; call list\(\) on it"),
        ([["घर"]], r"expected a text as number 0, got list \['घर'\]"),
        (pd.Series(["घर", None]), "expected a text as number 1, got (NoneType None|float nan);"),
        (["घर", 3], "expected a text as number 1, got int 3; leave such samples out, or fill"),
    ],
)
def test_what_are_no_texts_is_refused_with_a_remedy(spec, texts, message):
    with pytest.raises(InvalidRequest, match=message):
        Embedding(spec, language="mr").fit(texts)
    with pytest.raises(InvalidRequest, match=message):
        Embedding(spec, language="mr").fit(["घर"]).transform(texts)


def test_a_text_without_a_vector_is_what_unknown_says(spec):
    texts = ["ev", "अज्ञात", ""]
    zero = Embedding(spec, language="mr").fit_transform(texts)
    assert zero.dtype == np.float32 and zero.tolist() == [[3, 3], [0, 0], [0, 0]]
    nan = Embedding(spec, language="mr", unknown="nan").fit_transform(texts)
    assert np.isnan(nan).tolist() == [[False, False], [True, True], [True, True]]
    with pytest.raises(UnknownText, match="2 of 3 texts have no vector, the first is number 1, 'अ"):
        Embedding(spec, language="mr", unknown="error").fit_transform(texts)
    with pytest.raises(InvalidRequest, match="unknown is one of zero, nan, error; got 'mean'"):
        Embedding(spec, language="mr", unknown="mean").fit(texts)


def test_parameters_are_those_it_was_made_with_and_a_clone_is_not_fitted(spec):
    fitted = Embedding(spec, language="mr", unknown="nan").fit(["घर"])
    assert fitted.get_params() == {
        "spec": spec, "language": "mr", "device": "cpu", "offline": False, "unknown": "nan",
    }  # fmt: skip
    copy = clone(fitted).set_params(unknown="zero")
    assert copy.unknown == "zero" and fitted.unknown == "nan"
    with pytest.raises(NotFittedError):
        copy.transform(["घर"])


def test_a_table_of_pandas_keeps_the_index_and_names_the_columns(spec):
    embedding = Embedding(spec, language="mr").set_output(transform="pandas")
    table = embedding.fit_transform(pd.Series(["ev", "घर"], index=["a", "b"]))
    expected = pd.DataFrame([[3, 3], [1, 0]], ["a", "b"], ["embedding0", "embedding1"], "float32")
    pd.testing.assert_frame_equal(table, expected)
    assert embedding.get_feature_names_out().tolist() == ["embedding0", "embedding1"]
    assert embedding.transform(["ev"]).index.tolist() == [0]


def test_a_column_of_a_table_is_named_as_a_text_column(spec):
    table = pd.DataFrame({"title": ["घर", "नदी"], "year": [1, 2]})
    chosen = ColumnTransformer([("e", Embedding(spec, language="mr"), "title")])
    assert chosen.fit_transform(table).tolist() == [[1, 0], [0, 2]]


def test_a_grid_finds_the_spec_that_tells_the_labels_apart(tmp_path):
    words = [f"w{i}" for i in range(12)]
    labels = [i % 2 for i in range(12)]
    rows = {"good": [f"{i} {2 * i - 1}" for i in labels], "poor": ["1 1"] * 12}
    for name, numbers in rows.items():
        lines = [f"{word} {row}\n" for word, row in zip(words, numbers, strict=True)]
        (tmp_path / name).write_text("12 2\n" + "".join(lines), encoding="utf-8")
    specs = [f"fasttext:{tmp_path}/poor", f"fasttext:{tmp_path}/good"]
    pipeline = make_pipeline(Embedding(specs[0], language="en"), LogisticRegression())
    grid = GridSearchCV(pipeline, {"embedding__spec": specs}, cv=3).fit(words, labels)
    assert grid.best_params_ == {"embedding__spec": specs[1]}
    assert grid.cv_results_["mean_test_score"].tolist() == [0.5, 1]
    assert grid.predict(["w3", "w4"]).tolist() == [1, 0]


def test_a_pickle_holds_no_vectors_and_loads_them_again(spec):
    fitted = Embedding(spec, language="mr").fit(["घर"])
    expected = fitted.transform(["घर नदी"])
    data = pickle.dumps(fitted)
    assert len(data) < 1000
    again = pickle.loads(data)
    # Showing it in a notebook loads nothing.
    assert "Embedding" in again._repr_html_() and again._loaded is None
    assert np.array_equal(again.transform(["घर नदी"]), expected)


def test_a_pickle_whose_vectors_have_changed_refuses_to_go_on(spec, tmp_path):
    data = pickle.dumps(Embedding(spec, language="mr").fit(["घर"]))
    (tmp_path / "words.vec").write_text(VEC.replace("0 2", "0 3"), encoding="utf-8")
    with pytest.raises(InvalidRequest) as caught:
        pickle.loads(data).transform(["घर"])
    assert str(caught.value).startswith(f"'{spec}' is not what this Embedding was fitted with")
    assert str(caught.value).endswith("back, or fit it again")
