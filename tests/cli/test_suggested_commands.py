"""Every command that an error or a page suggests is one that its script takes."""

import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from pages_common import make_metadata
from test_bundle import IDENTITY, make_model

from mer_core.cli import common
from mer_core.cli.commands import command, command_line, sentence
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.demo.corpus import write_corpus
from mer_core.demo.cues import MOODS
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import MerError
from mer_core.library.workspace import import_library
from mer_core.maps import umap as projection
from mer_core.model import bundle as model_folder
from mer_core.training.data import load_training_data
from mer_core.workspace.layout import PROJECT_ROOT, Workspace

COMMAND = re.compile(r"python scripts/(\w+)\.py((?: (?:'[^']*'|[^\s';,)])+)*)")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One with a dataset, the model `small` and a store that is still empty."""
    made = make_metadata(tmp_path / "my w")
    model_folder.save_model(made.model_dir("small"), make_model())
    EmbeddingStore.create(made.embeddings_dir("placeholder"), IDENTITY)
    return made


def said_by(call: Callable[[], object]) -> str:
    with pytest.raises(MerError) as caught:
        call()
    return sentence(caught.value)


def test_every_command_is_taken_by_its_script(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**IDENTITY, "name": "musicnn"}
    said = [
        command_line(model_folder.rebuild_remedy(workspace.model_dir("small"))),
        said_by(lambda: model_folder.resolve_model(workspace, "other")),
        said_by(lambda: model_folder.check_encoder(make_model(), other)),
        said_by(lambda: model_folder.load_model(workspace.model_dir("small"), other)),
        said_by(lambda: model_folder.load_model(model_folder.STARTER_DIR, IDENTITY)),
        command_line(EmbeddingStore.open(workspace.embeddings_dir("placeholder")).rebuild),
        command_line(projection.rebuild_remedy(workspace.map_dir("placeholder"))),
        said_by(lambda: load_training_data(workspace, "musicnn")),
        said_by(lambda: load_training_data(workspace, "placeholder")),
    ]
    monkeypatch.setattr(common, "run", lambda parser, argv, *_: vars(parser.parse_args(argv)))
    for text in said:
        [(script, arguments)] = COMMAND.findall(text)
        parsed = import_module(f"mer_core.cli.{script}").main(shlex.split(arguments))
        assert parsed["encoder"] in ("placeholder", "musicnn") and str(parsed["workspace"]) in (
            str(workspace.root),
            "WORKSPACE",
        )


def test_to_train_for_another_encoder_names_that_encoder(workspace: Workspace) -> None:
    said = said_by(lambda: model_folder.load_model(workspace.model_dir("small"), {**IDENTITY, "name": "musicnn"}))
    assert (
        f"train a model for this one; run: python scripts/train_classifier.py '{workspace.root}' --encoder musicnn"
        in said
    )


def test_a_command_reads_as_one_types_it_in_the_project() -> None:
    assert (
        command("build_map", PROJECT_ROOT / "workspaces" / "demo", "--encoder", "musicnn")
        == "python scripts/build_map.py workspaces/demo --encoder musicnn"
    )
    assert command("build_map", Path("/music of $USER")) == "python scripts/build_map.py '/music of $USER'"


def test_a_damaged_model_is_retrained_as_it_was(workspace: Workspace) -> None:
    folder = workspace.model_dir("small")
    reported = {"folds": 5, "split": 0, "threshold_method": "f-max", "settings": {"seed": 7}, "test_looks": 3}
    model_folder.save_model(folder, replace(make_model(), pooling="mean+std", metrics=reported))
    next(folder.glob("weights-*.npz")).write_bytes(b"cut")
    said = said_by(lambda: model_folder.load_model(folder))
    assert said.endswith("--encoder placeholder --name small --pooling mean+std --seed 7 --thresholds f-max --folds 5")
    assert model_folder.looks_at_test(folder) == 3
    learned = {"published_head": "mtg_jamendo_moodtheme-discogs-effnet-1", "with_lyrics": {"weights": {}}}
    model_folder.save_model(folder, replace(make_model(), metrics=learned))
    next(folder.glob("weights-*.npz")).write_bytes(b"cut")
    said = said_by(lambda: model_folder.load_model(folder))
    assert said.endswith(f"--head {learned['published_head']} --with-lyrics")
    (folder / model_folder.MANIFEST).write_text(
        '{"pooling": 1, "encoder": [], "metrics": {"folds": "5", "split": 9, "settings": {"seed": [1]}}}'
    )
    assert said_by(lambda: model_folder.load_model(folder)).endswith("--encoder placeholder --name small")


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo, a library and a dataset imported with its audio elsewhere; the names of all have a blank."""
    folder = tmp_path_factory.mktemp("of every kind")
    write_corpus(folder / "a demo", len(MOODS))
    music = folder / "my music"
    music.mkdir()
    shutil.copy(folder / "a demo" / "audio" / "01" / "1.mp3", music)
    import_library(folder / "a library", music)
    import_dataset(folder / "a dataset", folder / "a demo" / "dataset", folder / "a demo" / "audio")
    return folder


@pytest.mark.parametrize("damage", [None, "junk", '{"schema_version": 1, "x": 1}'])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        *[("a demo", file) for file in ("workspace.json", "demo.json", "dataset/autotagging_moodtheme.tsv")],
        *[("a library", file) for file in ("workspace.json", "dataset/library.tsv")],
        *[("a dataset", file) for file in ("workspace.json", "dataset/autotagging_moodtheme.tsv")],
    ],
)
def test_the_command_that_is_named_mends_the_workspace(
    kinds: Path,
    name: str,
    file: str,
    damage: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if damage and (name, file) == ("a dataset", "dataset/autotagging_moodtheme.tsv"):
        return  # people wrote it, so people correct it
    root, path = kinds / name, kinds / name / file
    whole = path.read_bytes()
    path.unlink()
    if damage:
        path.write_text(damage)
    for script in ("build_embeddings", "train_classifier", "build_map", "predict_library"):
        monkeypatch.setattr(import_module(f"mer_core.cli.{script}"), "main", steps_done)
    try:
        said = (
            said_by(lambda: write_corpus(root))
            if file == "demo.json"
            else said_by(lambda: Dataset.load(Workspace.open(root).dataset_dir))
        )
        assert path.name in said or str(path.parent) in said
        script, arguments = COMMAND.findall(said)[-1]
        assert (
            import_module(f"mer_core.cli.{script}").main(
                [*shlex.split(arguments), *(["--files-only"] if script == "import_library" else [])]
            )
            == 0
        )
        assert len(Dataset.load(Workspace.open(root).dataset_dir)) > 0
        if path.name != "workspace.json":
            assert path.read_bytes() == whole
        elif name == "a library":
            assert Workspace.open(root).audio_root == kinds / "my music"
        elif name == "a dataset":
            assert "0 of 16 tracks have their audio" in capsys.readouterr().err
    finally:
        path.write_bytes(whole)


def steps_done(argv: list[str]) -> int:
    """In the place of a script that follows."""
    print('{"tracks": 1}')
    return 0
