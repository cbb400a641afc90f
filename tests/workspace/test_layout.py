"""The workspace folder: what is where, and what is refused."""

from pathlib import Path

import pytest
from reported import reported

from mer_core.errors import ArtifactError, DatasetError
from mer_core.workspace.layout import Workspace, default_root, known_workspaces


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "w", title="Test", kind="library")


def test_create_then_open_gives_the_same(workspace: Workspace) -> None:
    assert Workspace.open(workspace.root) == workspace
    assert workspace.encoders() == workspace.models() == workspace.maps() == []


def test_the_default_comes_from_the_environment(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_WORKSPACE", str(workspace.root))
    assert default_root() == workspace.root
    assert Workspace.open() == workspace
    assert known_workspaces()["w"] == workspace.root


def test_opening_a_folder_that_is_none_names_the_commands(tmp_path: Path) -> None:
    with reported(ArtifactError, r"make_demo\.py"):
        Workspace.open(tmp_path)


def test_a_workspace_file_without_its_keys_is_damaged(workspace: Workspace) -> None:
    (workspace.root / "workspace.json").write_text("{}")
    with pytest.raises(ArtifactError, match="lacks audio_root"):
        Workspace.open(workspace.root)


@pytest.mark.parametrize("path", ["../x.mp3", "/etc/passwd", "a/../../x.mp3"])
def test_track_paths_stay_in_the_audio_folder(workspace: Workspace, path: str) -> None:
    with pytest.raises(DatasetError, match="leaves the audio folder"):
        workspace.audio_path(path)


def test_low_quality_audio_stands_in_where_only_it_is_there(workspace: Workspace) -> None:
    low = workspace.audio_root / "48" / "948.low.mp3"
    low.parent.mkdir(parents=True)
    low.touch()
    assert workspace.audio_path("48/948.mp3") == low
    (low.parent / "948.mp3").touch()
    assert workspace.audio_path("48/948.mp3") == low.parent / "948.mp3"
    assert [workspace.audio_path("48/948.mp3", kind) for kind in ("audio-low", "audio")] == [
        low,
        low.parent / "948.mp3",
    ]


def test_only_one_writer_at_a_time(workspace: Workspace) -> None:
    with (
        workspace.lock(),
        pytest.raises(ArtifactError, match="another process is writing"),
        Workspace.open(workspace.root).lock(),
    ):
        pass
    with workspace.lock():
        pass
