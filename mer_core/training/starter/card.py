"""The starter's model card: what it is, what it was made from, what it is worth."""

import pandas as pd

from mer_core.model.calibration import LIKELIHOOD
from mer_core.model.trained import Model
from mer_core.model.valence_arousal import DIMENSIONS, RATED_SONGS
from mer_core.training.starter.data import Pairs
from mer_core.training.starter.release import FEELING_RATE

CARD = """# Starter model: 56 MTG-Jamendo moods from MusiCNN embeddings

**What it is.** A linear student of a published baseline. The teacher is the CNN published with the MTG-Jamendo
repository (the architecture of the VGG-ish MediaEval baseline), whose ROC-AUC on MTG-Jamendo's test tracks is .7258
and whose PR-AUC is .1077. It is *not* a model trained on MTG-Jamendo audio: of that dataset only metadata and
published results were used. Train your own model on the dataset for better figures.

**Probabilities** are a student's scores, not calibrated on labels of their own. How steeply they rise is what was
measured for the mood; the level of all is set on the words of one composer. {likelihood}
For every mood there is its rank ("stronger than in 95 % of music").

**Valence and arousal** are a ridge regression on {rated}. Artists left out: {plane}. 0 is
the middle of these songs, ±1 two deviations. They also count in every mood, by the place of the mood on the plane,
which is this project's own rating.

**How it was made.** Two ridge regressions from the embedding (mean over frames): one to the teacher's probabilities,
one to these mapped to human labels by what MTG-Jamendo's test results say about the teacher. Added to their mean,
with the same weight: evidence from the 50 Last.fm tags that MusiCNN itself was trained on, by a table written by
hand. See mer_core/training/starter/student.py and mer_core/training/starter/lastfm_evidence.py. The test set's labels
having been used, do not evaluate this model on it.

**Trained on.** {segments} segments of {clips} unlabelled clips (29 s) in four collections: Creative Commons pieces by
Kevin MacLeod, music of free games, and two research collections of songs and instrumental clips. No audio is part of
this package.

**Agreement with the teacher** on a collection not trained on (correlation of log-odds, mean over moods):
{agreement:.3f}. It is not meant to reach 1: the student corrects its teacher.

**People's words, without the teacher.** {human}

**Decisions.** A feeling's threshold is where it is decided {feeling:g} times as often on the training clips as in
MTG-Jamendo, a theme's (film, christmas, corporate …) as often as there. A mood that the music's valence or arousal
speaks against is not decided. A track with no feeling gets the nearest within the reach of its mood. No mood is decided
for more than three times its share of MTG-Jamendo, on the training clips and on the rated songs.
Measured and no better than chance, hence never decided: {unreliable}.

**Trust figures** (ROC-AUC, with 95 % intervals; PR-AUC and lift follow from it, where one track in five has the mood)
are measured on this kind of model by what people said: the composer's words, by a student that did not have his
pieces, and the ratings of songs whose artist was left out. Where nobody said anything a mood is "not measured": it may
be decided, and nothing is promised.

**Weaknesses.** Valence is harder than arousal: happy and sad are distinguished less well than calm and energetic.
Speech, noise and single tones are music to it unless the out-of-distribution check catches them. Moods that name a use
(corporate, film, game …) depend on the fashions of production music. Little music beyond Western popular and
production music was in the training.

**Licences.** MusiCNN weights: ISC. Teacher network: Apache-2.0. MTG-Jamendo metadata and results: CC BY-NC-SA 4.0.
Training music: CC BY, CC BY-SA, GPL and research use. Made from these, the weights should be treated as for
non-commercial use.

| mood | agreement with the teacher | ROC-AUC by people | 95 % | reliable |
| --- | --- | --- | --- | --- |
{table}
"""


def write_card(
    model: Model,
    pairs: Pairs,
    human: pd.DataFrame | None,
    mean: tuple[float, float, float] | None,
    distinct: tuple[float, int] | None = None,
) -> str:
    """Markdown; `human`, `mean` and `distinct` are the results of starter_checks, None where there were no people's
    words."""
    plane = "; ".join(
        f"{name} R² {figures['r2']:.2f}, r {figures['r']:.2f}, {figures['coverage']:.0%} inside the 80 % intervals"
        for name in DIMENSIONS
        if (figures := model.metrics.get(name))
    )
    return CARD.format(
        segments=len(pairs),
        clips=len(set(pairs.clip)),
        agreement=model.trust["agreement"].mean(),
        human=_human_sentence(human, mean, distinct),
        likelihood=_likelihood_sentence(model),
        rated=RATED_SONGS,
        plane=plane or "not measured",
        feeling=FEELING_RATE,
        unreliable=", ".join(model.trust.index[~model.allowed]) or "none",
        table="\n".join(_row(str(mood), row) for mood, row in model.trust.iterrows()),
    )


def _row(mood: str, trust: "pd.Series[float]") -> str:
    if not trust["measured"]:
        return f"| {mood} | {trust['agreement']:.2f} | not measured | | |"
    interval = f"{trust['roc_auc_low']:.2f} to {trust['roc_auc_high']:.2f}"
    return (
        f"| {mood} | {trust['agreement']:.2f} | {trust['roc_auc']:.2f} | {interval} | "
        f"{'yes' if trust['reliable'] else 'no'} |"
    )


def _likelihood_sentence(model: Model) -> str:
    if not (figures := model.metrics.get("calibration")):
        return "How likely people say a mood was not measured."
    known = int(model.trust[LIKELIHOOD[0]].notna().sum())
    before, after = figures["before"], figures["after"]
    return (
        f"How likely people say a mood is\ngiven beside it for the {known} moods that his words mean, by a calibration "
        f"of each mood (pieces left out: error {before['calibration_error']:.3f} →\n{after['calibration_error']:.3f}, "
        f"Brier score {before['brier']:.3f} → {after['brier']:.3f}); for the others nobody said anything."
    )


def _human_sentence(
    human: pd.DataFrame | None, mean: tuple[float, float, float] | None, distinct: tuple[float, int] | None
) -> str:
    if human is None or mean is None or distinct is None:
        return "Not checked."
    return (
        f"Mean ROC-AUC {mean[0]:.3f} (95 % interval {mean[1]:.3f} to {mean[2]:.3f}) over the {len(human)} moods that "
        f"the words of one\n"
        "composer mean, evaluated on a student not trained on that composer's pieces. Some of these moods are meant by "
        "the same words\n"
        f"(happy and positive, say): with each of the {distinct[1]} sets of labels counted once the mean is "
        f"{distinct[0]:.3f}. The variants were chosen\n"
        "by looking at these pieces, which flatters the figure; one artist says little of other music; and the table\n"
        "of tag evidence was written by someone who had seen how tags and words go together there, so expect less "
        "elsewhere."
    )
