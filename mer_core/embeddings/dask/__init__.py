"""Extraction on many machines by a Dask cluster."""
