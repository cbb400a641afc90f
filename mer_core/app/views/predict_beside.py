"""A song by a second model, beside the first: what they agree on, where they differ, and that part to listen to."""

import pandas as pd
import streamlit as st

from mer_core.app.inference import Result, hear_by
from mer_core.app.messages import plain
from mer_core.app.player import UPLOAD, play
from mer_core.app.shell import PageContext
from mer_core.app.url_state import linked
from mer_core.app.widgets import pick_table
from mer_core.inference.prediction import Prediction
from mer_core.inference.side_by_side import SideBySide, side_by_side
from mer_core.model.bundle import STARTER
from mer_core.recommend.explain import clock

MOST = 15


def show_beside(page: PageContext, result: Result, key: str) -> None:
    """Choose a second model; the song by both of them."""
    first = result.prediction
    assert first is not None  # a failure has nothing to compare
    names = page.workspace.models() if page.workspace else []
    others = [name for name in [*names, STARTER] if name != first.model_name]
    if not others:
        st.caption("There is no other model here. One that is trained in a workspace can be chosen there.")
        return
    name = linked(st.selectbox, "Beside the model", others, key="beside", placeholder="Choose a model")
    if not name:
        return
    if result.data is None:
        st.caption("The file itself is kept no longer; drop it again to hear it by another model.")
        return
    second = hear_by(page, str(name), result)
    compared = side_by_side(first, second)
    show_agreement(first, second, compared)
    _show_differences(first, second, compared, key)


def show_agreement(first: Prediction, second: Prediction, compared: SideBySide) -> None:
    """In words: which moods both decide, and which one of them alone."""
    one, other = plain(first.model_name), plain(second.model_name)
    lines = [
        ("Both hear", compared.decided("both")),
        (f"Only “{one}”", compared.decided("one")),
        (f"Only “{other}”", compared.decided("other")),
        (f"“{one}” alone knows", compared.only_one),
        (f"“{other}” alone knows", compared.only_other),
    ]
    said = [f"{start}: {', '.join(f'**{plain(m)}**' for m in moods)}" for start, moods in lines if moods]
    if not lines[0][1]:
        said.insert(0, "Both hear: none of the moods that both know")
    st.markdown("\n".join(f"- {line}" for line in said))
    st.caption("; ".join(map(_place, (first, second))))
    for prediction in (first, second):
        if prediction.out_of_domain:
            st.caption(f"“{plain(prediction.model_name)}”: {plain(prediction.out_of_domain)}")


def _place(prediction: Prediction) -> str:
    place = f"valence {prediction.valence:+.2f}, arousal {prediction.arousal:+.2f}".replace("-", "−")
    return f"“{plain(prediction.model_name)}”: {place}"


def _show_differences(first: Prediction, second: Prediction, compared: SideBySide, key: str) -> None:
    """The moods that the two see most differently; a click plays where they differ most."""
    table = compared.moods.head(MOST)
    if table.empty:
        st.caption("The two models have no mood in common.")
        return
    places = table["start"].fillna(0.0).to_numpy(float)
    shown = pd.DataFrame(
        {
            "Mood": table.index,
            first.model_name: 100 * table["one"].to_numpy(),
            second.model_name: 100 * table["other"].to_numpy(),
            "Differs most at": [clock(place) for place in places],
        }
    )
    columns = {
        name: st.column_config.ProgressColumn(plain(name), format="%.0f %%", min_value=0, max_value=100, width=90)
        for name in shown.columns[1:3]
    }
    order = [f"“{plain(of.model_name)}”" for of in (first, second) if not of.calibrated]
    st.caption(
        "The largest difference first; a click plays that part."
        + (f" Percentages of {' and '.join(order)} only order moods." if order else "")
    )
    pick_table(
        shown,
        lambda row: play(UPLOAD + key, start=float(places[row])),
        key=f"beside-{key}",
        height=38 + 35 * min(len(shown), 8),
        column_config=columns,
    )
