// Tells Python which point of a chart was clicked, also where dragging draws a lasso: there Streamlit keeps clicks to itself.
export default function ({ data, setTriggerValue }) {
  let chart = null, timer = null, tries = 0;
  const clicked = event => {
    const at = event.points.find(point => point.customdata !== undefined);
    if (at) setTriggerValue("row", Number(at.customdata));
  };
  const find = () => {
    chart = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
    if (chart?.on) chart.on("plotly_click", clicked);
    else if ((tries += 1) < 200) timer = setTimeout(find, 100); // a chart is drawn some time after its page's script has ended
  };
  find();
  return () => {
    clearTimeout(timer);
    chart?.removeListener?.("plotly_click", clicked);
  };
}
