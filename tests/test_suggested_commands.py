"""Every command that an error or a page suggests is one that its script takes."""

import re
import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import _cli
import pytest
from pages_common import make_metadata
from test_model_folder import IDENTITY, make_model

from mer_core import model_folder, projection
from mer_core.embedding_store import EmbeddingStore
from mer_core.errors import MerError
from mer_core.training_data import load_training_data
from mer_core.workspace import Workspace

COMMAND = re.compile(r"python scripts/(\w+)\.py((?: [^\s;,)]+)*)")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One with a dataset, the model `small` and a store that is still empty."""
    made = make_metadata(tmp_path / "w")
    model_folder.save_model(made.model_dir("small"), make_model())
    EmbeddingStore.create(made.embeddings_dir("placeholder"), IDENTITY)
    return made


def said_by(call: Callable[[], object]) -> str:
    with pytest.raises(MerError) as caught:
        call()
    return str(caught.value)


def test_every_command_is_taken_by_its_script(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**IDENTITY, "name": "musicnn"}
    said = [
        model_folder.rebuild_command(workspace.model_dir("small")),
        said_by(lambda: model_folder.resolve_model(workspace, "other")),
        said_by(lambda: model_folder.check_encoder(make_model(), other)),
        said_by(lambda: model_folder.load_model(workspace.model_dir("small"), other)),
        said_by(lambda: model_folder.load_model(model_folder.STARTER_DIR, IDENTITY)),
        EmbeddingStore.open(workspace.embeddings_dir("placeholder")).rebuild,
        projection.rebuild_command(workspace.map_dir("placeholder")),
        said_by(lambda: load_training_data(workspace, "musicnn")),
        said_by(lambda: load_training_data(workspace, "placeholder")),
    ]
    monkeypatch.setattr(_cli, "run", lambda parser, argv, *_: vars(parser.parse_args(argv)))
    for text in said:
        [(script, arguments)] = COMMAND.findall(text)
        parsed = import_module(script).main(shlex.split(arguments))
        assert parsed["encoder"] in ("placeholder", "musicnn") and str(parsed["workspace"]) in (str(workspace.root), "WORKSPACE")


def test_to_train_for_another_encoder_names_that_encoder(workspace: Workspace) -> None:
    said = said_by(lambda: model_folder.load_model(workspace.model_dir("small"), {**IDENTITY, "name": "musicnn"}))
    assert f"train for this one with: python scripts/train_classifier.py {workspace.root} --encoder musicnn" in said
