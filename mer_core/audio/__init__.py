"""An audio file → a mono waveform in [-1, 1] at the encoder's rate, and what its container and content say."""
