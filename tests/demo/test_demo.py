"""The demo corpus: learnable labels, real MP3 files, the same bytes every time, and nothing lost when it is
interrupted."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core import moods as mood_space
from mer_core.audio.decode import decode
from mer_core.cli import common, make_demo
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.validation import validate
from mer_core.demo.composition import compose
from mer_core.demo.corpus import CLIPS, SPLIT_PATTERN, Clip, make_clip, write_clip, write_corpus
from mer_core.demo.cues import MOODS, PROFILES, Cues, draw_cues, draw_moods
from mer_core.demo.ensembles import COUNT, FAMILIES, make_ensemble
from mer_core.demo.harmony import SCALES, choose_scale, pitch_of
from mer_core.demo.rendering import PEAK, render, to_mp3
from mer_core.errors import ArtifactError, DatasetError
from mer_core.io import extras
from mer_core.model.bundle import load_model
from mer_core.workspace.layout import Workspace

FEW = len(MOODS)
NEUTRAL = Cues(*[0.0] * 8)
seeds = st.integers(0, 10_000)
cue_values = st.builds(Cues, *[st.floats(-1, 1)] * 8)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The smallest corpus there is."""
    return write_corpus(tmp_path_factory.mktemp("demo") / "demo", FEW)


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    """Every clip of the full corpus, composed but not played."""
    return [make_clip(number) for number in range(1, CLIPS + 1)]


def audio_bytes(workspace: Workspace) -> dict[str, bytes]:
    return {
        path.relative_to(workspace.audio_root).as_posix(): path.read_bytes()
        for path in workspace.audio_root.rglob("*.mp3")
    }


def test_moods_are_words_of_mtg_jamendo() -> None:
    assert len(MOODS) >= 12 and set(MOODS) <= set(mood_space.MOODS)


@pytest.mark.parametrize(
    ("high", "low", "dimension"),
    [("happy", "sad", "valence"), ("energetic", "meditative", "arousal"), ("action", "calm", "arousal")],
)
def test_profiles_agree_with_the_valence_arousal_plane(high: str, low: str, dimension: str) -> None:
    cue = "mode" if dimension == "valence" else "tempo"
    assert getattr(PROFILES[high], cue) > getattr(PROFILES[low], cue)
    assert getattr(mood_space.MOODS[high], dimension) > getattr(mood_space.MOODS[low], dimension)


@given(seeds, st.sampled_from(MOODS))
def test_a_clip_has_one_to_three_moods_that_agree(seed: int, first: str) -> None:
    moods = draw_moods(first, np.random.default_rng(seed))
    assert first in moods and 1 <= len(moods) <= 3 and list(moods) == sorted(set(moods))
    assert not {"happy", "sad"} <= set(moods) and not {"energetic", "calm"} <= set(moods)


@given(seeds, st.lists(st.sampled_from(MOODS), min_size=1, max_size=3, unique=True))
def test_cues_stay_in_range(seed: int, moods: list[str]) -> None:
    assert all(
        -1 <= cue <= 1
        for cue in draw_cues(moods, make_ensemble(seed % COUNT, seed).habits, np.random.default_rng(seed))
    )


def test_cues_carry_the_mood_but_vary() -> None:
    drawn = np.array([draw_cues(["sad"], NEUTRAL, np.random.default_rng(seed)) for seed in range(500)])
    assert np.abs(drawn.mean(axis=0) - np.array(PROFILES["sad"])).max() < 0.25
    assert drawn.std(axis=0).min() > 0.2


@given(st.integers(-14, 21), st.integers(0, len(SCALES) - 1))
def test_scale_degrees_rise_by_one_or_two_semitones(degree: int, scale: int) -> None:
    assert pitch_of(degree + 1, scale, 60) - pitch_of(degree, scale, 60) in (1, 2)
    assert pitch_of(degree + 7, scale, 60) - pitch_of(degree, scale, 60) == 12


def test_the_mode_cue_chooses_darker_and_brighter_scales() -> None:
    mean = [
        np.mean([choose_scale(mode, np.random.default_rng(seed)) for seed in range(200)])
        for mode in (-1.0, -0.3, 0.3, 1.0)
    ]
    assert mean == sorted(mean) and mean[-1] - mean[0] > 3


@given(cue_values, st.sampled_from(FAMILIES), seeds)
def test_notes_are_playable_and_within_the_clip(cues: Cues, family: object, seed: int) -> None:
    score = compose(cues, family, 6.0, np.random.default_rng(seed))  # type: ignore[arg-type]
    notes = [note for part in score.midi.instruments for note in part.notes]
    assert notes and all(0 <= note.start < 6 and note.end > note.start for note in notes)
    assert all(21 <= note.pitch <= 108 and 1 <= note.velocity <= 127 for note in notes)


@pytest.mark.parametrize(
    ("cue", "measure"),
    [
        ("tempo", lambda score: score.bpm),
        ("loudness", lambda score: np.mean([n.velocity for part in score.midi.instruments for n in part.notes])),
        (
            "register",
            lambda score: np.mean(
                [n.pitch for part in score.midi.instruments if part.name == "chords" for n in part.notes]
            ),
        ),
        (
            "staccato",
            lambda score: (
                -np.mean(
                    [n.end - n.start for part in score.midi.instruments if part.name == "chords" for n in part.notes]
                )
            ),
        ),
        ("activity", lambda score: sum(len(part.notes) for part in score.midi.instruments)),
        (
            "dissonance",
            lambda score: len(
                {n.pitch for part in score.midi.instruments if part.name == "chords" for n in part.notes}
            ),
        ),
    ],
)
def test_every_cue_is_heard_in_the_score(cue: str, measure: object) -> None:
    values = [
        np.mean(
            [
                measure(compose(NEUTRAL._replace(**{cue: value}), FAMILIES[0], 12.0, np.random.default_rng(seed)))
                for seed in range(12)
            ]
        )  # type: ignore[operator]
        for value in (-0.9, 0.0, 0.9)
    ]
    assert values == sorted(values) and values[0] < values[2]


def test_loud_bright_music_sounds_louder_and_brighter() -> None:
    def sound(value: float) -> tuple[float, float]:
        waves = [
            render(
                compose(
                    NEUTRAL._replace(loudness=value, brightness=value, activity=-1.0),
                    family,
                    5.0,
                    np.random.default_rng(1),
                )
            )
            for family in FAMILIES[:4]
        ]
        power = [np.abs(np.fft.rfft(wave)) ** 2 for wave in waves]
        centroid = np.mean([(p * np.arange(p.size)).sum() / p.sum() for p in power])
        return float(np.mean([wave.std() for wave in waves])), float(centroid)

    assert np.all(np.array(sound(0.8)) > np.array(sound(-0.8)))


@pytest.mark.parametrize("number", [1, 7, 133, CLIPS])
def test_a_clip_sounds_and_does_not_clip(number: int) -> None:
    clip = make_clip(number)
    waveform = render(clip.score)
    seconds = waveform[: len(waveform) // 32000 * 32000].reshape(-1, 32000)
    assert waveform.dtype == np.float32 and np.abs(waveform).max() <= PEAK + 1e-6
    assert 20 <= len(waveform) / 32000 <= 30
    assert np.median(seconds.std(axis=1)) > 0.003, "louder than -50 dBFS for most of its seconds"
    assert np.abs(waveform[-100:]).max() < 0.01, "faded out"


def test_the_same_number_and_seed_give_the_same_bytes() -> None:
    first, again, other, seeded = (
        to_mp3(render(make_clip(number, seed).score)) for number, seed in [(3, 1), (3, 1), (4, 1), (3, 2)]
    )
    assert first == again and first != other and first != seeded


def test_every_mood_is_in_every_part_often_enough(clips: list[Clip]) -> None:
    assert len(clips) >= 240
    for part, least in [("train", 10), ("validation", 5), ("test", 8)]:
        count = Counter(mood for clip in clips if clip.split == part for mood in clip.moods)
        assert min(count[mood] for mood in MOODS) >= least, part
    assert np.mean([len(clip.moods) for clip in clips]) > 1.5


def test_every_family_of_ensembles_is_in_train_and_test(clips: list[Clip]) -> None:
    parts = {(clip.ensemble.family.name, clip.split) for clip in clips}
    assert all((family.name, part) in parts for family in FAMILIES for part in ("train", "test"))


def test_moods_are_no_function_of_the_ensemble(clips: list[Clip]) -> None:
    moods_of: dict[str, set[str]] = {}
    for clip in clips:
        moods_of.setdefault(clip.ensemble.family.name, set()).update(clip.moods)
    assert all(len(moods) >= 12 for moods in moods_of.values())


def test_the_corpus_is_a_valid_dataset_called_synthetic(demo: Workspace) -> None:
    dataset = Dataset.load(demo.dataset_dir)
    assert demo.synthetic and "synthetic" in demo.title.lower() and demo.kind == "demo"
    assert validate(demo.dataset_dir, demo.audio_root) == []
    assert len(dataset) == FEW and dataset.moods == MOODS and set(dataset.categories) == {"mood/theme"}
    assert all("Synthetic" in title for title in dataset.tracks["title"]) and all(
        "Synthetic" in artist for artist in dataset.tracks["artist"]
    )
    assert set(dataset.tracks["split"]) == set(SPLIT_PATTERN)
    assert not dataset.tracks.groupby("artist_id")["split"].nunique().gt(1).any()


def test_the_files_are_mp3_of_the_stated_length(demo: Workspace) -> None:
    tracks = Dataset.load(demo.dataset_dir).tracks.head(3)
    for number, path, seconds in zip([1, 2, 3], tracks["path"], tracks["duration"], strict=True):
        decoded = decode(demo.audio_path(path), 16000)
        assert (decoded.warning is None or "very quiet" in decoded.warning) and abs(decoded.duration - seconds) < 0.2
        assert path == f"{number:02d}/{number}.mp3"


def test_a_lost_clip_comes_back_and_the_others_are_kept(demo: Workspace, tmp_path: Path) -> None:
    before = audio_bytes(demo)
    kept = {path: path.stat().st_mtime_ns for path in demo.audio_root.rglob("*.mp3")}
    lost = demo.audio_root / "05" / "5.mp3"
    lost.unlink()
    counts: list[int] = []
    write_corpus(demo.root, FEW, progress=counts.append)
    assert counts == [FEW - 1, FEW] and audio_bytes(demo) == before
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items() if path != lost)


def test_other_folders_are_left_alone(demo: Workspace, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ArtifactError, match="something else"):
        write_corpus(tmp_path, FEW)
    with pytest.raises(ArtifactError, match="another demo"):
        write_corpus(demo.root, FEW + 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.txt"]


def test_too_few_clips_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="too few"):
        write_corpus(tmp_path / "demo", 3)
    assert not (tmp_path / "demo").exists()


def test_a_killed_run_is_completed_with_the_same_bytes(demo: Workspace, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from mer_core.demo.corpus import write_corpus; "
        f"write_corpus(Path({str(tmp_path / 'demo')!r}), {FEW})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None and not any(tmp_path.rglob("*.mp3")):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert audio_bytes(write_corpus(tmp_path / "demo", FEW)) == audio_bytes(demo)
    assert not list(tmp_path.rglob("*.tmp"))


def test_make_demo_runs_the_steps_that_are_missing(
    demo: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(make_demo, "_run", lambda script, workspace, verbose: ran.append(script))
    assert make_demo.main([str(demo.root), "--clips", str(FEW), "--json"]) == 0
    assert ran == ["build_embeddings", "train_classifier", "build_map"]
    reported = capsys.readouterr()
    assert f'"tracks": {FEW}, "moods": {len(MOODS)}' in reported.out and f"synthetic clips: {FEW}/{FEW}" in reported.err


def test_make_demo_says_what_to_mend_when_a_step_fails(
    demo: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class FailingStep:
        @staticmethod
        def main(argv: list[str]) -> int:
            print("text for people")
            return 1

    monkeypatch.setattr(common, "import_module", lambda name: FailingStep)
    assert make_demo.main([str(demo.root), "--clips", str(FEW), "--json"]) == 1
    reported = capsys.readouterr()
    assert reported.out == "" and "the step build_embeddings failed" in reported.err


def test_make_demo_names_the_package_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "tinysoundfont" else True)
    assert make_demo.main([str(tmp_path / "demo")]) == 1
    assert "this needs tinysoundfont" in (reported := capsys.readouterr().err)
    assert "the extra “demo”" in reported and "pip install" in reported and reported.strip().endswith("tinysoundfont")


def test_write_clip_makes_the_file_of_the_clip(tmp_path: Path) -> None:
    clip = make_clip(2)
    write_clip(tmp_path, clip)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")] == ["02/2.mp3"]


@pytest.mark.slow
def test_one_command_makes_corpus_embeddings_model_and_map(tmp_path: Path) -> None:
    """The real encoder, training and map on a small corpus, in a process of its own as a person would; once more it is
    done at once."""
    command = [sys.executable, "scripts/make_demo.py", str(tmp_path / "demo"), "--clips", "40", "--json"]
    for _ in range(2):
        done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert (result["tracks"], result["moods"], result["workspace"]) == (40, len(MOODS), str(tmp_path / "demo"))
    workspace = Workspace.open(tmp_path / "demo")
    assert (workspace.encoders(), workspace.models(), workspace.maps()) == (["musicnn"], ["musicnn"], ["musicnn"])
    model = load_model(workspace.model_dir("musicnn"))
    assert model.synthetic and tuple(model.moods) == MOODS
