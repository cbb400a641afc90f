"""How long the sound in a file's coded packets lasts, without decoding them.

What a header or a single packet states is often wrong by a little: Vorbis packets at the end of a page, WMA packets
that state nothing, Matroska's whole milliseconds, an MP3 with another joined to its end. Here the distance of packets
in time counts where they state it, MPEG frames by their own headers, and what the decoder has to leave out (a coder's
delay, the rest of the last frame) does not.
"""

import struct
from typing import Any

from mer_core.audio.header import mpeg_frame_seconds

AGREE = 0.03
"""Seconds: where what a header states and what the packets last differ by more, only decoding finds the length; about a
coder's frame."""
VARYING = ("vorbis", "wma")
"""Beginnings of the names of codecs whose packets differ in length."""
_LONGEST_STEP = 0.2  # seconds that one packet of such a codec may last
_SILENT_STEP = 1.0  # the same where it does not say its length: WMA


class PacketClock:
    """Adds up packets in the order they come."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._last: tuple[int | None, int] = (None, 0)  # when it begins and how long it lasts, in ticks

    def add(self, packet: Any, *, mpeg: bool) -> None:
        """Count one packet; `mpeg`: it is an MP3 or MP2 frame, and states its length itself."""
        if not packet.size:
            return
        first, rest = _left_out(packet)
        self.seconds -= first
        if mpeg:
            self.seconds += mpeg_frame_seconds(bytes(packet)[:4]) - rest
            return
        tick = float(packet.time_base)
        begins, lasts = self._last
        if (
            begins is not None
            and packet.pts is not None
            and lasts * tick < (step := (packet.pts - begins) * tick) <= _longest(packet, lasts * tick)
        ):
            self.seconds += step - lasts * tick
        self._last = (packet.pts, packet.duration or 0)
        shortened = (packet.duration or 0) < lasts  # Ogg Opus: the rest is taken off its duration already
        self.seconds += (packet.duration or 0) * tick - (0.0 if shortened else rest)


def _longest(packet: Any, stated: float) -> float:
    if not packet.stream.codec_context.name.startswith(VARYING):
        return stated + 0.002  # two of Matroska's milliseconds
    return max(2 * stated, _LONGEST_STEP) if stated else _SILENT_STEP


def _left_out(packet: Any) -> tuple[float, float]:
    """Seconds at the beginning and at the end of a packet that are not to be heard (FFmpeg's side data: two counts of
    samples)."""
    for data in packet.iter_sidedata():
        if data.data_type == "skip_samples":
            rate = packet.stream.codec_context.sample_rate or 1
            first, rest = struct.unpack_from("<II", bytes(data))
            return first / rate, rest / rate
    return 0.0, 0.0
