"""The overview under AppTest, in every state of a workspace."""

from pathlib import Path

import pytest
from pages_common import assert_sound, in_address, make_unreadable, make_workspaces, run_page, texts

from mer_core.workspace.layout import Workspace


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


def test_full_workspace(root: Path) -> None:
    app = run_page(None, root, workspace="full")
    assert_sound(app)
    assert {metric.label: metric.value for metric in app.metric}["Tracks"] == "48"
    assert "Synthetic" in texts(app)
    table = app.dataframe[0].value
    assert list(table["What"]) == ["dataset", "embeddings", "model", "map"]
    assert set(table["State"]) == {"ready"}
    assert table["Made"].notna().all()
    assert "small" in texts(app) and "PR-AUC 0.430" in texts(app)
    assert next(expander.label for expander in app.expander).endswith("they do not compare with the above")
    assert not app.error


def test_metadata_only_names_the_commands(root: Path) -> None:
    app = run_page(None, root, workspace="metadata")
    assert_sound(app)
    said = texts(app)
    for script in ("download_dataset.py", "build_embeddings.py", "train_classifier.py", "build_map.py"):
        assert f"python scripts/{script} {root / 'metadata'}" in said
    assert "No model of this workspace has been scored yet" in said


def test_corrupt_artifacts_are_distinguished(root: Path) -> None:
    app = run_page(None, root, workspace="broken")
    assert_sound(app)
    assert set(app.dataframe[0].value["State"]) == {"ready", "damaged"}
    assert len(app.error) == 3
    assert all("rebuild" in error.value or "run" in error.value for error in app.error)


def test_spoiled_dataset_is_reported(root: Path) -> None:
    app = run_page(None, root, workspace="spoiled")
    assert_sound(app)
    assert len(app.error) == 1 and any("validate_dataset" in code.value for code in app.code)


def test_no_workspace_at_all(tmp_path: Path) -> None:
    app = run_page(None, tmp_path)
    assert_sound(app)
    assert "python scripts/make_demo.py" in texts(app)


def test_damaged_workspace_file(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "workspace.json").write_text("{}")
    app = run_page(None, tmp_path)
    assert_sound(app)
    assert "lacks" in app.error[0].value


@pytest.mark.parametrize("kind", ["nested", "pipe", "endless"])
def test_a_workspace_file_without_an_end_is_reported(tmp_path: Path, kind: str) -> None:
    (tmp_path / "odd").mkdir()
    make_unreadable(tmp_path / "odd" / "workspace.json", kind)
    app = run_page(None, tmp_path)
    assert_sound(app)
    assert "damaged" in app.error[0].value


def test_whatever_fails_while_a_page_opens_is_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "models", lambda self: 1 / 0)
    app = run_page(None, root, workspace="metadata")
    assert not app.exception
    assert "fault of this program" in texts(app)


def test_unknown_workspace_in_the_address(root: Path) -> None:
    app = run_page(None, root, workspace="![x](http://example.org/x.png)")
    assert_sound(app)
    assert "Not here" in texts(app)
    assert "![x](" not in texts(app)
    assert in_address(app, "workspace") == ["broken"]


def test_real_metadata(shared: Path, tmp_path: Path) -> None:
    from mer_core.datasets.mtg_jamendo.importer import import_dataset

    import_dataset(tmp_path / "jamendo", shared / "data" / "mtg-jamendo")
    app = run_page(None, tmp_path)
    assert_sound(app)
    assert {metric.label: metric.value for metric in app.metric} == {
        "Tracks": "18,486",
        "Hours": "1,127",
        "Artists": "1,533",
        "Moods": "59",
    }
