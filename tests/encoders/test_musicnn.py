"""MusiCNN: equal to an independent implementation and to the plain network, the same however frames are grouped, safe
to load and share."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from benchmarks.plain_musicnn import plain_network
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core import tensorflow_runtime as runtime
from mer_core.audio.decode import decode
from mer_core.encoders import iter_chunks, load_encoder
from mer_core.encoders.musicnn import weights as musicnn_weights
from mer_core.encoders.musicnn.checkpoint import read_checkpoint
from mer_core.encoders.musicnn.log_mel import log_mel, mel_bands, squares
from mer_core.encoders.musicnn.network import NetworkBuilder
from mer_core.encoders.onnx_engine import OnnxNetwork
from mer_core.encoders.pruning import count_dead, living
from mer_core.errors import AudioError, EncoderError, Remedy

RNG = np.random.default_rng(7)
NOISE = [RNG.normal(0, 0.1, seconds * 16000).astype(np.float32) for seconds in (29, 3, 13)]


@pytest.fixture(scope="module", params=runtime.PRECISIONS)
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


@pytest.fixture(scope="module")
def weights():
    return musicnn_weights.read_weights()


def patches():
    """Samples (5, 48128): noise, loud noise, silence, a click at either edge (where kernels reach into silence), a
    tone."""
    samples = RNG.normal(0, 0.1, (5, 48128)).astype(np.float32)
    samples[1] *= 8
    samples[2:] = 0
    samples[3, [0, -1]] = 1
    samples[4] = np.sin(np.arange(48128) / 3)
    return samples


def test_the_pruned_network_equals_the_plain_one(exact, weights):
    samples = patches()
    expected = [values.numpy() for values in plain_network(weights)(samples)]
    network = OnnxNetwork(NetworkBuilder(weights).build())
    for row, patch in enumerate(samples):
        for output, values in zip(("penultimate", "tags"), expected, strict=True):
            np.testing.assert_allclose(network(output, squares=squares(patch))[0], values[row], atol=2e-5)


def test_every_layer_is_pruned_and_none_but_by_its_weights(weights):
    kernels = [weights[f"conv2d_{index}/kernel" if index else "conv2d/kernel"] for index in range(8)]
    assert [int(living(kernel).sum()) for kernel in kernels] == [23, 14, 3, 7, 17, 20, 61, 63]
    assert count_dead(kernels[:5]) == "497 of 561"
    unclear = {
        **weights,
        "conv2d/kernel": weights["conv2d/kernel"] * 0.05,
    }  # its smallest living kernel falls into the gap
    with pytest.raises(EncoderError, match="neither zero"):
        NetworkBuilder(unclear).build()


@pytest.mark.parametrize("precision", runtime.PRECISIONS)
def test_a_store_that_tensorflow_began_is_continued_with_the_same_numbers(precision):
    """Vectors as the release before, whose network ran in TensorFlow, computed them in either precision."""
    time = np.arange(9 * 16000) / 16000
    notes = ((110, 2), (277.2, 3), (659.3, 1.5), (2200, 4))
    tones = (np.sin(2 * np.pi * f * time * (1 + 0.1 * time)) * np.exp(-((time * beat) % 1) * 3) for f, beat in notes)
    vectors = load_encoder("musicnn", precision=precision).encode((sum(tones) / 6).astype(np.float32))
    with np.load(Path(__file__).parent / "data" / "musicnn_vectors_of_tensorflow.npz") as before:
        apart = np.linalg.norm(vectors - before[precision]) / np.linalg.norm(before[precision])
        between = np.linalg.norm(before["float32"] - before["bfloat16"]) / np.linalg.norm(before["float32"])
    assert apart < (
        1e-5 if precision == "float32" else between / 4
    )  # rounding to 8 bits now and then falls the other way


def test_the_checkpoint_is_read_as_tensorflow_reads_it(weights):
    folder = musicnn_weights.checkpoint_folder()
    reader = runtime.import_tensorflow().compat.v1.train.NewCheckpointReader(f"{folder}/")
    assert len(weights) == 64
    for name, values in weights.items():
        np.testing.assert_array_equal(values, reader.get_tensor(name))


def test_a_file_that_is_no_checkpoint_is_reported(tmp_path):
    index, data = tmp_path / "index", tmp_path / "data"
    data.write_bytes(b"")
    for content in (b"", b"junk" * 20, (musicnn_weights.checkpoint_folder() / ".index").read_bytes()[40:]):
        index.write_bytes(content)
        with pytest.raises(ValueError, match="index"):
            read_checkpoint(index, data)


def test_the_front_end_equals_that_of_librosa(shared):
    librosa = pytest.importorskip("librosa")
    expected = librosa.filters.mel(sr=16000, n_fft=512, n_mels=96)
    np.testing.assert_allclose(mel_bands().T, expected, atol=1e-8)
    samples = NOISE[1]
    power = librosa.feature.melspectrogram(y=samples, sr=16000, n_fft=512, hop_length=256, n_mels=96, center=False)
    np.testing.assert_allclose(log_mel(samples), np.log10(10000 * power + 1).T, atol=1e-4)


def test_hearing_needs_neither_tensorflow_nor_librosa(exact):
    code = (
        "import sys, numpy; from mer_core.encoders import load_encoder;"
        "load_encoder('musicnn').encode(numpy.zeros(60000));"
        "print({'tensorflow', 'librosa', 'onnx', 'sklearn', 'pandas'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


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
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    load_encoder("musicnn", precision="float32")
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    for damaged in (whole[:1000], b""):
        kept.write_bytes(damaged)
        vectors = load_encoder("musicnn", precision="float32").encode(NOISE[1])
        np.testing.assert_array_equal(vectors, exact.encode(NOISE[1]))
        assert kept.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [kept]


def test_a_cache_that_cannot_be_written_is_reported_and_done_without(exact, monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "file"))
    vectors = load_encoder("musicnn", precision="float32").encode(NOISE[1])
    np.testing.assert_array_equal(vectors, exact.encode(NOISE[1]))
    assert "MER_CACHE" in caplog.text


def test_missing_or_other_weights_are_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(musicnn_weights, "find_spec", lambda name: None)
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    with pytest.raises(EncoderError, match="weights are missing") as reported:
        musicnn_weights.read_weights()
    assert reported.value.remedies == (Remedy("fetch_weights"),)
    folder = tmp_path / musicnn_weights.CHECKPOINT
    folder.mkdir()
    (folder / ".index").write_bytes(b"other")
    monkeypatch.setattr(
        musicnn_weights, "find_spec", lambda name: type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    )
    with pytest.raises(EncoderError, match="not the file of musicnn"):
        musicnn_weights.read_weights()


def test_the_package_itself_is_never_imported(exact):
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
