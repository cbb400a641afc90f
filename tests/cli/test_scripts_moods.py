"""The scripts that use moods: export_moods, recommend, tag_files."""

import json
import os
import platform
import re
import shutil
from pathlib import Path

import jsonschema
import mutagen
import numpy as np
import pandas as pd
import pytest
from audio_files import tones, vorbis, write
from pages_common import make_full
from small_prediction import make_prediction

from mer_core.cli import export_moods, predict_library, recommend, tag_files
from mer_core.embeddings.store import EmbeddingStore
from mer_core.encoders import load_encoder
from mer_core.export.prompts import seed_schema
from mer_core.inference.stored import load_predictions
from mer_core.model import ood
from mer_core.model.bundle import load_model, save_model
from mer_core.recommend.explain import clock
from mer_core.tags import write as tagging
from mer_core.workspace.layout import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_full(tmp_path_factory.mktemp("scripts") / "full")


def run(script: object, capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    """The JSON object a script prints, which must end well."""
    assert script.main([*map(str, arguments), "--json"]) == 0  # type: ignore[attr-defined]
    return dict(json.loads(capsys.readouterr().out))


def test_every_export_is_written_and_a_bad_file_reported(
    workspace: Workspace, tone_mp3: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    formats = ("json", "csv", "jams", "seed", "prompt")
    where = (
        "--workspace",
        workspace.root,
        "--model",
        "small",
        "--out",
        tmp_path,
        "--genre",
        "ambient",
        "--tempo",
        "--format",
        *formats,
    )
    good, bad = run(export_moods, capsys, tone_mp3, tmp_path / "none.mp3", *where)["results"]
    assert [Path(path).name for path in good["written"]] == [
        f"tone.mp3.{suffix}" for suffix in ("json", "csv", "jams", "seed.json", "prompt.txt")
    ]
    jsonschema.validate(json.loads((tmp_path / "tone.mp3.seed.json").read_text()), seed_schema())
    note, prompt = (tmp_path / "tone.mp3.prompt.txt").read_text().splitlines()
    assert note.startswith("# Nothing changes in this sound") and prompt.startswith("ambient music")
    assert "none.mp3" in bad["error"]


def test_files_of_the_same_name_are_kept_apart_and_nothing_is_overwritten(
    workspace: Workspace, tone_mp3: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for album in ("a", "b"):
        (tmp_path / "Music" / album).mkdir(parents=True)
        (tmp_path / "Music" / album / "01.mp3").write_bytes(tone_mp3.read_bytes())
    where = ("--workspace", workspace.root, "--model", "small", "--out", tmp_path / "out")
    songs = [tmp_path / "Music" / album / "01.mp3" for album in ("a", "b")]
    for named, expected in (
        (songs, ["01.mp3.json", "01 (2).mp3.json"]),
        ([tmp_path / "Music"], ["Music/a/01.mp3.json", "Music/b/01.mp3.json"]),
    ):
        results = run(export_moods, capsys, *named, *where)["results"]
        assert [result["written"] for result in results] == [[str(tmp_path / "out" / name)] for name in expected]
        assert [json.loads((tmp_path / "out" / name).read_text())["file"] for name in expected] == list(map(str, songs))
    (tmp_path / "out" / "01.mp3.json").write_text("precious")
    assert export_moods.main([*map(str, (songs[0], *where))]) == 1
    assert "--overwrite" in capsys.readouterr().err and (tmp_path / "out" / "01.mp3.json").read_text() == "precious"
    run(export_moods, capsys, songs[0], *where, "--overwrite")
    assert (tmp_path / "out" / "01.mp3.json").read_text() != "precious"


def test_jams_names_title_and_artist(
    workspace: Workspace, tone_mp3: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = tmp_path / "Music" / "Name of the file.mp3"
    song.parent.mkdir()
    song.write_bytes(tone_mp3.read_bytes())
    where = ("--format", "jams", "--overwrite", "--workspace", workspace.root, "--model", "small", "--out", tmp_path)

    def names() -> tuple[str, str]:
        run(export_moods, capsys, song, *where)
        reported = json.loads((tmp_path / f"{song.name}.jams").read_text())["file_metadata"]
        return reported["title"], reported["artist"]

    assert names() == ("Name of the file", "")
    file = mutagen.File(song, easy=True)
    file["title"], file["artist"] = "Título", "Ann"
    file.save()
    assert names() == ("Título", "Ann")


def test_the_moods_kept_of_a_workspace_are_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = make_full(tmp_path / "full")
    where = (
        "--kept",
        "--workspace",
        workspace.root,
        "--model",
        "small",
        "--out",
        tmp_path / "out",
        "--format",
        "json",
        "csv",
    )
    assert export_moods.main([*map(str, where)]) == 1
    assert "predict_library.py" in capsys.readouterr().err
    run(predict_library, capsys, workspace.root, "--model", "small")
    written = run(export_moods, capsys, *where)["results"][0]["written"]
    assert [Path(path).name for path in written] == ["full.json", "full.csv"]
    reported, kept = json.loads(Path(written[0]).read_text()), load_predictions(workspace, "small")
    assert reported["model"] == "small" and [track["track_id"] for track in reported["tracks"]] == list(kept.track_ids)
    for track, probabilities, decided in zip(reported["tracks"], kept.probabilities, kept.decided, strict=True):
        assert list(track["moods"].values()) == pytest.approx(probabilities, abs=1e-4)
        assert set(track["decided"]) == {mood for mood, yes in zip(kept.moods, decided, strict=True) if yes}
    assert reported["tracks"][0]["title"] == "Song 0 <b>*bold*</b>" and reported["tracks"][0]["path"].endswith(".mp3")
    table = pd.read_csv(written[1], keep_default_na=False)
    assert (
        "synthetic music" in reported["warnings"][0]
        and set(table["notes"]) == set(reported["warnings"])
        and set(table["model"]) == {"small"}
    )
    assert table["decided"].tolist() == [", ".join(track["decided"]) for track in reported["tracks"]]
    assert table[list(kept.moods)].to_numpy() == pytest.approx(kept.probabilities, abs=1e-4)
    for wrong in ([], ["song.mp3", "--kept"], ["--kept", "--format", "jams"]):
        with pytest.raises(SystemExit):
            export_moods.main(wrong)


def test_all_exports_failing_is_a_failure(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export_moods.main([str(tmp_path / "none.mp3"), "--workspace", str(workspace.root), "--model", "small"]) == 1
    assert "none.mp3" in capsys.readouterr().err


@pytest.mark.parametrize(
    "asked",
    [
        ["--like", "track_0001003"],
        ["--like", "track_0001003", "--section", "0", "2"],
        ["--more", "happy", "--not", "dark"],
        ["--path", "sad", "happy"],
    ],
)
def test_recommendations_and_playlists(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    for suffix in ("m3u8", "csv", "jspf", "M3U8"):
        playlist = tmp_path / f"list.{suffix}"
        found = run(recommend, capsys, workspace.root, "--model", "small", "-n", 5, "--playlist", playlist, *asked)[
            "tracks"
        ]
        assert len(found) == 5 and all(track["reason"] for track in found)
        assert playlist.read_text().count(str(workspace.audio_root.resolve())) == 5


def test_a_file_can_be_liked(workspace: Workspace, tone_mp3: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(run(recommend, capsys, workspace.root, "--model", "small", "--like", tone_mp3, "-n", 3)["tracks"]) == 3


def test_a_file_of_the_workspace_is_not_recommended_for_itself(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workspace.audio_root / "00" / ".." / "00" / "1000.mp3"
    found = run(recommend, capsys, workspace.root, "--model", "small", "--like", file, "-n", 48, "--per-artist", 48)[
        "tracks"
    ]
    assert len(found) == 47 and "track_0001000" not in {track["track_id"] for track in found}
    assert (
        recommend.main([*map(str, (workspace.root, "--model", "small", "--like", file, "--unlike", "track_0001000"))])
        == 1
    )
    assert "tracks like 'track_0001000' and unlike it" in capsys.readouterr().err


def test_the_limit_an_artist_is_reported_and_not_set_where_all_are_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = make_full(tmp_path / "full")
    for table in one.dataset_dir.rglob("*.tsv"):
        table.write_text(re.sub(r"artist_\d+", "artist_000001", table.read_text()))
    asked = (one.root, "--model", "small", "--like", "track_0001003", "-n", 4)
    found = run(recommend, capsys, *asked)
    assert len(found["tracks"]) == 4 and found["fewer"] is None
    assert len(run(recommend, capsys, one.root, "--model", "small", "--path", "sad", "happy", "-n", 4)["tracks"]) == 4
    assert recommend.main([*map(str, asked), "--per-artist", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["Only 2 of 4 tracks: --per-artist 2 allows no more."]


def test_sections_are_reported_in_seconds_of_the_whole_track(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    hop = load_encoder("placeholder").identity()["hop_seconds"]
    asked = ("--like", "track_0001003", "--section", 3 * hop, 5 * hop)
    reasons = [
        track["reason"] for track in run(recommend, capsys, workspace.root, "--model", "small", *asked)["tracks"]
    ]
    assert all(f"closest sections begin at {clock(3 * hop)} and" in reason for reason in reasons)


def test_what_is_out_of_distribution_is_left_out_and_counted(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(workspace.root, tmp_path / "w")
    model = load_model(tmp_path / "w" / "models" / "small")
    ids, X = EmbeddingStore.open(tmp_path / "w" / "embeddings" / "placeholder").read_pooled(model.pooling)
    model.distribution = ood.fit(X[:24])
    far = ood.distance(X, model.distribution)
    model.distribution["threshold"] = (np.sort(far)[-3:-1].mean(keepdims=True) / ood.VERY_FAR).astype(np.float32)
    save_model(tmp_path / "w" / "models" / "small", model)
    not_music = {ids[row] for row in np.argsort(far)[-2:]}
    asked = (tmp_path / "w", "--model", "small", "--more", "happy", "-n", 48, "--per-artist", 48)
    found = run(recommend, capsys, *asked)
    assert (
        found["left_out"] == 2
        and not_music.isdisjoint(track["track_id"] for track in found["tracks"])
        and len(found["tracks"]) == 46
    )
    assert recommend.main([*map(str, asked)]) == 0
    assert "Left out because they sound unlike all music the model knows: 2" in capsys.readouterr().out
    found = run(recommend, capsys, *asked, "--out-of-domain")
    assert found["left_out"] == 0 and len(found["tracks"]) == 48


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        (["--like", "track_9"], "has no embedding"),
        ([], "nothing is asked for"),
        (["--more", "sleepy"], "not known"),
        (["--more", "happy", "--not", "nosuch"], "'nosuch' is not known"),
        (["--more", "happy", "--less", "happy"], "more and less of the mood 'happy'"),
        (["--like", "track_0001003", "--unlike", "track_0001003"], "tracks like 'track_0001003' and unlike it"),
        (["--unlike", "track_0001003"], "only what to stay away from"),
        (["--like", "track_0001003", "--section", "45", "30"], "holds nothing"),
        (["--like", "track_0001003", "--section", "4500", "4600"], "the track ends before second 4500"),
        (["--unlike", "track_0001003", "--section", "0", "2"], "0 were given with --like and 1 with --unlike"),
        (["--path", "sad", "happy", "--like", "track_0001003"], "does not use --like"),
        (["--path", "sad", "happy", "--variety", "0.5"], "does not use --variety"),
        (["--path", "sad", "happy", "-n", "1"], "at least 2"),
        (["--path", "sad", "happy", "--not", "nosuch"], "'nosuch' is not known"),
        (["--playlist", "x.pls"], "m3u8"),
    ],
)
def test_what_cannot_be_recommended(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], asked: list[str], reported: str
) -> None:
    assert recommend.main([str(workspace.root), "--model", "small", *asked]) == 1
    assert reported in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [["-n", "-3"], ["-n", "0"], ["--per-artist", "0"], ["--section", "nan", "5"], ["--section", "-20", "-10"]]
)
def test_numbers_that_mean_nothing_are_wrong_arguments(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        recommend.main([str(workspace.root), "--model", "small", "--like", "track_0001003", *wrong])
    assert wrong[0] in capsys.readouterr().err


def test_a_path_heeds_what_is_not_wanted(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (workspace.root, "--model", "small", "--path", "sad", "happy", "-n", 20)
    free, bound = (
        {track["track_id"] for track in run(recommend, capsys, *asked, *more)["tracks"]}
        for more in ((), ("--not", "energetic", "--per-artist", 9))
    )
    assert len(bound) == 20 and bound != free


@pytest.mark.parametrize("kind", ["mp3", "ogg", "wma"])
def test_tags_are_planned_written_and_undone(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song, journal = tmp_path / f"song.{kind}", tmp_path / "journal"
    original = vorbis(tones(2.0)) if kind == "ogg" else write(tones(2.0), kind)
    song.write_bytes(original)
    arguments = (song, "--journal", journal)
    planned = run(tag_files, capsys, *arguments, "--moods", "calm", "dream")
    assert planned["results"][0]["after"] == ["calm", "dream"] and song.read_bytes() == original
    run(tag_files, capsys, *arguments, "--moods", "calm", "dream", "--write")
    assert tagging.read_moods(song) == ("calm", "dream")
    run(tag_files, capsys, *arguments, "--undo")
    assert song.read_bytes() == original
    left = (
        tmp_path / f".{'0' * 12}-{platform.node()}-{2**22 + 1}-1.tmp"
    )  # by a run that was killed; no process has such a number
    left.touch()
    assert tag_files.main([str(song), "--journal", str(journal), "--undo"]) == 1
    assert "nothing to undo" in capsys.readouterr().err and not left.exists()


def test_a_file_that_fails_does_not_stop_the_others(
    tone_mp3: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song, bare, gone = (tmp_path / name for name in ("song.mp3", "bare.aac", "gone.mp3"))
    song.write_bytes(tone_mp3.read_bytes())
    bare.write_bytes(write(tones(1.0), "aac"))
    files = (bare, gone, song, "--journal", tmp_path / "journal")
    written = run(tag_files, capsys, *files, "--moods", "calm", "--write")["results"]
    assert (
        "without a mood field" in written[0]["error"]
        and "gone.mp3" in written[1]["error"]
        and written[2]["error"] is None
    )
    undone = run(tag_files, capsys, *files, "--undo")["results"]
    assert [bool(entry["error"]) for entry in undone] == [
        True,
        True,
        False,
    ] and song.read_bytes() == tone_mp3.read_bytes()
    assert tag_files.main([str(bare), str(gone), "--moods", "calm"]) == 1
    reported = capsys.readouterr().err
    assert "bare.aac" in reported and "gone.mp3" in reported, "each, also where all failed"


def test_a_mood_that_a_person_wrote_is_shown_kept_or_added_to(
    tone_mp3: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song, journal = tmp_path / "song.mp3", ("--journal", tmp_path / "journal")
    song.write_bytes(tone_mp3.read_bytes())
    run(tag_files, capsys, song, *journal, "--moods", "my own", "--write")
    with pytest.MonkeyPatch.context() as patched:  # a tone: no mood is sure
        patched.setattr(
            tag_files.Predictor, "from_file", lambda self, path, **options: make_prediction(str(path), decided=())
        )
        unsure = run(tag_files, capsys, song, *journal, "--write")["results"][0]
    assert "no mood is sure" in unsure["skipped"] and tagging.read_moods(song) == ("my own",)
    assert tag_files.main([*map(str, (song, *journal)), "--moods", "calm"]) == 0
    reported = capsys.readouterr().out
    assert "TMOO: my own → calm" in reported and "--merge" in reported
    assert run(tag_files, capsys, song, *journal, "--moods", "calm", "--merge", "--write")["results"][0]["after"] == [
        "my own",
        "calm",
    ]
    assert tagging.read_moods(song) == ("my own", "calm")


@pytest.mark.parametrize(
    ("mood", "reported"), [("", "an empty word"), (" ", "an empty word"), ("a;b", "holds ';'"), ("a/b", "holds '/'")]
)
def test_words_that_are_not_one_mood_are_wrong_arguments(
    tone_mp3: Path, capsys: pytest.CaptureFixture[str], mood: str, reported: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        tag_files.main([str(tone_mp3), "--moods", "calm", mood])
    assert reported in capsys.readouterr().err
    assert run(tag_files, capsys, tone_mp3, "--moods", " calm ")["results"][0]["after"] == ["calm"]


def test_a_folder_is_tagged_as_the_files_in_it(
    tone_mp3: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song, journal = tmp_path / "music" / "album" / "song.mp3", ("--journal", tmp_path / "journal")
    song.parent.mkdir(parents=True)
    song.write_bytes(tone_mp3.read_bytes())
    run(tag_files, capsys, tmp_path / "music", *journal, "--moods", "calm", "--write")
    assert tagging.read_moods(song) == ("calm",)
    song.unlink()
    assert tag_files.main([str(tmp_path / "music"), "--moods", "calm"]) == 1
    assert "there is no audio file in" in capsys.readouterr().err


EVIL = "a\x1b[31m\u202eb\x9bc"


def test_titles_cannot_command_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = make_full(tmp_path / "full")
    names = evil.dataset_dir / "autotagging_moodtheme.meta.tsv"
    names.write_text(names.read_text().replace("Song ", f"{EVIL}é\u00a0 "))
    arguments = [str(evil.root), "--model", "small", "--like", "track_0001000", "--out-of-domain"]
    assert recommend.main(arguments) == 0
    reported = capsys.readouterr().out
    assert "a�[31m�b�cé\u00a0 " in reported and not set("\x1b\u202e\x9b") & set(reported)
    assert recommend.main([*arguments, "--json"]) == 0
    reported = capsys.readouterr().out
    assert not set("\x1b\u202e\x9b") & set(reported)
    assert json.loads(reported)["tracks"][0]["title"].startswith(EVIL)


@pytest.mark.parametrize("script", [tag_files, export_moods])
def test_names_of_files_cannot_command_the_terminal(
    script: object, workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [tmp_path / f"{EVIL}\nall is well{number}.mp3" for number in (1, 2)]
    for name in names:
        name.write_bytes(b"no sound")
    more = (
        []
        if script is tag_files
        else ["--workspace", str(workspace.root), "--model", "small", "--out", str(tmp_path / "out")]
    )
    assert script.main([*map(str, names), *more]) == 1  # type: ignore[attr-defined]
    reported = capsys.readouterr().err
    assert not set("\x1b\u202e\x9b") & set(reported)
    assert not any(line.startswith("all is well") for line in reported.splitlines())


def test_links_pipes_and_devices_do_not_keep_the_others_from_their_tags(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, journal = tmp_path / "music", ("--journal", tmp_path / "journal")
    folder.mkdir()
    songs = [folder / name for name in ("a.mp3", "twin.mp3", "z.mp3")]
    songs[0].write_bytes(write(tones(2.0), "mp3"))
    songs[1].hardlink_to(songs[0])
    songs[2].write_bytes(write(tones(3.0), "mp3"))
    os.mkfifo(folder / "pipe.mp3")
    (folder / "zero.mp3").symlink_to("/dev/zero")
    (folder / "loop.mp3").symlink_to("loop.mp3")
    odd = [folder / name for name in ("pipe.mp3", "zero.mp3", "loop.mp3")]
    for options in (["--moods", "calm", "--write"], ["--undo"]):
        results = {Path(r["file"]).name: r for r in run(tag_files, capsys, *odd, *songs, *journal, *options)["results"]}
        assert all("is not a file" in results[path.name]["error"] for path in odd[:2])
        assert "cannot be opened" in results["loop.mp3"]["error"] and results["z.mp3"]["error"] is None
    linked = run(tag_files, capsys, *songs, *journal, "--moods", "calm", "--write", "--hard-links")["results"]
    assert [result["error"] for result in linked] == [None] * 3
