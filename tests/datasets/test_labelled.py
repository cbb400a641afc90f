"""Labels in other layouts: tables, folders and published sets become the workspace that their author would expect."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.labelled.importer import import_labels
from mer_core.datasets.labelled.layouts import GEMS, recognise
from mer_core.datasets.labelled.table import LabelledRow, read_table
from mer_core.errors import DatasetError
from mer_core.training.targets import Targets


def sound(path: Path) -> None:
    """One second of noise that no other file holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(abs(hash(path.name)) % 2**32)
    soundfile.write(path, (0.1 * rng.normal(size=8000)).astype(np.float32), 8000)


def write(path: Path, *lines: str) -> Path:
    """A text file of these lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def labels_of(folder: Path) -> dict[str, set[str]]:
    """The labels of a workspace by the name of the file."""
    dataset = Dataset.load(folder / "dataset")
    names = [{dataset.moods[i] for i in row.nonzero()[0]} for row in dataset.labels]
    return dict(zip(dataset.tracks["path"], names, strict=True))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with a.wav, b.wav and sub/c.wav."""
    for name in ("a.wav", "b.wav", "sub/c.wav"):
        sound(tmp_path / "music" / name)
    return tmp_path / "music"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("t.csv", ["path,labels", 'a.wav,"calm; Rainy  day"', "b.wav,dark", "sub/c.wav,"]),
        ("t.csv", ["File;Moods", "a.wav;calm|rainy day", "b.wav;dark", "./sub/c.wav;"]),
        ("t.tsv", ["file_name\tcalm\tdark\trainy day", "a.wav\t1\t0\t1", "b.wav\t0\t1\t0", "sub\\c.wav\t0\t0\t0"]),
        ("t.csv", ["filename,calm,dark,rainy day,note", "a.wav,yes,,True,hm", "b.wav,no,x,false,", "sub/c.wav,,,,"]),
        (
            "t.jsonl",
            [
                json.dumps({"file_name": "a.wav", "labels": ["calm", "rainy day"]}),
                json.dumps({"file_name": "b.wav", "labels": "dark"}),
                json.dumps({"file_name": "sub/c.wav", "labels": None}),
            ],
        ),
    ],
)
def test_a_table_of_labels_becomes_a_workspace(music: Path, tmp_path: Path, name: str, lines: list[str]) -> None:
    import_labels(tmp_path / "out", write(music / name, *lines))
    assert labels_of(tmp_path / "out") == {"a.wav": {"calm", "rainy day"}, "b.wav": {"dark"}, "sub/c.wav": set()}


def test_names_splits_and_targets_are_kept(music: Path, tmp_path: Path) -> None:
    rows = ["a.wav,calm,training,Ann,One,Song,2,3.5", "b.wav,dark,val,Ann,Two,,4,5", "sub/c.wav,calm,test,Bob,,,1,2"]
    table = write(music / "t.csv", "path,label,split,artist,album,title,valence,arousal", *rows)
    done = import_labels(tmp_path / "out", table)
    tracks = Dataset.load(tmp_path / "out" / "dataset").tracks.set_index("path")
    assert tracks["split"].to_dict() == {"a.wav": "train", "b.wav": "validation", "sub/c.wav": "test"}
    assert tracks["artist"].to_dict() == {"a.wav": "Ann", "b.wav": "Ann", "sub/c.wav": "Bob"}
    assert tracks["artist_id"].nunique() == 2 and tracks["title"]["a.wav"] == "Song"
    assert tracks["duration"].to_list() == pytest.approx([1.0] * 3)
    assert done.layout.scale == (1.0, 5.0)
    places = Targets.read(tmp_path / "out" / "targets.tsv").places
    assert places[tracks["track_id"]["a.wav"]] == (2.0, 3.5) and len(places) == 3


def test_the_same_labels_may_be_imported_again_and_audio_may_lie_elsewhere(music: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "elsewhere" / "t.csv", "path,label", "a.wav,calm", f"{music / 'b.wav'},dark")
    for _ in range(2):
        done = import_labels(tmp_path / "out", table, music)
    assert labels_of(tmp_path / "out") == {"a.wav": {"calm"}, "b.wav": {"dark"}}
    assert done.workspace.audio_path("a.wav") == music.resolve() / "a.wav"
    assert not list(tmp_path.rglob("*.tmp"))


def test_what_spreadsheets_write_is_understood(music: Path, tmp_path: Path) -> None:
    table = write(
        music / "t.csv", "sep=;", "path;labels;fold;valence;arousal", "a.wav;calm;1;2,5;3", ";;;;", "b.wav;dark;2;4;1"
    )
    rows = recognise(table).rows
    assert [(row.path, row.split, row.place) for row in rows] == [("a.wav", "", (2.5, 3.0)), ("b.wav", "", (4.0, 1.0))]


def test_paths_of_another_machine_and_another_spelling_of_letters_are_found(music: Path, tmp_path: Path) -> None:
    sound(music / "Gr\u00fc\u00dfe.wav")
    names = [
        "C:\\Users\\Ann\\sub\\c.wav,calm",
        "/home/ann/a.wav,dark",
        "Gru\u0308\u00dfe.wav,dark",
        "D:\\x\\..\\b.wav,calm",
    ]
    done = import_labels(tmp_path / "out", write(music / "t.csv", "path,label", *names, "C:\\gone.wav,calm"))
    assert set(labels_of(tmp_path / "out")) == {"sub/c.wav", "a.wav", "Gr\u00fc\u00dfe.wav", "b.wav"}
    assert len(done.left_out) == 1 and "gone.wav" in done.left_out[0]


def test_a_split_without_validation_keeps_its_test_part(tmp_path: Path) -> None:
    names = [f"{part}/{label}/{n}.wav" for part in ("train", "test") for label in ("calm", "dark") for n in range(5)]
    for name in names:
        sound(tmp_path / "music" / name)
    done = import_labels(tmp_path / "out", tmp_path / "music")
    split = Dataset.load(tmp_path / "out" / "dataset").tracks.set_index("path")["split"]
    assert (split[split.index.str.startswith("test/")] == "test").all()
    assert split.value_counts().to_dict() == {"test": 10, "train": 8, "validation": 2}
    assert done.split_note == "the split has no validation part: 2 of its 10 train tracks were set aside"


def test_a_split_without_train_is_left_out(music: Path, tmp_path: Path) -> None:
    table = write(music / "t.csv", "path,label,split", "a.wav,calm,test", "b.wav,dark,test")
    done = import_labels(tmp_path / "out", table)
    assert (
        set(Dataset.load(tmp_path / "out" / "dataset").tracks["split"]) == {""} and "no train part" in done.split_note
    )


def test_another_dataset_is_replaced_by_the_command_that_is_named(music: Path, tmp_path: Path) -> None:
    import_labels(tmp_path / "out", write(music / "t.csv", "path,label", "a.wav,calm"))
    with pytest.raises(DatasetError, match="holds another dataset") as caught:
        import_labels(tmp_path / "out", write(music / "u.csv", "path,label", "b.wav,calm"))
    (remedy,) = caught.value.remedies
    assert (remedy.job, dict(remedy.options)) == ("import_labels", {"labels": music / "u.csv", "force": True})


def test_files_that_cannot_be_heard_are_left_out_and_reported(music: Path, tmp_path: Path) -> None:
    (music / "junk.wav").write_bytes(b"no sound")
    table = write(
        music / "t.csv", "path,label", "a.wav,calm", "gone.wav,dark", "junk.wav,dark", "a.wav,dark", "../x,calm"
    )
    done = import_labels(tmp_path / "out", table)
    assert labels_of(tmp_path / "out") == {"a.wav": {"calm"}}
    assert len(done.left_out) == 4 and any("twice" in reported for reported in done.left_out)


def test_a_folder_a_label(tmp_path: Path) -> None:
    for name in ("calm/a.wav", "calm/b.wav", "dark/c.wav"):
        sound(tmp_path / "plain" / name)
    import_labels(tmp_path / "out", tmp_path / "plain")
    assert labels_of(tmp_path / "out") == {"calm/a.wav": {"calm"}, "calm/b.wav": {"calm"}, "dark/c.wav": {"dark"}}
    for name in ("train/calm/a.wav", "validation/dark/b.wav", "test/calm/c.wav"):
        sound(tmp_path / "parts" / name)
    layout = recognise(tmp_path / "parts")
    assert [(row.labels, row.split) for row in layout.rows] == [
        (("calm",), "test"),
        (("calm",), "train"),
        (("dark",), "validation"),
    ]


def test_hugging_faces_metadata(music: Path, tmp_path: Path) -> None:
    write(music / "metadata.csv", "file_name,label", "a.wav,calm", "sub/c.wav,dark")
    import_labels(tmp_path / "out", music)
    assert labels_of(tmp_path / "out") == {"a.wav": {"calm"}, "sub/c.wav": {"dark"}}


def test_hugging_faces_metadata_in_each_part(tmp_path: Path) -> None:
    for part, name, label in (("train", "a.wav", "calm; rainy"), ("valid", "b.wav", "dark"), ("test", "c.wav", "calm")):
        sound(tmp_path / "set" / part / name)
        write(tmp_path / "set" / part / "metadata.csv", "file_name,label", f"{name},{label}")
    rows = recognise(tmp_path / "set").rows
    assert {(row.path, row.split, row.labels) for row in rows} == {
        ("train/a.wav", "train", ("calm", "rainy")),
        ("valid/b.wav", "validation", ("dark",)),
        ("test/c.wav", "test", ("calm",)),
    }


def test_deam(tmp_path: Path) -> None:
    root = tmp_path / "DEAM"
    folder = root / "annotations" / "annotations averaged per song" / "song_level"
    head = "song_id, valence_mean, valence_std, arousal_mean, arousal_std"
    write(folder / "static_annotations_averaged_songs_1_2000.csv", head, "2,3.1,0.94,3,0.63", "3,3.5,1.75,3.3,1.62")
    write(folder / "static_annotations_averaged_songs_2000_2058.csv", head, "2001,7,1,8,1")
    write(root / "metadata" / "metadata_2013.csv", "song_id,Artist,Song title", "2,Ann,Song")
    for song in (2, 2001):
        sound(root / "MEMD_audio" / f"{song}.wav")
    done = import_labels(tmp_path / "out", root)
    assert (done.layout.name, done.layout.scale) == ("DEAM", (1.0, 9.0))
    tracks = Dataset.load(tmp_path / "out" / "dataset").tracks
    assert list(tracks["artist"]) == ["Ann", ""]
    assert sorted(Targets.read(tmp_path / "out" / "targets.tsv").places.values()) == [(3.1, 3.0), (7.0, 8.0)]


def test_pmemo(tmp_path: Path) -> None:
    root = tmp_path / "PMEmo2019"
    write(
        root / "annotations" / "static_annotations.csv",
        "musicId,Arousal(mean),Valence(mean)",
        "1,0.4,0.575",
        "4,0.9,0.7",
    )
    write(root / "metadata.csv", "musicId,fileName,title,artist,album,duration", "1,1.mp3,Song,Ann,Album,44.7")
    sound(root / "chorus" / "1.wav")
    sound(root / "other" / "1.wav")
    done = import_labels(tmp_path / "out", root)
    assert (done.layout.name, done.layout.scale) == ("PMEmo", (0.0, 1.0))
    tracks = Dataset.load(tmp_path / "out" / "dataset").tracks
    assert tracks[["path", "title", "artist"]].to_numpy().tolist() == [["chorus/1.wav", "Song", "Ann"]]
    assert list(Targets.read(tmp_path / "out" / "targets.tsv").places.values()) == [(0.575, 0.4)]


def test_emotify(tmp_path: Path) -> None:
    root = tmp_path / "emotify"
    head = f"track id, genre,  {', '.join(GEMS)}, mood, liked"
    said = {(1, "classical"): ["calmness", "calmness", "power"], (101, "rock"): ["tension", "sadness"]}
    rows = [
        f"{track},{genre},{','.join(str(int(word == given)) for word in GEMS)},3,0"
        for (track, genre), words in said.items()
        for given in words
    ]
    write(root / "data.csv", head, *rows)
    for genre in ("classical", "rock"):
        sound(root / "emotifymusic" / genre / "1.mp3")
    done = import_labels(tmp_path / "out", root)
    assert done.layout.name == "Emotify"
    assert labels_of(tmp_path / "out") == {
        "classical/1.mp3": {"calmness", "power"},
        "rock/1.mp3": {"tension", "sadness"},
    }


def test_four_quadrants(tmp_path: Path) -> None:
    root = tmp_path / "4q"
    write(root / "panda_dataset_taffc_annotations.csv", '"Song","Quadrant"', "MT001,Q1", "MT002,Q4", "MT003,Q2")
    write(root / "panda_dataset_taffc_metadata.csv", "Song,Artist,Title", "MT001,Ann,Song")
    for name in ("Q1/MT001.wav", "Q4/MT002.wav"):
        sound(root / name)
    done = import_labels(tmp_path / "out", root)
    assert done.layout.name == "4Q"
    assert labels_of(tmp_path / "out") == {"Q1/MT001.wav": {"q1"}, "Q4/MT002.wav": {"q4"}}
    assert list(Dataset.load(tmp_path / "out" / "dataset").tracks["title"]) == ["Song", ""]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("t.csv", ["name,labels", "a.wav,calm"]),
        ("t.csv", ["path,note", "a.wav,calm"]),
        ("t.csv", ["path,labels"]),
        ("t.csv", ["path,labels", ",calm"]),
        ("t.csv", ["path,labels,split", "a.wav,calm,both"]),
        ("t.csv", ["path,valence,arousal", "a.wav,high,1"]),
        ("t.csv", ["path,valence,arousal", "a.wav,inf,1"]),
        ("t.csv", ["path,labels", "a.wav,calm,dark"]),
        ("t.csv", ["path,labels", "a.wav,<b>"]),
        ("t.csv", ["path,labels", "gone.wav,calm"]),
        ("t.csv", ["path,labels", "a.wav,", "b.wav,"]),
        ("t.jsonl", ["{"]),
        ("t.jsonl", ["[1]"]),
        ("t.xlsx", ["path,labels", "a.wav,calm"]),
    ],
)
def test_what_cannot_be_imported_is_reported_and_nothing_is_made(
    music: Path, tmp_path: Path, name: str, lines: list[str]
) -> None:
    with pytest.raises(DatasetError):
        import_labels(tmp_path / "out", write(music / name, *lines))
    assert not (tmp_path / "out").exists()


def test_a_folder_without_music_and_a_path_that_is_none_are_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for source in (tmp_path / "empty", tmp_path / "gone"):
        with pytest.raises(DatasetError):
            recognise(source)


WORD = st.text("abcdefghij klm", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(st.lists(st.tuples(WORD, st.lists(WORD, unique=True)), min_size=1, max_size=8))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, list[str]]]) -> None:
    lines = ["path\tlabels", *(f"{path}.wav\t{';'.join(words)}" for path, words in rows)]
    table = write(tmp_path_factory.mktemp("table") / "t.tsv", *lines)
    assert read_table(table) == [LabelledRow(f"{path}.wav", tuple(words)) for path, words in rows]
