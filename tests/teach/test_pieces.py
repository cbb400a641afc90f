"""Files that were corrected on the predict page and are no tracks of the workspace: kept as numbers, learned from."""

from pathlib import Path

import mutagen
import numpy as np
import pytest
from pages_common import assert_sound, environment, make_full, run_page, texts
from streamlit.testing.v1 import AppTest

from mer_core.embeddings.shard import TrackEmbedding
from mer_core.errors import AudioError
from mer_core.library.scan import read_record
from mer_core.library.workspace import track_id
from mer_core.model.bundle import load_model
from mer_core.model.trained import Model
from mer_core.teach import exchange
from mer_core.teach.corrections import note_in_card, with_corrections
from mer_core.teach.examples import examples_by_mood
from mer_core.teach.held_out import held_out
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.own_moods import Lessons, load_with_own_moods, open_lessons
from mer_core.teach.pieces import heard_folder, keep_piece, kept_pieces, piece_id
from mer_core.training.data import load_training_data
from mer_core.workspace.layout import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """48 tracks with embeddings and a model, of one's own to write in."""
    return make_full(tmp_path / "spaces" / "full")


def model_of(workspace: Workspace) -> Model:
    """Its model."""
    return load_model(workspace.model_dir("small"))


def keep(workspace: Workspace, name: str = "track_piece", seconds: float = 12.0) -> np.ndarray:
    """Keep a made-up piece; returns its frames."""
    encoder = model_of(workspace).encoder
    frames = np.random.default_rng(len(name)).normal(3, 1, (6, int(encoder["dim"]))).astype(np.float32)
    keep_piece(workspace, encoder, TrackEmbedding(name, seconds, frames))
    return frames


def test_a_piece_is_known_by_its_sound_and_as_a_library_would_know_it(tone_mp3: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other name.mp3"
    copy.write_bytes(tone_mp3.read_bytes())
    file = mutagen.File(copy, easy=True)
    file["title"] = "Tagged"
    file.save()
    assert copy.read_bytes() != tone_mp3.read_bytes()
    assert piece_id(copy.read_bytes(), "a") == piece_id(tone_mp3.read_bytes(), "b")
    assert piece_id(copy.read_bytes(), "a") == track_id(read_record(tmp_path, copy.name, copy.stat()))
    with pytest.raises(AudioError, match="words"):
        piece_id(b"no music", "words")


def test_pieces_are_kept_once_and_only_for_their_encoder(workspace: Workspace) -> None:
    encoder = model_of(workspace).encoder
    assert len(kept_pieces(workspace, encoder, "mean+std")[0]) == 0
    frames = keep(workspace)
    keep(workspace)
    tracks, X = kept_pieces(workspace, encoder, "mean+std")
    assert tracks["track_id"].tolist() == ["track_piece"] and tracks["duration"].tolist() == [12.0]
    assert X[0] == pytest.approx(np.concatenate([frames.mean(axis=0), frames.std(axis=0)]), abs=1e-5)
    later, nothing = kept_pieces(workspace, {**encoder, "version": "of a later release"}, "mean+std")
    assert len(later) == len(nothing) == 0


def test_moods_are_learned_from_pieces_but_these_are_neither_asked_about_nor_listed(workspace: Workspace) -> None:
    keep(workspace)
    examples = [Answer(track, "rainy", True) for track in ("track_piece", "track_0001000", "track_0001001")]
    Journal.of(workspace).add([*examples, Answer("track_0001002", "rainy", False)])
    lessons = open_lessons(workspace, model_of(workspace))
    assert (len(lessons.tracks), lessons.n_library, int(lessons.of_library.sum())) == (49, 48, 48)
    given = examples_by_mood(lessons.said(Journal.of(workspace).read()))["rainy"]
    assert given.rows.tolist() == [48, 0, 1, 2] and given.enough
    taught = load_with_own_moods(workspace, model_of(workspace))
    assert taught.metrics["own_moods"] == {"rainy": {"yes": 3, "no": 1}}
    probabilities = held_out(lessons, given)
    assert probabilities.shape == (4,) and np.isfinite(probabilities).all()


def test_a_piece_that_becomes_a_track_is_one(workspace: Workspace) -> None:
    keep(workspace, "track_0001000")
    lessons = open_lessons(workspace, model_of(workspace))
    assert len(lessons.tracks) == lessons.n_library == 48


def test_training_learns_from_pieces_as_from_tracks(workspace: Workspace) -> None:
    keep(workspace, "track_piece")
    keep(workspace, "track_quiet", 400.0)
    Journal.of(workspace).add([Answer("track_piece", "dark", True), Answer("track_quiet", "dark", False)])
    data = load_training_data(workspace, "placeholder")
    more, counts = with_corrections(data, workspace)
    assert counts["pieces"] == 1 and len(more.X) == len(more.dataset) == len(data.X) + 1
    assert more.dataset.tracks.iloc[-1][["track_id", "split"]].tolist() == ["track_piece", "train"]
    assert [more.moods[column] for column in np.flatnonzero(more.labels[-1])] == ["dark"]
    assert with_corrections(data, workspace, pieces=False)[1]["pieces"] == 0
    model = model_of(workspace)
    note_in_card(model, counts)
    assert "learned from 1 more pieces" in model.card


def test_a_copy_of_a_track_is_no_further_track(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    row = int(np.flatnonzero(data.rows("test"))[0])
    track, seconds = data.dataset.tracks.loc[row, ["track_id", "duration"]]
    from mer_core.embeddings.store import EmbeddingStore

    frames = EmbeddingStore.open(workspace.embeddings_dir("placeholder")).read_frames(track)
    keep_piece(workspace, data.encoder, TrackEmbedding("track_copy", float(seconds), frames))
    Journal.of(workspace).add([Answer("track_copy", "dark", True)])
    assert with_corrections(data, workspace)[1]["pieces"] == 0


def uploaded(workspace: Workspace, tone_mp3: Path, name: str = "tone.mp3") -> AppTest:
    """The predict page with the tone on it."""
    app = run_page("pages/4_Predict.py", workspace.root.parent, workspace="full", model="small")
    app.file_uploader(key="uploads-0").set_value([(name, tone_mp3.read_bytes(), "audio/mpeg")]).run()
    assert_sound(app)
    return app


def test_an_upload_is_corrected_and_taken_back(workspace: Workspace, tone_mp3: Path) -> None:
    with environment(MER_WORKSPACES=str(workspace.root.parent)):
        app = uploaded(workspace, tone_mp3)
        keeps = next(button for button in app.button if button.label == "Keep the correction")
        app.multiselect(key=keeps.key.replace("-keep", "-has")).select("dark").run()
        app.button(key=keeps.key).click().run()
        assert_sound(app)
        assert "You said: dark" in texts(app)
        (answer,) = Journal.of(workspace).read()
        assert answer.track_id == piece_id(tone_mp3.read_bytes(), "tone.mp3") and answer.title == "tone.mp3"
        assert (answer.mood, answer.value, answer.model) == ("dark", True, "small") and answer.said is not None
        assert [file.suffix for file in heard_folder(workspace, "placeholder").glob("shard-*")] == [".parquet"]
        teach = run_page("pages/7_Teach.py", workspace.root.parent, workspace="full", model="small")
        assert_sound(teach)
        assert teach.dataframe[0].value["Track"].tolist() == ["tone.mp3"]
    (read,) = exchange.from_csv(exchange.to_csv([answer]), "answers.csv")
    assert (read.track_id, read.title, read.said) == (answer.track_id, "tone.mp3", pytest.approx(answer.said))
    Journal.of(workspace).undo(answer.id)
    assert Journal.of(workspace).read() == []


def test_an_upload_that_is_a_track_is_corrected_as_the_track(workspace: Workspace, tone_mp3: Path) -> None:
    lessons: Lessons = open_lessons(workspace, model_of(workspace))
    file = workspace.audio_path(str(lessons.tracks["path"].iloc[0]))
    file.write_bytes(tone_mp3.read_bytes())
    with environment(MER_WORKSPACES=str(workspace.root.parent)):
        app = uploaded(workspace, tone_mp3, file.name)
        app.selectbox(key=next(box.key for box in app.selectbox if box.key.endswith("-teach-mood"))).set_value(
            "dark"
        ).run()
        next(button for button in app.button if button.label == "More like these").click().run()
        assert_sound(app)
    (answer,) = Journal.of(workspace).read()
    assert answer.track_id == lessons.tracks["track_id"].iloc[0] and answer.title == ""
    assert not heard_folder(workspace, "placeholder").exists()
