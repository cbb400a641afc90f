"""The diagnostics page in a real browser: a threshold is edited, saved as a profile, and used by the predict page."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from actions import at_rest, drawn, open_page, open_tab, song, upload
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TALL = {"width": 1280, "height": 2400}


def test_edited_threshold_is_saved_and_used(server: str, open_app: Callable[..., Page]) -> None:
    """A profile with the threshold at the bottom decides the mood that the model itself does not."""
    page = open_app(f"{server}/Diagnostics?workspace=full&model=small&part=all&mood=happy", viewport=TALL)
    slider = page.get_by_role("slider", name="Threshold of happy")
    expect(slider).to_be_visible()
    at_rest(page)
    before = page.get_by_test_id("stMetric").filter(has_text="Tracks").inner_text()
    slider.focus()
    slider.press("Home")
    expect(page.get_by_test_id("stMetric").filter(has_text="Tracks")).to_contain_text("48")
    assert before != page.get_by_test_id("stMetric").filter(has_text="Tracks").inner_text()
    open_tab(page, "Profile")
    page.get_by_role("textbox", name="Name of the threshold profile").fill("everything is happy")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Saved “everything is happy”")).to_be_visible()
    open_page(page, "Predict")
    upload(page, ("tune.mp3", song()))
    drawn(page, "moods-")
    answer = page.get_by_test_id("stMain").locator("p").filter(has_text=re.compile(r"^([a-z]+ · |Also )heard"))
    expect(answer.first).to_be_visible()
    at_rest(page)
    assert not any("happy" in text for text in answer.all_inner_texts())
    page.get_by_role("combobox", name="Thresholds").click()
    page.get_by_role("option", name="everything is happy").click()
    expect(answer.filter(has_text="happy")).to_be_visible()
    expect(page).to_have_url(re.compile("profile=everything"))


def test_prediction_files_are_evaluated_until_they_are_forgotten(
    server: str, open_app: Callable[..., Page], tmp_path: object
) -> None:
    import io

    rng = np.random.default_rng(0)
    truth = rng.random((60, 4)) < 0.4
    files = {}
    for name, matrix in {"truth": truth, "scores": np.clip(truth * 0.4 + rng.random(truth.shape) * 0.6, 0, 1)}.items():
        buffer = io.BytesIO()
        np.save(buffer, matrix)
        files[name] = buffer.getvalue()
    page = open_app(f"{server}/Diagnostics?workspace=metadata&evaluate=Prediction+files", viewport=TALL)
    upload(page, ("truth.npy", files["truth"]), label="Ground truth")
    upload(page, ("scores.npy", files["scores"]), label="Predictions")
    expect(page.get_by_text("60 tracks, 4 moods")).to_be_visible()
    drawn(page, "bars")
    open_page(page, "Dataset")
    open_page(page, "Diagnostics")
    expect(page.get_by_text("60 tracks, 4 moods")).to_be_visible()
    expect(page.get_by_text("Still here: scores.npy")).to_be_visible()
    page.get_by_role("button", name="Forget these files").click()
    expect(page.get_by_text("Choose a ground truth and a prediction file")).to_be_visible()
    expect(page.get_by_text("Still here")).to_have_count(0)
