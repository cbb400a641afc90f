"""The starter's student: what it recovers from made-up pairs, and the model that is shipped."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from starter_material import MOODS, made_up

from mer_core.cli.starter_figures import on_rated_songs
from mer_core.encoders.musicnn.encoder import MusicnnEncoder
from mer_core.errors import DatasetError
from mer_core.model.bundle import IDENTITY_KEYS, STARTER_DIR, load_model
from mer_core.model.decision import MOST_OFTEN
from mer_core.model.mlp import sigmoid
from mer_core.training.starter.checks import HumanSet, human_check, without_same_music
from mer_core.training.starter.data import Pairs, Teacher
from mer_core.training.starter.student import (
    Student,
    StudentRecipe,
    binormal_slope,
    fit_student,
    thresholds_for_rate,
    to_network,
    with_plane,
)
from mer_core.training.starter.trust import people_trust, rated_scores, rated_trust
from mer_core.training.starter.valence_arousal import RatedSongs, fit_valence_arousal

TEACHER_ALONE = StudentRecipe(sources=("teacher",), evidence=0, alpha=10)


@pytest.fixture(scope="module")
def material():
    return made_up()


@pytest.fixture(scope="module")
def starter():
    return load_model(STARTER_DIR)


@pytest.mark.parametrize("sources", [("teacher",), ("labels",), ("teacher", "labels")])
def test_the_student_finds_what_lies_behind_a_noisy_teacher(material, sources):
    pairs, teacher, truth = material
    fresh = np.random.default_rng(9).normal(size=(500, len(truth)))
    scores = fit_student(pairs, teacher, replace(TEACHER_ALONE, sources=sources)).scores(fresh)
    assert min(np.corrcoef(scores[:, j], fresh @ truth[:, j])[0, 1] for j in range(len(MOODS))) > 0.9


def test_scores_are_standardised_over_the_clips(material):
    pairs, teacher, _ = material
    scores = fit_student(pairs, teacher, TEACHER_ALONE).scores(pairs.embedding)
    mean = np.average(scores, axis=0, weights=pairs.weight)
    assert np.allclose(mean, 0, atol=1e-9)
    assert np.allclose(np.average(scores**2, axis=0, weights=pairs.weight), 1)


def test_labels_correct_a_teacher_that_mixes_up_two_moods(material):
    pairs, teacher, truth = material
    order = [1, 0, 2, 3]
    confused = replace(teacher, probabilities=teacher.probabilities[:, order])
    swapped = Pairs(pairs.collection, pairs.clip, pairs.embedding, pairs.teacher[:, order])
    scores = fit_student(swapped, confused, replace(TEACHER_ALONE, sources=("labels",))).scores(pairs.embedding)
    happy = pairs.embedding[:, : len(truth)] @ truth[:, 0]
    assert np.corrcoef(scores[:, 0], happy)[0, 1] > 0.9


def test_a_clip_counts_once_however_many_segments_it_has(material):
    pairs, teacher, _ = material
    rows = np.concatenate([np.arange(len(pairs)), np.flatnonzero(pairs.collection == "b")])
    twice = fit_student(pairs.subset(rows), teacher, TEACHER_ALONE)
    assert np.allclose(twice.weights, fit_student(pairs, teacher, TEACHER_ALONE).weights)


def test_a_teachers_level_in_a_collection_does_not_matter_when_centred(material):
    pairs, teacher, _ = material
    recipe = replace(TEACHER_ALONE, targets="probability")
    before = pairs.teacher.copy()
    shifted = Pairs(
        pairs.collection, pairs.clip, pairs.embedding, 0.5 * pairs.teacher + 0.3 * (pairs.collection == "a")[:, None]
    )
    halved = Pairs(pairs.collection, pairs.clip, pairs.embedding, 0.5 * pairs.teacher)
    assert np.allclose(fit_student(shifted, teacher, recipe).weights, fit_student(halved, teacher, recipe).weights)
    assert not np.allclose(
        fit_student(shifted, teacher, replace(recipe, centred=False)).weights,
        fit_student(halved, teacher, recipe).weights,
    )
    assert np.array_equal(pairs.teacher, before)


@settings(deadline=None)  # other work on the machine is no failure
@given(st.integers(1, 12), st.integers(0, 5))
def test_a_tracks_score_is_the_mean_of_its_segments_scores(segments, seed):
    student = Student(
        *np.random.default_rng(3).uniform(0.5, 1, size=(2, 20)), np.random.default_rng(4).normal(size=(20, 4))
    )
    frames = np.random.default_rng(seed).normal(size=(segments, 20))
    assert np.allclose(student.scores(frames.mean(axis=0, keepdims=True))[0], student.scores(frames).mean(axis=0))


@settings(deadline=None)  # other work on the machine is no failure
@given(st.floats(0.52, 0.98))
def test_the_binormal_slope_gives_back_the_roc_auc(roc_auc):
    assert norm.cdf(binormal_slope(np.array([roc_auc]))[0] / np.sqrt(2)) == pytest.approx(roc_auc)


def test_a_mood_the_teacher_does_not_know_gets_its_prevalence(material):
    pairs, teacher, _ = material
    network = to_network(fit_student(pairs, teacher, TEACHER_ALONE), np.full(4, 0.03), np.array([0.5, 0.4, 0.8, 0.9]))
    P = sigmoid(network.logits(pairs.embedding[:, :20]))
    assert np.ptp(P[:, 0]) < 0.02 < 0.1 < np.ptp(P[:, 3])
    assert np.allclose(P.mean(axis=0), 0.03, atol=0.01)


@settings(deadline=None)  # other work on the machine is no failure
@given(st.integers(20, 200), st.floats(0.01, 0.5), st.integers(0, 9))
def test_thresholds_decide_the_share_that_was_asked_for(n, rate, seed):
    rng = np.random.default_rng(seed)
    P, weight = rng.random((n, 2)), rng.uniform(0.2, 1, n)
    thresholds = thresholds_for_rate(P, weight, np.full(2, rate))
    decided = np.average(thresholds <= P, axis=0, weights=weight)
    assert (np.abs(decided - rate) <= weight.max() / weight.sum() + 1e-9).all()


def test_pairs_that_cannot_be_read_are_refused(tmp_path, material):
    with pytest.raises(DatasetError, match=r"give the file pairs\.npz"):
        Pairs.load(tmp_path / "none.npz")
    (tmp_path / "junk.npz").write_bytes(b"junk")
    with pytest.raises(DatasetError, match="cannot be read as training pairs"):
        Pairs.load(tmp_path / "junk.npz")
    pairs = material[0]
    path = tmp_path / "short.npz"
    np.savez(path, collection=pairs.collection, clip=pairs.clip, embedding=pairs.embedding[:-1], teacher=pairs.teacher)
    with pytest.raises(DatasetError, match="different lengths"):
        Pairs.load(path)
    np.savez(path, collection=pairs.collection, clip=pairs.clip, embedding=pairs.embedding, teacher=pairs.teacher + 1)
    with pytest.raises(DatasetError, match="outside"):
        Pairs.load(path)


def test_a_teacher_without_published_results_is_refused(tmp_path, shared):
    with pytest.raises(DatasetError, match=r"groundtruth\.npy cannot be read"):
        Teacher.load(shared / "data/incompetech")


def test_the_shipped_model_is_what_its_card_says(starter):
    assert len(starter.moods) == 56
    assert starter.calibrated_on.startswith("none")
    assert starter.pooling == "mean"
    assert not starter.synthetic
    for statement in (
        ".7258",
        "not calibrated on labels",
        "*not* a model trained on MTG-Jamendo audio",
        "CC BY-NC-SA",
        "Weaknesses",
    ):
        assert statement in " ".join(starter.card.split())
    assert all(f"| {mood} |" in starter.card for mood in starter.moods)
    assert sum(path.stat().st_size for path in STARTER_DIR.iterdir()) <= 1_000_000


def test_the_shipped_model_reads_what_the_encoder_gives(starter):
    framing = MusicnnEncoder.framing
    expected = {"name": "musicnn", "version": MusicnnEncoder.version, "dim": 200, "sample_rate": framing.sample_rate}
    expected |= {"frame_seconds": framing.frame_seconds, "hop_seconds": framing.hop_seconds}
    assert {key: starter.encoder[key] for key in IDENTITY_KEYS} == expected


def test_a_mood_that_people_found_unreliable_is_never_decided(starter):
    trust = starter.trust
    assert trust.loc["dream", "reliable"]
    assert not trust.loc["christmas", ["reliable", "measured"]].any()
    doubtful = (trust["measured"] & ~trust["reliable"]).to_numpy()
    assert doubtful.any()
    decided = starter.decide(np.ones((1, 56)))[0]
    assert not decided[doubtful].any()
    assert decided[~doubtful].all()


@pytest.mark.skipif(find_spec("musicnn") is None, reason="needs the weights of the musicnn wheel")
def test_the_shipped_weights_and_trust_are_those_the_script_makes(shared, starter):
    pairs, teacher = Pairs.load(shared / "data/starter/pairs.npz"), Teacher.load(shared / "data/mtg-jamendo")
    people = HumanSet.load(shared / "data/incompetech", teacher.moods)
    songs = RatedSongs.load(shared / "data/people/musifeast17.npz")
    plane, measured = fit_valence_arousal(songs, 200)
    others, alone = without_same_music(pairs), fit_student(pairs, teacher)
    human = human_check(
        with_plane(fit_student(others, teacher), plane, others, teacher.moods).scores, people, teacher.moods
    )
    places = plane.predict(pairs.embedding[:, :200])
    rated = rated_scores(alone, songs, measured.held_out, pairs, places, teacher.moods)
    trust = people_trust(teacher.moods, human, rated_trust(rated, songs, teacher.moods))
    assert list(trust["reliable"]) == list(starter.trust["reliable"])
    np.testing.assert_allclose(trust["roc_auc"], starter.trust["roc_auc"], rtol=1e-4)
    scores = with_plane(alone, plane, pairs, teacher.moods).scores(pairs.embedding[:200])
    shipped = starter.classifier.decision_function(pairs.embedding[:200, :200])
    for j in range(len(teacher.moods)):
        assert np.corrcoef(scores[:, j], shipped[:, j])[0, 1] > 0.99999


def test_the_shipped_model_decides_what_people_heard(shared, starter):
    """The step that rules moods out, and that names the nearest, sees valence and arousal of a map that has not heard
    the song's artist; the moods themselves are of the shipped model, which has. Songs in the middle third are on no
    side."""
    songs = RatedSongs.load(shared / "data/people/musifeast17.npz")
    held_out = fit_valence_arousal(songs, 200)[1].held_out
    figures = on_rated_songs(starter, songs, held_out)
    assert figures["without_feeling"] < 0.08 and not figures["without_headline"]
    assert figures["against"]["valence"] < 0.12 and figures["against"]["arousal"] < 0.08


def test_the_shipped_model_decides_no_mood_too_often(shared, starter):
    X = RatedSongs.load(shared / "data/people/musifeast17.npz").embedding[:, :200]
    P, against = starter.probabilities(X), starter.contradictions(X)
    decided = starter.decide(P, contradicted=against, distance=starter.distances(X))
    assert (decided.mean(axis=0) <= MOST_OFTEN * starter.trust["share"]).all()
