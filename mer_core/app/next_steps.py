"""What has been made from a workspace's dataset, what is damaged, and what to make next. Reads no embeddings, so it is
quick."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mer_core.app import loaders
from mer_core.cli.commands import command_line, sentence
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError, Remedy
from mer_core.inference import stored as predictions
from mer_core.io.files import read_bundle
from mer_core.maps import umap as projection
from mer_core.model import bundle as model_folder
from mer_core.workspace.layout import Workspace

SPLIT_0_MOODS = 56
"""Moods of the test set that published scores are about."""


@dataclass(frozen=True)
class Artifact:
    """One thing made from the dataset."""

    kind: str
    """"embeddings", "model", "predictions" or "map"."""
    name: str
    made: str
    """When, ISO 8601; "" when unknown."""
    detail: str
    problem: str = ""
    """Why it cannot be read and how to rebuild it; "" when it is whole (of embeddings: when the manifest is, and
    every shard there)."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Of a model: {"validation" and "test": {"ROC-AUC-macro": …}}."""
    n_moods: int = 0


@dataclass(frozen=True)
class NextStep:
    """Something missing, why one wants it, and the command that makes it."""

    title: str
    reason: str
    command: str


def inventory(workspace: Workspace) -> list[Artifact]:
    """The embeddings, models, predictions and maps of a workspace, in this order, by name; a damaged one says so in
    `problem`."""
    return [
        *(
            _read("embeddings", workspace.embeddings_dir(name), _embeddings_manifest, _embeddings_detail)
            for name in workspace.encoders()
        ),
        *(_read("model", workspace.model_dir(name), _model_manifest, _model_detail) for name in workspace.models()),
        *(
            _read("predictions", workspace.predictions_dir(name), _predictions_manifest, _predictions_detail)
            for name in workspace.predictions()
        ),
        *(_read("map", workspace.map_dir(name), _map_manifest, _map_detail) for name in workspace.maps()),
    ]


def next_steps(workspace: Workspace, has_audio: bool, labelled: bool = True) -> list[NextStep]:
    """What to make next, in order. has_audio: whether the audio of at least some tracks is here; labelled: whether any
    track has a mood to learn."""
    root = workspace.root
    steps = []
    if not has_audio and not workspace.encoders():
        download = Remedy("download_dataset", root, options=(("type", "audio-low"), ("parts", "0-1")))
        steps.append(
            NextStep(
                "Audio",
                "Embeddings, predictions and maps are made from audio; there is none here yet.",
                command_line(download),
            )
        )
    if not workspace.encoders():
        steps.append(
            NextStep(
                "Embeddings",
                "What an encoder hears in each track.",
                embed_command(workspace, "musicnn", has_audio),
            )
        )
    encoder = (workspace.encoders() or ["musicnn"])[0]
    if labelled and not workspace.models():
        reason = "A classifier of these moods. Until then the pages use the starter model."
        steps.append(NextStep("A model", reason, command_line(Remedy("train_classifier", root, encoder))))
    if not workspace.maps():
        steps.append(
            NextStep(
                "A map",
                "All tracks on one plane, alike ones near each other.",
                command_line(Remedy("build_map", root, encoder)),
            )
        )
    return steps


def embed_command(workspace: Workspace, encoder: str, has_audio: bool | None = None) -> str:
    """The command that makes embeddings: of the audio that is here or, of a dataset without any, track by track from
    its mirror. has_audio: whether there is any, None to look."""
    has_audio = loaders.has_audio(workspace) if has_audio is None else has_audio
    mirrored = workspace.kind == "mtg-jamendo" and not workspace.synthetic and not has_audio
    options = (("from-mirror", True),) if mirrored else ()
    return command_line(Remedy("build_embeddings", workspace.root, encoder, options=options))


def best_model(artifacts: Iterable[Artifact]) -> Artifact | None:
    """The model with the highest PR-AUC-macro on test (where there is none, on validation); None without any figure."""
    scored = [(score(artifact, "PR-AUC-macro"), artifact) for artifact in artifacts if artifact.kind == "model"]
    known = [(value, artifact) for value, artifact in scored if value is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def score(artifact: Artifact, figure: str) -> float | None:
    """One figure of a model ("ROC-AUC-macro"), from test if it was tested, else from validation; None when it has
    none."""
    for part in ("test", "validation"):
        value = (artifact.metrics.get(part) or {}).get(figure)
        if isinstance(value, int | float):
            return float(value)
    return None


def comparable(artifact: Artifact, dataset_name: str) -> bool:
    """Whether a model's figures may stand beside `published.PUBLISHED`: tested on the same tracks and moods."""
    same_split = artifact.metrics.get("split", 0) == 0
    return (
        dataset_name == "autotagging_moodtheme"
        and same_split
        and artifact.n_moods == SPLIT_0_MOODS
        and bool(artifact.metrics.get("test"))
    )


def _read(
    kind: str, folder: Path, manifest_of: Callable[[Path], dict[str, Any]], detail: Callable[[dict[str, Any]], str]
) -> Artifact:
    try:
        manifest = manifest_of(folder)
        metrics, moods = manifest.get("metrics"), manifest.get("moods")
        made = str(
            manifest.get("created") or datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat(timespec="seconds")
        )
        count = len(moods) if isinstance(moods, list) else 0
        return Artifact(
            kind, folder.name, made, detail(manifest), "", metrics if isinstance(metrics, dict) else {}, count
        )
    except ArtifactError as error:
        return Artifact(kind, folder.name, "", "", sentence(error))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return Artifact(
            kind,
            folder.name,
            "",
            "",
            f"{folder} is damaged ({type(error).__name__}: {error}); delete it and make it again",
        )


def _embeddings_manifest(folder: Path) -> dict[str, Any]:
    store = EmbeddingStore.open(folder)
    shards = store.shards()
    missing = [path for path in map(store.shard_path, shards) if not path.is_file()]
    if missing:
        raise ArtifactError(
            f"{missing[0]} is missing ({len(missing)} of {len(shards)} shards are)", remedy=store.rebuild
        )
    return store.manifest


def _model_manifest(folder: Path) -> dict[str, Any]:
    return read_bundle(folder, model_folder.MANIFEST, model_folder.rebuild_remedy(folder)).manifest


def _predictions_manifest(folder: Path) -> dict[str, Any]:
    return read_bundle(folder, predictions.MANIFEST, predictions.rebuild_remedy(folder)).manifest


def _map_manifest(folder: Path) -> dict[str, Any]:
    return read_bundle(folder, projection.MANIFEST, projection.rebuild_remedy(folder)).manifest


def _embeddings_detail(manifest: dict[str, Any]) -> str:
    encoder = manifest["encoder"]
    return (
        f"version {encoder['version']}, {len(manifest['shards'])} shards, {encoder['dim']} numbers every "
        f"{encoder['hop_seconds']:g} s"
    )


def _model_detail(manifest: dict[str, Any]) -> str:
    made_on = ", trained on synthetic music" if manifest.get("synthetic") else ""
    return f"{len(manifest['moods'])} moods from {manifest['encoder']['name']} ({manifest['pooling']}){made_on}"


def _predictions_detail(manifest: dict[str, Any]) -> str:
    return f"{len(manifest['moods'])} moods of {manifest['tracks']:,} tracks"


def _map_detail(manifest: dict[str, Any]) -> str:
    trust = manifest.get("trustworthiness")
    return "" if trust is None else f"trustworthiness {float(trust):.3f}"
