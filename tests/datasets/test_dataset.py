"""Reading the MTG-Jamendo layout: the real metadata's known answers, every layout, every trap."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reported import reported
from small_dataset import HEADER, NAME, TAGS, healthy, track_line, write_dataset, write_tsv

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.tsv import read_names, read_tag_list, read_tracks
from mer_core.errors import DatasetError


@pytest.fixture(scope="module")
def jamendo(shared: Path) -> Dataset:
    return Dataset.load(shared / "data/mtg-jamendo")


def test_jamendo_counts(jamendo: Dataset) -> None:
    assert (len(jamendo), len(jamendo.moods), jamendo.labels.shape) == (18486, 59, (18486, 59))
    per_track = jamendo.labels.sum(axis=1)
    assert per_track.mean() == pytest.approx(1.76, abs=0.005)
    assert (per_track == 1).mean() == pytest.approx(0.54, abs=0.005)
    assert set(jamendo.categories) == {"mood/theme"}
    assert jamendo.other_tags.empty


def test_jamendo_durations(jamendo: Dataset) -> None:
    seconds = jamendo.tracks["duration"]
    assert (seconds.min(), round(seconds.max() / 60), round(seconds.median())) == (30.0, 66, 203)
    assert round(jamendo.hours) == 1127


def test_jamendo_splits(jamendo: Dataset) -> None:
    view = jamendo.split_view()
    assert (len(view), len(view.moods)) == (17982, 56)
    assert set(jamendo.moods) - set(view.moods) == {"ambiental", "horror", "mellow"}
    assert [len(view.in_split(part)) for part in ("train", "validation", "test")] == [9949, 3802, 4231]
    train = view.in_split("train")
    counts = dict(zip(train.moods, train.labels.sum(axis=0), strict=True))
    assert (max(counts, key=counts.__getitem__), counts["happy"]) == ("happy", 927)
    assert (min(counts, key=counts.__getitem__), counts["sexy"]) == ("sexy", 59)


def test_jamendo_test_labels_are_mediaevals_ground_truth(jamendo: Dataset, shared: Path) -> None:
    truth = np.load(shared / "data/mtg-jamendo/results/mediaeval/groundtruth.npy", allow_pickle=False)
    assert np.array_equal(jamendo.split_view().in_split("test").labels, truth)


@pytest.mark.parametrize("split", range(5))
def test_every_split_shares_no_artist(shared: Path, split: int) -> None:
    tracks = Dataset.load(shared / "data/mtg-jamendo", split=split).split_view().tracks
    assert len(tracks) == 17982
    assert tracks.groupby("artist_id")["split"].nunique().max() == 1


def test_incompetech_has_titles(shared: Path) -> None:
    dataset = Dataset.load(shared / "data/incompetech")
    first = dataset.tracks.iloc[0]
    assert (len(dataset), len(dataset.moods)) == (138, 19)
    assert (first["title"], first["artist"], first["path"]) == ("8bit Dungeon Boss", "Kevin MacLeod", "00/2000.mp3")
    assert dataset.split_view().moods == dataset.moods


@pytest.mark.parametrize("inside", [".", "data", "dataset"])
def test_layouts(tmp_path: Path, inside: str) -> None:
    healthy(tmp_path / inside)
    dataset = Dataset.load(tmp_path)
    assert dataset.moods == ("calm", "dark", "happy")
    assert dataset.labels.tolist() == [
        [True, True, False],
        [False, False, True],
        [False, True, True],
        [True, False, False],
    ]
    assert list(dataset.tracks["split"]) == ["train", "validation", "test", ""]
    assert list(dataset.tracks.columns) == [
        "track_id",
        "artist_id",
        "album_id",
        "path",
        "duration",
        "split",
        "title",
        "artist",
    ]


def test_split_view_leaves_out_tracks_and_moods_of_no_split(tmp_path: Path) -> None:
    view = Dataset.load(healthy(tmp_path)).split_view()
    assert view.moods == ("dark", "happy")
    assert view.labels.tolist() == [[True, False], [False, True], [True, True]]
    assert list(view.tracks.index) == [0, 1, 2]


def test_subset_takes_masks_and_rows(tmp_path: Path) -> None:
    dataset = Dataset.load(healthy(tmp_path))
    assert list(dataset.subset([3, 0]).tracks["track_id"]) == ["track_0000104", "track_0000001"]
    assert dataset.subset(np.array([False, True, False, False])).labels.tolist() == [[False, False, True]]
    assert len(dataset.subset([])) == 0
    with pytest.raises(DatasetError, match="tset"):
        dataset.in_split("tset")
    with pytest.raises(DatasetError, match="angry"):
        dataset.with_moods(["angry"])


def test_other_categories_are_kept_apart(tmp_path: Path) -> None:
    write_dataset(
        tmp_path, [track_line(1, ["genre---rock", TAGS[0], "instrument---piano"]), track_line(2, ["genre---rock"])]
    )
    dataset = Dataset.load(tmp_path)
    assert dataset.labels.sum() == 1
    assert dataset.other_tags.values.tolist() == [
        ["track_0000001", "genre", "rock"],
        ["track_0000001", "instrument", "piano"],
        ["track_0000002", "genre", "rock"],
    ]
    assert len(dataset.subset([1]).other_tags) == 1


def test_a_dataset_without_moods_has_its_tags_as_labels(tmp_path: Path) -> None:
    write_dataset(tmp_path, [track_line(1, ["genre---pop", "instrument---pop", "genre---rock"])], tags=None)
    dataset = Dataset.load(tmp_path)
    assert dataset.moods == (
        "genre---pop",
        "rock",
        "instrument---pop",
    )  # a name two categories share keeps its category
    assert dataset.categories == ("genre", "genre", "instrument")


def test_tracks_without_tags_or_splits(tmp_path: Path) -> None:
    write_dataset(tmp_path, [track_line(1, []), track_line(2, [""])], tags=None)
    dataset = Dataset.load(tmp_path)
    assert (dataset.labels.shape, dataset.moods, len(dataset.split_view())) == ((2, 0), (), 0)


def test_no_tracks_at_all(tmp_path: Path) -> None:
    assert len(Dataset.load(write_dataset(tmp_path, []))) == 0


def test_bom_crlf_blank_lines_and_quotes(tmp_path: Path) -> None:
    lines = [HEADER, track_line(1), "", track_line(2, TAGS[:2]) + "\t", ""]
    (tmp_path / f"{NAME}.tsv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    names = [
        "TRACK_ID\tARTIST_ID\tTRACK_NAME\tARTIST_NAME\tURL",
        'track_0000001\ta\tHe said "no\tÉmile\tx',
        "track_0000002\ta\tTitle\x0b\u2028\t\tWho\tx",
    ]
    (tmp_path / "raw.meta.tsv").write_text("\n".join(names), encoding="utf-8")
    dataset = Dataset.load(tmp_path)
    assert dataset.tracks[["title", "artist"]].values.tolist() == [
        ['He said "no', "Émile"],
        ["Title\x0b\u2028", "Who"],
    ]  # the second has MTG's stray empty field
    assert dataset.labels.sum() == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the column TRACK_ID"),
        (b"TRACK_ID\tARTIST_ID\tALBUM_ID\tDURATION\tTAGS\n", "lacks the column PATH"),
        (b"TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tTAGS\tDURATION\n", "does not end with the column TAGS"),
        (b"\xff\xfeT\x00R\x00", "not UTF-8"),
        (HEADER.encode() + b"\ntrack_1\0\n", "NUL bytes"),
        (HEADER.encode() + b"\ntrack_1 a b c\n", r"tsv:2: 1 fields where at least 5 are needed"),
    ],
)
def test_unreadable_files_are_reported(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / f"{NAME}.tsv").write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        Dataset.load(tmp_path)


def test_which_tracks_file(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no folder"):
        Dataset.load(tmp_path / "nowhere")
    with reported(DatasetError, "download_dataset"):
        Dataset.load(tmp_path)
    write_tsv(tmp_path / "a.tsv", [track_line(1)])
    write_tsv(tmp_path / "b.tsv", [track_line(1), track_line(2)])
    with pytest.raises(DatasetError, match="a, b"):
        Dataset.load(tmp_path)
    assert len(Dataset.load(tmp_path, name="b")) == 2
    write_tsv(tmp_path / "autotagging_moodtheme.tsv", [])
    assert len(Dataset.load(tmp_path)) == 0


def test_a_tracks_file_that_is_gone_is_missed_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "dataset").mkdir()
    with reported(DatasetError, r"dataset holds no \.tsv file of tracks; .*download_dataset"):
        Dataset.load(tmp_path)


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no split 3; .* holds split-0"):
        Dataset.load(healthy(tmp_path), split=3)


def test_errors_name_file_line_and_the_next_step(tmp_path: Path) -> None:
    write_dataset(tmp_path, [track_line(1), track_line(1), track_line(2, duration=-3)])
    with reported(
        DatasetError,
        r"moodtheme\.tsv:3: track track_0000001 is already in .*:2; .* \(1 more problems\).*validate_dataset\.py",
    ):
        Dataset.load(tmp_path)


def test_tag_lists_with_junk_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "tags.txt"
    for text, message in (
        ("happy\n", "no tag"),
        ("mood/theme---<b>\n", "no tag"),
        ("mood/theme---[a](b)\n", "no tag"),
        ("mood/theme---a\nmood/theme---a\n", "tags.txt:2: .*listed twice"),
    ):
        path.write_text(text)
        with pytest.raises(DatasetError, match=message):
            read_tag_list(path)


def test_55_000_tracks_load_in_little_time(tmp_path: Path) -> None:
    lines = [track_line(number, TAGS[: 1 + number % 3]) for number in range(55_701)]
    write_dataset(tmp_path, lines, {"train": lines[::2], "test": lines[1::2]})
    start = time.process_time()
    assert len(Dataset.load(tmp_path)) == 55_701
    assert time.process_time() - start < 5  # about 0.7 s on a quiet core; a quadratic reader takes minutes


words = st.text(st.characters(exclude_characters="\t\r\n\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip(" ") != ""
)
ids = st.from_regex(r"[a-z]+_[0-9]{1,7}", fullmatch=True)
tag_names = st.tuples(
    st.sampled_from(["genre", "instrument", "mood/theme"]), st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)
).map("---".join)
rows = st.tuples(
    ids,
    ids,
    ids,
    st.from_regex(r"[0-9]{2}/[0-9]{1,7}\.mp3", fullmatch=True),
    st.floats(0.1, 86_400),
    st.lists(tag_names, unique=True, max_size=5),
)


@given(st.lists(rows, unique_by=lambda row: row[0], max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, tracks: list, newline: str, bom: bool
) -> None:
    path = tmp_path_factory.mktemp("tsv") / "t.tsv"
    text = newline.join([HEADER, *("\t".join([*map(str, row[:5]), *row[5]]) for row in tracks)])
    path.write_bytes(text.encode("utf-8-sig" if bom else "utf-8"))
    read, problems = read_tracks(path)
    assert problems == []
    assert [(row[1:6], list(row.tags)) for row in read] == [(row[:5], row[5]) for row in tracks]


@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: f"{HEADER}\n{text}".encode("utf-8", "replace"))
    )
)
@settings(max_examples=150, deadline=None)
def test_junk_gives_problems_or_a_dataset_error(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "t.tsv"
    path.write_bytes(junk)
    for read in (read_tracks, read_names, read_tag_list):
        try:
            read(path)
        except DatasetError as error:
            assert str(path) in str(error)


@given(st.lists(st.tuples(ids, words, words), unique_by=lambda row: row[0], max_size=6))
@settings(max_examples=50, deadline=None)
def test_names_are_taken_literally(tmp_path_factory: pytest.TempPathFactory, names: list) -> None:
    path = tmp_path_factory.mktemp("names") / "raw.meta.tsv"
    write_tsv(path, ["\t".join(row) for row in names], header="TRACK_ID\tTRACK_NAME\tARTIST_NAME")
    assert read_names(path) == ({row[0]: (row[1], row[2]) for row in names}, [])
