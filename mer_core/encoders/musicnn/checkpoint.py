"""Reading a TensorFlow checkpoint without TensorFlow, whose import takes 3 s and 700 MB.

A checkpoint is an index, a sorted table of names (the format of LevelDB's tables, not compressed), and one data file
with the values one after the other. An index entry is a small protocol buffer: data type, shape, and where in the data
file the values lie.

Reference: tensorflow/core/util/tensor_bundle/tensor_bundle.h and tensorflow/core/protobuf/tensor_bundle.proto.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
BLOCK_TRAILER_BYTES = 5
"""After every block: a byte for its compression, and a checksum."""
FLOAT32 = 1
TYPE, SHAPE, OFFSET, SIZE = 1, 2, 4, 5
"""Fields of an index entry."""


def read_checkpoint(index: Path, data: Path) -> dict[str, np.ndarray]:
    """All float32 variables by name. Raises ValueError where the files are no checkpoint of one data file."""
    table, values = index.read_bytes(), data.read_bytes()
    if len(table) < FOOTER_BYTES or struct.unpack("<Q", table[-8:])[0] != MAGIC:
        raise ValueError(f"{index} is not the index of a checkpoint")
    try:
        variables = {}
        for name, entry in _entries(table):
            fields = dict(_fields(entry)) if name else {}  # the empty name is the table's own header
            if fields.get(TYPE) == FLOAT32:
                shape = [dict(_fields(size))[1] for number, size in _fields(fields[SHAPE]) if number == 2]
                start = fields.get(OFFSET, 0)
                variables[name.decode()] = np.frombuffer(values[start : start + fields[SIZE]], "<f4").reshape(shape)
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError(f"{index} is damaged ({error})") from error
    return variables


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = table[-FOOTER_BYTES:]
    at = 0
    handle = []
    for _ in range(4):  # where the index of meta blocks lies, which says nothing here, and where that of the blocks
        number, at = _varint(footer, at)
        handle.append(number)
    for _, where in _block(table, handle[2], handle[3]):
        start, at = _varint(where, 0)
        yield from _block(table, start, _varint(where, at)[0])


def _block(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; a key says how much of the one before it begins with."""
    if table[start + size] != 0:
        raise ValueError("the checkpoint's index is compressed")
    block = table[start : start + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    at, key = 0, b""
    while at < len(block) - 4 * (restarts + 1):
        shared, at = _varint(block, at)
        more, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + more]
        yield key, block[at + more : at + more + length]
        at += more + length


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value, int or bytes, of a protocol buffer's fields."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
        elif kind == 2:
            length, at = _varint(message, at)
            yield tag >> 3, message[at : at + length]
            at += length
        else:
            at += {1: 8, 5: 4}[kind]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, seven bits a byte, and where what follows begins."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
