"""Two models side by side: the same song on Predict, the same split on Diagnostics."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pages_common import assert_sound, environment, make_workspaces, run_page, texts

from mer_core.model.bundle import load_model, save_model
from mer_core.model.scored import Evaluated, decided_otherwise


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The usual workspaces, the full one with a second model that decides every mood far sooner."""
    folder = make_workspaces(tmp_path_factory.mktemp("two_models"))
    model = load_model(folder / "full" / "models" / "small")
    model.name, model.thresholds = "eager", model.thresholds * 0.2
    save_model(folder / "full" / "models" / "eager", model)
    yield folder


def test_one_song_by_two_models_is_compared_mood_by_mood(root: Path, tone_mp3: Path) -> None:
    app = run_page("pages/4_Predict.py", root, workspace="full", model="small", beside="eager")
    with environment(MER_WORKSPACES=str(root)):
        app.file_uploader(key="uploads-0").set_value([("tone.mp3", tone_mp3.read_bytes(), "audio/mpeg")]).run()
    assert_sound(app)
    assert "“eager”: valence" in texts(app)
    table = next(table.value for table in app.dataframe if "Differs most at" in table.value)
    assert list(table.columns) == ["Mood", "small", "eager", "Differs most at"]
    assert (table["small"] == table["eager"]).all()  # the same network: only what it decides is another


def test_tracks_that_two_models_decide_differently_are_listed_to_listen_to(root: Path) -> None:
    app = run_page(
        "pages/3_Diagnostics.py", root, workspace="full", model="small", part="all", **{"with-model": "eager"}
    )
    assert_sound(app)
    assert "The same decision in" in texts(app)


def evaluated(name: str, probabilities: list[list[float]]) -> Evaluated:

    values = np.array(probabilities)
    return Evaluated(name, ("calm", "dark"), values > 2, values, None, np.array([0.5, 0.5]), None)


def test_rows_decided_differently_come_furthest_apart_first() -> None:
    one = evaluated("a", [[0.6, 0.1], [0.9, 0.1], [0.9, 0.9]])
    other = evaluated("b", [[0.4, 0.1], [0.1, 0.2], [0.8, 0.9]])
    rows, alike = decided_otherwise(one, other, "calm")
    assert rows.tolist() == [1, 0] and alike.tolist() == [pytest.approx(1 / 3), 1.0]
