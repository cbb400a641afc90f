"""A threshold profile that was chosen holds for the rows of the player, on every page; what is heard from a file is
described by tempo, key and voice."""

from pathlib import Path

import numpy as np
import pytest
from pages_common import MOODS, assert_sound, environment, make_full, player_data, run_page, texts

from mer_core.app.next_steps import embed_command
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore
from mer_core.model.threshold_profiles import save_profile
from mer_core.music.facts import write_facts
from mer_core.music.tempo_key import TempoKey
from mer_core.workspace.layout import Workspace

TRACK = "track_0001000"


@pytest.fixture
def full(tmp_path: Path) -> Workspace:
    """A workspace whose first track is long enough for moods over time."""
    workspace = make_full(tmp_path / "spaces" / "full")
    store = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    frames = np.random.default_rng(0).normal(0, 1, (60, store.identity["dim"])).astype(np.float32)
    store.write_shard("00", [TrackEmbedding(TRACK, 30.0, frames)])
    return workspace


def test_the_chosen_thresholds_hold_in_the_player(full: Workspace) -> None:
    for only in ("sad", "happy"):
        save_profile(full.model_dir("small"), f"only {only}", {mood: float(mood != only) for mood in MOODS})
        for page in ("pages/4_Predict.py", "pages/1_Dataset.py"):
            words = {"workspace": "full", "model": "small", "track": TRACK, "profile": f"only {only}"}
            app = run_page(page, full.root.parent, **words)
            assert_sound(app)
            assert player_data(app)["rows"][0]["name"] == only


def test_an_unknown_profile_changes_nothing(full: Workspace) -> None:
    words = {"workspace": "full", "model": "small", "track": TRACK}
    plain, unknown = (
        run_page("pages/1_Dataset.py", full.root.parent, **words, **more) for more in ({}, {"profile": "gone"})
    )
    assert player_data(plain)["rows"] == player_data(unknown)["rows"] != []


def test_tempo_and_key_stand_beside_the_moods_and_filter(full: Workspace) -> None:
    facts = {f"track_{1000 + i:07d}": TempoKey(60.0 + 2 * i, "A minor" if i % 2 else "C major", 0.8) for i in range(48)}
    write_facts(full, facts)
    root = full.root.parent
    app = run_page("pages/2_Mood_map.py", root, workspace="full", track=TRACK)
    assert "60 BPM · C major" in texts(app)
    words = {"workspace": "full", "by": "a mood", "more": "happy", "count": "50", "per-artist": "10"}
    with environment(MER_WORKSPACES=str(root)):
        everything = run_page("pages/5_Recommend.py", root, **words)
        few = run_page("pages/5_Recommend.py", root, **words, tempo="60-80", keys="A minor")
    for found, count in ((everything, 48), (few, 5)):
        assert_sound(found)
        assert len(found.dataframe[0].value) == count
    table = few.dataframe[0].value
    assert set(table["Key"]) == {"A minor"} and table["Tempo"].between(60, 80).all()


def test_a_reason_compares_tempo_and_key(full: Workspace) -> None:
    write_facts(full, {f"track_{1000 + i:07d}": TempoKey(84.0, "A minor", 0.8) for i in range(48)})
    app = run_page("pages/5_Recommend.py", full.root.parent, workspace="full", like=TRACK)
    assert_sound(app)
    assert all("Same tempo, 84 BPM; same key, A minor." in reason for reason in app.dataframe[0].value["Why"])


def test_a_dataset_without_audio_is_embedded_from_its_mirror(full: Workspace) -> None:
    real = Workspace.create(full.root, title="Real", kind="mtg-jamendo")
    assert embed_command(real, "musicnn", has_audio=False).endswith("--encoder musicnn --from-mirror")
    assert embed_command(real, "musicnn", has_audio=True).endswith("--encoder musicnn")
    library = Workspace.create(full.root, title="Mine", kind="library")
    assert embed_command(library, "musicnn", has_audio=False).endswith("--encoder musicnn")
