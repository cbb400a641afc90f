"""Out of distribution: made-up sounds are caught, real music is not."""

from importlib.util import find_spec

import numpy as np
import pytest
from benchmarks import made_up_sounds as sounds

from mer_core.audio.content import Excerpts
from mer_core.audio.decode import decode
from mer_core.model import ood
from mer_core.model.bundle import STARTER_DIR, load_model

needs_musicnn = pytest.mark.skipif(find_spec("musicnn") is None, reason="needs the weights of the musicnn wheel")


@pytest.fixture(scope="module")
def cloud():
    """400 training embeddings of correlated features."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(400, 6)) @ rng.normal(size=(6, 30)) + 0.3 * rng.normal(size=(400, 30)) + 5


@pytest.fixture(scope="module")
def starter():
    return load_model(STARTER_DIR)


@pytest.fixture(scope="module")
def incompetech(shared):
    with np.load(shared / "data/incompetech/reference_musicnn.npz", allow_pickle=False) as archive:
        return archive["track_id"], archive["penultimate_mean"]


def heard(*sounds: np.ndarray) -> np.ndarray:
    """The measures of the excerpts of `sounds` one after the other."""
    excerpts = Excerpts()
    for sound in sounds:
        excerpts.add(sound)
    return excerpts.measures()


def seconds(sound: np.ndarray, length: float) -> np.ndarray:
    """`sound` over and over, cut at `length` seconds."""
    return np.resize(sound, int(length * sounds.RATE))


@pytest.mark.parametrize(
    ("sound", "word"),
    [
        (np.zeros(16000 * 5, np.float32), "silence"),
        (1e-4 * sounds.noise(), "silence"),
        (sounds.noise(0), "steady"),
        (sounds.noise(1), "steady"),
        (sounds.noise(2), "steady"),
        (sounds.tone(100), "steady"),
        (sounds.tone(440), "steady"),
        (sounds.tone(4000), "steady"),
        (sounds.swelling(sounds.tone()), "steady"),
        (sounds.interrupted(sounds.tone()), "steady"),
        (sounds.struck(900, every=1.0), "silence but for short sounds"),
        (sounds.struck(900, every=2.0), "silence but for short sounds"),
        (sounds.struck(900, every=4.0), "silence but for short sounds"),
        (np.append(sounds.tone(seconds=5), np.zeros(16000 * 5, np.float32)), "steady"),
        (np.append(sounds.tone(seconds=5), np.zeros(16000 * 60, np.float32)), "silence"),
    ],
)
def test_silence_noise_and_tones_are_named_without_any_embedding(sound, word):
    assert word in ood.check(np.zeros(3), None, heard(sound))


def test_a_made_up_song_passes():
    assert ood.check(np.zeros(3), None, heard(sounds.song())) is None


@pytest.mark.parametrize("ratio", [1, 3, 6])
@pytest.mark.parametrize("voices", [1, 2])
def test_speech_is_found_compressed_or_of_two_voices(cloud, ratio, voices):
    known = ood.fit(cloud)
    speech = sum(sounds.speech_like(seed=seed) for seed in range(voices)) / voices
    assert "speech" in ood.check(cloud[0], known, heard(sounds.compressed(speech, ratio)))
    assert ood.check(cloud[0], known, heard(sounds.compressed(sounds.song(), ratio))) is None


def test_weak_syllables_are_speech_only_far_from_music(cloud):
    known = ood.fit(cloud)
    crowd = np.array([[-20, 0.1, 0.2, 0.2, 0.1]], np.float32)
    assert ood.check(cloud[0], known, crowd) is None
    known["threshold"] = 1.2 * ood.distance(cloud[:1], known)
    assert "speech" in ood.check(cloud[0], known, crowd)


@pytest.mark.parametrize(
    ("sound", "word"),
    [(sounds.swelling(sounds.noise(), 0.1, 1), "steady"), (sounds.with_pauses(sounds.speech_like(90)), "speech")],
)
def test_noise_that_swells_and_speech_with_pauses_lie_far_from_music(cloud, sound, word):
    known = ood.fit(cloud)
    assert ood.check(cloud[0], known, heard(sound)) is None
    known["threshold"] = 1.2 * ood.distance(cloud[:1], known)
    assert word in ood.check(cloud[0], known, heard(sound))
    assert ood.check(cloud[0], known, heard(sounds.song())) is None


@needs_musicnn
@pytest.mark.parametrize(
    "sound", [sounds.swelling(sounds.noise(seconds=30), 0.1, 1), sounds.with_pauses(sounds.speech_like(30))]
)
def test_such_sounds_are_far_from_the_starters_music(starter, sound):
    from mer_core.encoders import load_encoder

    assert (
        ood.distance(load_encoder("musicnn").encode(sound).mean(axis=0)[None], starter.distribution)
        > ood.DISTANCE * starter.distribution["threshold"][0]
    )


def test_most_of_a_sound_decides_not_its_beginning():
    silence = np.zeros(70 * sounds.RATE, np.float32)
    song = sounds.song(30)
    assert ood.check(np.zeros(3), None, heard(silence, seconds(song, 90))) is None
    after = ood.check(np.zeros(3), None, heard(seconds(song, 62), silence, silence[: 40 * sounds.RATE]))
    assert "silence" in after and "in 5 of 9 excerpts" in after
    assert "speech" in ood.check(np.zeros(3), None, heard(seconds(song, 62), seconds(sounds.speech_like(), 160)))
    assert "in 4 of 6 excerpts" in ood.check(np.zeros(3), None, heard(seconds(song, 40), seconds(sounds.noise(), 80)))


@needs_musicnn
@pytest.mark.parametrize(
    "sound",
    [
        sounds.speech_like(seed=0),
        sounds.speech_like(seed=1),
        sounds.noise(1),
        sounds.tone(),
        np.zeros(16000 * 8, np.float32),
    ],
)
def test_made_up_sounds_are_out_of_the_starters_distribution(starter, sound):
    from mer_core.encoders import load_encoder

    assert ood.check(load_encoder("musicnn").encode(sound).mean(axis=0), starter.distribution, heard(sound)) is not None


def test_real_music_lies_in_the_starters_distribution(starter, incompetech):
    verdicts = [ood.check(embedding, starter.distribution) for embedding in incompetech[1]]
    assert sum(verdict is not None for verdict in verdicts) <= 1


def test_real_music_passes_with_its_waveform(shared, starter, incompetech):
    files = sorted((shared / "data/incompetech/audio").glob("*/*.mp3"))[::9]
    embedding = {int(str(track).removeprefix("track_")): row for track, row in zip(*incompetech, strict=True)}
    verdicts = [
        ood.check(embedding[int(path.stem)], starter.distribution, heard(decode(path, 16000).waveform))
        for path in files
    ]
    assert len(verdicts) >= 10
    assert verdicts == [None] * len(verdicts)


def test_training_tracks_are_near_and_strangers_are_far(cloud):
    known = ood.fit(cloud)
    assert 0.5 < np.median(ood.distance(cloud, known)) < 1.1
    assert (ood.distance(cloud, known) > known["threshold"]).mean() <= 0.005
    assert ood.check(cloud[0], known) is None
    assert "unlike all music" in ood.check(cloud[0] + 20 * cloud.std(axis=0) * np.resize([1, -1], 30), known)


def test_tracks_that_belong_together_are_held_out_together(cloud):
    """Ten copies of each row hold a stranger's twins in the training part; grouped, the threshold is that of new
    rows."""
    copies, group = np.repeat(cloud[:40], 10, axis=0), np.repeat(np.arange(40), 10)
    assert ood.fit(copies, group)["threshold"] > ood.fit(copies)["threshold"]


def test_few_tracks_set_no_limit(cloud):
    known = ood.fit(cloud[:10])
    assert np.isinf(known["threshold"][0])
    assert ood.check(cloud[0] + 1e6, known) is None
    assert "silence" in ood.check(cloud[0], known, heard(np.zeros(80000, np.float32)))


def test_a_feature_that_never_varies_does_no_harm(cloud):
    flat = np.hstack([cloud, np.full((len(cloud), 2), 3.0)])
    assert np.isfinite(ood.distance(flat, ood.fit(flat))).all()


def test_what_is_stored_is_small_and_plain(cloud):
    rng = np.random.default_rng(0)
    known = ood.fit(rng.normal(size=(60, 400)))
    assert sum(values.nbytes for values in known.values()) < 120_000
    assert {values.dtype for values in known.values()} == {np.dtype(np.float32)}


def test_very_short_or_constant_sounds_do_not_fail():
    assert ood.check(np.zeros(3), None, heard(np.zeros(100, np.float32))) is None
    assert "silence" in ood.check(np.zeros(3), None, heard(np.full(20000, 0.5, np.float32)))
