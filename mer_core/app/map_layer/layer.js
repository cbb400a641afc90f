// The points of a map and what lies over them, drawn over a Plotly figure; `data` is described in __init__.py. Points are
// written pixel by pixel (a canvas that draws shapes, or WebGL in software, is a hundred times slower); the rest is an SVG.

const SVG = "http://www.w3.org/2000/svg", RED = "#cf2845", GREY = [128, 128, 128];
const RING = 9, MOMENT = 4, NOW = 6; // radii in pixels
const NEAR = 10; // pixels from a point, or a moment of the way, at which the pointer means it
const STILL = 4; // pixels that a click may move
const OPAQUE = 0.8, CHOSEN = 1.0, OTHERS = 0.22;
const TICK = 150; // milliseconds between looks for the chart (drawn after its page's script, anew in full screen) and the sound
const SETTLED = 400; // milliseconds without moving after which what is in view is told

const shared = window.merMaps ??= { layers: new Map(), marks: new Map() };
const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const floats = text => new Float32Array(bytes(text).buffer);
const rgb = colour => [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));

function make(parent, kind, attributes) {
  const node = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return parent.appendChild(node);
}

async function unpack(text) {
  const plain = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(plain).text());
}

// The pixels of a disc: across, down, how much of each is covered.
function disc(radius) {
  const across = [], down = [], covered = [], reach = Math.ceil(radius);
  for (let y = -reach; y <= reach; y += 1) {
    for (let x = -reach; x <= reach; x += 1) {
      const share = Math.min(1, radius + 0.5 - Math.hypot(x, y));
      if (share > 0) { across.push(x); down.push(y); covered.push(share); }
    }
  }
  return { across: Int32Array.from(across), down: Int32Array.from(down), covered: Float64Array.from(covered) };
}

// One point, over what is there already.
function stamp(pixels, w, h, px, py, shape, colour, opacity) {
  const { across, down, covered } = shape, red = colour[0], green = colour[1], blue = colour[2];
  for (let k = 0; k < covered.length; k += 1) {
    const ax = px + across[k], ay = py + down[k];
    if (ax < 0 || ay < 0 || ax >= w || ay >= h) continue;
    const at = 4 * (ay * w + ax), over = covered[k] * opacity, there = pixels[at + 3];
    if (there === 0) {
      pixels[at] = red; pixels[at + 1] = green; pixels[at + 2] = blue; pixels[at + 3] = 255 * over;
      continue;
    }
    const under = there / 255 * (1 - over), all = over + under, share = over / all;
    pixels[at] += (red - pixels[at]) * share;
    pixels[at + 1] += (green - pixels[at + 1]) * share;
    pixels[at + 2] += (blue - pixels[at + 2]) * share;
    pixels[at + 3] = 255 * all;
  }
}

function inside(x, y, corners) {
  let odd = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i, i += 1) {
    const [xi, yi] = corners[i], [xj, yj] = corners[j];
    if (yi > y !== yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

class Layer {
  constructor(host) {
    this.host = host;
    this.canvas = document.createElement("canvas");
    this.svg = document.createElementNS(SVG, "svg");
    for (const node of [this.canvas, this.svg]) {
      Object.assign(node.style, { position: "absolute", overflow: "hidden", pointerEvents: "none" });
      node.setAttribute("aria-hidden", "true"); // the chart is described; the page beside it says which track is chosen
    }
    this.canvas.setAttribute("class", "mer-map-points");
    this.svg.setAttribute("class", "mer-map-layer");
    this.label = document.createElement("div");
    this.label.className = "mer-map-label";
    Object.assign(this.label.style, { position: "absolute", pointerEvents: "none", whiteSpace: "pre-line", display: "none",
      padding: "3px 7px", borderRadius: "4px", fontSize: "13px", lineHeight: "1.35", maxWidth: "320px", zIndex: 5 });
    this.watch = setInterval(() => { this.find(); this.drawNow(); }, TICK);
  }

  update(data, send) {
    const before = this.data;
    Object.assign(this, { data, send });
    this.x = floats(data.x);
    this.y = floats(data.y);
    this.colours = bytes(data.colour);
    this.palette = data.palette.map(rgb);
    this.order = Uint32Array.from(this.colours.keys()).sort((a, b) => this.colours[a] - this.colours[b] || a - b); // as in the legend
    if (before?.names !== data.names) {
      unpack(data.names).then(found => { if (this.data.names === data.names) { this.rows = found.rows; this.names = found.names; this.draw(); } });
    }
    this.find();
    this.draw();
  }

  get marks() { return shared.marks.get(this.data.chart); }
  rowOf(point) { return this.rows ? this.rows[point] : point; }

  find() {
    const chart = document.querySelector(`.st-key-${CSS.escape(this.data.chart)} .js-plotly-plot`);
    if (!chart?.on || !chart._fullLayout?.xaxis) return;
    if (chart !== this.chart) {
      this.leave();
      this.chart = chart;
      chart.merMap = this;
      const drawn = () => this.draw();
      this.heard = { plotly_relayouting: drawn, plotly_relayout: () => this.moved(), plotly_afterplot: drawn, plotly_restyle: drawn };
      for (const [name, does] of Object.entries(this.heard)) chart.on(name, does);
      this.gone = new AbortController();
      const { signal } = this.gone;
      for (const name of ["mousedown", "touchstart"]) chart.addEventListener(name, event => this.began(event), { signal, capture: true, passive: false });
      chart.addEventListener("mousemove", event => this.hover(event), { signal });
      chart.addEventListener("mouseleave", () => this.say(""), { signal });
      for (const name of ["mousemove", "touchmove"]) document.addEventListener(name, event => this.dragged(event), { signal, passive: false });
      for (const name of ["mouseup", "touchend", "touchcancel"]) document.addEventListener(name, event => this.ended(event), { signal });
      this.draw();
    } else if (!this.svg.isConnected) this.draw();
  }

  // Pixels within the plot. Plotly's own c2p lags behind while the wheel turns.
  scale() {
    const { xaxis, yaxis } = this.chart._fullLayout;
    const [left, right] = xaxis.range, [bottom, top] = yaxis.range, wide = xaxis._length, high = yaxis._length;
    return { wide, high, across: x => (x - left) / (right - left) * wide, down: y => (1 - (y - bottom) / (top - bottom)) * high,
      back: (x, y) => [left + x / wide * (right - left), bottom + (1 - y / high) * (top - bottom)] };
  }

  draw() {
    const { chart, svg, canvas, data } = this, paper = chart?.querySelector(".svg-container");
    if (!data || !paper || !chart._fullLayout?.xaxis) return;
    const { xaxis, yaxis } = chart._fullLayout;
    if (svg.parentElement !== paper) {
      paper.querySelector(".main-svg").after(canvas, svg);
      paper.append(this.label);
    }
    for (const node of [svg, canvas]) {
      Object.assign(node.style, { left: `${xaxis._offset}px`, top: `${yaxis._offset}px`, width: `${xaxis._length}px`, height: `${yaxis._length}px` });
    }
    this.drawPoints();
    this.drawMarks();
    for (const entry of chart.querySelectorAll(".legendtext")) {
      const name = entry.getAttribute("data-unformatted"), told = this.marks?.legend[name] ?? name;
      if (entry.textContent !== told) entry.textContent = told;
    }
  }

  hidden() { // of each colour: its group was switched off in the legend
    const off = new Set(this.chart._fullData.filter(({ visible }) => visible !== true).map(({ name }) => name));
    return this.data.groups.map(name => off.has(name));
  }

  drawPoints() {
    const { canvas, x, y, colours, palette, data } = this, { wide, high, across, down } = this.scale();
    const dots = Math.min(window.devicePixelRatio || 1, 2), w = Math.round(wide * dots), h = Math.round(high * dots);
    if (!(w > 0 && h > 0)) return;
    if (canvas.width !== w || canvas.height !== h) { Object.assign(canvas, { width: w, height: h }); this.image = null; }
    const pen = canvas.getContext("2d");
    this.image ??= pen.createImageData(w, h);
    const pixels = this.image.data, shape = disc(data.size / 2 * dots), margin = Math.ceil(data.size * dots);
    const off = this.hidden(), chosen = this.marks?.selected, bits = chosen ? this.bits(chosen) : null;
    pixels.fill(0);
    for (const turn of bits ? [false, true] : [true]) { // the chosen ones lie above the others
      const opacity = bits ? (turn ? CHOSEN : OTHERS) : OPAQUE;
      for (let place = 0; place < this.order.length; place += 1) {
        const i = this.order[place];
        if (off[colours[i]] || (bits && this.isChosen(bits, i) !== turn)) continue;
        const px = Math.round(across(x[i]) * dots), py = Math.round(down(y[i]) * dots);
        if (px > -margin && py > -margin && px < w + margin && py < h + margin) stamp(pixels, w, h, px, py, shape, turn ? palette[colours[i]] : GREY, opacity);
      }
    }
    pen.putImageData(this.image, 0, 0);
  }

  bits(text) {
    if (this.unpackedBits?.text !== text) this.unpackedBits = { text, bits: bytes(text) };
    return this.unpackedBits.bits;
  }

  isChosen(bits, point) { const row = this.rowOf(point); return (bits[row >> 3] >> (7 - (row & 7)) & 1) === 1; }

  drawMarks() {
    const { svg, marks } = this, { wide, high, across, down } = this.scale();
    svg.setAttribute("width", wide);
    svg.setAttribute("height", high);
    svg.replaceChildren();
    const path = marks?.path;
    this.moments = (path?.starts ?? []).map((start, i) => ({ start, x: across(path.x[i]), y: down(path.y[i]) }));
    if (this.moments.length) {
      const points = this.moments.map(({ x, y }) => `${x},${y}`).join(" ");
      make(svg, "polyline", { points, fill: "none", stroke: RED, "stroke-width": 2, "stroke-dasharray": "2 4", class: "way" });
      this.moments.forEach(({ x, y }, i) => make(svg, "circle", { cx: x, cy: y, r: MOMENT, fill: RED, opacity: 0.35 + 0.65 * i / this.moments.length }));
    }
    if (marks?.place) make(svg, "circle", { cx: across(marks.place[0]), cy: down(marks.place[1]), r: RING, fill: "none", stroke: RED, "stroke-width": 3, class: "ring" });
    if (this.drag?.lasso) this.drawLasso();
    this.now = null;
    this.drawNow();
  }

  drawNow() { // where the song is on its way
    const audio = window.merPlayer?.audio, { moments } = this;
    if (!moments?.length || !this.marks?.heard || !(audio?.currentTime > 0)) return;
    let i = 0;
    while (i + 1 < moments.length && moments[i + 1].start <= audio.currentTime) i += 1;
    const from = moments[i], to = moments[i + 1] ?? from;
    const share = to === from ? 0 : (audio.currentTime - from.start) / (to.start - from.start);
    this.now ??= make(this.svg, "circle", { r: NOW, fill: RED, stroke: this.colour("--st-background-color", "#fff"), "stroke-width": 2, class: "now" });
    this.now.setAttribute("cx", from.x + share * (to.x - from.x));
    this.now.setAttribute("cy", from.y + share * (to.y - from.y));
  }

  drawLasso() {
    const corners = this.drag.corners.map(([x, y]) => `${x},${y}`).join(" ");
    this.drag.line ??= make(this.svg, "polygon", { fill: "rgba(128,128,128,0.2)", stroke: this.colour("--st-text-color", "#888"), "stroke-dasharray": "4 3", class: "lasso" });
    if (!this.drag.line.isConnected) this.svg.append(this.drag.line);
    this.drag.line.setAttribute("points", corners);
  }

  colour(name, otherwise) { return getComputedStyle(this.host).getPropertyValue(name) || otherwise; }

  place(event) { // of a pointer, in pixels within the plot
    const { clientX, clientY } = event.touches?.[0] ?? event.changedTouches?.[0] ?? event, box = this.svg.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  nearest([x, y]) { // the point meant, or -1
    const { across, down } = this.scale(), off = this.hidden(), reach = Math.max(NEAR, this.data.size);
    let best = -1, least = reach * reach;
    for (let i = 0; i < this.x.length; i += 1) {
      const dx = across(this.x[i]) - x, dy = down(this.y[i]) - y, apart = dx * dx + dy * dy;
      if (apart < least && !off[this.colours[i]]) { best = i; least = apart; }
    }
    return best;
  }

  hover(event) {
    if (this.drag?.lasso || !event.target.closest?.(".nsewdrag")) return this.say("");
    const place = this.place(event), moment = this.moments?.find(({ x, y }) => Math.hypot(x - place[0], y - place[1]) < NEAR / 2);
    const point = moment ? -1 : this.nearest(place);
    this.say(moment ? `the song at ${clock(moment.start)}` : point < 0 ? "" : this.names?.[point], place);
    event.target.style.cursor = point < 0 ? "" : "pointer";
  }

  began(event) { // dragging draws a lasso where that tool is chosen, and then Plotly must not see it
    if (event.button || event.touches?.length > 1 || !event.target.closest?.(".nsewdrag")) return;
    const lasso = this.chart._fullLayout.dragmode === "lasso", place = this.place(event);
    this.drag = { from: place, corners: [place], lasso, moved: false };
    if (lasso) {
      event.stopPropagation();
      event.preventDefault();
      document.activeElement?.blur?.(); // what was typed elsewhere counts, as after any click
    }
  }

  dragged(event) {
    if (!this.drag) return;
    const place = this.place(event), { from, corners, lasso } = this.drag;
    this.drag.moved ||= Math.hypot(place[0] - from[0], place[1] - from[1]) > STILL;
    if (!lasso || !this.drag.moved) return;
    event.preventDefault();
    this.say("");
    const [x, y] = corners.at(-1);
    if (Math.hypot(place[0] - x, place[1] - y) >= 2) corners.push(place);
    this.drawLasso();
  }

  ended(event) {
    const { drag } = this;
    if (!drag) return;
    this.drag = null;
    drag.line?.remove();
    if (event.type === "touchcancel") return;
    if (!drag.moved) {
      const point = this.nearest(drag.from);
      if (point >= 0) this.send("row", this.rowOf(point));
    } else if (drag.lasso && drag.corners.length > 2) this.take(drag.corners);
  }

  take(corners) { // shown at once; the page then says it of all tracks, drawn or not
    const { across, down, back } = this.scale(), rows = [];
    for (let i = 0; i < this.x.length; i += 1) if (inside(across(this.x[i]), down(this.y[i]), corners)) rows.push(this.rowOf(i));
    const ends = corners.map(([x, y]) => back(x, y));
    if (rows.length && this.marks) {
      const chosen = new Uint8Array((rows.reduce((most, row) => Math.max(most, row), this.x.length) >> 3) + 1);
      for (const row of rows) chosen[row >> 3] |= 128 >> (row & 7);
      this.marks.selected = btoa(Array.from(chosen, byte => String.fromCharCode(byte)).join(""));
      this.draw();
    }
    this.send("lasso", { x: ends.map(([x]) => x), y: ends.map(([, y]) => y) });
  }

  say(text, place) {
    const { label, svg } = this;
    if (label.textContent !== (text ?? "")) label.textContent = text ?? "";
    label.style.display = text ? "block" : "none";
    if (!text) return;
    Object.assign(label.style, { background: this.colour("--st-background-color", "#fff"), color: this.colour("--st-text-color", "#000"), border: `1px solid ${this.colour("--st-border-color", "#888")}` });
    const x = svg.offsetLeft || parseFloat(svg.style.left), y = parseFloat(svg.style.top), room = svg.parentElement.clientWidth;
    const right = x + place[0] + 14, wide = label.offsetWidth;
    label.style.left = `${Math.max(right + wide > room ? x + place[0] - 14 - wide : right, 0)}px`;
    label.style.top = `${Math.max(y + place[1] - label.offsetHeight / 2, 0)}px`;
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

  // [row, x, y] in the window of the browser of every point that is drawn.
  inWindow() {
    const { across, down } = this.scale(), box = this.svg.getBoundingClientRect();
    return Array.from(this.x, (x, i) => [this.rowOf(i), box.left + across(x), box.top + down(this.y[i])]);
  }

  leave() {
    for (const [name, does] of Object.entries(this.heard ?? {})) this.chart.removeListener?.(name, does);
    this.gone?.abort();
    for (const node of [this.canvas, this.svg, this.label]) node.remove();
  }

  close() {
    clearInterval(this.watch);
    clearTimeout(this.settling);
    this.leave();
  }
}

const layers = new WeakMap();

function mark(data) {
  shared.marks.set(data.chart, { ...data });
  shared.layers.get(data.chart)?.draw();
  return () => {};
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (data.kind === "marks") return mark(data);
  if (!layers.has(parentElement)) layers.set(parentElement, new Layer(parentElement.host ?? parentElement));
  const layer = layers.get(parentElement);
  shared.layers.set(data.chart, layer);
  layer.update(data, setTriggerValue);
  return () => {
    layer.close();
    layers.delete(parentElement);
    if (shared.layers.get(data.chart) === layer) shared.layers.delete(data.chart);
  };
}
