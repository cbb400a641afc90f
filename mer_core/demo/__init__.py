"""A synthetic, labelled corpus of real MP3 files, made offline by rule: something to try the whole pipeline on.

    cues.py         which musical cues express which mood, and how a clip draws its cues
    ensembles.py    the synthetic artists and what they play on
    harmony.py      scales and chords
    composition.py  cues and an ensemble → a score of notes
    rendering.py    score → stereo waveform → MP3
    corpus.py       all clips, their labels and splits in the MTG-Jamendo layout

Nothing here is a person's music, and no figure measured on it says anything about real music.
"""
