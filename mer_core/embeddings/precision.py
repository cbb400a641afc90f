"""A store keeps the numeric precision it was begun in: vectors of both kinds side by side would make its bytes depend
on the machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mer_core.errors import ArtifactError
from mer_core.io.files import read_json
from mer_core.workspace.layout import store_manifest


def store_precision(folder: Path) -> str | None:
    """The precision that the store in `folder` was begun in ("float32", "bfloat16"); None where there is none yet, or
    it is damaged."""
    try:
        recorded = read_json(store_manifest(Path(folder))).get("encoder")
    except ArtifactError:
        return None
    return str(recorded["precision"]) if isinstance(recorded, dict) and "precision" in recorded else None


def check_precision(folder: Path, identity: Mapping[str, Any]) -> None:
    """Raise ArtifactError when the encoder `identity` computes in another precision than the store in `folder` was
    begun in."""
    begun = store_precision(folder)
    if begun and identity.get("precision", begun) != begun:
        message = f"{folder} was begun in {begun}, this run computes in {identity['precision']}"
        raise ArtifactError(f"{message}; set MER_PRECISION={begun}, or delete the folder and start again")
