"""A model on disk: a bundle of safe formats (JSON, NPZ, Parquet, Markdown; never pickle) that says what it reads and
what it can be trusted with.

model.json                    moods, encoder, pooling, calibration, thresholds, the same for tracks of known albums,
trust, metrics
weights-….npz                 the classifier's networks
valence_arousal-….npz         the map to valence and arousal (optional)
ranks-….npz                   each mood's probabilities in music, for a rank where it is not calibrated (optional)
domain-….npz                  the training's distribution, for the out-of-distribution check (optional)
predictions-….parquet         its predictions for its own dataset, see `prediction_columns` (optional)
card-….md                     the model card
profiles/<name>.json          thresholds that a person saved
"""

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_core.embeddings.pooling import pooling_statistics
from mer_core.errors import ArtifactError, Remedy
from mer_core.io.arrays import read_npz, read_table
from mer_core.io.files import read_bundle, read_json, write_bundle
from mer_core.model import STARTER
from mer_core.model.calibration import Calibration
from mer_core.model.decision import Rule
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import DenseEnsemble
from mer_core.model.ood import validate as check_distribution
from mer_core.model.prediction_columns import CALIBRATED, RAW, SPLIT, TRACK, mood_columns
from mer_core.model.trained import Model
from mer_core.model.valence_arousal import ValenceArousal
from mer_core.workspace.layout import Workspace

MANIFEST = "model.json"
STARTER_DIR = Path(__file__).resolve().parent / "starter_model"
_YES_NO = ("reliable", "measured")  # columns of trust
IDENTITY_KEYS = ("name", "version", "sample_rate", "frame_seconds", "hop_seconds", "dim")


def save_model(folder: Path, model: Model) -> None:
    """Write `model` into `folder` (made if needed), replacing a model there in one step; profiles are kept."""
    files = {"weights.npz": _npz(model.classifier.network_.to_arrays()), "card.md": model.card.encode()}
    if model.plane is not None:
        files["valence_arousal.npz"] = _npz(model.plane.to_arrays())
    if model.ranks is not None:
        files["ranks.npz"] = _npz({"quantiles": model.ranks.astype(np.float32)})
    if model.distribution is not None:
        files["domain.npz"] = _npz(model.distribution)
    if model.predictions is not None:
        buffer = io.BytesIO()
        model.predictions.to_parquet(buffer, index=False)
        files["predictions.parquet"] = buffer.getvalue()
    manifest = {
        "name": model.name,
        "created": model.created,
        "synthetic": model.synthetic,
        "moods": list(model.moods),
        "encoder": model.encoder,
        "pooling": model.pooling,
        "calibrated_on": model.calibrated_on,
        "calibration": model.calibration.to_dict(),
        "thresholds": model.thresholds.tolist(),
        "reach": None if model.reach is None else model.reach.tolist(),
        "trust": model.trust.rename_axis("mood").reset_index().to_dict("records"),
        "album_rule": model.album_rule.to_dict() if model.album_rule else None,
        "metrics": model.metrics,
    }
    write_bundle(folder, MANIFEST, without_nan(manifest), files)


def load_model(
    folder: Path, encoder_identity: Mapping[str, Any] | None = None, moods: Sequence[str] | None = None
) -> Model:
    """Read the model in `folder`.

    Raises ArtifactError when it is missing or damaged, reads another encoder than `encoder_identity`, or knows other
    moods than `moods`.
    """
    folder = Path(folder)
    rebuild = rebuild_remedy(folder)
    manifest, files = read_bundle(folder, MANIFEST, rebuild)
    try:
        model = _assemble(manifest, files)
    except (KeyError, TypeError, ValueError, AttributeError, OSError, EOFError) as error:
        raise ArtifactError(
            f"{folder / MANIFEST} is damaged ({type(error).__name__}: {error})", remedy=rebuild
        ) from error
    if encoder_identity is not None:
        check_encoder(model, encoder_identity, None if folder.resolve() == STARTER_DIR else folder.parent.parent)
    if moods is not None and tuple(moods) != model.moods:
        different = ", ".join((sorted(set(moods) ^ set(model.moods)) or ["their order"])[:5])
        raise ArtifactError(
            f"the model {model.name!r} knows {len(model.moods)} moods, not the {len(moods)} asked for (different: "
            f"{different})",
            remedy=rebuild,
        )
    return model


def check_encoder(
    model: Model, identity: Mapping[str, Any], workspace: Path | None = None, store: Path | None = None
) -> None:
    """Raise ArtifactError, naming what differs, unless embeddings made by the encoder of `identity`, as `workspace` has
    them, are what `model` reads; `store` is the folder of embeddings that the message names."""
    place = workspace or (store.parent.parent if store else None)
    for key in IDENTITY_KEYS:
        if key in model.encoder and key in identity and model.encoder[key] != identity[key]:
            raise ArtifactError(
                f"the model {model.name!r} reads embeddings of {model.encoder.get('name')} with {key} "
                f"{model.encoder[key]!r}, "
                f"{'these' if store is None else f'those in {store}'} have {key} {identity[key]!r}; use that encoder, "
                f"or train a model for this one",
                remedy=Remedy("train_classifier", place, encoder=str(identity.get("name", model.encoder.get("name")))),
            )


def resolve_model(workspace: Workspace | Path | str | None, name: str | Path = STARTER) -> Path:
    """The folder of the model called `name`: "starter", a model of `workspace`, or the path of a model folder.

    Raises ArtifactError naming the models there are.
    """
    root = workspace.root if isinstance(workspace, Workspace) else Path(workspace) if workspace else None
    candidates = [STARTER_DIR] if str(name) == STARTER else [*([root / "models" / name] if root else []), Path(name)]
    for folder in candidates:
        if (folder / MANIFEST).exists():
            return folder
        if any(folder.glob("weights-*.npz")):
            raise ArtifactError(f"{folder / MANIFEST} is missing", remedy=rebuild_remedy(folder))
    if (Path(name) / "workspace.json").is_file():
        inside = ", ".join(str(path.parent) for path in sorted(Path(name).glob(f"models/*/{MANIFEST}")))
        raise ArtifactError(
            f"{name} is a workspace, not a model; give the folder of a model in it: {inside or 'it has none yet'}"
        )
    known = [STARTER, *(sorted(path.parent.name for path in (root / "models").glob(f"*/{MANIFEST}")) if root else [])]
    make = Remedy("train_classifier", root, "musicnn", Path(name).name or "NAME")
    raise ArtifactError(f"there is no model {str(name)!r}; there are {', '.join(known)}", remedy=make)


def looks_at_test(folder: Path) -> int:
    """How often test was looked at for the model in `folder` and earlier ones of its name; 0 where it does not say."""
    try:
        metrics = read_json(Path(folder) / MANIFEST).get("metrics")
    except ArtifactError:
        return 0
    looks = metrics.get("test_looks") if isinstance(metrics, dict) else None
    return looks if isinstance(looks, int) else 0


def rebuild_remedy(folder: Path) -> Remedy:
    """What rebuilds the model in `folder`, as it was trained as far as its model.json can still be read."""
    folder = Path(folder)
    if folder.resolve() == STARTER_DIR:
        return Remedy("restore_starter")
    return Remedy("train_classifier", folder.parent.parent, model=folder.name)


def without_nan(value: Any) -> Any:
    """`value` (nested dicts, lists, NumPy values) as JSON can hold it: numbers that are not finite become None."""
    if isinstance(value, Mapping):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return without_nan(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _assemble(manifest: Mapping[str, Any], files: Mapping[str, Path]) -> Model:
    moods = tuple(map(str, manifest["moods"]))
    trust = pd.DataFrame(manifest["trust"]).set_index("mood")
    model = Model(
        name=str(manifest["name"]),
        moods=moods,
        encoder=dict(manifest["encoder"]),
        pooling=str(manifest["pooling"]),
        classifier=FittedClassifier.from_network(DenseEnsemble.from_arrays(read_npz(files["weights.npz"])), moods),
        calibration=Calibration.from_dict(manifest["calibration"]),
        thresholds=np.array(manifest["thresholds"], dtype=float),
        trust=trust.astype({column: bool if column in _YES_NO else float for column in trust.columns}),
        metrics=dict(manifest["metrics"]),
        calibrated_on=str(manifest["calibrated_on"]),
        synthetic=bool(manifest["synthetic"]),
        created=str(manifest["created"]),
        card=files["card.md"].read_text(encoding="utf-8"),
        distribution=read_npz(files["domain.npz"]) if "domain.npz" in files else None,
        plane=ValenceArousal.from_arrays(read_npz(files["valence_arousal.npz"]))
        if "valence_arousal.npz" in files
        else None,
        ranks=read_npz(files["ranks.npz"])["quantiles"].astype(float) if "ranks.npz" in files else None,
        reach=np.array(manifest["reach"], dtype=float) if manifest.get("reach") else None,
        album_rule=Rule.from_dict(manifest["album_rule"]) if manifest.get("album_rule") else None,
        predictions=read_table(files["predictions.parquet"]) if "predictions.parquet" in files else None,
    )
    _check(model)
    return model


def _check(model: Model) -> None:
    """Raise ValueError where what was read does not make a model."""
    n_moods = len(set(model.moods))
    if tuple(model.trust.index) != model.moods or len(model.moods) != n_moods:
        raise ValueError("moods and trust do not belong together")
    for rule in (model.rule, *([model.album_rule] if model.album_rule else [])):
        rule.check(n_moods)
    pooling_statistics(model.pooling)
    if model.reach is not None and model.reach.shape != (n_moods,):
        raise ValueError("moods and reach do not belong together")
    if model.ranks is not None and model.ranks.shape[1:] != (n_moods,):
        raise ValueError("moods and ranks do not belong together")
    if missing := [key for key in IDENTITY_KEYS if key not in model.encoder]:
        raise ValueError(f"the encoder has no {', '.join(missing)}")
    if model.distribution is not None:
        check_distribution(model.distribution)
    if model.predictions is not None:
        _check_predictions(model.predictions, model.moods)
    if not float(model.encoder["hop_seconds"]) > 0:
        raise ValueError(f"the encoder's hop_seconds is {model.encoder['hop_seconds']}")


def _check_predictions(table: pd.DataFrame, moods: Sequence[str]) -> None:
    columns = [TRACK, SPLIT, *mood_columns(RAW, moods), *mood_columns(CALIBRATED, moods)]
    if missing := [column for column in columns if column not in table]:
        raise ValueError(f"the predictions have no column {missing[0]!r}")
    values = table[columns[2:]].to_numpy(dtype=float)
    if not ((values >= 0) & (values <= 1)).all():  # False for NaN
        raise ValueError("the predictions hold something else than probabilities")
