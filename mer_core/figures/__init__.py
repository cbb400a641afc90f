"""Pure builders of Plotly figures: tables and arrays in, a `plotly.graph_objects.Figure` out. Nothing here imports
Streamlit.

Builders give traces, titles and units; `theme.apply` adds what depends on light or dark, once, where a figure is shown.
"""
