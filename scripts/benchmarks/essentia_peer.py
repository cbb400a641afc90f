"""Essentia's extractors on the same files, in a Python that has essentia-tensorflow: importing TensorFlow beside
Essentia ends the process.

Reads a JSON request (encoder, graph, input, output, peer_files) on standard input, prints the seconds and core-seconds
it took.
"""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Measure MonoLoader and the extractor on every file, after one file to warm up."""
    try:
        import essentia
        import essentia.standard as essentia_standard
    except ImportError:
        sys.exit("essentia-tensorflow is not installed")
    essentia.log.infoActive = essentia.log.warningActive = False
    request = json.load(sys.stdin)
    kinds = {"vggish": essentia_standard.TensorflowPredictVGGish, "musicnn": essentia_standard.TensorflowPredictMusiCNN}
    extractor = kinds[request["encoder"]](
        graphFilename=request["graph"], input=request["input"], output=request["output"]
    )

    def embed(path: str) -> None:
        extractor(essentia_standard.MonoLoader(filename=path, sampleRate=16000)())

    embed(request["peer_files"][0][0])
    start, core = time.perf_counter(), time.process_time()
    for path, _ in request["peer_files"]:
        embed(path)
    measured = {"seconds": time.perf_counter() - start, "core_seconds": time.process_time() - core}
    print(json.dumps({**measured, "audio_seconds": sum(seconds for _, seconds in request["peer_files"])}))


if __name__ == "__main__":
    main()
