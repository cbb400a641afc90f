"""The ladder: every step gives the same moods, and says what it is not sure of."""

import dataclasses
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soxr
from audio_files import melody, pcm, tones, write
from prediction_models import MOODS, make_model

from mer_core.audio import decode as audio
from mer_core.embeddings.pooling import pool
from mer_core.embeddings.store import EmbeddingStore, TrackEmbedding
from mer_core.encoders import Encoder, load_encoder
from mer_core.errors import ArtifactError, AudioError
from mer_core.inference import predict, predictor
from mer_core.inference.predict import Predictor, Sound
from mer_core.maps.umap import MoodMap, save_map
from mer_core.model.bundle import save_model
from mer_core.workspace.layout import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def song() -> bytes:
    return write(melody(20.0), "mp3")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Twenty tracks with placeholder embeddings, labels and a map, and the model `small`."""
    root = tmp_path_factory.mktemp("ws")
    opened = Workspace.create(root, title="t", kind="library")
    opened.dataset_dir.mkdir()
    rng = np.random.default_rng(0)
    encoder = load_encoder("placeholder")
    ids = [f"track_{i:07d}" for i in range(20)]
    lines = [
        f"{track}\tartist_{i}\talbum_{i}\t00/{i}.mp3\t30.0\tmood/theme---{MOODS[i % 4]}" for i, track in enumerate(ids)
    ]
    (opened.dataset_dir / "mine.tsv").write_text(
        "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n" + "\n".join(lines) + "\n"
    )
    store = EmbeddingStore.create(opened.embeddings_dir("placeholder"), encoder.identity())
    store.write_shard(
        "00", [TrackEmbedding(track, 30.0, rng.normal(size=(9, encoder.dim)).astype(np.float32)) for track in ids]
    )
    save_map(
        opened.map_dir("placeholder"),
        MoodMap(tuple(ids[:15]), rng.normal(size=(15, 2)).astype(np.float32), 0.9, encoder.identity(), "mean+std"),
    )
    save_model(opened.model_dir("small"), make_model())
    return opened


def same_moods(one: predict.Prediction, other: predict.Prediction, atol: float = 1e-6) -> bool:
    return np.allclose(
        one.moods["probability"].loc[list(MOODS)], other.moods["probability"].loc[list(MOODS)], atol=atol
    )


def test_every_step_of_the_ladder_agrees(song: bytes) -> None:
    predictor = Predictor(make_model())
    from_file = predictor.from_file(song, name="song.mp3")
    waveform = audio.decode(song, 16000).waveform
    from_waveform = predictor.from_waveform(waveform, 16000, file="song.mp3")
    from_embedding = predictor.from_embedding(from_file.embedding, Sound("song.mp3", from_file.duration))
    assert same_moods(from_file, from_waveform)
    assert same_moods(from_file, from_embedding)
    assert from_file.duration == from_waveform.duration == from_embedding.duration == pytest.approx(20.0)
    pd.testing.assert_frame_equal(from_file.timeline, from_embedding.timeline)


def test_the_table_of_moods(song: bytes) -> None:
    model = make_model()
    prediction = Predictor(model).from_file(song)
    moods = prediction.moods
    before = ["probability", "threshold", "decided", "reliable", "pr_auc", "lift", "support"]
    after = ["kind", "percentile", "likelihood", "threshold_percentile"]
    after += ["allowed", "measured", "contradicted", "reach", "distance"]
    assert list(moods.columns) == [*before, *after]
    assert moods.index.name == "mood"
    assert set(moods.index) == set(MOODS)
    assert moods["probability"].is_monotonic_decreasing
    expected = model.probabilities(pool(prediction.embedding, model.pooling)[None])[0]
    assert np.allclose(moods.loc[list(MOODS), "probability"], expected)
    assert moods.loc["happy", "support"] == 30


@pytest.mark.parametrize(("thresholds", "decided"), [(0.0, {"calm", "dark", "happy"}), (1.1, set())])
def test_a_mood_that_is_not_reliable_is_never_decided_and_nothing_may_fit(
    song: bytes, thresholds: float, decided: set[str]
) -> None:
    prediction = Predictor(make_model(), thresholds=np.full(4, thresholds)).from_file(song)
    assert set(prediction.decided) == decided
    assert prediction.nothing_fits == (not decided)
    assert (prediction.moods["threshold"] == thresholds).all()


def test_the_timeline_has_a_row_every_three_seconds_and_explains(song: bytes) -> None:
    prediction = Predictor(make_model()).from_file(song)
    assert list(prediction.timeline.columns) == list(MOODS)
    assert list(prediction.timeline.index) == [0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0]
    assert prediction.timeline.to_numpy().min() >= 0
    assert prediction.timeline.to_numpy().max() <= 1
    strongest = prediction.why("calm")[0]
    row = prediction.timeline["calm"].idxmax()
    assert strongest.start <= row < strongest.end
    assert Predictor(make_model()).from_file(song, timeline=False).timeline is None


def test_a_workspace_gives_neighbours_and_a_place(song: bytes, workspace: Workspace) -> None:
    prediction = predict.from_file(song, "small", workspace, name="song.mp3")
    assert list(prediction.nearest.columns) == [
        *("track_id", "title", "artist", "similarity", "moods", "also_as", "same")
    ]
    assert len(prediction.nearest) == 10
    assert prediction.nearest["similarity"].is_monotonic_decreasing
    assert set(prediction.nearest["moods"]) <= set(MOODS)
    assert np.isfinite(prediction.map_point).all()


def test_a_track_of_the_workspace_finds_itself(workspace: Workspace) -> None:
    store = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    prediction = predict.from_embedding(store.read_frames("track_0000007"), "small", workspace)
    assert prediction.nearest.loc[0, "track_id"] == "track_0000007"
    assert prediction.nearest.loc[0, "similarity"] == pytest.approx(1.0, abs=1e-5)
    assert prediction.nearest.loc[0, "moods"] == MOODS[7 % 4]


def test_a_workspace_without_embeddings_gives_moods_alone(song: bytes, tmp_path: Path) -> None:
    empty = Workspace.create(tmp_path, title="t", kind="library")
    prediction = predict.from_file(song, make_model(), empty)
    assert prediction.nearest is None
    assert prediction.map_point is None


def test_to_dict_is_json_and_complete(song: bytes, workspace: Workspace) -> None:
    prediction = predict.from_file(song, "small", workspace, name="song.mp3")
    reported = json.loads(json.dumps(prediction.to_dict(), allow_nan=False))
    assert reported["file"] == "song.mp3"
    assert reported["moods"] == pytest.approx(prediction.moods["probability"].to_dict())
    assert list(reported["moods"]) == list(prediction.moods.index)
    assert reported["trust"]["relaxing"] == {
        "threshold": 0.5,
        "reliable": False,
        "pr_auc": None,
        "lift": None,
        "support": 2.0,
        "kind": "feeling",
        "percentile": None,
        "likelihood": pytest.approx(reported["moods"]["relaxing"]),
        "threshold_percentile": None,
        "allowed": False,
        "measured": True,
        "contradicted": False,
        "reach": None,
        "distance": 0.0,
    }
    assert len(reported["timeline"]["starts"]) == len(reported["timeline"]["moods"]["calm"]) == 7
    assert set(reported["why"]) == set(prediction.decided or prediction.moods.index[:5])
    assert len(reported["nearest"]) == 10
    assert len(reported["map_point"]) == 2


def test_what_the_model_cannot_promise_is_said(song: bytes) -> None:
    model = make_model(calibrated_on="none: student of another model", synthetic=True)
    warnings = " ".join(Predictor(model).from_file(song).warnings)
    assert "not calibrated on labels (student of another model)" in warnings
    assert "synthetic" in warnings


def test_what_was_wrong_with_the_file_is_said(song: bytes) -> None:
    prediction = Predictor(make_model()).from_file(song[: len(song) // 2], name="half.mp3")
    assert any("half.mp3: the file is truncated" in warning for warning in prediction.warnings)


def test_what_is_no_music_gets_no_decision(song: bytes) -> None:
    eager = Predictor(make_model(), thresholds=np.zeros(4))
    assert eager.from_file(song).decided
    silence = eager.from_file(pcm(np.zeros((1, 10 * 16000), np.float32), 16000))
    assert "silence" in str(silence.out_of_domain)
    assert silence.to_dict()["warnings"][0] == silence.out_of_domain
    assert silence.nothing_fits
    assert silence.decided == []
    noise = eager.from_waveform(np.random.default_rng(0).normal(0, 0.1, 10 * 16000).astype(np.float32), 16000)
    assert "not music" in str(noise.out_of_domain)
    assert noise.nothing_fits


def test_each_block_of_the_waveform_is_shown() -> None:
    seconds: list[float] = []
    predictor = Predictor(make_model())
    predictor.from_file(
        pcm(tones(150.0, 8000, 1), 8000),
        on_block=lambda block: seconds.append(len(block) / predictor.ready_encoder().sample_rate),
    )
    assert seconds == [60.0, 60.0, 30.0]


def test_other_thresholds_decide_again() -> None:
    prediction = Predictor(make_model()).from_waveform(melody(12.0, 16000)[0], 16000)
    strict = prediction.decided_by(dict.fromkeys(prediction.moods.index, 1.0))
    lax = prediction.decided_by(dict.fromkeys(prediction.moods.index, 0.0))
    assert strict.nothing_fits and strict.decided == []
    assert set(lax.decided) == set(prediction.moods.index[prediction.moods["reliable"]]) and not lax.nothing_fits
    assert dataclasses.replace(prediction, out_of_domain="noise").decided_by({"calm": 0.0}).decided == []


def test_another_rate_is_resampled() -> None:
    samples = melody(12.0)[0]
    predictor = Predictor(make_model())
    assert same_moods(
        predictor.from_waveform(samples, 44100),
        predictor.from_waveform(soxr.resample(samples, 44100, 16000), 16000),
        atol=1e-5,
    )


def test_errors_name_the_file_and_the_reason(workspace: Workspace) -> None:
    predictor = Predictor(make_model())
    with pytest.raises(AudioError, match=r"short\.wav: the audio lasts 0\.50 s, shorter than one frame"):
        predictor.from_file(pcm(tones(0.5)), name="short.wav")
    with pytest.raises(AudioError, match="average the channels"):
        predictor.from_waveform(np.zeros((2, 16000)), 16000)
    with pytest.raises(AudioError, match="divide integers"):
        predictor.from_waveform(np.zeros(16000, np.int16), 16000)
    with pytest.raises(AudioError, match="NaN"):
        predictor.from_waveform(np.full(32000, np.nan), 16000)
    with pytest.raises(AudioError, match="no frame"):
        predictor.from_embedding(np.empty((0, 16), np.float32))
    with pytest.raises(ArtifactError, match="there is no model 'nope'"):
        predict.from_file(b"", "nope", workspace)
    other = make_model()
    other.encoder = {**other.encoder, "version": "0"}
    with pytest.raises(ArtifactError, match="with version '0'"):
        Predictor(other).from_file(pcm(tones(2.0)))


@pytest.mark.parametrize("rate", [0, -1, float("nan"), "44100"])
def test_a_sample_rate_that_is_none_is_refused(rate: object) -> None:
    with pytest.raises(AudioError, match="a sample rate is a number of hertz"):
        Predictor(make_model()).from_waveform(np.zeros(32000, np.float32), rate)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scale", "words"),
    [(32767, "16 bits, which must be divided by 32768"), (2**31, "32 bits"), (np.nan, "NaN or infinite")],
)
def test_a_waveform_that_is_not_scaled_or_no_number_is_refused(scale: float, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        Predictor(make_model()).from_waveform(melody(2.0, 16000)[0] * np.float32(scale), 16000)


def test_frames_that_are_no_numbers_are_refused_and_a_list_is_read() -> None:
    frames = np.random.default_rng(0).normal(size=(9, 16)).astype(np.float32)
    predictor = Predictor(make_model())
    assert same_moods(predictor.from_embedding(frames.tolist()), predictor.from_embedding(frames))  # type: ignore[arg-type]
    for bad, words in (
        (frames * np.nan, "NaN or infinite"),
        ([["a"]], "array of numbers"),
        ([[1.0], [1.0, 2.0]], "array of numbers"),
    ):
        with pytest.raises(ArtifactError, match=words):
            predictor.from_embedding(bad)  # type: ignore[arg-type]


def test_threads_share_one_encoder_and_do_not_mix_their_songs(song: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def slow(name: str) -> Encoder:
        loaded.append(name)
        time.sleep(0.05)
        return load_encoder(name)

    monkeypatch.setattr(predictor, "load_encoder", slow)
    predictor._load_encoder_once.cache_clear()
    songs = [song, pcm(tones(5.0)), write(melody(9.0), "flac")] * 4
    alone = [Predictor(make_model(), load_encoder("placeholder")).from_file(data) for data in songs[:3]] * 4
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(Predictor(make_model()).from_file, songs))
    assert loaded == ["placeholder"]
    assert all(same_moods(one, other, atol=0) for one, other in zip(alone, together, strict=True))


def test_predictions_do_not_depend_on_the_file_before_them(song: bytes) -> None:
    predictor = Predictor(make_model())
    first = predictor.from_file(song)
    predictor.from_file(pcm(tones(5.0, 22050), 22050))
    assert same_moods(first, predictor.from_file(song), atol=0)


def test_a_prediction_is_a_value(song: bytes) -> None:
    prediction = Predictor(make_model()).from_file(song)
    with pytest.raises(AttributeError):
        prediction.file = "other"  # type: ignore[misc]
    assert replace(prediction, file="other").file == "other"


def test_importing_predict_loads_nothing_heavy() -> None:
    code = (
        "import sys; from mer_core import predict; print({'tensorflow', 'keras', 'umap', 'streamlit', "
        "'plotly', 'librosa'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
