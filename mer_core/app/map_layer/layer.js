// What lies over a map of tracks; `data` is described in __init__.py. Plotly's figure is left alone: the layer is an SVG
// over its plot, drawn anew when the view moves.

const SVG = "http://www.w3.org/2000/svg", RED = "#cf2845";
const RING = 9, MOMENT = 4, NOW = 6; // radii in pixels
const NEAR = 8; // pixels from a moment of the way at which the pointer means it
const TICK = 150; // milliseconds between looks for the chart (drawn after its page's script, anew in full screen) and the sound
const SETTLED = 400; // milliseconds without moving after which what is in view is told

const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function make(parent, kind, attributes) {
  const node = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return parent.appendChild(node);
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { rows, names } = JSON.parse(await new Response(plain).text());
  return rows ? new Map(rows.map((row, i) => [row, names[i]])) : { get: row => names[row] };
}

class Layer {
  constructor(host) {
    this.host = host;
    this.svg = document.createElementNS(SVG, "svg");
    Object.assign(this.svg.style, { position: "absolute", overflow: "hidden", pointerEvents: "none" });
    this.svg.setAttribute("class", "mer-map-layer");
    this.svg.setAttribute("aria-hidden", "true"); // the page beside it says which track it is
    this.label = document.createElement("div");
    this.label.className = "mer-map-label";
    Object.assign(this.label.style, { position: "absolute", pointerEvents: "none", whiteSpace: "pre-line", display: "none",
      padding: "3px 7px", borderRadius: "4px", fontSize: "13px", lineHeight: "1.35", maxWidth: "320px", zIndex: 5 });
    this.watch = setInterval(() => { this.find(); this.drawNow(); }, TICK);
  }

  update(data, send) {
    const { names } = this.data ?? {};
    Object.assign(this, { data, send });
    if (names !== data.names) unpack(data.names).then(found => { if (this.data.names === data.names) this.names = found; });
    this.find();
    this.draw();
  }

  find() {
    const chart = document.querySelector(`.st-key-${CSS.escape(this.data.chart)} .js-plotly-plot`);
    if (!chart?.on || !chart._fullLayout?.xaxis) return;
    if (chart !== this.chart) {
      this.leave();
      this.chart = chart;
      this.listeners = {
        plotly_click: event => { const row = this.rowOf(event); if (row !== undefined) this.send("row", row); },
        plotly_hover: event => { const row = this.rowOf(event); if (row !== undefined) this.say(this.names?.get(row), event.event); },
        plotly_unhover: () => this.say(""),
        plotly_relayouting: () => this.draw(),
        plotly_relayout: () => this.moved(),
        plotly_afterplot: () => this.draw(),
      };
      for (const [name, does] of Object.entries(this.listeners)) chart.on(name, does);
      this.onMove = event => this.onMoment(event);
      chart.addEventListener("mousemove", this.onMove);
      this.draw();
    } else if (!this.svg.isConnected) this.draw();
  }

  rowOf(event) {
    const at = event.points.find(point => point.customdata !== undefined && point.data.type !== "heatmap");
    return at && Number(at.customdata);
  }

  // Pixels within the plot. Plotly's own c2p lags behind while the wheel turns.
  across(x) { const { range, _length } = this.chart._fullLayout.xaxis; return (x - range[0]) / (range[1] - range[0]) * _length; }
  down(y) { const { range, _length } = this.chart._fullLayout.yaxis; return (1 - (y - range[0]) / (range[1] - range[0])) * _length; }

  draw() {
    const { chart, svg, data } = this, paper = chart?.querySelector(".svg-container");
    if (!paper || !chart._fullLayout?.xaxis) return;
    const { xaxis, yaxis } = chart._fullLayout;
    if (svg.parentElement !== paper) {
      const canvases = paper.querySelector(".gl-container");
      if (canvases) canvases.after(svg); else paper.append(svg);
      paper.append(this.label);
    }
    Object.assign(svg.style, { left: `${xaxis._offset}px`, top: `${yaxis._offset}px` });
    svg.setAttribute("width", xaxis._length);
    svg.setAttribute("height", yaxis._length);
    svg.replaceChildren();
    this.moments = (data.path?.starts ?? []).map((start, i) => ({ start, x: this.across(data.path.x[i]), y: this.down(data.path.y[i]) }));
    if (this.moments.length) {
      const points = this.moments.map(({ x, y }) => `${x},${y}`).join(" ");
      make(svg, "polyline", { points, fill: "none", stroke: RED, "stroke-width": 2, "stroke-dasharray": "2 4", class: "way" });
      this.moments.forEach(({ x, y }, i) => make(svg, "circle", { cx: x, cy: y, r: MOMENT, fill: RED, opacity: 0.35 + 0.65 * i / this.moments.length }));
    }
    if (data.place) {
      make(svg, "circle", { cx: this.across(data.place[0]), cy: this.down(data.place[1]), r: RING, fill: "none", stroke: RED, "stroke-width": 3, class: "ring" });
    }
    this.now = null;
    this.drawNow();
  }

  drawNow() { // where the song is on its way
    const audio = window.merPlayer?.audio, { moments } = this;
    if (!moments?.length || !this.data.heard || !(audio?.currentTime > 0)) return;
    let i = 0;
    while (i + 1 < moments.length && moments[i + 1].start <= audio.currentTime) i += 1;
    const from = moments[i], to = moments[i + 1] ?? from;
    const share = to === from ? 0 : (audio.currentTime - from.start) / (to.start - from.start);
    this.now ??= make(this.svg, "circle", { r: NOW, fill: RED, stroke: this.colour("--st-background-color", "#fff"), "stroke-width": 2, class: "now" });
    this.now.setAttribute("cx", from.x + share * (to.x - from.x));
    this.now.setAttribute("cy", from.y + share * (to.y - from.y));
  }

  colour(name, otherwise) { return getComputedStyle(this.host).getPropertyValue(name) || otherwise; }

  onMoment(event) {
    if (!this.moments?.length) return;
    const box = this.svg.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const at = this.moments.find(moment => Math.hypot(moment.x - x, moment.y - y) < NEAR);
    if (at) this.say(`the song at ${clock(at.start)}`, event);
    else if (this.atMoment) this.say("");
    this.atMoment = Boolean(at);
  }

  say(text, event) {
    const { label, svg } = this;
    label.textContent = text ?? "";
    label.style.display = text ? "block" : "none";
    if (!text || !event) return;
    const box = svg.parentElement.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    Object.assign(label.style, { background: this.colour("--st-background-color", "#fff"), color: this.colour("--st-text-color", "#000"), border: `1px solid ${this.colour("--st-border-color", "#888")}` });
    const left = x + 14 + label.offsetWidth > box.width ? x - 14 - label.offsetWidth : x + 14;
    label.style.left = `${Math.max(left, 0)}px`;
    label.style.top = `${Math.max(y - label.offsetHeight / 2, 0)}px`;
  }

  moved() {
    this.draw();
    if (!this.data.partial) return;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const { xaxis, yaxis } = this.chart._fullLayout;
      this.send("window", [xaxis.range[0], yaxis.range[0], xaxis.range[1], yaxis.range[1]]);
    }, SETTLED);
  }

  leave() {
    for (const [name, does] of Object.entries(this.listeners ?? {})) this.chart.removeListener?.(name, does);
    this.chart?.removeEventListener("mousemove", this.onMove);
    this.svg.remove();
    this.label.remove();
  }

  close() {
    clearInterval(this.watch);
    clearTimeout(this.settling);
    this.leave();
  }
}

const layers = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!layers.has(parentElement)) layers.set(parentElement, new Layer(parentElement.host ?? parentElement));
  const layer = layers.get(parentElement);
  layer.update(data, setTriggerValue);
  return () => { layer.close(); layers.delete(parentElement); };
}
