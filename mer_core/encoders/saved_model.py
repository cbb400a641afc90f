"""Networks exported as SavedModels in the user's cache folder, so that they are built once and loaded quickly after."""

import hashlib
import inspect
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import platformdirs

from mer_core.errors import EncoderError
from mer_core.tensorflow_runtime import import_tensorflow

if TYPE_CHECKING:
    import tensorflow as tf

FORMAT_ERRORS = (OSError, ValueError, KeyError, AttributeError)  # what tf.saved_model.load raises for a damaged folder


def cache_folder() -> Path:
    """Where exported networks lie: MER_CACHE, else the user's cache folder of this package."""
    return Path(os.environ.get("MER_CACHE") or platformdirs.user_cache_dir("music-emotion-recognition"))


def load_or_export(key: str, network: Callable[[], Callable[..., Any]], signature: "tf.TensorSpec") -> Any:
    """The SavedModel kept under `key`, a callable; built from `network()` and exported first where it is missing or
    damaged.

    `key` must change with the weights and with the code of the network (see `code_digest`).

    Several processes may do so at once: each exports to a folder of its own, the first to rename it wins.

    Raises EncoderError when the cache folder cannot be written.
    """
    tf = import_tensorflow()
    folder = cache_folder() / f"{key}-tf{tf.__version__}"
    try:
        return tf.saved_model.load(str(folder)).network
    except FORMAT_ERRORS:
        shutil.rmtree(folder, ignore_errors=True)
    module = tf.Module()
    module.network = tf.function(network(), input_signature=[signature])
    try:
        _export(module, folder)
    except OSError as error:
        raise EncoderError(
            f"the network cannot be kept in {folder} ({error.strerror}); free some space, or name another folder in "
            f"MER_CACHE"
        ) from error
    return module.network


def code_digest(module: ModuleType) -> str:
    """Eight hexadecimal digits that change with the source of `module`."""
    return hashlib.sha256(inspect.getsource(module).encode()).hexdigest()[:8]


def _export(module: "tf.Module", folder: Path) -> None:
    import tensorflow as tf

    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        tf.saved_model.save(module, str(temporary))
        temporary.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first, with the same network
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
