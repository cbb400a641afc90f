"""VGGish offline: a SavedModel of the true size with random weights in a hub cache folder; every way of failing is
reported."""

import logging
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from benchmarks.vggish_stub import HANDLE, hub_folder, write_stub
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core import tensorflow_runtime as runtime
from mer_core.encoders import iter_chunks, load_encoder
from mer_core.encoders.vggish import source as vggish_source
from mer_core.encoders.vggish.encoder import _check, _tone
from mer_core.errors import AudioError, EncoderError
from mer_core.tensorflow_runtime import import_tensorflow

ROOT = Path(__file__).resolve().parents[2]
RNG = np.random.default_rng(3)
NOISE = [RNG.normal(0, 0.1, int(seconds * 16000)).astype(np.float32) for seconds in (21.3, 1, 6)]


@pytest.fixture(scope="module")
def hub_cache(tmp_path_factory):
    """A TFHUB_CACHE_DIR with the stub where the hub looks for the published model."""
    cache = tmp_path_factory.mktemp("hub")
    write_stub(hub_folder(cache))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFHUB_CACHE_DIR", str(cache))
        patch.delenv("MER_VGGISH", raising=False)
        yield cache
    shutil.rmtree(cache)  # pytest would keep the 288 MB of the last runs


@pytest.fixture(scope="module", params=runtime.supported_precisions())
def encoder(request, hub_cache):
    return load_encoder("vggish", precision=request.param)


@pytest.fixture(scope="module")
def alone(encoder):
    """The vectors of each piece of noise, encoded by itself."""
    return [encoder.encode(track) for track in NOISE]


@pytest.fixture(scope="module")
def published(hub_cache):
    """The SavedModel's own function, called as its page on the hub says."""
    return import_tensorflow().saved_model.load(str(hub_folder(hub_cache)))


def test_agrees_with_the_saved_model_itself(encoder, alone, published):
    expected, vectors = published(NOISE[0]).numpy(), alone[0]
    assert vectors.shape == expected.shape == (22, 128)
    tolerance = {"float32": 1e-5, "bfloat16": 0.02}[encoder.identity()["precision"]]
    assert np.linalg.norm(vectors - expected) < tolerance * np.linalg.norm(expected)


@settings(max_examples=4, deadline=None)
@given(order=st.permutations(range(3)), chunk_frames=st.integers(1, 12))
def test_vectors_do_not_depend_on_grouping(encoder, alone, order, chunk_frames):
    chunks = [list(iter_chunks([NOISE[index]], encoder.framing, chunk_frames)) for index in order]
    together = np.concatenate(encoder.embed([chunk for track in chunks for chunk in track]))
    np.testing.assert_array_equal(together, np.concatenate([alone[index] for index in order]))


def test_threads_share_one_encoder(encoder, alone):
    with ThreadPoolExecutor(3) as pool:
        for found, wanted in zip(pool.map(encoder.encode, NOISE), alone, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_the_last_partial_frame_is_dropped(encoder):
    assert encoder.encode(NOISE[0][: 15600 + 15359]).shape == (1, 128)
    assert encoder.encode(NOISE[0][: 15600 + 15360]).shape == (2, 128)
    with pytest.raises(AudioError, match="shorter than one frame"):
        encoder.encode(NOISE[0][:15599])


def test_finding_the_model_says_nothing_on_standard_error(hub_cache):
    code = "from mer_core.encoders.vggish.source import find_model; print(find_model())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(hub_folder(hub_cache)) and done.stderr == ""


def test_random_weights_fail_the_check_and_are_reported(hub_cache, caplog):
    with caplog.at_level(logging.WARNING):
        identity = load_encoder("vggish").identity()
    assert identity["weights_check"].startswith("failed: random or other weights (mean ")
    assert (identity["network"], identity["frame_seconds"], identity["hop_seconds"]) == ("rebuilt", 0.975, 0.96)
    assert "weights check failed" in caplog.text


def test_vectors_like_the_real_ones_pass_the_check():
    unit = np.tile([-1.0, 1.0], 192).reshape(3, 128)
    assert _check(-0.0333 + 0.380 * unit) == "passed"
    assert _check(-0.0310 + 0.350 * unit) == "passed"
    assert _check(-0.0333 + 0.330 * unit) == "failed: random or other weights (mean -0.0333, sd 0.330)"
    assert _check(0.0333 + 0.380 * unit).startswith("failed")
    assert (len(_tone()), np.argmax(np.abs(np.fft.rfft(_tone())))) == (48000, 3000)


def test_other_weights_are_another_version_from_a_folder_too(hub_cache, tmp_path, monkeypatch, caplog):
    """The stub's variables are written in another order here, which only the comparison with its own function can
    tell."""
    other = write_stub(tmp_path / "vggish", seed=1, shuffled=True)
    monkeypatch.setenv("MER_VGGISH", str(other))
    loaded = load_encoder("vggish")
    assert loaded.version == f"1+{vggish_source.digest(other)}" != f"1+{vggish_source.digest(hub_folder(hub_cache))}"
    assert loaded.identity()["network"] == "published"
    assert "slower" in caplog.text
    expected = import_tensorflow().saved_model.load(str(other))(NOISE[0][:62000]).numpy()
    np.testing.assert_allclose(loaded.encode(NOISE[0][:62000]), expected, rtol=1e-3, atol=1e-3)
    shutil.rmtree(other)


def test_an_unreachable_hub_shows_the_three_ways_out(tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("MER_VGGISH", raising=False)
    with pytest.raises(EncoderError) as reported:
        load_encoder("vggish", source="http://127.0.0.1:9/vggish/1")
    for way in ("network", "TFHUB_CACHE_DIR", "MER_VGGISH", "offline encoder, musicnn"):
        assert way in str(reported.value)
    assert not list(tmp_path.iterdir())


def test_a_silent_server_is_given_up_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(vggish_source, "NETWORK_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(EncoderError, match="timed out"):
        load_encoder("vggish", source=f"http://127.0.0.1:{server.getsockname()[1]}/vggish/1")
    assert socket.getdefaulttimeout() is None
    assert not list(tmp_path.iterdir())


def test_a_download_cut_off_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))

    def answer(server):
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 1000000\r\n\r\n\x1f\x8b\x08half an archive")

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        with pytest.raises(EncoderError, match="cannot be fetched"):
            load_encoder("vggish", source=f"http://127.0.0.1:{server.getsockname()[1]}/vggish/1")
    assert not list(tmp_path.iterdir())


def test_folders_that_hold_no_vggish(tmp_path):
    with pytest.raises(EncoderError, match="no SavedModel"):
        load_encoder("vggish", source=str(tmp_path))
    (tmp_path / "saved_model.pb").write_bytes(b"junk")
    with pytest.raises(EncoderError, match="no VGGish, or a damaged one"):
        load_encoder("vggish", source=str(tmp_path))


def test_the_handle_is_the_published_one():
    assert vggish_source.HANDLE == HANDLE
    assert hub_folder(vggish_source.Path("cache")).name == "a2d9c70b5c312dce4d2cde46297518f806bd50d0"
