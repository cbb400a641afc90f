"""What must be kept to get one file back from another that was made of it: its bytes that changed, and where the rest
stands.

Memory does not grow with the files: they are compared in blocks. A delta is a list of pieces, in the order of the older
file: bytes, or a run (start, length) of the newer file. Tags grow in front of the sound, behind it or amid it, so after
a change the place where both files go on alike is searched by short samples of the older file.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from mer_core.errors import AudioError

LARGEST = 64 * 2**20
"""Most changed bytes that are kept of one file; pictures in tags are smaller."""
_BLOCK = 2**20
# bytes by which a place is recognised; with fewer than _KINDS different ones it is padding, which is everywhere
_SAMPLE = 48
_KINDS = 8
# bytes from the change in which every _SAMPLE-th place is tried; further away, places ever further apart
_NEAR, _STEPS = 4096, 256


class Run(NamedTuple):
    """Bytes of the newer file."""

    start: int
    length: int


Piece = Run | bytes


def difference(old: BinaryIO, new: BinaryIO) -> list[Piece]:
    """The pieces that make `old` of `new`, two files opened for reading.

    Raises AudioError when more than LARGEST bytes differ.
    """
    old_size, new_size = old.seek(0, 2), new.seek(0, 2)
    pieces: list[Piece] = []
    at = place = kept = 0
    while at < old_size:
        if length := _alike(old, at, new, place):
            pieces.append(Run(place, length))
            at, place = at + length, place + length
        if at == old_size:
            break
        after, found = _next_alike(old, at, old_size, new, place, new_size)
        kept += after - at
        if kept > LARGEST:
            raise AudioError(
                f"writing its tag would change more than {LARGEST >> 20} MB of it, which could not be undone; its "
                "tag may be damaged"
            )
        pieces.append(_read(old, at, after - at))
        at, place = after, found
    return pieces


def restored(pieces: Sequence[Piece], new: BinaryIO) -> Iterator[bytes]:
    """The bytes of the older file, in blocks, from the newer one; raises ValueError where that is too short for it."""
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        new.seek(piece.start)
        left = piece.length
        while left:
            block = new.read(min(_BLOCK, left))
            if not block:
                raise ValueError("the file is shorter than it was")
            yield block
            left -= len(block)


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)


def _alike(old: BinaryIO, at: int, new: BinaryIO, place: int) -> int:
    """How many bytes are the same from there on."""
    length = 0
    while True:
        left, right = _read(old, at + length, _BLOCK), _read(new, place + length, _BLOCK)
        same = common_prefix(left, right)
        length += same
        if same < _BLOCK:
            return length


def _next_alike(old: BinaryIO, at: int, old_size: int, new: BinaryIO, place: int, new_size: int) -> tuple[int, int]:
    """Where both go on alike after a change: positions in the two files; their ends where they do not."""
    for probe in _probes(at, old_size):
        sample = _read(old, probe, _SAMPLE)
        if (
            len(sample) == _SAMPLE
            and len(set(sample)) >= _KINDS
            and (found := _find(new, sample, place, new_size)) is not None
        ):
            back = _common_suffix(
                _read(old, max(at, probe - _NEAR), min(_NEAR, probe - at)),
                _read(new, max(place, found - _NEAR), min(_NEAR, found - place)),
            )
            return probe - back, found - back
    return old_size, new_size


def _probes(at: int, size: int) -> Iterator[int]:
    """Places to try, near ones first."""
    yield from range(at, min(at + _NEAR, size), _SAMPLE)
    step, probe = _SAMPLE, at + _NEAR
    while probe < size and probe - at <= LARGEST:
        yield probe
        step = min(step + _STEPS, _BLOCK)
        probe += step


def _find(file: BinaryIO, sample: bytes, start: int, size: int) -> int | None:
    """Where `sample` stands first, at most LARGEST behind `start`."""
    held, at = b"", start
    while at < min(size, start + LARGEST):
        block = held + _read(file, at, _BLOCK)
        if (found := block.find(sample)) >= 0:
            return at - len(held) + found
        at += len(block) - len(held)
        held = block[-(_SAMPLE - 1) :]
    return None


def common_prefix(left: bytes, right: bytes) -> int:
    """Length of the common beginning of two byte strings, by bisection (each step one fast comparison)."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(left: bytes, right: bytes) -> int:
    return common_prefix(left[::-1], right[::-1])
