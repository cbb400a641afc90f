"""The options that train a damaged model again as it was, as far as its model.json can still be read."""

from pathlib import Path
from typing import Any

from mer_core.embeddings.pooling import DEFAULT_POOLING, POOLINGS
from mer_core.errors import ArtifactError
from mer_core.io.files import read_json
from mer_core.lyrics.fusion import LEARNED
from mer_core.model.published_heads import HEADS
from mer_core.model.thresholds import DEFAULT_METHOD, METHODS
from mer_core.workspace.layout import store_manifest

_MANY = 2**31


def training_options(manifest: Path) -> list[tuple[str, Any]]:
    """The options of the training, where they are not the default ones, that make the model of `manifest` (its
    model.json) again: (name, value)."""
    stated = _manifest(manifest)
    metrics = _part(stated, "metrics")
    options: list[tuple[str, Any, Any, Any]] = [
        ("pooling", stated.get("pooling"), DEFAULT_POOLING, POOLINGS),
        ("split", metrics.get("split"), 0, range(5)),
        ("seed", _part(metrics, "settings").get("seed"), 0, range(_MANY)),
        ("thresholds", metrics.get("threshold_method"), DEFAULT_METHOD, METHODS),
        ("folds", metrics.get("folds"), 0, range(3, _MANY)),
    ]
    members = metrics.get("members")
    names = [str(_part({"": member}, "").get("name")) for member in members] if isinstance(members, list) else []
    return [
        (name, value)
        for name, value, usual, possible in options
        if type(value) is type(usual) and value != usual and value in possible
    ] + [
        *([("combine", ",".join(names))] if names else []),
        *([("head", head)] if (head := metrics.get("published_head")) in HEADS else []),
        *([("with_lyrics", True)] if LEARNED in metrics else []),
    ]


def trained_encoder(manifest: Path) -> str:
    """The encoder whose embeddings the model of `manifest` learned from; where it does not say, one that the workspace
    has embeddings of."""
    folder = manifest.parent
    embeddings = folder.parent.parent.glob("embeddings/*/")
    stores = sorted(path.name for path in embeddings if store_manifest(path).exists())
    stated = _part(_manifest(manifest), "encoder").get("name")
    named = stated if isinstance(stated, str) else "musicnn"
    return next((name for name in (named, folder.name, *stores) if name in stores), named)


def _manifest(manifest: Path) -> dict[str, Any]:
    try:
        return read_json(manifest)
    except ArtifactError:
        return {}


def _part(values: dict[str, Any], key: str) -> dict[str, Any]:
    part = values.get(key)
    return part if isinstance(part, dict) else {}
