"""The single measurements of embeddings.py, each run as `python -m benchmarks.embedding_probes NAME` with a JSON
request on standard input."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.memory import peak_mb
from benchmarks.plain_musicnn import plain_network as plain_musicnn
from mer_core.audio.content import Excerpts, listened
from mer_core.audio.decode import decode, iter_blocks
from mer_core.embeddings.pipeline import PIECE_SECONDS, AudioItem, embed_tracks
from mer_core.embeddings.store import Failure
from mer_core.encoders import Encoder, load_encoder
from mer_core.inference.predict import open_predictor
from mer_core.tensorflow_runtime import import_tensorflow

Request = dict[str, Any]
PUBLISHED_BATCH = 16
FRAMES = 384
"""Frames of noise that a bare network is measured on."""


def pipeline(request: Request) -> dict[str, Any]:
    """All files through the extraction's pipeline: seconds, core-seconds, and core-seconds that were left idle
    meanwhile."""
    encoder = load_encoder(request["encoder"], precision=request["precision"])
    encoder.encode(np.zeros(encoder.framing.shortest_samples, np.float32))  # the first call prepares the network
    items = [AudioItem(path, path, path) for path, _ in request["files"]]
    loaded, idle, core, start = peak_mb(), _idle_seconds(), time.process_time(), time.perf_counter()
    audio = sum(outcome.duration for outcome in embed_tracks(items, encoder) if not isinstance(outcome, Failure))
    seconds, core = time.perf_counter() - start, time.process_time() - core
    idle = _idle_seconds() - idle
    measured = {
        "seconds": seconds,
        "core_seconds": core,
        "idle_core_seconds": idle,
        "audio_seconds": audio,
        "peak_mb": peak_mb(),
        "loaded_mb": loaded,
    }
    return {**measured, "weights_check": encoder.identity().get("weights_check", "passed")}


def decoding(request: Request) -> dict[str, float]:
    """Core-seconds a second of audio of decoding all files at the encoder's rate and measuring their excerpts, which
    every track needs; one thread."""
    audio, core = 0.0, time.process_time()
    for path, _ in request["files"]:
        excerpts = Excerpts()
        blocks = iter_blocks(path, 16000, block_seconds=PIECE_SECONDS)
        audio += sum(len(block) for block in listened(blocks, excerpts)) / 16000
        excerpts.measures()
    return {"core_seconds": (time.process_time() - core) / audio}


def network(request: Request) -> dict[str, float]:
    """Core-seconds a second of audio of the encoder's bare network on full batches."""
    encoder = load_encoder(request["encoder"], precision=request["precision"])
    return {"core_seconds": _bare(encoder, encoder._embed_batch)}


def plain_network(request: Request) -> dict[str, float]:
    """The same for the network as its authors published it, in float32."""
    encoder = load_encoder(request["encoder"], precision="float32")
    return {"core_seconds": _bare(encoder, _as_published(request["encoder"]), PUBLISHED_BATCH)}


def moods(request: Request) -> dict[str, float]:
    """What the encoder's precision does to the starter model's predictions, against float32, over `peer_files`."""
    encoders = [load_encoder(request["encoder"], precision=name) for name in ("float32", request["precision"])]
    predictor = open_predictor()
    probabilities, decisions = [], []
    for path, _ in request["peer_files"]:
        waveform = decode(path, 16000).waveform
        tables = [
            predictor.from_embedding(encoder.encode(waveform), timeline=False).moods.sort_index()
            for encoder in encoders
        ]
        probabilities.append(np.abs(tables[1]["probability"] - tables[0]["probability"]))
        decisions.append(tables[1]["decided"].ne(tables[0]["decided"]))
    return {
        "tracks": len(probabilities),
        "mean_change": float(np.mean(probabilities)),
        "largest_change": float(np.max(probabilities)),
        "changed_decisions": float(np.mean(decisions)),
    }


def recipe(request: Request) -> dict[str, float]:
    """MP3 → WAV by pydub → waveform at 16 kHz → embedding, one file at a time: VGGish of the hub, or MusiCNN as this
    package runs it, so that only the way there differs."""
    import soundfile
    import soxr

    from mer_core.audio.wav import to_wav

    embed = _recipe_network(request["encoder"])
    wav = Path(request["folder"]) / "recipe.wav"
    start, core = time.perf_counter(), time.process_time()
    for path, _ in request["peer_files"]:
        wav.write_bytes(to_wav(path))
        samples, rate = soundfile.read(wav, dtype="float32", always_2d=True)
        embed(soxr.resample(samples.mean(axis=1), rate, 16000))
    measured = {"seconds": time.perf_counter() - start, "core_seconds": time.process_time() - core}
    return {**measured, "audio_seconds": sum(seconds for _, seconds in request["peer_files"])}


def _recipe_network(name: str) -> Callable[[np.ndarray], np.ndarray]:
    if name == "musicnn":
        encoder = load_encoder(name)
        encoder.encode(np.zeros(160_000, np.float32))  # the first call prepares the network
        return encoder.encode
    from mer_core.encoders.vggish.source import find_model

    tf = import_tensorflow()
    model = tf.saved_model.load(str(find_model()))
    model(tf.zeros(160_000))
    return lambda waveform: np.asarray(model(waveform).numpy())


def frozen_graph(request: Request) -> dict[str, str]:
    """Write the published network after its front end as the frozen graph that Essentia's extractors read; its path and
    node names."""
    tf = import_tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2 as freeze

    body, shape = _body(request["encoder"])
    frozen = freeze(tf.function(body).get_concrete_function(tf.TensorSpec([None, *shape], tf.float32)))
    path = Path(request["folder"]) / f"{request['encoder']}.pb"
    tf.io.write_graph(frozen.graph, str(path.parent), path.name, as_text=False)
    return {"graph": str(path), "input": frozen.inputs[0].op.name, "output": frozen.outputs[0].op.name}


def _bare(encoder: Encoder, function: Callable[[np.ndarray], Any], batch_frames: int = 0) -> float:
    batch_frames = batch_frames or encoder.batch_frames
    rng = np.random.default_rng(0)
    batch = rng.normal(0, 0.1, (batch_frames, encoder.framing.frame_samples)).astype(np.float32)
    function(batch)
    batches = -(-FRAMES // batch_frames)
    core = time.process_time()
    for _ in range(batches):
        function(batch)
    return (time.process_time() - core) / (batches * batch_frames * encoder.hop_seconds)


def _as_published(name: str) -> Callable[[np.ndarray], Any]:
    from mer_core.encoders.musicnn.weights import read_weights
    from mer_core.encoders.vggish.source import find_model

    tf = import_tensorflow()
    if name == "musicnn":
        return tf.function(plain_musicnn(read_weights()))
    model = tf.saved_model.load(str(find_model()))
    return lambda batch: model(batch[:, :15360].ravel())


def _body(name: str) -> tuple[Callable[[Any], Any], tuple[int, int]]:
    """The published network from its log-mel input on, and that input's shape."""
    from benchmarks.plain_musicnn import plain_body
    from mer_core.encoders.musicnn.weights import read_weights
    from mer_core.encoders.vggish.network import Network, read_layers
    from mer_core.encoders.vggish.source import find_model

    if name == "musicnn":
        body = plain_body(read_weights())
        return lambda spectrogram: body(spectrogram)[0], (187, 96)
    layers = read_layers(find_model())
    if layers is None:
        raise ValueError("the SavedModel's variables are not those of VGGish")
    return Network(layers).body, (96, 64)


def _idle_seconds() -> float:
    """Core-seconds that the machine's cores have been idle since it started; 0 where the system does not say."""
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()
    except OSError:
        return 0.0
    return int(fields[4]) / os.sysconf("SC_CLK_TCK")


PROBES: dict[str, Callable[[Request], dict[str, Any]]] = {
    function.__name__: function
    for function in (pipeline, decoding, network, plain_network, moods, recipe, frozen_graph)
}

if __name__ == "__main__":
    print(json.dumps(PROBES[sys.argv[1]](json.load(sys.stdin))))
