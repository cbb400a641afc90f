"""How good predictions are: MediaEval's metrics, bootstrap intervals, curves, and published figures to compare with."""
