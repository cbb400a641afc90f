"""What is asked → a `Query`: by track embeddings as a model hears them, or by wishes of moods and of a place on valence
and arousal."""

from collections.abc import Mapping, Sequence

import numpy as np

from mer_core.model.trained import Model
from mer_core.recommend.catalogue import Catalogue, Floats
from mer_core.recommend.place import wanted_place
from mer_core.recommend.rank import Query, mood_profile


def query_by(catalogue: Catalogue, model: Model, X: Floats, weights: Sequence[float]) -> Query:
    """The query for tracks with pooled embeddings X (k, dim) by `model`, whose moods the catalogue holds.

    weights: +1 like this, -1 unlike this. The place is the mean one of the tracks to be like.
    """
    places, plus = model.measured_places(X), np.asarray(weights) > 0
    return Query(
        catalogue.sound_of(X),
        catalogue.mood_of(model.probabilities(X)),
        weights,
        place=None if places is None or not plus.any() else places[plus].mean(axis=0),
    )


def query_for(
    catalogue: Catalogue, wishes: Mapping[str, float], valence: float | None = None, arousal: float | None = None
) -> Query | None:
    """The query for moods to have more (to 1) and less (to -1) of, and a wanted valence and arousal in [-1, 1] (None:
    no matter); None where nothing is wished for. Raises DatasetError for a mood the catalogue does not know."""
    profile = mood_profile(catalogue, wishes, valence, arousal)
    place = None if catalogue.plane is None else wanted_place(valence, arousal)
    if place is None and not np.any(profile):
        return None
    return Query(wishes=profile, place=place, place_named=place is not None)
