"""The starter as a Model: probabilities, thresholds, trust, and the card that says what it is.

No label belongs to the music the starter was trained on, so nothing here is measured on labels of its own:

* *trust* is the teacher's, on MTG-Jamendo's test tracks, pulled towards chance by how far student and teacher agree:
  figure = chance + agreement × (teacher's figure - chance), for each end of each interval too (chance is 0.5 for
  ROC-AUC and the prevalence for PR-AUC; negative agreement counts as 0);
* *reliable* is a mood that the teacher tells from chance (interval above 0.5, enough test tracks: see trust.py) and
  that the
  student agrees on (MIN_AGREEMENT), or one that people's words confirm in the same way;
* *thresholds* decide each mood RATE times as often on the training clips as MTG-Jamendo's tracks carry it.
"""

import numpy as np
import pandas as pd

from mer_core.encoders.musicnn.encoder import MusicnnEncoder
from mer_core.metrics.bootstrap import mood_trust
from mer_core.model.bundle import STARTER, Model
from mer_core.model.calibration import Calibration
from mer_core.model.classifier import MoodClassifier
from mer_core.training.starter.data import Pairs, Teacher
from mer_core.training.starter.student import Student, thresholds_for_rate, to_network

RATE = 2.0
"""MTG-Jamendo's artists give 1.8 moods a track and leave out others that fit as well; the published baseline decides
5.8."""
N_RANKS = 101
MIN_AGREEMENT = 0.3
UNCALIBRATED = "none: a student's scores, not calibrated on labels"


def make_model(
    student: Student, pairs: Pairs, teacher: Teacher, agreement: pd.Series, human: pd.DataFrame | None
) -> Model:
    """The starter model of `student`; `agreement` per mood and `human` are the results of starter_checks."""
    trust = student_trust(teacher, agreement, human)
    network = to_network(student, teacher.prevalence, trust["teacher_roc_auc"].to_numpy())
    classifier = MoodClassifier.from_network(network, teacher.moods)
    P = classifier.predict_proba(pairs.embedding[:, : network.n_features])
    thresholds = thresholds_for_rate(P, pairs.weight, np.minimum(RATE * teacher.prevalence, 0.5))
    return Model(
        name=STARTER,
        moods=teacher.moods,
        encoder={key: getattr(MusicnnEncoder, key) for key in ("name", "version", "dim")} | framing_seconds(),
        pooling="mean",
        classifier=classifier,
        calibration=Calibration.identity(len(teacher.moods)),
        thresholds=thresholds,
        trust=trust.drop(columns="teacher_roc_auc"),
        calibrated_on=UNCALIBRATED,
    )


def ranks_in_music(model: Model, pairs: Pairs) -> np.ndarray:
    """Quantiles (N_RANKS, n_moods), in even steps from 0 to 1, of each mood's probability over the clips of `pairs`."""
    P = model.probabilities(pairs.embedding[:, : model.classifier.network_.n_features])
    return np.stack(
        [
            np.quantile(P[:, j], np.linspace(0, 1, N_RANKS), weights=pairs.weight, method="inverted_cdf")
            for j in range(P.shape[1])
        ],
        axis=1,
    )


def framing_seconds() -> dict[str, float]:
    """Rate and frame lengths of MusiCNN as its identity states them, without loading the network."""
    framing = MusicnnEncoder.framing
    return {
        "sample_rate": framing.sample_rate,
        "frame_seconds": framing.frame_seconds,
        "hop_seconds": framing.hop_seconds,
    }


def student_trust(teacher: Teacher, agreement: pd.Series, human: pd.DataFrame | None) -> pd.DataFrame:
    """The columns of trust.mood_trust by the rule above, and agreement and teacher_roc_auc beside them."""
    measured = mood_trust(teacher.labels, teacher.probabilities, teacher.moods, teacher.artists)
    table, share = measured.copy(), agreement.clip(lower=0)
    for figure, chance in (("roc_auc", 0.5), ("pr_auc", measured["prevalence"])):
        for column in (figure, f"{figure}_low", f"{figure}_high"):
            table[column] = chance + share * (measured[column] - chance)
    table["lift"] = table["pr_auc"] / table["prevalence"]
    confirmed = pd.Series(False, index=table.index)
    if human is not None:
        confirmed.update(human["reliable"].astype(bool))
    table["reliable"] = (measured["reliable"] & (agreement >= MIN_AGREEMENT)) | confirmed
    return table.assign(agreement=agreement, teacher_roc_auc=measured["roc_auc"])
