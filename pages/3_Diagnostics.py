"""What a model gets right and wrong, mood by mood."""

import streamlit as st

from mer_core.figures.diagnostics import mood_bars_figure
from mer_core.ui import chart, empty_state, guard, mood_picker, open_page
from mer_core.ui import diagnostics_panel as panel

page = open_page("Diagnostics")


def main() -> None:
    judged = panel.pick_judged(page)
    if judged is None:
        st.info("Choose a ground truth and a prediction file to judge.", icon=":material/upload_file:")
        return
    table = panel.mood_table(judged)
    known = table[["roc_auc", "pr_auc"]].mean()
    st.markdown(
        f"**{len(judged.truth):,} tracks, {len(judged.moods)} moods** · macro ROC-AUC **{known['roc_auc']:.3f}** (chance 0.5) · "
        f"macro PR-AUC **{known['pr_auc']:.3f}** (chance {table['prevalence'].mean():.3f}) · {int(table['reliable'].sum())} moods reliable"
    )
    left, right = st.columns([3, 2])
    with left:
        st.caption("Click a row to see that mood below. Intervals: 95 %, resampled by artist where artists are known.")
        clicked = panel.show_table(table)
    with right, st.container(height=480, border=False):
        chart(mood_bars_figure(table), page, key="bars", alt="PR-AUC of every mood with its interval and the chance line")
    mood = clicked or mood_picker(judged.moods, default=str(table["pr_auc"].idxmax())) or judged.moods[0]
    st.subheader(mood.capitalize(), anchor=False)
    with guard("this mood"):
        panel.show_mood(page, judged, mood)
        panel.save_thresholds(page, judged)
    st.subheader("Most wrong", anchor=False)
    with guard("the worst tracks"):
        panel.show_worst(page, judged, mood)
    with guard("the comparison"):
        compare(judged)


def compare(judged: panel.Judged) -> None:
    """Another model of the workspace beside this one."""
    st.subheader("Compare", anchor=False)
    others = [name for name in [*page.open_workspace.models(), "starter"] if name != judged.name]
    other = st.selectbox("With the model", others, index=None, placeholder="Choose a model", key="compare-with")
    if other and judged.tracks is not None:
        parts = set(judged.tracks.tracks["split"])
        panel.show_comparison(page, judged, panel.judged_model(page, other, parts.pop() if len(parts) == 1 else "all"))


def nothing_to_judge() -> None:
    """What to do where there is no model that knows these moods."""
    root = page.open_workspace.root
    empty_state(
        "No model of this workspace yet",
        "A model is trained on the workspace's embeddings and labels. Prediction files of any other program can be judged too.",
        f"python scripts/build_embeddings.py {root} --encoder musicnn",
        f"python scripts/train_classifier.py {root} --encoder musicnn",
    )


with guard("the diagnostics"):
    main()
    if not page.open_workspace.models():
        nothing_to_judge()
