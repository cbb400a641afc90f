"""Several encoders as one, named by them ("musicnn+vggish"): each hears the whole sound in its own frames, and a joint
frame holds, side by side, what each of them heard at that moment.

Joint frames follow the encoder with the shortest hop; every other one gives the frame whose centre is nearest. So joint
frames are made of frames that stores hold already, without the audio (embeddings.joint), and are the same as those of
one file heard now.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import tee
from typing import Any

import numpy as np

from mer_core.encoders.base import Encoder
from mer_core.encoders.registry import ENTRIES, entry_of
from mer_core.errors import EncoderError

JOINED_BY = "+"


def joint_name(names: Iterable[str]) -> str:
    """The name of the encoders `names` (each once, sorted) together; one alone keeps its own."""
    return JOINED_BY.join(sorted(set(names)))


def parts_of(name: str) -> tuple[str, ...]:
    """The encoders that `name` joins, sorted; a single encoder's own name.

    Raises EncoderError when one of them is not known.
    """
    return tuple(entry_of(part).name for part in sorted(set(name.split(JOINED_BY))))


def joint_identity(identities: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a store or a model records of encoders joined, from what each is (`Encoder.identity`).

    Raises EncoderError when they do not hear sound at the same rate.
    """
    if len({identity["sample_rate"] for identity in identities}) > 1:
        rates = ", ".join(f"{identity['name']} {identity['sample_rate']} Hz" for identity in identities)
        raise EncoderError(f"encoders of different rates cannot be joined ({rates}); join others")
    finest = identities[finest_of(identities)]
    return {
        "name": joint_name(str(identity["name"]) for identity in identities),
        "version": JOINED_BY.join(str(identity["version"]) for identity in identities),
        "dim": sum(int(identity["dim"]) for identity in identities),
        **{key: finest[key] for key in ("sample_rate", "frame_seconds", "hop_seconds")},
    }


def finest_of(identities: Sequence[Mapping[str, Any]]) -> int:
    """Which of several encoders has the shortest hop; the joint frames follow it."""
    return int(np.argmin([float(identity["hop_seconds"]) for identity in identities]))


def join_frames(frames: Sequence[np.ndarray], identities: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Joint frames, float32 (n_frames, sum of dims), of one sound's frames (n_i ≥ 1, dim_i) by each encoder."""
    finest = finest_of(identities)
    moments = _centres(len(frames[finest]), identities[finest])
    columns = []
    for own, identity in zip(frames, identities, strict=True):
        first, hop = _centres(1, identity)[0], float(identity["hop_seconds"])
        rows = np.clip(np.floor((moments - first) / hop + 0.5).astype(int), 0, len(own) - 1)
        columns.append(np.asarray(own, np.float32)[rows])
    return np.concatenate(columns, axis=1)


def heard_by(part: str, name: str, vectors: np.ndarray) -> np.ndarray | None:
    """What the encoder `part` contributes to `vectors` (n, dim_out) of the encoder `name`, which may join several: of
    track embeddings their first statistic. None where `part` is not among them."""
    parts = name.split(JOINED_BY)
    if part not in parts:
        return None
    start = sum(ENTRIES[before].dim for before in parts[: parts.index(part)])
    return vectors[:, start : start + ENTRIES[part].dim]


def _centres(n_frames: int, identity: Mapping[str, Any]) -> np.ndarray:
    """The middles (n_frames,) in seconds of an encoder's frames."""
    return np.arange(n_frames) * float(identity["hop_seconds"]) + float(identity["frame_seconds"]) / 2


class JointEncoder(Encoder):
    """Encoders of one sample rate as one. It takes whole waveforms, in blocks: frames of different lengths cannot be
    cut together, so stores are made by each encoder alone and then joined."""

    def __init__(self, members: Sequence[Encoder]) -> None:
        """Raises EncoderError when `members` do not hear sound at the same rate."""
        self.members = tuple(members)
        self._identities = [member.identity() for member in members]
        joint = joint_identity(self._identities)
        self.name, self.version, self.dim = joint["name"], joint["version"], joint["dim"]
        self.framing = self.members[finest_of(self._identities)].framing
        self.batch_frames = 1

    @classmethod
    def load(cls, name: str) -> "JointEncoder":
        """The encoders that `name` joins, each loaded; raises EncoderError where one cannot be."""
        return cls([ENTRIES[part].load() for part in parts_of(name)])

    def vectors_of(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The joint frames of a waveform in one array. The encoders go through it side by side, so that no block is
        held longer than the slowest needs it."""
        branches = tee(blocks, len(self.members))
        streams = [member.vectors_of(branch) for member, branch in zip(self.members, branches, strict=True)]
        heard: list[list[np.ndarray]] = [[] for _ in streams]
        seconds = dict.fromkeys(range(len(streams)), 0.0)
        while seconds:
            behind = min(seconds, key=seconds.__getitem__)
            if (vectors := next(streams[behind], None)) is None:
                del seconds[behind]
            else:
                heard[behind].append(vectors)
                seconds[behind] += len(vectors) * self.members[behind].hop_seconds
        yield join_frames([np.concatenate(parts) for parts in heard], self._identities)

    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        raise EncoderError(f"{self.name} hears whole waveforms, not frames cut beforehand; embed by each encoder alone")
