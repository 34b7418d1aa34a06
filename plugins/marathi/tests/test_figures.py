"""The floors that the data's README gives come out on the real files."""

from __future__ import annotations

import os

import pytest
from embkit import Setting
from embkit.evaluators import CLASSIFICATION
from embkit_marathi import embkit_languages

# Character TF-IDF and logistic regression, as measured by others on the same files; the tolerance
# covers the choices they do not state.
FLOORS = {
    "mahahate-2": (0.892, 0.01),
    "mahahate-4": (0.777, 0.015),
    "mahasent-gt": (0.698, 0.02),
    "mahasent-mr": (0.683, 0.02),
    "mahasent-st": (0.744, 0.02),
    "shc": (0.837, 0.015),
    "shc-dedup": (0.813, 0.015),
}
SLOW = {"mahahate-2", "mahahate-4"}


@pytest.mark.parametrize("name", FLOORS)
def test_the_lexical_floor_is_the_published_one(name, load):
    if name in SLOW and os.environ.get("EMBKIT_SKIP_SLOW"):
        pytest.skip("takes a minute; EMBKIT_SKIP_SLOW is set")
    (language,) = embkit_languages()
    floor = CLASSIFICATION.floors["char TF-IDF"](load(name), Setting(language=language))
    expected, tolerance = FLOORS[name]
    assert CLASSIFICATION.measure(floor)["accuracy"] == pytest.approx(expected, abs=tolerance)
