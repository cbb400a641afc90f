"""Corrections and moods of one's own: they count in training, leave and enter as files, and models know them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pages_common import MOODS, make_full

from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError, DatasetError
from mer_core.inference.predictor import caveats
from mer_core.inference.stored import predict_store
from mer_core.model.bundle import load_model
from mer_core.model.trained import Model
from mer_core.recommend.catalogue import load_catalogue
from mer_core.teach import exchange
from mer_core.teach.corrections import answers_table, corrected, note_in_card, with_corrections
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.own_moods import load_with_own_moods, open_lessons
from mer_core.training.data import load_training_data
from mer_core.workspace.layout import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """48 tracks with embeddings and a model, of one's own to write in."""
    return make_full(tmp_path / "full")


def model_of(workspace: Workspace) -> Model:
    """Its model."""
    return load_model(workspace.model_dir("small"))


def say(workspace: Workspace, mood: str, yes: range, no: range) -> list[Answer]:
    """Say which tracks have a mood and which have not."""
    answers = [Answer(f"track_{i:07d}", mood, i in yes, path=f"00/{i}.mp3") for i in (*yes, *no)]
    return Journal.of(workspace).add(answers)


def test_labels_are_corrected_and_nothing_else_is(workspace: Workspace) -> None:
    dataset = Dataset.load(workspace.dataset_dir)
    before = dataset.labels.copy()
    answers = [Answer("track_0001000", "Calm".lower(), not before[0, 0]), Answer("track_0001001", "rainy", True)]
    mended, labels, tracks = corrected(dataset, answers)
    assert (labels, tracks) == (1, 1)
    assert mended.labels[0, 0] != before[0, 0]
    assert (dataset.labels == before).all()
    assert (mended.labels != before).sum() == 1
    kept, labels, _ = corrected(dataset, answers, keep=np.ones(len(dataset), bool))
    assert labels == 0 and (kept.labels == before).all()


def test_training_counts_corrections_and_leaves_the_test_part(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    rows = {part: int(np.flatnonzero(data.rows(part))[0]) for part in ("train", "test")}
    said = [
        Answer(str(data.dataset.tracks["track_id"].iloc[row]), "dark", not data.labels[row, data.moods.index("dark")])
        for row in rows.values()
    ]
    Journal.of(workspace).add(said)
    files = {path: path.read_bytes() for path in workspace.dataset_dir.rglob("*") if path.is_file()}
    mended, counts = with_corrections(data, workspace)
    assert counts == {"labels": 1, "tracks": 1, "weight": 1, "pieces": 0}
    assert np.argwhere(mended.labels != data.labels).tolist() == [[rows["train"], data.moods.index("dark")]]
    model = model_of(workspace)
    note_in_card(model, counts)
    assert "1 labels of 1 tracks were corrected by hand" in model.card
    assert model.metrics["corrections"] == counts
    assert files == {path: path.read_bytes() for path in workspace.dataset_dir.rglob("*") if path.is_file()}


def test_a_model_knows_moods_of_ones_own_and_all_else_as_before(workspace: Workspace) -> None:
    say(workspace, "rainy", range(1000, 1005), range(1010, 1015))
    say(workspace, "few", range(1000, 1002), range(1002, 1004))
    say(workspace, "calm", range(1000, 1005), range(1010, 1015))
    base = model_of(workspace)
    taught = load_with_own_moods(workspace, base)
    assert taught.moods == (*MOODS, "rainy")
    assert taught.metrics["own_moods"] == {"rainy": {"yes": 5, "no": 5}}
    assert taught.trust.loc["rainy", "support"] == 5
    assert [note for note in caveats(taught) if "learned from 5 tracks" in note]
    store = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    track_ids, X = store.read_pooled(base.pooling)
    assert taught.probabilities(X)[:, :-1] == pytest.approx(base.probabilities(X))
    lessons = open_lessons(workspace, base)
    from mer_core.teach.examples import examples_by_mood

    examples = examples_by_mood(lessons.said(Journal.of(workspace).read()))["rainy"]
    expected = lessons.learn(examples).probabilities(lessons.features)
    row_of = {track_id: row for row, track_id in enumerate(track_ids)}
    rows = [row_of[track_id] for track_id in lessons.tracks["track_id"]]
    assert taught.probabilities(X)[rows, -1] == pytest.approx(expected, abs=1e-6)
    predicted = predict_store(store, taught)
    assert predicted.moods[-1] == "rainy" and predicted.decided.shape == (48, 7)
    catalogue = load_catalogue(workspace, taught)
    assert catalogue.moods[-1] == "rainy" and catalogue.reliable[-1]


def test_a_model_that_names_the_nearest_feeling_and_ranks_learns_moods_of_ones_own(workspace: Workspace) -> None:
    say(workspace, "rainy", range(1000, 1005), range(1010, 1015))
    base = model_of(workspace)
    n = len(base.moods)
    base = replace(base, reach=np.full(n, 0.5), ranks=np.tile(np.linspace(0, 1, 11)[:, None], n))
    taught = load_with_own_moods(workspace, base)
    store = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    P = taught.probabilities(store.read_pooled(base.pooling)[1])
    ranks = taught.percentiles(P)
    assert ranks[:, :-1] == pytest.approx(base.percentiles(P[:, :-1])) and np.isnan(ranks[:, -1]).all()
    assert predict_store(store, taught).decided.shape == (48, n + 1)


def test_where_nothing_is_taught_the_model_stays_itself(workspace: Workspace) -> None:
    model = model_of(workspace)
    assert load_with_own_moods(workspace, model) is model
    say(workspace, "few", range(1000, 1002), range(1002, 1004))
    assert load_with_own_moods(workspace, model) is model


def test_without_embeddings_nothing_can_be_learned(workspace: Workspace) -> None:
    model = model_of(workspace)
    model.encoder = {**model.encoder, "name": "musicnn"}
    with pytest.raises(ArtifactError, match="learned from embeddings") as reported:
        open_lessons(workspace, model)
    assert [remedy.job for remedy in reported.value.remedies] == ["build_embeddings"]


@pytest.mark.parametrize("suffix", ["csv", "jams"])
def test_answers_leave_and_enter(workspace: Workspace, tmp_path: Path, suffix: str) -> None:
    said = say(workspace, "=rainy +1", range(1000, 1002), range(1002, 1003))
    file = tmp_path / f"answers.{suffix}"
    text = exchange.to_csv(said) if suffix == "csv" else exchange.to_jams(said, {"track_0001000": 30.0}, {})
    file.write_text(text)
    read = exchange.read_answers(file)
    assert [(a.track_id, a.mood, a.value) for a in read] == [(a.track_id, a.mood, a.value) for a in said]
    assert {a.source for a in read} == {"import"}


def test_jams_is_strict_jams(tmp_path: Path) -> None:
    import jams

    documents = json.loads(exchange.to_jams([Answer("t", "rainy", True)], {"t": 30.0}, {"t": "Song"}))
    (tmp_path / "one.jams").write_text(json.dumps(documents["t"]))
    read = jams.load(str(tmp_path / "one.jams"))
    assert read.annotations[0].data[0].value == "rainy"
    assert read.annotations[0].annotation_metadata.data_source == "manual"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "track_id,mood\nx,y\n"),
        ("a.csv", "track_id,mood,value\nx,rainy,perhaps\n"),
        ("a.csv", "track_id,mood,value\n,rainy,yes\n"),
        ("a.csv", "track_id,mood,value\nx,,yes\n"),
        ("a.jams", "{"),
        ("a.jams", '{"t": {"annotations": [{"namespace": "tag_open"}]}}'),
        ("a.jams", "[3]"),
    ],
)
def test_files_that_hold_no_answers_are_reported(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DatasetError):
        exchange.read_answers(tmp_path / name)


def test_the_table_of_answers_is_newest_first_and_knows_tracks_that_are_gone(workspace: Workspace) -> None:
    said = [*say(workspace, "rainy", range(1000, 1002), range(0)), Answer("gone", "rainy", None)]
    table = answers_table(said, Dataset.load(workspace.dataset_dir).tracks)
    assert table["track_id"].tolist() == ["gone", "track_0001001", "track_0001000"]
    assert table["title"].tolist()[0] == ""
    assert len(answers_table([], Dataset.load(workspace.dataset_dir).tracks)) == 0
