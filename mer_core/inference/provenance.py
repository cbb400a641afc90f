"""Where a prediction's figures come from, in a sentence each: what learned them, and on whose word it was measured."""

from typing import Any, NamedTuple

from mer_core.model import STARTER
from mer_core.model.trained import Model
from mer_core.model.valence_arousal import RATED_SONGS

_SCALE = "The scale is relative: 0 is the middle of this music, ±1 two standard deviations"
_NOT_MEASURED = "it was not measured on listeners"


class Provenance(NamedTuple):
    """`moods` of the probabilities, `places` of valence and arousal."""

    moods: str = ""
    places: str = ""


def provenance(model: Model) -> Provenance:
    """What stands behind the probabilities and the valence and arousal of `model`."""
    return Provenance(_of_moods(model), _of_places(model))


def with_lyrics(sources: Provenance) -> Provenance:
    """`sources` of the sound, where the words of the lyrics were joined with it."""
    return Provenance(*(f"{sound} Joined with the moods of the words." for sound in sources))


def _of_moods(model: Model) -> str:
    own = model.metrics.get("own_moods", {})
    measured = [str(mood) for mood in model.trust.index[model.trust["support"] > 0] if mood not in own]
    on = (
        "calibrated on labels"
        if model.calibrated_on == "labels"
        else f"not calibrated on labels ({model.calibrated_on.removeprefix('none: ')})"
    )
    trust = f"{len(measured)} of {len(model.moods)} moods were measured on people's labels or words"
    synthetic = "; its training music is synthetic" if model.synthetic else ""
    return f"Probabilities by the model {model.name}, {on}; {trust}{synthetic}."


def _of_places(model: Model) -> str:
    if model.plane is None:
        return (
            "The mean place of the track's moods, weighted by their probability, on a plane that this project rated "
            f"itself; {_NOT_MEASURED}."
        )
    if own := model.metrics.get("targets"):
        source = f"the ratings of {own['tracks']} tracks of the model's own data"
        return f"A linear regression on {source}; {_accuracy(own)}. {_SCALE}."
    source = RATED_SONGS if model.name == STARTER else "rated tracks that the model does not name"
    return f"A linear regression on {source}; {_accuracy(model.metrics)}. {_SCALE}."


def _accuracy(figures: dict[str, Any]) -> str:
    """How well it was measured to agree with people, where that is known."""
    measured = [
        f"{name} r {entry['r']:.2f}, R² {entry['r2']:.2f}"
        for name in ("valence", "arousal")
        if isinstance(entry := figures.get(name), dict) and entry.get("r") is not None
    ]
    return f"measured on artists left out of it: {', '.join(measured)}" if measured else _NOT_MEASURED
