"""Threshold profiles: sets of decision thresholds that a person named and saved beside a model."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from mer_core.errors import ArtifactError
from mer_core.io.files import SCHEMA_VERSION, read_json, write_json
from mer_core.model.trained import Model

OWN = "own_moods"
_MEND = "save the profile again on the Diagnostics page"


def profile_names(model_folder: Path) -> list[str]:
    """Names of the profiles saved beside the model in `model_folder`, sorted."""
    return sorted(path.stem for path in (Path(model_folder) / "profiles").glob("*.json"))


def save_profile(
    model_folder: Path, name: str, thresholds: Mapping[str, float], own_moods: Collection[str] = ()
) -> None:
    """Save `thresholds` (mood → value in [0, 1]) under `name`.

    own_moods: those of them that are moods of one's own, which a model may know no longer when the profile is read.

    Raises ArtifactError for a name that is no plain word or a value outside [0, 1].
    """
    wrong = {mood: value for mood, value in thresholds.items() if not 0 <= value <= 1}
    if wrong:
        raise ArtifactError(f"thresholds must lie between 0 and 1, got {wrong}")
    path = _path(model_folder, name)
    values = {mood: float(value) for mood, value in thresholds.items()}
    own = {mood: values.pop(mood) for mood in own_moods if mood in values}
    write_json(path, {"schema_version": SCHEMA_VERSION, "thresholds": values, **({OWN: own} if own else {})})


def load_profile(model_folder: Path, name: str, model: Model) -> np.ndarray:
    """Thresholds (n_moods,) of the profile `name`; moods it does not name keep the model's own threshold.

    Moods of one's own that are taught no longer are passed over. Raises ArtifactError when it is missing or damaged or
    names other moods the model does not know.
    """
    path = _path(model_folder, name)
    try:
        profile = read_json(path)
    except ArtifactError as error:
        raise ArtifactError(f"{path} cannot be used, it is damaged, missing or of a later release; {_MEND}") from error
    saved, own = profile.get("thresholds"), profile.get(OWN, {})
    if not isinstance(saved, dict) or not isinstance(own, dict) or not _are_thresholds({**saved, **own}):
        raise ArtifactError(f"{path} holds no thresholds between 0 and 1; it is damaged, {_MEND}")
    unknown = sorted(set(saved) - set(model.moods))
    if unknown:
        raise ArtifactError(
            f"{path} names moods that the model {model.name!r} does not know ({', '.join(unknown[:5])}); {_MEND}"
        )
    chosen = {**own, **saved}
    return np.array([chosen.get(mood, value) for mood, value in zip(model.moods, model.thresholds, strict=True)], float)


def _are_thresholds(values: Mapping[str, object]) -> bool:
    return all(isinstance(value, int | float) and 0 <= value <= 1 for value in values.values())


def _path(model_folder: Path, name: str) -> Path:
    if not re.fullmatch(r"[\w][\w .-]{0,59}", name):
        raise ArtifactError(
            f"{name!r} cannot name a profile; use letters, digits, blanks, dots and hyphens, at most 60"
        )
    return Path(model_folder) / "profiles" / f"{name}.json"
