"""An audio file, waveform or embedding → a Prediction. `predict` is the way in."""
