"""The measurements of `scripts/benchmark.py`, one module each.

A module has `DESCRIPTION` (one line), `add_arguments(parser)`, `work(args) -> dict` and `text(result) -> str`.
"""
