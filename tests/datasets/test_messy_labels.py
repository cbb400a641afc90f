"""Labels as people write them, audio that is there twice, and a vocabulary of one's own."""

from pathlib import Path

import numpy as np
import pytest
from shared_cases import SHARED, case
from small_dataset import NAME, TAGS, track_line, write_dataset

from mer_core.cli.commands import sentence
from mer_core.datasets import vocabulary
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.groups import joined, track_groups
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.datasets.mtg_jamendo.layout import RawDataset, find_files
from mer_core.datasets.validation import count_identical, validate
from mer_core.errors import DatasetError
from mer_core.training.folds import deal_folds


def test_quoted_tags_are_named_with_the_way_to_write_them() -> None:
    problems = validate(case("tsv_quoted"))
    assert {problem.kind for problem in problems} == {"malformed_line"}
    assert problems[0].where.endswith("autotagging_moodtheme.tsv:2")
    assert problems[0].message.endswith("without: mood/theme---happy")


def test_joined_tags_are_named(tmp_path: Path) -> None:
    write_dataset(tmp_path, [track_line(1, ["mood/theme---happy,mood/theme---sad"])], tags=None)
    (problem,) = validate(tmp_path)
    assert problem.kind == "malformed_line" and problem.message.endswith("mood/theme---happy, mood/theme---sad")


def test_tags_that_differ_in_case_or_blanks_are_warned_of() -> None:
    problems = [problem for problem in validate(case("tsv_case_space")) if problem.kind == "similar_tags"]
    assert len(problems) == 2 and {problem.severity for problem in problems} == {"warning"}
    assert [problem.where.rpartition(":")[2] for problem in problems] == ["3", "4"]


def test_what_a_list_of_mixed_tags_leaves_out_is_reported_and_can_be_had(tmp_path: Path) -> None:
    folder = case("tsv_top50")
    (problem,) = validate(folder)
    assert (
        problem.kind == "left_out_tags"
        and "name the categories" in problem.message
        and "1 of 2 tracks" in problem.message
    )
    workspace = import_dataset(tmp_path / "w", folder, categories=["genre", "instrument", "mood/theme"])
    assert set(Dataset.load(workspace.dataset_dir).moods) == {"rock", "pop", "piano", "happy"}
    import_dataset(tmp_path / "w", folder)
    assert len(Dataset.load(workspace.dataset_dir).moods) == 4, "an import keeps what an earlier one was told"
    with pytest.raises(DatasetError, match="no tag is of the category 'moods'"):
        import_dataset(tmp_path / "v", folder, categories=["moods"])


def test_one_of_two_tracks_files_can_be_named(tmp_path: Path) -> None:
    folder = case("tsv_two")
    with pytest.raises(DatasetError, match="name one of them") as raised:
        import_dataset(tmp_path / "w", folder)
    assert "--name autotagging_genre" in sentence(raised.value)
    workspace = import_dataset(tmp_path / "w", folder, name="autotagging_top50tags")
    assert Dataset.load(workspace.dataset_dir).name == "autotagging_top50tags"


@pytest.mark.parametrize(("split", "across"), enumerate((4, 1, 10, 10, 6)))
def test_identical_audio_of_mtg_jamendo(split: int, across: int) -> None:
    folder = SHARED / "data/mtg-jamendo/data"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    dataset = Dataset.load(folder, split)
    reported = count_identical(dataset)
    assert (reported["groups"], reported["tracks"], reported["across_parts"]) == (117, 243, across)
    if split == 0:
        problems = [problem for problem in validate(folder) if problem.kind == "identical_audio"]
        assert len(problems) == 117 and sum("test figures" in problem.message for problem in problems) == 4
        chosen = dataset.split_view()
        folds = deal_folds(
            chosen.labels, chosen.tracks["artist_id"].to_numpy(str), recordings=chosen.tracks["recording"].to_numpy(str)
        )
        together = chosen.tracks.assign(fold=folds)
        together = together[together["recording"] != ""].groupby("recording")["fold"].nunique()
        assert len(together) and together.max() == 1


def test_identical_audio_is_known_in_the_workspace(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "data", [track_line(n, TAGS[:1]) for n in range(1, 5)])
    (folder / "download").mkdir()
    lines = [f"{digest * 64} {n:02d}/{n}.mp3\n" for n, digest in ((1, "a"), (2, "b"), (3, "a"))]
    (folder / "download" / f"{NAME}_audio_sha256_tracks.txt").write_text("".join(lines))
    workspace = import_dataset(tmp_path / "w", folder)
    dataset = Dataset.load(workspace.dataset_dir)
    assert list(dataset.tracks["recording"]) == ["track_0000001", "", "track_0000001", ""]
    groups = track_groups(dataset.tracks)
    assert groups[0] == groups[2] and len(np.unique(groups)) == 3


def test_joined_groups() -> None:
    labels = joined(np.array(["a", "a", "b", "", ""]), np.array(["", "x", "x", "y", ""]))
    assert labels[0] == labels[1] == labels[2] and len(np.unique(labels)) == 3


def test_messy_tags_fold_onto_chosen_words_and_back(tmp_path: Path) -> None:
    tags = ["Feel Good", "feel-good", "feelgood", "Melancholy", "sad", "xyz"]
    write_dataset(tmp_path, [track_line(n, [f"mood/theme---{tag}"]) for n, tag in enumerate(tags, 1)], tags=None)
    before = Dataset.load(tmp_path)
    raw = RawDataset.read(find_files(tmp_path))
    folds = vocabulary.preview(raw, ["feel good", "sad"], {"melancholy": "sad"}, only=True)
    assert {fold.tag.partition("---")[2]: fold.word for fold in folds} == {
        "Feel Good": "feel good", "feel-good": "feel good", "feelgood": "feel good", "Melancholy": "sad", "xyz": "",
    }  # fmt: skip
    original = (tmp_path / f"{NAME}.tsv").read_bytes()
    vocabulary.fold(tmp_path, folds)
    folded = Dataset.load(tmp_path)
    assert set(folded.moods) == {"feel good", "sad"} and folded.labels.sum() == 5
    assert folded.labels[:, folded.moods.index("sad")].tolist() == [False, False, False, True, True, False]
    assert (tmp_path / f"{NAME}.tsv").read_bytes() == original
    assert vocabulary.undo(tmp_path) == 0
    assert Dataset.load(tmp_path).moods == before.moods
    with pytest.raises(DatasetError, match="nothing to take back"):
        vocabulary.undo(tmp_path)


def test_joined_words_are_folded_each(tmp_path: Path) -> None:
    tags = ["mood/theme---Sad;Calm", "mood/theme---odd|calm", "mood/theme---calm/peaceful sea"]
    write_dataset(tmp_path, [track_line(number, [tag]) for number, tag in enumerate(tags, 1)], tags=None)

    def shown(*words: str, only: bool = False) -> dict[str, str]:
        raw = RawDataset.read(find_files(tmp_path))
        return {fold.tag.partition("---")[2]: fold.word for fold in vocabulary.preview(raw, words, only=only)}

    assert shown() == {}, "no word is chosen, so that joined ones may be meant"
    assert shown("sad", only=True) == {"Sad;Calm": "sad", "odd|calm": "", "calm/peaceful sea": ""}
    assert shown("sad", "calm") == {
        "Sad;Calm": "sad; calm",
        "odd|calm": "odd; calm",
        "calm/peaceful sea": "calm; peaceful sea",
    }
    vocabulary.fold(tmp_path, vocabulary.preview(RawDataset.read(find_files(tmp_path)), ["sad", "calm"]))
    dataset = Dataset.load(tmp_path)
    assert set(dataset.moods) == {"sad", "calm", "odd", "peaceful sea"}
    assert dataset.labels[:, dataset.moods.index("calm")].all() and shown("sad", "calm") == {}


def test_several_moods_in_one_tag_and_quotation_marks_are_named(tmp_path: Path) -> None:
    names = ["happy;sad", "\u201chappy\u201d", "'happy'", "'happy'", "happy", "rock 'n' roll, that we all love"]
    lines = [track_line(number, [f"mood/theme---{name}"]) for number, name in enumerate(names, 1)]
    write_dataset(tmp_path, lines, tags=None)
    problems = {problem.where.rpartition(":")[2]: problem for problem in validate(tmp_path)}
    assert {where: problem.kind for where, problem in problems.items()} == {
        "2": "joined_tags",
        "3": "quoted_tags",
        "4": "quoted_tags",
    }
    assert problems["2"].message.endswith("separate them by tabs: mood/theme---happy, mood/theme---sad")
    assert all(problems[where].message.endswith("write it without: mood/theme---happy") for where in "34")
    write_dataset(tmp_path / "double", [track_line(1, ['mood/theme---"happy"'])], tags=None)
    assert validate(tmp_path / "double")[0].message.endswith("write it without: mood/theme---happy")
