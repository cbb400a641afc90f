"""Published networks: fetched from a server of our own, verified, resumed, refused; and an encoder and a head that run
them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mirror_server import Mirror, serve
from pages_common import make_metadata

from mer_core.audio.decode import decode
from mer_core.cli import models
from mer_core.cli.predict import main as predict_files
from mer_core.cli.predict_text import in_full
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore, shard_name
from mer_core.encoders import load_encoder
from mer_core.encoders.effnet import encoder as effnet
from mer_core.encoders.musicnn.log_mel import log_mel
from mer_core.encoders.onnx_graph import Graph
from mer_core.encoders.published_file import PublishedFile
from mer_core.encoders.registry import ENTRIES
from mer_core.errors import EncoderError
from mer_core.inference.predict import from_file
from mer_core.inference.published_places import published_places
from mer_core.model import published_heads
from mer_core.model.bundle import load_model, save_model
from mer_core.model.classifier import MoodClassifier
from mer_core.model.mlp import sigmoid
from mer_core.training.data import load_training_data, shared_with
from mer_core.training.train import TrainingRecipe, train_model

PLACE = "feature-extractors/discogs-effnet/discogs-effnet-bsdynamic-1.onnx"
RNG = np.random.default_rng(0)
EMBED, ACTIVATE = RNG.normal(size=(96, 1280)).astype(np.float32), RNG.normal(size=(1280, 400)).astype(np.float32)
HIDDEN = RNG.normal(0, 0.05, (1280, 32)).astype(np.float32), RNG.normal(size=32).astype(np.float32)
OUT = RNG.normal(size=(32, 56)).astype(np.float32), RNG.normal(size=56).astype(np.float32)


def effnet_like(patch: int = 128) -> bytes:
    """A network of the published one's signature with random weights: means over time, then a matrix."""
    graph = Graph()
    embeddings = graph.add("MatMul", graph.add("ReduceMean", "melspectrogram", axes=[1], keepdims=0), EMBED)
    activations = graph.add("Sigmoid", graph.add("MatMul", embeddings, ACTIVATE))
    shown = {"activations": activations, "embeddings": embeddings}
    return with_shapes(
        graph.to_bytes({"melspectrogram": ["n", patch, 96]}, shown), {"activations": 400, "embeddings": 1280}
    )


def with_shapes(model: bytes, widths: dict[str, int]) -> bytes:
    """`model` with the shapes (n, width) of its outputs stated."""
    import onnx

    loaded = onnx.load_from_string(model)
    for output in loaded.graph.output:
        output.CopyFrom(
            onnx.helper.make_tensor_value_info(output.name, onnx.TensorProto.FLOAT, ["n", widths[output.name]])
        )
    data: bytes = loaded.SerializeToString()
    return data


def head_like() -> bytes:
    graph = Graph()
    hidden = graph.add("Relu", graph.add("Add", graph.add("MatMul", "embeddings", HIDDEN[0]), HIDDEN[1]))
    result = graph.add("Sigmoid", graph.add("Gemm", hidden, OUT[0].T.copy(), OUT[1], transB=1))
    return graph.to_bytes({"embeddings": ["n", 1280]}, {"activations": result})


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A publisher with the network; the cache folder is empty, and nobody waits long."""
    monkeypatch.setattr("mer_core.encoders.published_file.PATIENCE", (2, 0.01, 0.01, (2.0, 2.0)))
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    with serve({PLACE: effnet_like()}) as running:
        monkeypatch.setenv("MER_MODELS", running.url)
        yield running


def published(content: bytes, place: str = PLACE, free: bool = True) -> PublishedFile:
    return PublishedFile(place, hashlib.sha256(content).hexdigest(), "CC BY-NC-ND 4.0", "it", free)


def test_a_file_is_fetched_verified_and_not_fetched_again(mirror: Mirror) -> None:
    file = published(effnet_like())
    assert not file.installed
    assert file.fetch() == file.sha256 and file.read() == effnet_like()
    assert file.fetch() == file.sha256 and len(mirror.starts(PLACE)) == 1


def test_a_cut_transfer_is_resumed(mirror: Mirror) -> None:
    mirror.faults[PLACE] = ["cut"]
    assert published(effnet_like()).fetch()
    assert len(starts := mirror.starts(PLACE)) == 2 and starts[1] > 0


def test_another_file_than_the_published_one_is_refused(mirror: Mirror) -> None:
    file = replace(published(effnet_like()), sha256="0" * 64)
    with pytest.raises(EncoderError, match="is not the published file"):
        file.fetch()
    assert not file.installed and list(file.path.parent.iterdir()) == []


def test_a_licence_that_is_not_free_must_be_accepted(mirror: Mirror) -> None:
    file = published(effnet_like(), free=False)
    with pytest.raises(EncoderError, match=r"CC BY-NC-ND 4\.0"):
        file.fetch()
    assert mirror.requests == [] and file.fetch(accept_licence=True) == file.sha256


def test_without_a_network_three_ways_out_are_named(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_MODELS", "http://127.0.0.1:1/")
    with pytest.raises(EncoderError, match=r"Three ways out: connect .* put the file at .* musicnn"):
        published(effnet_like()).fetch()


def test_a_file_changed_on_disk_is_refused_also_without_a_listed_digest(mirror: Mirror) -> None:
    file = replace(published(effnet_like()), sha256=None)
    file.fetch()
    file.path.write_bytes(b"another network")
    with pytest.raises(EncoderError, match="SHA-256 differs"):
        file.read()


def test_listed_digests_are_whole() -> None:
    files = [entry.file for entry in ENTRIES.values() if entry.file] + [
        head.file for head in published_heads.HEADS.values()
    ]
    assert all(file.sha256 is None or (len(file.sha256) == 64 and int(file.sha256, 16)) for file in files)


@pytest.fixture
def file(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> PublishedFile:
    """The file of the encoder, with the digest of what our own publisher has."""
    wanted = published(effnet_like())
    monkeypatch.setattr(effnet, "EFFNET_FILE", wanted)
    return wanted


def test_the_encoder_gives_what_the_network_makes_of_each_patch(file: PublishedFile) -> None:
    file.fetch()
    waveform = np.random.default_rng(1).normal(0, 0.1, 16000 * 5).astype(np.float32)
    frames = load_encoder("discogs-effnet").encode(waveform)
    mel = log_mel(waveform)
    wanted = [mel[start : start + 128].mean(axis=0) @ EMBED for start in range(0, len(mel) - 127, 62)]
    np.testing.assert_allclose(frames, wanted, rtol=1e-3, atol=1e-3)
    assert frames.shape == (3, 1280)


def test_the_encoder_says_where_its_weights_are_missing(file: PublishedFile) -> None:
    with pytest.raises(EncoderError, match=r"discogs-effnet-bsdynamic-1\.onnx is missing"):
        load_encoder("discogs-effnet")


def test_a_network_with_other_inputs_is_described(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    other = effnet_like(patch=96)
    mirror.files[PLACE] = other
    monkeypatch.setattr(effnet, "EFFNET_FILE", published(other))
    published(other).fetch()
    with pytest.raises(EncoderError, match=r"it has the inputs \{'melspectrogram': \['n', 96, 96\]\}"):
        load_encoder("discogs-effnet")


def test_a_head_is_read_as_dense_layers_and_gives_the_same_probabilities(mirror: Mirror) -> None:
    head = published_heads.HEADS["mtg_jamendo_moodtheme-discogs-effnet-1"]
    served = replace(head, file=published(head_like(), head.file.place))
    mirror.files[head.file.place] = head_like()
    served.file.fetch()
    X = np.random.default_rng(2).normal(size=(5, 1280)).astype(np.float32)
    wanted = sigmoid(np.maximum(X @ HIDDEN[0] + HIDDEN[1], 0) @ OUT[0] + OUT[1])
    moods = ("sad", "calm")
    columns = [published_heads.MOODTHEME_MOODS.index(mood) for mood in moods]
    np.testing.assert_allclose(served.classifier(moods).predict_proba(X), wanted[:, columns], rtol=1e-4)


def test_a_head_of_other_operations_or_sizes_is_refused() -> None:
    graph = Graph()
    odd = graph.to_bytes({"embeddings": ["n", 1280]}, {"activations": graph.add("Softmax", "embeddings")})
    with pytest.raises(EncoderError, match="holds the operation Softmax"):
        published_heads.dense_layers(odd, "odd.onnx")
    with pytest.raises(EncoderError, match="cannot be read"):
        published_heads.dense_layers(b"junk", "junk.onnx")


def test_the_outputs_of_a_moodtheme_head_are_the_datasets_tags(shared: Path) -> None:
    tags = (shared / "data/mtg-jamendo/data/tags/moodtheme_split.txt").read_text(encoding="utf-8").split()
    assert tuple(tag.split("---")[1] for tag in tags) == published_heads.MOODTHEME_MOODS


@pytest.mark.parametrize("name", ["musicnn", "placeholder"])
def test_the_registry_says_what_the_encoders_are(name: str) -> None:
    entry, encoder = ENTRIES[name], load_encoder(name)
    assert entry.installed
    assert (entry.sample_rate, entry.dim) == (encoder.sample_rate, encoder.dim)
    assert (entry.frame_seconds, entry.hop_seconds) == (encoder.frame_seconds, encoder.hop_seconds)


def test_models_lists_what_there_is_and_fetches_one(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = replace(ENTRIES["discogs-effnet"], file=published(effnet_like(), free=False))
    monkeypatch.setitem(ENTRIES, "discogs-effnet", entry)
    assert models.main(["get", "discogs-effnet"]) == 1 and "CC BY-NC-ND 4.0" in capsys.readouterr().err
    assert models.main(["get", "discogs-effnet", "--accept-licence", "--json"]) == 0
    fetched = json.loads(capsys.readouterr().out)
    assert (fetched["bytes"], fetched["sha256"]) == (len(effnet_like()), entry.file.sha256)
    assert models.main(["--json"]) == 0
    listed = {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert set(listed) == {"vggish", "musicnn", "discogs-effnet", *published_heads.HEADS}
    assert listed["discogs-effnet"]["installed"] and listed["discogs-effnet"]["bytes"] == len(effnet_like())
    assert listed["mtg_jamendo_moodtheme-discogs-effnet-1"]["published"] == {
        "ROC-AUC-macro": 0.76,
        "PR-AUC-macro": 0.14,
    }
    assert models.main(["get", "nonesuch"]) == 1 and "there is no encoder or head" in capsys.readouterr().err
    assert models.main(["get", "vggish"]) == 1
    assert capsys.readouterr().err.strip().endswith("fetched the first time that embeddings are made by it")
    assert models.main(["get", "musicnn"]) == 1 and "scripts/fetch_weights.py" in capsys.readouterr().err


def test_a_published_head_becomes_a_model_of_a_workspace(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thresholds and calibration are this workspace's; probabilities rank as the head ranks."""
    head = replace(
        published_heads.HEADS["mtg_jamendo_moodtheme-discogs-effnet-1"],
        file=published(head_like(), published_heads.HEADS["mtg_jamendo_moodtheme-discogs-effnet-1"].file.place),
    )
    mirror.files[head.file.place] = head_like()
    head.file.fetch()
    workspace = make_metadata(tmp_path)
    rng = np.random.default_rng(3)
    identity = {"name": "discogs-effnet", "version": "1", "sample_rate": 16000, "dim": 1280}
    identity |= {"frame_seconds": 2.064, "hop_seconds": 0.992}
    store = EmbeddingStore.create(workspace.embeddings_dir("discogs-effnet"), identity)
    tracks = Dataset.load(workspace.dataset_dir).tracks
    shards: dict[str, list[TrackEmbedding]] = {}
    for track_id, path in zip(tracks["track_id"], tracks["path"], strict=True):
        row = TrackEmbedding(track_id, 30.0, rng.normal(size=(3, 1280)).astype(np.float32))
        shards.setdefault(shard_name(track_id, path), []).append(row)
    for name, rows in shards.items():
        store.write_shard(name, rows)
    data = shared_with(head, load_training_data(workspace, "discogs-effnet"))
    model = train_model(
        "published", data, TrainingRecipe(MoodClassifier(members=2, hidden=(), max_epochs=5, batch_size=8), head=head)
    )
    assert model.metrics["published_head"] == head.name and head.name in model.card
    save_model(workspace.model_dir("published"), model)
    again = load_model(workspace.model_dir("published"))
    wanted = head.classifier(data.moods).predict_proba(data.X)
    for given, raw in zip(again.probabilities(data.X).T, wanted.T, strict=True):
        assert (np.argsort(given) == np.argsort(raw)).all() or len(set(given)) < len(given)


def places_like(width: int = 200) -> bytes:
    """A head of valence and arousal around 5, in the form of the published ones."""
    rng = np.random.default_rng(4)
    weights, biases = rng.normal(0, 0.1, (width, 100)).astype(np.float32), np.zeros(100, np.float32)
    out = rng.normal(0, 0.1, (100, 2)).astype(np.float32), np.array([5, 4], np.float32)
    graph = Graph()
    hidden = graph.add("Relu", graph.add("Gemm", "embeddings", weights, biases))
    return graph.to_bytes({"embeddings": ["n", width]}, {"activations": graph.add("Gemm", hidden, *out)})


PLACE_HEADS = [name for name, head in published_heads.HEADS.items() if head.gives == published_heads.PLACES]


@pytest.fixture
def deam(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> published_heads.Head:
    """The head of DEAM's ratings (or the one that is asked for), as our own publisher has it: with a digest where one
    is listed."""
    listed = published_heads.HEADS[getattr(request, "param", "deam-msd-musicnn-2")]
    served = published(places_like(), listed.file.place, free=False)
    head = replace(listed, file=served if listed.file.sha256 else replace(served, sha256=None))
    mirror.files[listed.file.place] = places_like()
    monkeypatch.setitem(published_heads.HEADS, head.name, head)
    return head


@pytest.mark.parametrize("deam", PLACE_HEADS, indirect=True)
def test_a_fetched_head_of_valence_and_arousal_is_heard_beside_the_model(
    deam: published_heads.Head, tone_mp3: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict_files([str(tone_mp3), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["published_places"] == []
    assert models.main(["get", deam.name]) == 1
    assert "CC BY-NC-ND 4.0" in (refused := capsys.readouterr().err) and len(refused.splitlines()) == 1
    assert refused.strip().endswith("scripts/models.py get it --accept-licence")
    assert models.main(["get", deam.name, "--accept-licence"]) == 0
    capsys.readouterr()
    assert predict_files([str(tone_mp3), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["results"][0]
    (heard,) = result["published_places"]
    frames = load_encoder("musicnn").encode(decode(tone_mp3, 16000).waveform)
    each_patch = [deam.network().logits(frame[None])[0] for frame in frames]
    assert (heard["valence"], heard["arousal"]) == pytest.approx(np.mean(each_patch, axis=0), rel=1e-4)
    told = in_full(result | {"out_of_domain": None})  # of a steady tone nothing is told
    assert f"of 1 to 9 (published head {deam.name})" in told


def test_a_head_that_was_changed_on_disk_is_not_asked_and_that_is_said(
    deam: published_heads.Head, tone_mp3: Path
) -> None:
    deam.file.fetch(accept_licence=True)
    deam.file.path.write_bytes(places_like() + b"more")
    prediction = from_file(tone_mp3)
    assert prediction.published_places == []
    assert any(deam.name in warning and "SHA-256 differs" in warning for warning in prediction.warnings)


def test_a_joined_encoder_lets_its_musicnn_be_asked(deam: published_heads.Head) -> None:
    deam.file.fetch(accept_licence=True)
    frames = np.random.default_rng(0).normal(size=(3, 216)).astype(np.float32)
    ((head, *found),), problems = published_places(frames, "musicnn+placeholder")
    assert (head, problems) == (deam.name, []) and published_places(frames, "placeholder") == ([], [])
    assert found == pytest.approx(list(deam.network().logits(frames[:, :200]).mean(axis=0)))


def test_a_head_for_another_width_is_told_by_its_sizes(deam: published_heads.Head) -> None:
    odd = replace(deam, file=published(places_like(128), deam.file.place))
    odd.file.path.parent.mkdir(parents=True)
    odd.file.path.write_bytes(places_like(128))
    with pytest.raises(EncoderError, match="200 numbers in and 2 out were expected, it has 128 and 2"):
        odd.network()
