"""Kernels that training has brought to zero: what they compute does not depend on the sound, so nobody has to compute
it.

Weight decay leaves them at 1e-6 or (far) less of what a living kernel reaches. Whether a network's kernels fall into
two kinds that clearly is checked, not assumed.
"""

from collections.abc import Sequence

import numpy as np

from mer_core.errors import EncoderError

DEAD_BELOW, ALIVE_ABOVE = 1e-6, 1e-4
"""Of a kernel's largest weight. In MusiCNN's weights the largest dead one is 2.1e-7, the smallest living one 9.4e-4."""


def living(kernel: np.ndarray) -> np.ndarray:
    """Which outputs of a layer's kernel (…, n_outputs) have weights: bool (n_outputs,).

    Raises EncoderError when one lies between the two kinds, so that it can neither be kept nor left out for certain.
    """
    largest = largest_weights(kernel)
    if (unclear := (largest > DEAD_BELOW) & (largest < ALIVE_ABOVE)).any():
        raise EncoderError(
            f"a kernel's largest weight is {largest[unclear].max():.1e}, neither zero (below {DEAD_BELOW}) nor a "
            f"weight (above {ALIVE_ABOVE}); "
            "these are not the weights this package was made for"
        )
    return largest >= ALIVE_ABOVE


def largest_weights(kernel: np.ndarray) -> np.ndarray:
    """The largest absolute weight (n_outputs,) of each output of a kernel (…, n_outputs)."""
    return np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0)


def count_dead(kernels: Sequence[np.ndarray]) -> str:
    """How many outputs of all `kernels` are dead, as "497 of 561"."""
    largest = np.concatenate([largest_weights(kernel) for kernel in kernels])
    return f"{np.count_nonzero(largest <= DEAD_BELOW)} of {len(largest)}"
