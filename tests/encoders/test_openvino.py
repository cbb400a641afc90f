"""MusiCNN by OpenVINO in bfloat16: where it is asked for and can be used; nearly the same vectors."""

import numpy as np
import pytest

from mer_core import tensorflow_runtime as runtime
from mer_core.encoders import load_encoder, openvino_engine
from mer_core.errors import EncoderError


@pytest.mark.parametrize(
    ("flags", "installed", "said"),
    [("amx_bf16", False, "OpenVINO is not installed: pip install openvino"), ("avx2", True, "it has no AMX")],
)
def test_what_it_lacks_is_said(flags: str, installed: bool, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_engine, "processor_flags", lambda: frozenset({flags}))
    monkeypatch.setattr(openvino_engine, "find_spec", lambda name: object() if installed else None)
    monkeypatch.setenv("MER_PRECISION", "openvino")
    with pytest.raises(EncoderError, match=said):
        load_encoder("musicnn")
    assert runtime.precision() in runtime.PRECISIONS, "other encoders do as they would anyway"


def test_vectors_are_nearly_those_of_float32() -> None:
    try:
        fast = load_encoder("musicnn", precision="openvino")
    except EncoderError as error:
        pytest.skip(f"cannot be used here: {error}")
    waveform = np.random.default_rng(0).normal(0, 0.1, 16000 * 20).astype(np.float32)
    exact, near = (encoder.encode(waveform) for encoder in (load_encoder("musicnn", precision="float32"), fast))
    assert near.shape == exact.shape and fast.identity()["precision"] == "openvino"
    assert 0 < np.linalg.norm(near - exact) / np.linalg.norm(exact) < 0.03
