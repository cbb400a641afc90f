"""Sound that is too loud, very quiet or off centre → the level that music comes at, so that neither changes its moods.

People hear the same mood at any volume, but the encoders were trained on mastered music and hear level. Music as it is
published is left exactly as it is. Treated, and reported, is what no published music is:

* beyond full scale (floats above 1): scaled down to PEAK, not clipped. Coders overshoot a little: theirs counts from
  LOUD on;
* a peak below QUIET: scaled up to PEAK, unless it is next to nothing (below FAINT), which may be silence with a little
  noise;
* a constant offset, OFFSET of the peak or more: taken away, and the rest, which had to leave room for it, scaled to
  PEAK;
* single samples beyond LOUDEST, or those beyond any scale: silenced, for they are no sound.
"""

from dataclasses import dataclass

import numpy as np

TREATMENT = 2
"""Which rules these are, as stores made by them say in their manifest (key levels); one without the key was made by
earlier rules, or none."""
LOUD = 1.5
"""Peak from which a lossy coder's sound is too loud: 3.5 dB above full scale, beyond what coders add to music mastered
at it."""
QUIET, FAINT = 0.125, 0.003
"""-18 and -50 dB relative to full scale."""
PEAK = 0.65
"""Where the loudest sample of what is treated comes to lie: in the middle, in decibels, between full scale and the
peaks that all but 5 % of 138 published pieces exceed (.40), so that the error is 4 dB at most for these."""
OFFSET = 0.02
"""Share of the largest sample; the mean of music is far below."""
LOUDEST = 8.0
"""No scale goes beyond: a few samples above it are faults; where there are many, they are whole numbers that were
called floats."""
FEW = 1e-4
"""Share of samples that counts as a few."""
ANY_SCALE = 2.0**32
"""Beyond this no sample is a number of any format."""


@dataclass
class Survey:
    """What is known of a file's samples so far: how many of the mixed channels, their sum, the extremes of all
    channels, how many lie beyond LOUDEST, and the same without these."""

    samples: int = 0
    total: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0
    beyond: int = 0
    total_within: float = 0.0
    lowest_within: float = 0.0
    highest_within: float = 0.0

    def add(self, mixed: np.ndarray, lowest: float, highest: float) -> None:
        """Take in finite samples (n,) and the extremes of the channels they were mixed of."""
        total = float(mixed.sum())
        self.samples += mixed.size
        self.total += total
        self.lowest, self.highest = min(self.lowest, lowest), max(self.highest, highest)
        if max(-lowest, highest) > LOUDEST:
            within = mixed[np.abs(mixed) <= LOUDEST]
            self.beyond += mixed.size - within.size
            lowest, highest = float(within.min(initial=0)), float(within.max(initial=0))
            total = float(within.sum(dtype=np.float64))
        self.total_within += total
        self.lowest_within, self.highest_within = min(self.lowest_within, lowest), max(self.highest_within, highest)

    @property
    def faulty(self) -> bool:
        """Whether samples beyond LOUDEST are faults and not the scale of the file."""
        return 0 < self.beyond <= FEW * self.samples

    @property
    def offset(self) -> float:
        """The mean sample."""
        return (self.total_within if self.faulty else self.total) / max(self.samples, 1)

    def peak(self, offset: float) -> float:
        """The largest distance of a sample from `offset`."""
        low, high = (self.lowest_within, self.highest_within) if self.faulty else (self.lowest, self.highest)
        return max(high - offset, offset - low)


@dataclass(frozen=True)
class Level:
    """What is done to each sample: those beyond `largest` become silence, `offset` is taken away, and the rest
    multiplied by `gain`."""

    offset: float = 0.0
    gain: float = 1.0
    largest: float = ANY_SCALE
    faults: int = 0
    """Samples beyond `largest`."""

    @property
    def changes(self) -> bool:
        """Whether anything is done at all."""
        return self != Level()

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """The samples (n,) float32 at this level; the same array where nothing is to be done."""
        if not self.changes:
            return samples
        if self.largest < ANY_SCALE:
            samples = np.where(np.abs(samples) <= self.largest, samples, np.float32(self.offset))
        return (samples - np.float32(self.offset)) * np.float32(self.gain)

    def notes(self) -> list[str]:
        """What to report of it."""
        notes = []
        if self.faults:
            notes.append(f"{self.faults} samples far beyond full scale were read as silence")
        decibels = 20 * np.log10(self.gain)
        if self.offset:
            scaled = f" and the rest scaled by {decibels:+.1f} dB" if self.gain != 1 else ""
            notes.append(f"a constant offset of {self.offset:.2g} was taken away{scaled}")
        elif self.gain != 1:
            notes.append(
                f"it is very quiet and was raised by {decibels:.0f} dB"
                if self.gain > 1
                else f"it goes beyond full scale and was lowered by {-decibels:.1f} dB"
            )
        return notes


def is_doubtful(beginning: Survey, level: Level, *, floats: bool) -> bool:
    """Whether the whole file must be surveyed, for what its beginning shows, `level`, may not hold for the rest."""
    peak = beginning.peak(0.0)
    return floats or level.changes or abs(beginning.offset) >= OFFSET / 2 * peak or peak < QUIET


def survey_of(waveform: np.ndarray) -> Survey:
    """What is known of a whole mono waveform (n,) of finite samples."""
    survey = Survey()
    survey.add(waveform, float(waveform.min(initial=0)), float(waveform.max(initial=0)))
    return survey


def level_of(survey: Survey, *, lossless: bool) -> Level:
    """What to do to sound that `survey` measured; `lossless`: no coder has added to its peaks."""
    offset = survey.offset if abs(survey.offset) >= OFFSET * max(survey.peak(0.0), FAINT) else 0.0
    peak = survey.peak(offset)
    gain = 1.0
    if peak > (1.0 if lossless else LOUD) or FAINT <= peak < QUIET or (offset and peak >= FAINT):
        gain = PEAK / peak
    return Level(offset, gain, LOUDEST, survey.beyond) if survey.faulty else Level(offset, gain)
