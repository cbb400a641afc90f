"""The figure of the generate page."""

from plotly.graph_objects import Bar, Figure


def palette_figure(colours: list[str]) -> Figure:
    """A strip of colours ("#rrggbb"), each above its code."""
    figure = Figure(Bar(x=colours, y=[1] * len(colours), marker={"color": colours}, hoverinfo="skip"))
    figure.update_xaxes(title="", type="category", showgrid=False)
    figure.update_yaxes(visible=False)
    return figure.update_layout(
        title="Colours that fit its place on valence and arousal",
        height=130,
        bargap=0.05,
        dragmode=False,
        showlegend=False,
    )
