"""Out of domain: made-up sounds are caught, real music is not."""

from importlib.util import find_spec

import made_up_sounds as sounds
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core import domain
from mer_core.audio import decode
from mer_core.model_folder import STARTER_DIR, load_model

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
    ],
)
def test_silence_noise_and_tones_are_named_without_any_embedding(sound, word):
    assert word in domain.check(np.zeros(3), None, sound)


def test_a_made_up_song_passes():
    assert domain.check(np.zeros(3), None, sounds.song()) is None


def test_white_noise_has_the_steadiness_that_theory_says():
    assert domain.steadiness(domain._power(sounds.noise())) == pytest.approx(np.exp(-np.euler_gamma), abs=0.01)
    assert domain.steadiness(domain._power(sounds.tone())) > 0.95
    assert domain.steadiness(domain._power(sounds.song())) < 0.3


def test_speech_has_pauses_and_no_beat_a_song_has_a_beat():
    speech, song = (domain._power(sound) for sound in (sounds.speech_like(), sounds.song()))
    assert domain.quiet_share(speech) > domain.SPEECH_QUIET
    assert domain.beat_strength(speech) < domain.SPEECH_BEAT < domain.beat_strength(song)


@needs_musicnn
@pytest.mark.parametrize("sound", [sounds.speech_like(seed=0), sounds.speech_like(seed=1), sounds.noise(1), sounds.tone(), np.zeros(16000 * 8, np.float32)])
def test_made_up_sounds_are_out_of_the_starters_domain(starter, sound):
    from mer_core.encoders import load_encoder

    assert domain.check(load_encoder("musicnn").encode(sound).mean(axis=0), starter.domain, sound) is not None


def test_real_music_lies_in_the_starters_domain(starter, incompetech):
    verdicts = [domain.check(embedding, starter.domain) for embedding in incompetech[1]]
    assert sum(verdict is not None for verdict in verdicts) <= 1


def test_real_music_passes_with_its_waveform(shared, starter, incompetech):
    files = sorted((shared / "data/incompetech/audio").glob("*/*.mp3"))[::9]
    embedding = {int(str(track).removeprefix("track_")): row for track, row in zip(*incompetech, strict=True)}
    verdicts = [domain.check(embedding[int(path.stem)], starter.domain, decode(path, 16000).waveform) for path in files]
    assert len(verdicts) >= 10
    assert verdicts == [None] * len(verdicts)


def test_training_tracks_are_near_and_strangers_are_far(cloud):
    known = domain.fit(cloud)
    assert 0.5 < np.median(domain.distance(cloud, known)) < 1.1
    assert (domain.distance(cloud, known) > known["threshold"]).mean() <= 0.005
    assert domain.check(cloud[0], known) is None
    assert "unlike all music" in domain.check(cloud[0] + 20 * cloud.std(axis=0) * np.resize([1, -1], 30), known)


def test_tracks_that_belong_together_are_held_out_together(cloud):
    """Ten copies of each row hold a stranger's twins in the training part; grouped, the threshold is that of new rows."""
    copies, group = np.repeat(cloud[:40], 10, axis=0), np.repeat(np.arange(40), 10)
    assert domain.fit(copies, group)["threshold"] > domain.fit(copies)["threshold"]


def test_few_tracks_set_no_limit(cloud):
    known = domain.fit(cloud[:10])
    assert np.isinf(known["threshold"][0])
    assert domain.check(cloud[0] + 1e6, known) is None
    assert "silence" in domain.check(cloud[0], known, np.zeros(80000, np.float32))


def test_a_feature_that_never_varies_does_no_harm(cloud):
    flat = np.hstack([cloud, np.full((len(cloud), 2), 3.0)])
    assert np.isfinite(domain.distance(flat, domain.fit(flat))).all()


def test_what_is_stored_is_small_and_plain(cloud):
    rng = np.random.default_rng(0)
    known = domain.fit(rng.normal(size=(60, 400)))
    assert sum(values.nbytes for values in known.values()) < 120_000
    assert {values.dtype for values in known.values()} == {np.dtype(np.float32)}


@settings(deadline=None)  # other work on the machine is no failure
@given(st.floats(0.05, 1.0))
def test_the_verdict_on_a_song_does_not_depend_on_its_loudness(gain):
    song, speech = domain._power(gain * sounds.song(6)), domain._power(gain * sounds.speech_like(6))
    assert domain.steadiness(song) == pytest.approx(domain.steadiness(domain._power(sounds.song(6))), rel=1e-3)
    assert domain.quiet_share(speech) == pytest.approx(domain.quiet_share(domain._power(sounds.speech_like(6))), abs=0.01)


def test_very_short_or_constant_sounds_do_not_fail():
    assert domain.check(np.zeros(3), None, np.zeros(100, np.float32)) is None
    assert "silence" in domain.check(np.zeros(3), None, np.full(20000, 0.5, np.float32))
