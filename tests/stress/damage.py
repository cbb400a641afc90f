"""Ways to damage a file of a workspace; each leaves one file that is not what the project wrote there."""

import io
import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mer_core.embeddings.shard import ShardFile, shard_bytes


@dataclass(frozen=True)
class Payload:
    """Unpickling this makes the file `marker`."""

    marker: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


@dataclass(frozen=True)
class Damage:
    """What is done to one file; `data` None means that it is gone."""

    path: str
    way: str
    data: bytes | None

    def apply(self, workspace: Path) -> None:
        """Do it in a copy of the workspace."""
        path = workspace / self.path
        path.unlink()
        if self.data is not None:
            path.write_bytes(self.data)


def damages(workspace: Path, marker: Path) -> Iterator[Damage]:
    """Every file of the workspace (its locks aside) damaged in every way that it can be, always the same; code that is
    run makes `marker`."""
    for number, path in enumerate(
        sorted(path for path in workspace.rglob("*") if path.is_file() and not path.name.startswith("."))
    ):
        name, data = path.relative_to(workspace).as_posix(), path.read_bytes()
        rng = np.random.default_rng(number)
        ways: dict[str, bytes | None] = {
            "missing": None,
            "empty": b"",
            "truncated": data[: len(data) // 2],
            "noise": rng.bytes(len(data) + 1),
        }
        for flip in range(3):
            changed = bytearray(data)
            changed[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
            ways[f"bit flipped {flip}"] = bytes(changed)
        ways["pickle"] = pickle.dumps(Payload(marker))
        ways |= (
            _of_json(json.loads(data)) if path.suffix == ".json" else _of_table(data) if path.suffix == ".tsv" else {}
        )
        if name.startswith("embeddings/") and path.suffix == ".parquet":
            ways["from another encoder"] = _other_encoder(path)
        if path.suffix == ".npz":
            ways["objects inside"] = _npz_of_objects(marker)
        yield from (Damage(name, way, content) for way, content in ways.items())


def _of_json(value: dict[str, Any]) -> dict[str, bytes]:
    """A newer schema, another encoder, files elsewhere, other types, other values."""
    changed: dict[str, Any] = {
        "newer": value | {"schema_version": 999},
        "a list": [value],
        "other types": {key: [1] for key in value},
    }
    if isinstance(value.get("encoder"), dict):
        changed["from another encoder"] = value | {"encoder": value["encoder"] | {"name": "vggish", "dim": 128}}
        changed["from another version"] = value | {"encoder": value["encoder"] | {"version": "999"}}
    if isinstance(value.get("files"), dict):
        for way, target in (("path traversal", "../../../../etc/hostname"), ("absolute path", "/etc/hostname")):
            changed[way] = value | {"files": {name: entry | {"file": target} for name, entry in value["files"].items()}}
    if "audio_root" in value:
        changed["audio elsewhere"] = value | {"audio_root": "/nowhere\0"}
        changed["markup"] = value | {"title": "<script>alert(1)</script> [x](javascript:alert(1))"}
    if "shards" in value:
        changed["path traversal"] = value | {"shards": ["../../../etc/hostname"]}
        changed["numbers as shards"] = value | {"shards": [1, None]}
    return {way: json.dumps(content).encode() for way, content in changed.items()}


def _of_table(data: bytes) -> dict[str, bytes]:
    """Paths that leave the folder, markup, and lines that no reader likes."""
    head, _, rest = data.partition(b"\n")
    lines = {
        "path traversal": b"\t".join(
            [b"track_9", b"artist_9", b"album_9", b"../../../../etc/hostname", b"5", b"mood/theme---dark"]
        ),
        "absolute path": b"\t".join(
            [b"track_9", b"artist_9", b"album_9", b"/etc/hostname", b"5", b"mood/theme---dark"]
        ),
        "nul in a path": b"\t".join([b"track_9", b"artist_9", b"album_9", b"00/\0.mp3", b"5", b"mood/theme---dark"]),
        "not utf-8": b"\xff\xfe\t\x80\t\t\t\t",
        "a field of a megabyte": b"x" * 1_000_000,
        "no tabs": b"word",
    }
    return {way: head + b"\n" + line + b"\n" + rest for way, line in lines.items()}


def _other_encoder(shard: Path) -> bytes:
    identity = {
        "name": "placeholder",
        "version": "1",
        "sample_rate": 16000,
        "frame_seconds": 1.0,
        "hop_seconds": 0.5,
        "dim": 16,
    }
    return shard_bytes(ShardFile(shard, identity, "").rows(), identity | {"version": "0"})


def _npz_of_objects(marker: Path) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, center=np.array([Payload(marker)], dtype=object))
    return buffer.getvalue()
