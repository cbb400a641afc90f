"""MusiCNN: equal to an independent implementation and to the plain network, the same however frames are grouped, safe
to load and share."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from benchmarks.plain_musicnn import plain_network
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core import tensorflow_runtime as runtime
from mer_core.audio.decode import decode
from mer_core.encoders import iter_chunks, load_encoder, saved_model
from mer_core.encoders.musicnn import network as musicnn_network
from mer_core.encoders.musicnn import weights as musicnn_weights
from mer_core.encoders.musicnn.network import Network
from mer_core.errors import AudioError, EncoderError

RNG = np.random.default_rng(7)
NOISE = [RNG.normal(0, 0.1, seconds * 16000).astype(np.float32) for seconds in (29, 3, 13)]


@pytest.fixture(scope="module", params=runtime.supported_precisions())
def encoder(request):
    return load_encoder("musicnn", precision=request.param)


@pytest.fixture(scope="module")
def exact():
    return load_encoder("musicnn", precision="float32")


@pytest.fixture(scope="module")
def alone(encoder):
    """The vectors of each piece of noise, encoded by itself."""
    return [encoder.encode(track) for track in NOISE]


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize("track", ["track_0002000", "track_0002101", "track_0002017"])
def test_agrees_with_the_independent_reference(encoder, shared, track):
    folder = shared / "data" / "incompetech"
    with np.load(folder / "reference_musicnn.npz") as reference:
        row = reference["track_id"].tolist().index(track)
        expected = {name: reference[name][row] for name in ("penultimate_mean", "penultimate_std", "tags_mean")}
    waveform = decode(next(folder.glob(f"audio/*/{int(track[-7:])}.mp3")), encoder.sample_rate).waveform
    vectors, activations = encoder.encode(waveform), encoder.tag_activations(waveform)
    found = {"penultimate_mean": vectors.mean(0), "penultimate_std": vectors.std(0), "tags_mean": activations.mean(0)}
    for name, value in found.items():
        varying = np.abs(expected[name]) > 1e-6  # units that are always off have no spread to compare
        assert cosine(value, expected[name]) > 0.999, name
        assert np.median(np.abs(value[varying] / expected[name][varying] - 1)) < 0.02, name


def test_the_rearranged_network_equals_the_plain_one():
    weights = musicnn_weights.read_weights()
    samples = RNG.normal(0, 0.1, (2, 48128)).astype(np.float32)
    for fast, plain in zip(Network(weights)(samples), plain_network(weights)(samples), strict=True):
        np.testing.assert_allclose(fast, plain, atol=2e-5)


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(3)), chunk_frames=st.integers(1, 9))
def test_vectors_do_not_depend_on_grouping(encoder, alone, order, chunk_frames):
    chunks = [list(iter_chunks([NOISE[index]], encoder.framing, chunk_frames)) for index in order]
    together = np.concatenate(encoder.embed([chunk for track in chunks for chunk in track]))
    np.testing.assert_array_equal(together, np.concatenate([alone[index] for index in order]))


def test_threads_share_one_encoder(encoder, alone):
    with ThreadPoolExecutor(3) as pool:
        for index, vectors in enumerate(pool.map(encoder.encode, NOISE * 2)):
            np.testing.assert_array_equal(vectors, alone[index % len(NOISE)])


def test_tags_and_their_activations(exact):
    assert (len(exact.tags), exact.tags[0], exact.tags[-1]) == (50, "rock", "happy")
    activations = exact.tag_activations(NOISE[2])
    assert activations.shape == (4, 50)
    assert ((activations >= 0) & (activations <= 1)).all()


def test_shapes_silence_and_the_last_partial_patch(exact):
    assert exact.encode(np.zeros(exact.framing.shortest_samples)).shape == (1, 200)
    assert np.isfinite(exact.encode(np.zeros(60000))).all()
    with pytest.raises(AudioError, match=r"2\.98 s"):
        exact.encode(np.zeros(exact.framing.shortest_samples - 1))
    assert exact.encode(np.zeros(exact.framing.shortest_samples + exact.framing.hop_samples - 1)).shape == (1, 200)


def test_precision_is_recorded_but_is_not_another_version(encoder, exact):
    assert {**encoder.identity(), "precision": "float32"} == exact.identity()


def test_a_damaged_cache_is_rebuilt_and_nothing_is_left_beside_it(exact, monkeypatch, tmp_path):
    name = f"musicnn-float32-{saved_model.code_digest(musicnn_network)}-tf{runtime.import_tensorflow().__version__}"
    copy = shutil.copytree(saved_model.cache_folder() / name, tmp_path / name) / "saved_model.pb"
    copy.write_bytes(copy.read_bytes()[:1000])
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    np.testing.assert_array_equal(load_encoder("musicnn", precision="float32").encode(NOISE[1]), exact.encode(NOISE[1]))
    assert copy.stat().st_size > 1_000_000
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_cache_that_cannot_be_written_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "file"))
    with pytest.raises(EncoderError, match="MER_CACHE"):
        load_encoder("musicnn", precision="float32")


def test_missing_or_foreign_weights_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr(musicnn_weights, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match="pip install --no-deps musicnn"):
        musicnn_weights.read_weights()
    folder = tmp_path / musicnn_weights.CHECKPOINT
    folder.mkdir()
    (folder / ".index").write_bytes(b"other")
    monkeypatch.setattr(
        musicnn_weights, "find_spec", lambda name: type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    )
    with pytest.raises(EncoderError, match="not the file of musicnn"):
        musicnn_weights.read_weights()


def test_the_package_itself_is_never_imported(exact):
    import sys

    assert "musicnn" not in sys.modules


def test_precision_follows_the_processor_the_variable_and_the_option(monkeypatch, tmp_path):
    monkeypatch.delenv("MER_PRECISION", raising=False)
    processors = {
        "vendor_id : GenuineIntel flags : fpu avx2": "float32",
        "vendor_id : GenuineIntel flags : avx512f avx512_bf16": "float32",
        "vendor_id : GenuineIntel flags : avx512f avx512_bf16 amx_bf16": "bfloat16",
        "vendor_id : AuthenticAMD flags : fpu avx2": "float32",
        "vendor_id : AuthenticAMD flags : avx512f avx512_bf16": "bfloat16",
    }
    for words, expected in processors.items():
        (tmp_path / "cpuinfo").write_text(words)
        monkeypatch.setattr(runtime, "CPU_INFO", tmp_path / "cpuinfo")
        assert runtime.precision() == expected
    monkeypatch.setenv("MER_PRECISION", "bfloat16")
    assert runtime.precision() == "bfloat16"
    assert runtime.precision("float32") == "float32"
    with pytest.raises(EncoderError, match="int8"):
        runtime.precision("int8")
    monkeypatch.setattr(runtime, "CPU_INFO", Path("/nowhere"))
    assert runtime.precision("auto") == "float32"
    with pytest.raises(EncoderError, match="cannot compute in bfloat16"):
        runtime.precision()
