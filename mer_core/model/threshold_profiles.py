"""Threshold profiles: sets of decision thresholds that a person named and saved beside a model."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mer_core.errors import ArtifactError
from mer_core.io.files import SCHEMA_VERSION, read_json, write_json
from mer_core.model.trained import Model

_MEND = "save the profile again on the Diagnostics page"


def profile_names(model_folder: Path) -> list[str]:
    """Names of the profiles saved beside the model in `model_folder`, sorted."""
    return sorted(path.stem for path in (Path(model_folder) / "profiles").glob("*.json"))


def save_profile(model_folder: Path, name: str, thresholds: Mapping[str, float]) -> None:
    """Save `thresholds` (mood → value in [0, 1]) under `name`.

    Raises ArtifactError for a name that is no plain word or a value outside [0, 1].
    """
    wrong = {mood: value for mood, value in thresholds.items() if not 0 <= value <= 1}
    if wrong:
        raise ArtifactError(f"thresholds must lie between 0 and 1, got {wrong}")
    path = _path(model_folder, name)
    write_json(
        path,
        {"schema_version": SCHEMA_VERSION, "thresholds": {mood: float(value) for mood, value in thresholds.items()}},
    )


def load_profile(model_folder: Path, name: str, model: Model) -> np.ndarray:
    """Thresholds (n_moods,) of the profile `name`; moods it does not name keep the model's own threshold.

    Raises ArtifactError when it is missing or damaged or names moods the model does not know.
    """
    path = _path(model_folder, name)
    try:
        saved = read_json(path).get("thresholds")
    except ArtifactError as error:
        raise ArtifactError(f"{path} cannot be used, it is damaged, missing or of a later release; {_MEND}") from error
    if not isinstance(saved, dict) or not all(
        isinstance(value, int | float) and 0 <= value <= 1 for value in saved.values()
    ):
        raise ArtifactError(f"{path} holds no thresholds between 0 and 1; it is damaged, {_MEND}")
    unknown = sorted(set(saved) - set(model.moods))
    if unknown:
        raise ArtifactError(
            f"{path} names moods that the model {model.name!r} does not know ({', '.join(unknown[:5])}); {_MEND}"
        )
    return np.array(
        [saved.get(mood, own) for mood, own in zip(model.moods, model.thresholds, strict=True)], dtype=float
    )


def _path(model_folder: Path, name: str) -> Path:
    if not re.fullmatch(r"[\w][\w .-]{0,59}", name):
        raise ArtifactError(
            f"{name!r} cannot name a profile; use letters, digits, blanks, dots and hyphens, at most 60"
        )
    return Path(model_folder) / "profiles" / f"{name}.json"
