"""The same sound at another level, or off centre, has the same moods."""

from functools import cache

import numpy as np
import pytest
from shared_cases import case

from mer_core.inference.prediction import Prediction
from mer_core.inference.predictor import Predictor
from mer_core.model.bundle import load_model, resolve_model


@cache
def heard(name: str) -> Prediction:
    """What the starter hears in a case."""
    return Predictor(load_model(resolve_model(None, "starter"))).from_file(case(name), timeline=False)


@pytest.mark.parametrize("name", ["level_plus12_float.wav", "level_minus20.wav", "dc_0.2.wav"])
def test_the_level_decides_no_mood(name: str) -> None:
    reference, other = heard("level_reference.wav"), heard(name)
    assert set(other.decided) == set(reference.decided)
    assert any(word in " ".join(other.warnings) for word in ("lowered by", "raised by", "offset"))
    assert not any("lowered" in warning or "raised" in warning for warning in reference.warnings)


@pytest.mark.parametrize("name", ["level_plus12_float.wav", "dc_0.2.wav"])
def test_probabilities_stay(name: str) -> None:
    reference, other = heard("level_reference.wav").moods["probability"], heard(name).moods["probability"]
    assert np.abs(other.reindex(reference.index) - reference).max() <= 0.03
