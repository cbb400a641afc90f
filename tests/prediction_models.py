"""Small models for tests of prediction: random weights over the placeholder encoder, so nothing heavy is loaded."""

import numpy as np
import pandas as pd

from mer_core.encoders import load_encoder
from mer_core.model.calibration import Calibration
from mer_core.model.classifier import MoodClassifier
from mer_core.model.mlp import DenseEnsemble
from mer_core.model.trained import Model

MOODS = ("calm", "dark", "happy", "relaxing")


def make_model(
    pooling: str = "mean+std",
    thresholds: float = 0.5,
    seed: int = 0,
    calibrated_on: str = "labels",
    synthetic: bool = False,
) -> Model:
    """A model of four moods, the last of which is not reliable."""
    encoder = load_encoder("placeholder")
    dim = encoder.dim * len(pooling.split("+"))
    rng = np.random.default_rng(seed)
    network = DenseEnsemble(np.zeros(dim), np.ones(dim), (((rng.normal(0, 0.3, size=(dim, 4)), rng.normal(size=4)),),))
    trust = pd.DataFrame(
        {
            "support": [9.0, 8, 30, 2],
            "pr_auc": [0.5, 0.4, 0.6, np.nan],
            "lift": [2.5, 2.0, 3.0, np.nan],
            "reliable": [True] * 3 + [False],
        },
        index=pd.Index(MOODS, name="mood"),
    )
    return Model(
        name="small",
        moods=MOODS,
        encoder=encoder.identity(),
        pooling=pooling,
        classifier=MoodClassifier.from_network(network, MOODS),
        calibration=Calibration(np.ones(4), np.zeros(4)),
        thresholds=np.full(4, thresholds),
        trust=trust,
        calibrated_on=calibrated_on,
        synthetic=synthetic,
        card="# Card\n",
    )
