"""Prompts state only what is sure; seeds follow their schema; templates are kept and checked."""

from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_prediction import make_prediction

from mer_core.errors import ArtifactError
from mer_core.export.prompts import (
    TEMPLATES,
    MusicContext,
    estimate_tempo,
    fill_template,
    load_templates,
    mood_seed,
    palette,
    save_template,
    seed_schema,
    stated_moods,
    sure_moods,
)

CONTEXT = MusicContext(96.4, ("ambient",), ("piano", "strings"))


def test_only_decided_and_reliable_moods_are_stated() -> None:
    assert sure_moods(make_prediction(decided=("calm", "dream", "epic"))) == ["calm", "dream"]
    assert sure_moods(make_prediction(out_of_domain="sounds like noise")) == []


def test_a_prompt_states_the_few_surest_moods_that_were_found_better_than_by_chance() -> None:
    names = [f"mood {i}" for i in range(9)]
    moods = pd.DataFrame(
        {"probability": np.linspace(0.9, 0.1, 9), "decided": True, "reliable": True, "pr_auc": 0.2, "lift": 2.0},
        index=names,
    )
    moods.loc["mood 8", "lift"] = 40.0
    moods.loc["mood 0", "pr_auc"], moods.loc["mood 1", "lift"], moods.loc["mood 2", "pr_auc"] = 0.015, 1.4, np.nan
    prediction = make_prediction(moods=moods.assign(support=50.0))
    assert sure_moods(prediction) == ["mood 8", "mood 0", "mood 2", "mood 3", "mood 1", *names[4:8]]
    assert stated_moods(prediction) == ["mood 8", "mood 3", "mood 4", "mood 5", "mood 6"]
    seed = mood_seed(prediction)
    jsonschema.validate(seed, seed_schema())
    assert (
        list(seed["figures"]) == sure_moods(prediction)
        and seed["figures"]["mood 8"]["lift"] == 40.0
        and seed["figures"]["mood 2"]["pr_auc"] is None
    )


@pytest.mark.parametrize("unsure", [{"out_of_domain": "This is silence.", "nothing_fits": True}, {"decided": ()}])
def test_what_is_not_sure_is_not_stated(unsure: dict[str, Any]) -> None:
    prediction = make_prediction(**unsure)
    seed = mood_seed(prediction, CONTEXT)
    jsonschema.validate(seed, seed_schema())
    assert seed["out_of_domain"] == unsure.get("out_of_domain")
    assert (seed["valence"], seed["arousal"], seed["palette"], seed["sure_moods"], seed["stated_moods"]) == (
        None,
        None,
        [],
        [],
        [],
    )
    note = "# This is silence.\n" if "out_of_domain" in unsure else ""
    assert (
        fill_template(TEMPLATES["MusicGen"], prediction, MusicContext(genres=("rock",), instruments=("guitar",)))
        == f"{note}rock music with guitar"
    )
    assert fill_template(TEMPLATES["Image"], prediction) == f"{note}An abstract painting, no text, no people"


def test_prompts_say_what_is_known_and_leave_out_the_rest() -> None:
    full = fill_template(TEMPLATES["MusicGen"], make_prediction(), CONTEXT)
    assert full == "calm, dream ambient music with piano, strings, low energy, 96 BPM"
    assert fill_template(TEMPLATES["MusicGen"], make_prediction(decided=(), arousal=float("nan"))) == "music"
    image = fill_template(TEMPLATES["Image"], make_prediction())
    assert "calm, dream" in image and "#" in image


@pytest.mark.parametrize("template", ["", " ", "x" * 2001, "$tempos", "${mood}"])
def test_templates_that_cannot_work_are_refused(template: str) -> None:
    with pytest.raises(ArtifactError):
        fill_template(template, make_prediction())


@given(st.text(max_size=80))
def test_any_template_gives_text_or_a_clear_refusal(template: str) -> None:
    try:
        assert isinstance(fill_template(template, make_prediction(), CONTEXT), str)
    except ArtifactError as error:
        assert "template" in str(error)


def test_templates_are_kept_and_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "prompts.json"
    assert load_templates(path) == TEMPLATES
    save_template(path, "Mine", "[$moods ]sounds")
    save_template(path, "Image", "a photo, $moods")
    assert load_templates(path)["Mine"] == "[$moods ]sounds" and load_templates(path)["Image"] == "a photo, $moods"
    save_template(path, "Mine", "")
    save_template(path, "Image", "")
    assert load_templates(path) == TEMPLATES
    path.write_text('{"templates": 3}')
    with pytest.raises(ArtifactError, match=r"prompts\.json"):
        load_templates(path)


@pytest.mark.parametrize("context", [None, CONTEXT])
def test_seeds_follow_their_schema(context: MusicContext | None) -> None:
    schema = seed_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for prediction in (
        make_prediction(),
        make_prediction(decided=(), valence=float("nan"), arousal=float("nan"), timeline=None),
    ):
        jsonschema.validate(mood_seed(prediction, context), schema)
    seed = mood_seed(make_prediction(), context)
    assert seed["sure_moods"] == ["calm", "dream"] and seed["timeline"][1] == {
        "start": 3.0,
        "end": 7.5,
        "moods": seed["timeline"][1]["moods"],
    }


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_palettes_are_colours_from_dark_to_light(valence: float, arousal: float) -> None:
    colours = palette(valence, arousal)
    light = [max(rgb) + min(rgb) for rgb in ([int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours)]
    assert len(colours) == 5 and light == sorted(light)


def test_palettes_follow_the_mood() -> None:
    def channels(valence: float, arousal: float) -> np.ndarray:
        return np.array(
            [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in palette(valence, arousal)], dtype=float
        ).mean(axis=0)

    sad, happy, angry = channels(-0.7, -0.6), channels(0.8, 0.5), channels(-0.7, 0.8)
    assert sad[2] > sad[0] and happy[0] > happy[2] and angry[0] > angry[1] and happy.sum() > sad.sum()
    assert palette(float("nan"), 0.0) == []


@pytest.mark.parametrize("bpm", [90, 120])
def test_the_tempo_of_clicks_is_found(bpm: int) -> None:
    samples = np.random.default_rng(0).normal(0, 1e-3, 20 * 22050).astype(np.float32)
    for beat in range(int(20 * bpm / 60)):
        start = int(beat * 60 / bpm * 22050)
        samples[start : start + 400] += np.hanning(400).astype(np.float32)
    found = estimate_tempo(samples, 22050)
    assert found is not None and found == pytest.approx(bpm, rel=0.04)
    assert estimate_tempo(np.zeros(22050 * 5, np.float32), 22050) is None


def test_people_are_taken_at_their_word() -> None:
    """Labels are stated, also where the model is sure of nothing, and energy and colours are theirs."""
    unsure = make_prediction(out_of_domain="sounds like noise")
    context = MusicContext(labels=("dark", "epic"))
    assert stated_moods(unsure, context) == ["dark", "epic"] and stated_moods(unsure) == []
    assert fill_template("$moods music[, $energy]", unsure, context).splitlines()[-1].startswith("dark, epic music, ")
    seed = mood_seed(unsure, context)
    assert seed["stated_moods"] == ["dark", "epic"] and seed["palette"] and seed["arousal"] is not None
