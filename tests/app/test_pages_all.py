"""Every page but the dataset's and the overview under AppTest, in every state of a workspace."""

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pages_common import assert_sound, environment, in_address, make_library, make_workspaces, run_page, texts
from streamlit.testing.v1 import AppTest

from mer_core.app import loaders
from mer_core.app.views import generate
from mer_core.embeddings.store import EmbeddingStore
from mer_core.figures.theme import MUTED
from mer_core.model import ood
from mer_core.model.bundle import load_model, save_model
from mer_core.workspace.layout import Workspace

PAGES = (
    "pages/2_Mood_map.py",
    "pages/3_Diagnostics.py",
    "pages/4_Predict.py",
    "pages/5_Recommend.py",
    "pages/6_Generate.py",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("workspace", ["full", "metadata", "broken", "spoiled"])
def test_every_state(root: Path, workspace: str, page: str) -> None:
    assert_sound(run_page(page, root, workspace=workspace))


@pytest.mark.parametrize("page", PAGES)
def test_no_workspace_at_all(tmp_path: Path, page: str) -> None:
    assert_sound(run_page(page, tmp_path))


def test_the_map_selects_shows_and_finds(root: Path) -> None:
    app = run_page(PAGES[0], root, workspace="full", colour="split", mood="happy")
    assert_sound(app)
    assert "Trustworthiness of this map: 0.87" in texts(app)
    with environment(MER_WORKSPACES=str(root)):
        app.text_input(key="find").set_value("Song 7").run()
    assert_sound(app)
    assert "Sounds most like" in texts(app)


@pytest.mark.parametrize(
    "colour",
    [
        "families of moods",
        "one mood",
        "probability of the mood",
        "hits and misses of the mood",
        "split",
        "valence",
        "arousal",
    ],
)
def test_every_colouring(root: Path, colour: str) -> None:
    app = run_page(PAGES[0], root, workspace="full", colour=colour, mood="calm")
    assert_sound(app)
    assert not app.error


def test_a_threshold_is_edited_and_saved_as_a_profile(root: Path) -> None:
    app = run_page(PAGES[1], root, workspace="full", part="all", mood="happy")
    assert_sound(app)
    assert "48 tracks, 6 moods" in texts(app)
    with environment(MER_WORKSPACES=str(root)):
        slider = next(slider for slider in app.slider if slider.label == "Threshold of happy")
        slider.set_value(slider.max * 0.9).run()
        app.text_input(key="profile-name").set_value("strict")
        next(button for button in app.button if button.label == "Save profile").click().run()
        assert_sound(app)
        assert "Saved “strict”" in texts(app)
        predict = run_page(PAGES[2], root, workspace="full", model="small")
    assert "strict" in [option for box in predict.selectbox if box.label == "Thresholds" for option in box.options]


def test_uploads_good_and_broken(root: Path, tone_mp3: Path) -> None:
    app = run_page(PAGES[2], root, workspace="full", model="small")
    with environment(MER_WORKSPACES=str(root)):
        app.file_uploader(key="uploads-0").set_value(
            [("tone.mp3", tone_mp3.read_bytes(), "audio/mpeg"), ("words.mp3", b"no music at all", "audio/mpeg")]
        ).run()
    assert_sound(app)
    assert "2 files" in texts(app)
    table = app.dataframe[0].value
    assert list(table["State"]) == ["done", "failed"]
    assert list(table.columns[:3]) == ["File", "State", "Moods"], "what became of a file stands beside its name"
    assert list(table["Length"]) == ["0:08", "–"] and "words.mp3" in table["Moods"][1]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"by": "a path"}, "Choose where the path begins"),
        ({"by": "a mood"}, "or move a slider"),
        ({"by": "a section"}, "Choose a track"),
    ],
)
def test_recommend_says_what_it_waits_for(root: Path, words: dict[str, str], hint: str) -> None:
    app = run_page(PAGES[3], root, workspace="full", model="small", **words)
    assert_sound(app)
    assert hint in texts(app)


@pytest.mark.parametrize(
    "words",
    [
        {"by": "tracks", "like": "track_0001003"},
        {"by": "a section", "track": "track_0001003"},
        {"by": "a mood", "more": "happy"},
        {"by": "a path", "from": "sad", "to": "happy"},
    ],
)
def test_recommend_answers(root: Path, words: dict[str, str]) -> None:
    app = run_page(PAGES[3], root, workspace="full", model="small", **words)
    assert_sound(app)
    assert not app.error
    found: AppTest = app
    table = found.dataframe[0].value
    assert len(table) >= 5 and table["Artist"].str.startswith("Artist ").all()
    if words["by"] == "a path":
        assert table["Way"].is_monotonic_increasing and (table["Way"].iloc[0], table["Way"].iloc[-1]) == (0, 100)
    else:
        assert table["Why"].str.len().min() > 0


def test_recommend_leaves_out_what_was_asked(root: Path) -> None:
    words = {"by": "a mood", "more": "happy", "model": "small", "workspace": "full"}
    artist = run_page(PAGES[3], root, **words).dataframe[0].value["Artist"][0]
    less = run_page(PAGES[3], root, **words, without=f"artist_{int(artist.removeprefix('Artist ')):06d}")
    assert_sound(less)
    assert artist not in set(less.dataframe[0].value["Artist"])


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ({"by": "tracks", "like": "track_0001003"}, {"weight": 0.8, "variety": 0.1, "per-artist": 4, "count": 7}),
        ({"by": "a mood"}, {"family-sad": 0.5, "valence": -0.6, "arousal": 0.2, "count": 9}),
        ({"by": "a path", "from": "sad", "to": "happy"}, {"path-count": 5}),
    ],
)
def test_a_copied_address_restores_the_sliders_of_recommend(
    root: Path, words: dict[str, str], shown: dict[str, float]
) -> None:
    app = run_page(
        PAGES[3], root, workspace="full", model="small", **words, **{key: str(value) for key, value in shown.items()}
    )
    assert_sound(app)
    assert {key: app.slider(key=key).value for key in shown} == shown
    with environment(MER_WORKSPACES=str(root)):
        key, value = next(iter(shown.items()))
        app.slider(key=key).set_value(app.slider(key=key).min).run()
    assert in_address(app, key) == [f"{app.slider(key=key).min:g}"] and value != app.slider(key=key).min


def test_a_section_is_in_the_address_and_reported_in_seconds_of_the_track(root: Path) -> None:
    app = run_page(
        PAGES[3], root, workspace="full", model="small", by="a section", track="track_0001003", section="1-2"
    )
    assert_sound(app)
    assert app.slider(key="section").value == (1, 2)
    assert app.dataframe[0].value["Why"].str.contains("closest sections begin at 0:01 and").all()
    with environment(MER_WORKSPACES=str(root)):
        app.text_input(key="find").set_value("Song 17").run()
        app.selectbox(key="of").set_value("track_0001017").run()
    assert_sound(app)
    assert app.slider(key="section").value[0] == 0 and "section" not in app.query_params


def test_recommend_refuses_more_and_less_of_one_mood(root: Path) -> None:
    app = run_page(PAGES[3], root, workspace="full", model="small", by="a mood", more="happy", less="happy")
    assert_sound(app)
    assert "more and less of the mood" in app.error[0].value and not app.dataframe


def test_recommend_refuses_a_track_to_be_like_and_unlike(root: Path) -> None:
    app = run_page(PAGES[3], root, workspace="full", model="small", like="track_0001003", unlike="track_0001003")
    assert_sound(app)
    assert (
        "Song 3" in app.error[0].value
        and "and unlike it are asked for at once" in app.error[0].value
        and not app.dataframe
    )


def test_recommend_says_why_there_are_fewer_tracks_than_asked_for(root: Path) -> None:
    app = run_page(
        PAGES[3], root, workspace="full", model="small", by="a mood", more="happy", count="50", **{"per-artist": "1"}
    )
    assert_sound(app)
    assert "Only 12 of 50 tracks: the limit of 1 track an artist allows no more." in texts(app)


def test_recommend_leaves_out_what_is_out_of_distribution_unless_asked(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "full", tmp_path / "full")
    folder = tmp_path / "full" / "models" / "small"
    model = load_model(folder)
    X = EmbeddingStore.open(tmp_path / "full" / "embeddings" / "placeholder").read_pooled(model.pooling)[1]
    model.distribution = ood.fit(X[:24])
    far = np.sort(ood.distance(X, model.distribution))
    model.distribution["threshold"] = np.array([far[-21:-19].mean() / ood.VERY_FAR], dtype=np.float32)
    save_model(folder, model)
    words = {"workspace": "full", "model": "small", "by": "a mood", "more": "happy", "count": "50", "per-artist": "10"}
    app = run_page(PAGES[3], tmp_path, **words)
    assert_sound(app)
    assert len(app.dataframe[0].value) == 28 and "20 tracks of no music" in [
        group.label for group in app.get("button_group")
    ]
    assert len(run_page(PAGES[3], tmp_path, **words, not_music="offered too").dataframe[0].value) == 48


def test_the_map_and_the_prompts_decide_nothing_about_silence(root: Path, tmp_path: Path) -> None:
    workspace = Workspace.open(Path(shutil.copytree(root / "full", tmp_path / "full")))
    store, model = (
        EmbeddingStore.open(workspace.embeddings_dir("placeholder")),
        load_model(workspace.model_dir("small")),
    )
    decided = model.decide(loaders.scores(workspace, "small").to_numpy())
    silent = store.track_ids[int(decided.any(axis=1).argmax())]
    name = next(name for name in store.shards() if silent in store.open_shard(name).track_ids())
    rows = [
        replace(row, excerpts=np.array([[-120.0, 0, 0, 0, 0]], np.float32)) if row.track_id == silent else row
        for row in store.read_rows(name)
    ]
    store.write_shard(name, rows)
    decisions = loaders.map_view(workspace, "placeholder", "small").decisions
    assert not decisions.loc[silent].any()
    assert decisions.drop(silent).to_numpy().sum() == decided.sum() - decided[store.track_ids.index(silent)].sum() > 0
    app = run_page(PAGES[4], tmp_path, workspace="full", model="small", track=silent)
    assert_sound(app)
    assert app.code[0].value.startswith("# This is silence")


def test_search_narrows_what_can_be_recommended_by(root: Path) -> None:
    app = run_page(PAGES[3], root, workspace="full", model="small")
    with environment(MER_WORKSPACES=str(root)):
        app.text_input(key="find").set_value("song 17").run()
        assert app.multiselect(key="like").options == ["Song 17 <b>*bold*</b> · Artist 5"]
        app.multiselect(key="like").set_value(["track_0001017"]).run()
        app.text_input(key="find").set_value("").run()
    assert_sound(app)
    assert app.multiselect(key="like").value == ["track_0001017"]
    assert len(app.dataframe[0].value) >= 5


def test_prompts_of_a_track_of_the_workspace(root: Path) -> None:
    app = run_page(PAGES[4], root, workspace="full", model="small", track="track_0001003")
    assert_sound(app)
    assert not app.error
    assert app.selectbox(key="track").options[0].startswith("Song 3")
    assert "music" in app.code[0].value
    assert app.json[0].value


def test_prompts_say_by_what_rule_moods_are_stated_and_which_are_not(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "moods_of", lambda dataset, row: [])  # a track that nobody labelled
    shutil.copytree(root / "full", tmp_path / "full")
    folder = tmp_path / "full" / "models" / "small"
    model = load_model(folder)
    dull = model.trust.assign(lift=np.where(model.trust.index == "happy", 1.2, 2.0), reliable=True)
    save_model(folder, replace(model, trust=dull, thresholds=np.zeros(6)))
    app = run_page(PAGES[4], tmp_path, workspace="full", model="small", track="track_0001001")
    assert_sound(app)
    rule = next(element.value for element in app.markdown if "The prompt states" in element.value)
    assert "happy" not in rule and "PR-AUC of at least 0.05 and at least 1.5 times as often as by guessing" in rule
    assert "Decided and reliable, too, but not stated: **happy**." in texts(app)


def test_prompts_say_what_they_wait_for(root: Path, tmp_path: Path) -> None:
    bare, full = (run_page(PAGES[4], root, workspace=name, track="nosuch") for name in ("metadata", "full"))
    none = run_page(PAGES[4], tmp_path, track="nosuch")
    for app in (bare, full, none):
        assert_sound(app)
        assert "Not here, so not shown: “nosuch”" in texts(app)
    assert "of which this workspace has none" in texts(bare) and "build_embeddings.py" in bare.code[0].value
    assert "find a track of the workspace above" in texts(full) and not full.code
    assert "track of the workspace" not in texts(none)


def test_a_template_that_is_kept_is_chosen_and_can_be_deleted(root: Path, tmp_path: Path) -> None:
    def press(label: str) -> None:
        next(button for button in app.button if button.label == label).click().run()
        assert_sound(app)

    with environment(XDG_CONFIG_HOME=str(tmp_path), MER_WORKSPACES=str(root)):
        app = run_page(PAGES[4], root, workspace="full", model="small", track="track_0001003")
        assert not any(button.label in ("Delete it", "Back to the built-in one") for button in app.button)
        app.text_input(key="template-name-MusicGen").set_value("Mine")
        app.text_area(key="template-text-MusicGen").set_value("$genre sounds")
        press("Keep it")
        assert (
            app.selectbox(key="template").value == "Mine"
            and in_address(app, "template") == ["Mine"]
            and "sounds" in app.code[0].value
        )
        press("Delete it")
        assert app.selectbox(key="template").value == "MusicGen" and "Mine" not in app.selectbox(key="template").options
        assert "Not here" not in texts(app)
        app.text_area(key="template-text-MusicGen").set_value("other $genre")
        press("Keep it")
        assert "other" in app.code[0].value
        press("Back to the built-in one")
        assert "music" in app.code[0].value and "other" not in app.code[0].value
        assert "music" in app.text_area(key="template-text-MusicGen").value
        app.text_area(key="template-text-MusicGen").set_value("")
        press("Keep it")
        assert "1 to 2000 characters" in app.error[0].value


@pytest.mark.parametrize("colour", ["families of moods", "probability of the mood"])
def test_a_damaged_model_leaves_the_map_without_predictions(root: Path, colour: str, tmp_path: Path) -> None:
    shutil.copytree(root / "full", tmp_path / "full")
    (tmp_path / "full" / "models" / "small" / "model.json").write_text('{"moods": [')
    app = run_page(PAGES[0], tmp_path, workspace="full", model="small", colour=colour)
    assert_sound(app)
    assert len(app.error) == 1
    assert any("train_classifier.py" in code.value for code in app.code)
    assert len(app.get("plotly_chart")) == (colour == "families of moods")


def test_two_maps_share_the_selection(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "full", tmp_path / "full")
    shutil.copytree(root / "full" / "map" / "placeholder", tmp_path / "full" / "map" / "another")
    app = run_page(PAGES[0], tmp_path, workspace="full", model="small", colour="split")
    with environment(MER_WORKSPACES=str(tmp_path)):
        app.multiselect(key="maps").set_value(["another", "placeholder"]).run()
        app.text_input(key="find").set_value("artist_000005").run()
        next(button for button in app.button if button.label == "Select all found").click().run()
    assert_sound(app)
    assert "4 of 48 tracks selected" in texts(app)
    parts = [
        json.loads(part.proto.json) for part in app.get("bidi_component") if "map_layer" in part.proto.component_name
    ]
    marks = [part for part in parts if part["kind"] == "marks"]
    assert len(marks) == 2
    for mark in marks:
        counts = [entry.rpartition(" / ")[0].rpartition(" ")[2] for entry in mark["legend"].values()]
        assert sum(map(int, counts)) == 4
        bits = np.unpackbits(np.frombuffer(base64.b64decode(mark["selected"]), np.uint8))
        assert bits.sum() == 4


def test_a_library_says_that_its_moods_are_predicted(root: Path, tmp_path: Path) -> None:
    make_library(root / "full", tmp_path / "full")
    app = run_page(PAGES[0], tmp_path, workspace="full", model="small", colour="one mood")
    assert_sound(app)
    assert "predicted by the model" in texts(app) and not app.error


def test_a_track_for_which_no_mood_is_decided_is_grey_on_the_map(root: Path, tmp_path: Path) -> None:
    workspace = make_library(root / "full", tmp_path / "full")
    undecided = int((~loaders.predicted_moods(workspace, "small").decided.any(axis=1)).sum())
    app = run_page(PAGES[0], tmp_path, workspace="full", model="small")
    assert_sound(app)
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    grey = next(trace for trace in chart["data"] if trace["name"].startswith("nothing fits"))
    assert 0 < undecided < 48 and grey["name"] == f"nothing fits {undecided}" and grey["marker"]["color"] == MUTED
    assert "no mood is probable and reliable enough" in texts(app)


def test_the_nearest_tracks_of_a_library_have_predicted_moods(root: Path, tmp_path: Path, tone_mp3: Path) -> None:
    make_library(root / "full", tmp_path / "full")
    app = run_page(PAGES[2], tmp_path, workspace="full", model="small")
    with environment(MER_WORKSPACES=str(tmp_path)):
        app.file_uploader(key="uploads-0").set_value([("tone.mp3", tone_mp3.read_bytes(), "audio/mpeg")]).run()
    assert_sound(app)
    assert "the moods that the model predicts for them" in texts(app) and "labelled tracks that sound" not in texts(app)
    nearest = next(table.value for table in app.dataframe if "Similarity" in table.value)
    assert "Moods" not in nearest and nearest["Predicted moods"].str.len().all()
