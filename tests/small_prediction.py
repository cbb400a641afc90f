"""A Prediction made by hand, for tests of what is done with one."""

import numpy as np
import pandas as pd

from mer_core.inference.prediction import Prediction


def make_prediction(
    file: str = "song.mp3", decided: tuple[str, ...] = ("calm", "dream"), **other: object
) -> Prediction:
    """Four moods, the last not reliable; two windows of time; `other` are fields of Prediction."""
    moods = pd.DataFrame(
        {
            "probability": [0.8, 0.6, 0.3, 0.2],
            "threshold": [0.5, 0.5, 0.4, 0.1],
            "reliable": [True, True, True, False],
            "pr_auc": [0.5, 0.3, 0.2, np.nan],
            "lift": [9.0, 6.0, 3.0, np.nan],
            "support": [120.0, 80.0, 60.0, 0.0],
            "kind": ["feeling", "feeling", "feeling", "feeling"],
            "percentile": np.nan,
            "likelihood": [0.8, 0.6, 0.3, 0.2],
            "threshold_percentile": np.nan,
            "allowed": [True, True, True, False],
            "measured": True,
            "contradicted": False,
            "reach": np.nan,
            "distance": 0.0,
        },
        index=pd.Index(["calm", "dream", "sad", "epic"], name="mood"),
    )
    moods.insert(2, "decided", moods.index.isin(decided))
    timeline = pd.DataFrame(
        {"calm": [0.9, 0.7], "dream": [0.5, 0.7], "sad": [0.3, 0.3], "epic": [0.05, 0.3]},
        index=pd.Index([0.0, 3.0], name="start"),
    )
    fields = {
        "file": file,
        "duration": 7.5,
        "moods": moods,
        "model_name": "small",
        "embedding": np.zeros((2, 4)),
        "nothing_fits": not decided,
    }
    fields |= {"timeline": timeline, "valence": 0.4, "arousal": -0.6}
    return Prediction(**{**fields, **other})  # type: ignore[arg-type]
