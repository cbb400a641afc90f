"""From a track's moods to the input of generative models: prompts for people, a seed for programs.

A prompt is made from an editable template: `$moods`, `$energy`, `$tempo`, `$genre`, `$instruments` and `$colours` are
filled in, and a part in [square brackets] is left out where one of its fields is unknown. Only moods that the model
decided on and that are known to be reliable are stated, at most MOST_STATED of them, and none below LEAST_PR_AUC or
near chance (`trust_grade.LEAST_LIFT`). Energy and colours follow from the moods: where none is stated they are unknown
too. Of a sound out of distribution a prompt says so in its first line, behind "#". The seed is JSON, described by
`mood_seed.schema.json` beside this module.
"""

import colorsys
import json
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import platformdirs

from mer_core.errors import ArtifactError
from mer_core.inference.predict import Prediction
from mer_core.io.files import SCHEMA_VERSION, read_json, write_json
from mer_core.metrics.trust_grade import LEAST_LIFT, of_ones_own
from mer_core.moods import valence_arousal

TEMPLATES = {
    "MusicGen": "[$moods ][$genre ]music[ with $instruments][, $energy][, $tempo BPM]",
    "Stable Audio": "[Genre: $genre | ][Instruments: $instruments | ][Moods: $moods | ][Energy: $energy | "
    "]Instrumental[ | $tempo BPM]",
    "Image": "An abstract painting[ that feels $moods][, $energy][, in the colours $colours], no text, no people",
}
"""The templates everybody starts with: two forms of text-to-music prompt and one of text-to-image."""

MOST_STATED = 5
"""Moods that a prompt states at most, the surest of them."""
LEAST_PR_AUC = 0.05
"""Moods below are not stated in prompts: of the tracks where the model hears them first, fewer than about one in twenty
have them."""

FIELDS = ("moods", "energy", "tempo", "genre", "instruments", "colours")
LONGEST_TEMPLATE = 2000
RESET = "remove the file to get the built-in templates back"


@dataclass(frozen=True)
class MusicContext:
    """What is known of a track beside its predicted moods: tempo in beats per minute, genre and instrument tags, and
    the moods that people labelled it with, which are stated in the place of predicted ones."""

    tempo_bpm: float | None = None
    genres: Sequence[str] = field(default_factory=tuple)
    instruments: Sequence[str] = field(default_factory=tuple)
    labels: Sequence[str] = field(default_factory=tuple)


def sure_moods(prediction: Prediction) -> list[str]:
    """The moods that are decided and reliable, the surest first; none where the track is out of distribution.

    How sure: probability × lift, that is how likely the mood is, times how much better than chance the model finds it;
    a mood of one's own, whose lift nobody measured, counts as if that were LEAST_LIFT.
    """
    if prediction.out_of_domain or prediction.nothing_fits:
        return []
    moods = prediction.moods
    sure = moods[moods["decided"].astype(bool) & moods["reliable"].astype(bool)]
    order = (sure["probability"] * sure["lift"].fillna(LEAST_LIFT)).sort_values(ascending=False, kind="stable")
    return [str(mood) for mood in order.index]


def stated_moods(prediction: Prediction, context: MusicContext | None = None) -> list[str]:
    """The moods that a prompt states: people's labels or, without any, the MOST_STATED surest whose measured PR-AUC and
    lift reach LEAST_PR_AUC and LEAST_LIFT, or that are of one's own."""
    if context and context.labels:
        return list(context.labels)[:MOST_STATED]
    moods = prediction.moods.loc[sure_moods(prediction)]
    found_well = (moods["pr_auc"] >= LEAST_PR_AUC) & (moods["lift"] >= LEAST_LIFT)
    return [str(mood) for mood in moods.index[found_well | of_ones_own(moods)][:MOST_STATED]]


def fill_template(template: str, prediction: Prediction, context: MusicContext | None = None) -> str:
    """The prompt that `template` gives for a prediction; out of distribution its first line is "# …", saying why.

    Raises ArtifactError when the template is too long or uses a field that does not exist.
    """
    check_template(template)
    values = _field_values(prediction, context or MusicContext())

    def optional(match: re.Match[str]) -> str:
        """What stands in brackets, or nothing where a field in it has no value."""
        return match[1] if all(values[name] for name in _fields_of(match[1])) else ""

    text = string.Template(re.sub(r"\[([^\[\]]*)\]", optional, template)).safe_substitute(values)
    note = f"# {prediction.out_of_domain}\n" if prediction.out_of_domain else ""
    return note + re.sub(r" {2,}", " ", text).strip()


def check_template(template: str) -> None:
    """Raises ArtifactError when `template` is too long, empty, or names a field that does not exist."""
    if not template.strip() or len(template) > LONGEST_TEMPLATE:
        raise ArtifactError(
            f"a template has 1 to {LONGEST_TEMPLATE} characters, this one has {len(template)}; shorten or fill it"
        )
    unknown = sorted(set(_fields_of(template)) - set(FIELDS))
    if unknown:
        raise ArtifactError(
            f"the template names ${unknown[0]}, which does not exist; use {', '.join('$' + name for name in FIELDS)}"
        )


def templates_path() -> Path:
    """Where a person's templates are kept: their own settings folder, for templates belong to no one workspace."""
    return Path(platformdirs.user_config_dir("music-emotion-recognition")) / "prompts.json"


def load_templates(path: Path) -> dict[str, str]:
    """The built-in templates and, over them, those kept in `path` (a file that need not exist).

    Raises ArtifactError when the file is damaged.
    """
    if not Path(path).exists():
        return dict(TEMPLATES)
    try:
        kept = read_json(path).get("templates")
    except ArtifactError as error:
        raise ArtifactError(f"{error}; {RESET}") from error
    if not isinstance(kept, dict) or not all(isinstance(text, str) for text in kept.values()):
        raise ArtifactError(f"{path} holds no templates; it is damaged, {RESET}")
    return {**TEMPLATES, **kept}


def save_template(path: Path, name: str, template: str) -> None:
    """Keep `template` under `name` in `path`; an empty template forgets the name (a built-in one comes back).

    Raises ArtifactError when the template is not usable (see `check_template`).
    """
    kept = {key: text for key, text in load_templates(path).items() if TEMPLATES.get(key) != text}
    kept.pop(name, None)
    if template:
        check_template(template)
        kept[name] = template
    write_json(path, {"schema_version": SCHEMA_VERSION, "templates": kept})


def mood_seed(prediction: Prediction, context: MusicContext | None = None) -> dict[str, Any]:
    """A track's moods for programs, as `mood_seed.schema.json` describes: all probabilities, the sure moods with their
    figures, valence and arousal in [-1, 1] and a palette of colours (unknown where no mood is stated), the moods over
    time, tempo, tags."""
    context = context or MusicContext()
    sure, (valence, arousal) = sure_moods(prediction), _place(prediction, context)
    figures = prediction.moods.loc[sure, ["probability", "pr_auc", "lift", "support"]].to_dict("index")
    return {
        "schema_version": SCHEMA_VERSION,
        "source": {"file": prediction.file, "model": prediction.model_name, "duration": float(prediction.duration)},
        "moods": {str(mood): float(value) for mood, value in prediction.moods["probability"].items()},
        "sure_moods": sure,
        "figures": {str(mood): {name: _number(value) for name, value in row.items()} for mood, row in figures.items()},
        "stated_moods": stated_moods(prediction, context),
        "out_of_domain": prediction.out_of_domain,
        "valence": _number(valence),
        "arousal": _number(arousal),
        "timeline": _timeline(prediction),
        "tempo_bpm": context.tempo_bpm,
        "genres": list(context.genres),
        "instruments": list(context.instruments),
        "palette": palette(valence, arousal),
        "notes": [note for note in [prediction.out_of_domain, *prediction.warnings] if note],
    }


def seed_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `mood_seed`."""
    return dict(
        json.loads(resources.files("mer_core.export").joinpath("mood_seed.schema.json").read_text(encoding="utf-8"))
    )


def palette(valence: float, arousal: float, n_colours: int = 5) -> list[str]:
    """Colours ("#rrggbb") that fit a place on the valence-arousal plane, dark to light; [] where the place is unknown.

    Hue turns with the angle on the plane (joy yellow, anger red, sadness blue, calm green), saturation grows with
    arousal and lightness with valence. The direction of each effect follows Palmer, Schloss, Xu and Prado-León (2013),
    Music–color associations are mediated by emotion, PNAS 110, 8836–8841; the amounts are this project's choice.
    """
    if not (np.isfinite(valence) and np.isfinite(arousal)):
        return []
    angle = np.degrees(np.arctan2(arousal, valence)) % 360
    hues = (
        np.interp((angle - 45) % 360, [0, 90, 180, 270, 360], [45, 0, -130, -230, -315])
        + np.linspace(-18, 18, n_colours)
    ) % 360
    saturation = 0.5 + 0.35 * float(np.clip(arousal, -1, 1))
    lightness = np.clip(0.5 + 0.18 * valence + np.linspace(-0.22, 0.22, n_colours), 0.08, 0.92)
    colours = (colorsys.hls_to_rgb(hue / 360, light, saturation) for hue, light in zip(hues, lightness, strict=True))
    return ["#" + "".join(f"{round(channel * 255):02x}" for channel in colour) for colour in colours]


def estimate_tempo(waveform: np.ndarray, sample_rate: int) -> float | None:
    """Tempo in beats per minute by librosa's autocorrelation tempogram; None for silence or under three seconds.

    waveform: float32 (n_samples,) in [-1, 1]. Half and double tempo are often confused; treat it as a suggestion.
    """
    if len(waveform) < 3 * sample_rate or not np.any(np.abs(waveform) > 1e-4):
        return None
    import librosa  # pulls in numba; only those who ask for a tempo pay for it

    return round(float(librosa.feature.tempo(y=np.asarray(waveform, dtype=np.float32), sr=sample_rate)[0]), 1)


def _place(prediction: Prediction, context: MusicContext) -> tuple[float, float]:
    """Valence and arousal of the moods stated; NaN where none is, for they are made of the moods' probabilities."""
    if context.labels:
        valence, arousal = valence_arousal(np.ones((1, len(context.labels))), tuple(context.labels))[0]
        return float(valence), float(arousal)
    return (prediction.valence, prediction.arousal) if stated_moods(prediction) else (np.nan, np.nan)


def _field_values(prediction: Prediction, context: MusicContext) -> dict[str, str]:
    valence, arousal = _place(prediction, context)
    return {
        "moods": ", ".join(stated_moods(prediction, context)),
        "energy": _energy(arousal),
        "tempo": str(round(context.tempo_bpm)) if context.tempo_bpm else "",
        "genre": ", ".join(context.genres),
        "instruments": ", ".join(context.instruments),
        "colours": ", ".join(palette(valence, arousal)),
    }


def _energy(arousal: float) -> str:
    if not np.isfinite(arousal):
        return ""
    return "high energy" if arousal > 0.25 else "low energy" if arousal < -0.25 else "medium energy"


def _fields_of(template: str) -> list[str]:
    return [
        match["named"] or match["braced"]
        for match in string.Template.pattern.finditer(template)
        if match["named"] or match["braced"]
    ]


def _timeline(prediction: Prediction) -> list[dict[str, Any]]:
    timeline: pd.DataFrame | None = prediction.timeline
    if timeline is None:
        return []
    starts = [float(start) for start in timeline.index]
    rows = timeline.to_dict("records")
    ends = [*starts[1:], float(prediction.duration)]
    return [
        {"start": start, "end": end, "moods": {str(k): float(v) for k, v in row.items()}}
        for start, end, row in zip(starts, ends, rows, strict=True)
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
