"""Workspaces in every state a page can meet, small and made in a moment, and a way to run a page on them."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from small_dataset import track_line, write_dataset, write_tsv
from streamlit.testing.v1 import AppTest

from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore, shard_name
from mer_core.encoders import load_encoder
from mer_core.lyrics.moods import WordMoods
from mer_core.lyrics.ruler import MOODS as WORD_MOODS
from mer_core.lyrics.store import DIM, Wanted, update_words
from mer_core.maps.umap import MoodMap, save_map
from mer_core.model.bundle import save_model
from mer_core.model.calibration import Calibration
from mer_core.model.classifier import MoodClassifier
from mer_core.model.mlp import DenseEnsemble
from mer_core.model.trained import Model
from mer_core.workspace.layout import Workspace

ROOT = Path(__file__).resolve().parent.parent
APP = str(ROOT / "streamlit_app.py")
MOODS = ("calm", "dark", "energetic", "epic", "happy", "sad")
TRACKS = 48


def make_workspaces(root: Path) -> Path:
    """Make one workspace in each state below `root`, and return it (it is what MER_WORKSPACES wants):

    full      48 synthetic tracks, audio of the first, titles, placeholder embeddings, a model, a map
    metadata  the same tracks and nothing else
    broken    as full, with model, map and store damaged
    spoiled   a dataset with a malformed line
    """
    for name in ("full", "broken"):
        make_full(root / name)
    make_metadata(root / "metadata")
    make_metadata(root / "spoiled")
    tracks = root / "spoiled" / "dataset" / "autotagging_moodtheme.tsv"
    tracks.write_text(tracks.read_text() + "track_x\tno tabs enough\n")
    broken = Workspace.open(root / "broken")
    (broken.model_dir("small") / "model.json").write_text('{"moods": [')
    (broken.map_dir("placeholder") / "map.json").write_text("[]")
    (broken.embeddings_dir("placeholder") / "_manifest.json").write_text('{"encoder": {}}')
    return root


def make_metadata(root: Path, *, title: str = "Metadata only", synthetic: bool = False) -> Workspace:
    """A workspace with 48 tracks of 12 artists, 6 moods, a split, titles, and no audio."""
    rng = np.random.default_rng(3)
    chosen = [
        [mood for mood, has in zip(MOODS, row, strict=True) if has] or ["calm"]
        for row in rng.random((TRACKS, len(MOODS))) < 0.3
    ]
    lines = [
        track_line(1000 + i, [f"mood/theme---{mood}" for mood in moods], artist=i % 12, duration=30 + 5 * i)
        for i, moods in enumerate(chosen)
    ]
    part = {"train": [0, 1, 2, 3, 4, 5], "validation": [6, 7, 8], "test": [9, 10, 11]}
    splits = {name: [line for i, line in enumerate(lines) if i % 12 in artists] for name, artists in part.items()}
    folder = write_dataset(root / "dataset", lines, splits, tags=tuple(f"mood/theme---{mood}" for mood in MOODS))
    names = [f"track_{1000 + i:07d}\tArtist {i % 12}\tSong {i} <b>*bold*</b>" for i in range(TRACKS)]
    (folder / "autotagging_moodtheme.meta.tsv").write_text(
        "TRACK_ID\tARTIST_NAME\tTRACK_NAME\n" + "\n".join(names) + "\n"
    )
    return Workspace.create(root, title=title, kind="mtg-jamendo", synthetic=synthetic)


def make_full(root: Path) -> Workspace:
    """`make_metadata` plus everything that is made from it."""
    workspace = make_metadata(root, title="Full", synthetic=True)
    rng = np.random.default_rng(4)
    audio = root / "audio" / "00" / "1000.mp3"
    audio.parent.mkdir(parents=True)
    soundfile.write(audio, 0.1 * np.sin(np.arange(3 * 44100) / 20).astype(np.float32), 44100, format="MP3")
    identity = load_encoder("placeholder").identity()
    store = EmbeddingStore.create(workspace.embeddings_dir("placeholder"), identity)
    shards: dict[str, list[TrackEmbedding]] = {}
    for i in range(TRACKS):
        frames = rng.normal(i % 12, 1, (5, identity["dim"])).astype(np.float32)
        shards.setdefault(shard_name(f"track_{1000 + i:07d}", f"{i:02d}/{1000 + i}.mp3"), []).append(
            TrackEmbedding(f"track_{1000 + i:07d}", 30.0 + 5 * i, frames)
        )
    for name, rows in shards.items():
        store.write_shard(name, rows)
    save_model(workspace.model_dir("small"), make_model(identity))
    places = rng.normal(size=(TRACKS, 2)).astype(np.float32)
    save_map(workspace.map_dir("placeholder"), MoodMap(tuple(store.track_ids), places, 0.87, identity, "mean+std"))
    return workspace


def make_library(full: Path, root: Path, unknown: int = TRACKS) -> Workspace:
    """A copy of the workspace `full` as if it were somebody's own music: no labels, no splits, the first `unknown`
    tracks without artist."""
    shutil.copytree(full, root)
    for folder in ("splits", "tags"):
        shutil.rmtree(root / "dataset" / folder)
    tracks, names = (root / "dataset" / f"autotagging_moodtheme{suffix}.tsv" for suffix in ("", ".meta"))
    rows = [line.split("\t")[:5] for line in tracks.read_text().splitlines()[1:]]
    reported = [[track, "" if i < unknown else artist, *rest] for i, (track, artist, *rest) in enumerate(rows)]
    write_tsv(tracks, ["\t".join(row) for row in reported])
    header, *lines = names.read_text().splitlines()
    write_tsv(
        names,
        [line if i >= unknown else "{0}\t\t{2}".format(*line.split("\t")) for i, line in enumerate(lines)],
        header,
    )
    return Workspace.open(root)


def make_unreadable(path: Path, kind: str) -> None:
    """Put in the place of a file what no reader may hang on or fall over."""
    path.unlink(missing_ok=True)
    if kind == "nested":
        path.write_text("[" * 100_000)
    elif kind == "closed":
        path.write_text('{"title": ' + "[" * 200 + "]" * 200 + "}")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()


def make_model(identity: dict[str, object]) -> Model:
    """A model of MOODS with random weights and made-up figures."""
    rng = np.random.default_rng(5)
    width, n = 2 * int(str(identity["dim"])), len(MOODS)
    network = DenseEnsemble(np.zeros(width), np.ones(width), (((rng.normal(size=(width, n)) / 8, np.full(n, -1.0)),),))
    pr_auc = np.linspace(0.2, 0.7, n)
    trust = pd.DataFrame(
        {
            "support": np.arange(4, 4 + n),
            "prevalence": 0.3,
            "pr_auc": pr_auc,
            "pr_auc_low": pr_auc - 0.1,
            "pr_auc_high": pr_auc + 0.1,
        }
        | {
            "roc_auc": 0.5 + pr_auc / 2,
            "roc_auc_low": 0.45 + pr_auc / 2,
            "roc_auc_high": 0.55 + pr_auc / 2,
            "lift": pr_auc / 0.3,
            "reliable": pr_auc > 0.25,
        },
        index=pd.Index(MOODS, name="mood"),
    )
    metrics = {
        part: {"ROC-AUC-macro": 0.71, "PR-AUC-macro": 0.43, "F-score-macro": 0.4} for part in ("validation", "test")
    }
    return Model(
        name="small",
        moods=MOODS,
        encoder=identity,  # type: ignore[arg-type]
        pooling="mean+std",
        classifier=MoodClassifier.from_network(network, MOODS),
        calibration=Calibration(np.ones(n), np.zeros(n)),
        thresholds=np.full(n, 0.4),
        trust=trust,
        metrics=metrics,
        synthetic=True,
        card="# Card\n",
    )


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def make_words(workspace: Workspace, known: int = TRACKS // 2) -> None:
    """Keep words of the first `known` tracks, as if they had been read: those of every third track are of one kind,
    every other track's are glad."""
    tracks = Dataset.load(workspace.dataset_dir).tracks
    files = {track: Path(track) for track in tracks["track_id"]}
    row_of = {track: row for row, track in enumerate(files)}
    kinds = np.random.default_rng(9).normal(size=(3, DIM))

    def read(song: Path) -> WordMoods:
        """Made-up numbers; a track without words has none."""
        row = row_of[song.name]
        if row >= known:
            return WordMoods("", None, 0, "no lyrics")
        embedding = np.random.default_rng(row).normal(0, 0.3, DIM) + kinds[row % 3]
        told = {"valence": 0.5 * (-1) ** row, "arousal": 0.0, "valence_z": 3.0 * (-1) ** row}
        z = dict.fromkeys(WORD_MOODS, 0.0)
        return WordMoods("file", "en", 80, None, z=z, embedding=embedding.astype(np.float32), **told)

    for _ in update_words(workspace, Wanted(files, read)):
        pass


def run_page(file: str | None, root: Path, *, state: Mapping[str, Any] | None = None, **words: str) -> AppTest:
    """Run a page ("pages/1_Dataset.py"; None for the overview) as if its address had these words, with the workspaces
    in `root`; state: what the session remembers.

    The environment stays set only for this run: use `environment` around further runs.
    """
    with environment(MER_WORKSPACES=str(root)):
        app = AppTest.from_file(APP, default_timeout=60)
        for key, value in words.items():
            app.query_params[key] = value
        for key, value in (state or {}).items():
            app.session_state[key] = value
        if file:
            app.switch_page(file)
        return app.run()


def texts(app: AppTest) -> str:
    """Everything a page says in words, one string."""
    elements = [
        *app.markdown,
        *app.caption,
        *app.error,
        *app.warning,
        *app.info,
        *app.success,
        *app.title,
        *app.header,
        *app.subheader,
        *app.code,
    ]
    return "\n".join(str(element.value) for element in elements)


def in_address(app: AppTest, key: str) -> list[str]:
    """What the address says about `key`."""
    value = app.query_params.get(key, [])
    return [value] if isinstance(value, str) else list(value)


def assert_sound(app: AppTest) -> None:
    """The page ran to its end and shows neither a traceback nor our apology."""
    assert not app.exception
    assert "fault of this program" not in texts(app), texts(app)


def player_data(app: AppTest) -> dict[str, Any]:
    """What the one player of a page was given."""
    (bar,) = [part for part in app.get("bidi_component") if part.proto.component_name == "mer_player"]
    data: dict[str, Any] = json.loads(bar.proto.json)
    return data
