"""TensorFlow as the encoders use it: imported late and quietly, at the precision the processor is fastest in.

Never fork a process after calling `import_tensorflow`: TensorFlow's threads do not survive it. Use threads or spawn.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from mer_core.errors import EncoderError

PRECISIONS = ("float32", "bfloat16")
OPENVINO = "openvino"
"""Asked for in the place of a precision: bfloat16 by OpenVINO, where an encoder runs on it; "auto" to the others."""
CPU_INFO = Path("/proc/cpuinfo")
FAST_BFLOAT16 = (frozenset({"amx_bf16"}), frozenset({"avx512_bf16", "AuthenticAMD"}))
"""Words of CPU_INFO that stand together where bfloat16 is faster than float32."""
_IMPORT = Lock()


def import_tensorflow() -> Any:
    """The module tensorflow, imported (about 3 s, 700 MB) on the first call, without its greeting on standard error."""
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _IMPORT, _without_greeting():
        import tensorflow

    return tensorflow


def asked_precision(wanted: str | None = None) -> str:
    """`wanted`, else MER_PRECISION, else "auto": one of PRECISIONS, OPENVINO, or "auto", which every encoder
    understands its own way.

    Raises EncoderError for any other word.
    """
    asked = wanted or os.environ.get("MER_PRECISION") or "auto"
    if asked not in ("auto", *PRECISIONS, OPENVINO):
        known = ", ".join(("auto", *PRECISIONS))
        raise EncoderError(f"there is no precision {asked!r}; set MER_PRECISION to {known} or {OPENVINO}")
    return asked


def precision(wanted: str | None = None) -> str:
    """What networks in TensorFlow compute in, as `asked_precision` says.

    "auto" is "bfloat16" where it is faster (measured): on processors with tiles for it (AMX), and on AMD's with
    instructions for it (AVX512_BF16; on Intel's those alone are slower than float32). It is "float32" elsewhere, and
    where the system is not Linux. bfloat16 keeps sums in float32 but rounds inputs and layers' outputs to 8 bits of
    mantissa: vectors differ from those in float32 by less than 1 %.

    Raises EncoderError as `asked_precision` does, and for bfloat16 where TensorFlow has none.
    """
    chosen = asked_precision(wanted)
    if chosen in ("auto", OPENVINO):
        return "bfloat16" if any(flags <= processor_flags() for flags in FAST_BFLOAT16) else "float32"
    if chosen not in supported_precisions():
        raise EncoderError(
            "this processor cannot compute in bfloat16 (it has no AVX-512); set MER_PRECISION to auto or float32"
        )
    return chosen


def supported_precisions() -> tuple[str, ...]:
    """The precisions that TensorFlow can use on this processor, which need not be fast."""
    return PRECISIONS if "avx512f" in processor_flags() else PRECISIONS[:1]


def processor_flags() -> frozenset[str]:
    """The words of CPU_INFO, among them what the processor can do; none where the system is not Linux."""
    try:
        return frozenset(CPU_INFO.read_text().split())
    except OSError:
        return frozenset()


@contextmanager
def _without_greeting() -> Iterator[None]:
    """TensorFlow 2.21 prints facts of no concern while it is imported, whatever the log level (its issue 100442); drop
    those lines only."""
    if "tensorflow" in sys.modules:
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            greeting = (b"I0000 ", b"WARNING: All log messages before absl::InitializeLog()")
            os.write(2, b"".join(line for line in said if not line.startswith(greeting)))
