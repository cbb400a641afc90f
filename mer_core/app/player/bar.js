// The player at the bottom of every page. The sound itself lives on the window, so that it plays on while one page of
// the app gives way to another; what is drawn here is a view of it. `data` is described in __init__.py.

const WAVE = 32, GAP = 2, ROW = 14; // heights in pixels
const PLAY = "M7 4l13 8-13 8z", PAUSE = "M6 4h4v16H6zM14 4h4v16h-4z"; // outlines in a box of 24
const STEP = 5; // seconds an arrow key moves
const LONGEST = 1200; // seconds that the browser decodes to draw a waveform the server has none of
const PEAK_RATE = 8000; // Hz: enough for an outline, and little memory

const clock = seconds => {
  const whole = Math.max(0, Math.floor(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

function sound() {
  if (!window.merPlayer) {
    window.merPlayer = { audio: new Audio(), plays: 0, outlines: new Map(), view: null };
    window.merPlayer.audio.preload = "metadata";
    document.addEventListener("keydown", event => window.merPlayer.view?.onPageKey(event));
  }
  return window.merPlayer;
}

async function outline(player, url, bins = 800) {
  const bytes = await (await fetch(url)).arrayBuffer();
  const heard = await new OfflineAudioContext(1, 1, PEAK_RATE).decodeAudioData(bytes);
  const samples = heard.getChannelData(0), step = Math.max(1, Math.floor(samples.length / bins)), peaks = [];
  for (let from = 0; from < samples.length; from += step) {
    let low = 0, high = 0;
    for (let i = from; i < Math.min(from + step, samples.length); i += 1) {
      if (samples[i] < low) low = samples[i];
      if (samples[i] > high) high = samples[i];
    }
    peaks.push([low, high]);
  }
  if (player.outlines.size > 30) player.outlines.delete(player.outlines.keys().next().value);
  player.outlines.set(url, peaks);
}

class View {
  constructor(root, player) {
    this.player = player;
    this.audio = player.audio;
    this.at = name => root.querySelector(name);
    this.time = this.at(".time");
    this.canvas = this.at("canvas");
    this.at(".play").onclick = () => this.toggle();
    this.at(".previous").onclick = () => this.step(-1);
    this.at(".next").onclick = () => this.step(1);
    this.time.onkeydown = event => this.onKey(event);
    this.time.onpointerdown = event => { this.time.setPointerCapture(event.pointerId); this.dragging = true; this.seekTo(event); };
    this.time.onpointermove = event => { if (this.dragging) this.seekTo(event); };
    this.time.onpointerup = this.time.onpointercancel = () => { this.dragging = false; };
    this.heard = new AbortController();
    for (const name of ["timeupdate", "play", "pause", "ended", "loadedmetadata", "seeked"]) {
      this.audio.addEventListener(name, () => this.follow(), { signal: this.heard.signal });
    }
    this.size = new ResizeObserver(() => this.draw());
    this.size.observe(this.time);
  }

  update(data, send) {
    this.data = data;
    this.send = send;
    const { audio, player } = this;
    if (player.source !== data.src) {
      player.source = data.src;
      if (data.src) audio.src = data.src; else { audio.pause(); audio.removeAttribute("src"); }
    }
    if (data.plays > player.plays) {
      player.plays = data.plays;
      if (data.src) {
        audio.currentTime = data.start || 0;
        audio.play().catch(() => this.follow()); // a browser may refuse before the first gesture
      }
    }
    this.words();
    this.draw();
    this.follow();
    if (data.src && !data.peaks && data.draws && data.duration < LONGEST && !player.outlines.has(data.src)) {
      outline(player, data.src).then(() => this.draw()).catch(() => player.outlines.set(data.src, []));
    }
  }

  words() {
    const { data } = this, about = this.at(".about"), names = this.at(".names");
    this.at(".title").textContent = data.title + (data.artist ? ` · ${data.artist}` : "");
    about.textContent = [data.moods, data.place, data.note].filter(Boolean).join(" · ");
    if (data.link) {
      const link = document.createElement("a");
      Object.assign(link, { href: data.link, target: "_blank", rel: "noopener noreferrer", textContent: data.link_label });
      about.append(about.textContent ? " · " : "", link);
    }
    names.replaceChildren(...data.rows.map(row => Object.assign(document.createElement("div"), { textContent: row.name, title: row.name })));
    this.at(".previous").disabled = !data.previous;
    this.at(".next").disabled = !data.next;
    this.at(".play").disabled = !data.src;
  }

  get length() { return Number.isFinite(this.audio.duration) && this.data.src ? this.audio.duration : this.data.duration || 0; }

  toggle() {
    if (this.data.src) { if (this.audio.paused) this.audio.play().catch(() => this.follow()); else this.audio.pause(); }
  }

  step(by) { if (by < 0 ? this.data.previous : this.data.next) this.send("step", by); }

  seek(seconds) {
    if (this.data.src) this.audio.currentTime = Math.min(Math.max(seconds, 0), Math.max(this.length - 0.05, 0));
    this.follow();
  }

  seekTo(event) {
    const box = this.time.getBoundingClientRect();
    this.seek((event.clientX - box.left) / box.width * this.length);
  }

  onKey(event) {
    const to = { ArrowLeft: this.audio.currentTime - STEP, ArrowRight: this.audio.currentTime + STEP, Home: 0, End: this.length }[event.key];
    if (to !== undefined) this.seek(to);
    else if (event.key === " ") this.toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  onPageKey(event) {
    const main = event.target === document.body || event.target.matches?.("[data-testid=stMain], [data-testid=stApp]");
    if (main && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && ["ArrowLeft", "ArrowRight", " "].includes(event.key)) this.onKey(event);
  }

  follow() {
    const { audio, length } = this, now = this.data.src ? audio.currentTime : 0, play = this.at(".play");
    const playing = Boolean(this.data.src) && !audio.paused;
    this.at(".playhead").style.left = `${length ? now / length * 100 : 0}%`;
    play.querySelector("path").setAttribute("d", playing ? PAUSE : PLAY);
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    const values = document.createElement("span");
    values.className = "values";
    values.textContent = this.data.rows.filter(row => row.percent).map(row => `${row.name} ${Math.round(100 * (this.valueAt(row, now) ?? 0))} %`).slice(0, 3).join(" · ");
    this.at(".clock").replaceChildren(values, `${values.textContent ? "  " : ""}${clock(now)} / ${clock(length)}`);
    this.time.setAttribute("aria-valuemax", Math.round(length));
    this.time.setAttribute("aria-valuenow", Math.round(now));
    this.time.setAttribute("aria-valuetext", `${clock(now)} of ${clock(length)}`);
  }

  valueAt(row, now) {
    let place = -1;
    while (place + 1 < row.starts.length && row.starts[place + 1] <= now) place += 1;
    return row.values[Math.max(place, 0)];
  }

  draw() {
    const { canvas, data } = this, width = this.time.clientWidth, height = WAVE + GAP + ROW * data.rows.length;
    if (!width) return;
    const scale = window.devicePixelRatio || 1, pen = canvas.getContext("2d");
    Object.assign(canvas, { width: width * scale, height: height * scale });
    canvas.style.height = `${height}px`;
    pen.scale(scale, scale);
    this.drawWave(pen, width, getComputedStyle(this.time).color);
    this.drawRows(pen, width);
  }

  drawWave(pen, width, colour) {
    const peaks = this.data.peaks || this.player.outlines.get(this.data.src) || [];
    pen.fillStyle = colour;
    pen.globalAlpha = 0.55;
    if (!peaks.length) pen.fillRect(0, WAVE / 2, width, 1);
    const loudest = Math.max(0.05, ...peaks.map(([low, high]) => Math.max(-low, high)));
    peaks.forEach(([low, high], i) => {
      const top = (1 - high / loudest) * WAVE / 2, bottom = (1 - low / loudest) * WAVE / 2;
      pen.fillRect(i / peaks.length * width, top, Math.max(width / peaks.length, 0.7), Math.max(bottom - top, 1));
    });
    pen.globalAlpha = 1;
  }

  drawRows(pen, width) {
    const length = this.length || 1, moods = this.data.rows.filter(row => !row.colours); // those of words are no probabilities
    const most = Math.max(0.05, ...moods.flatMap(row => row.values));
    this.data.rows.forEach((row, place) => {
      pen.fillStyle = row.colour;
      row.values.forEach((value, i) => {
        const from = row.starts[i] / length * width, to = (row.ends?.[i] ?? row.starts[i + 1] ?? length) / length * width;
        if (row.colours) pen.fillStyle = row.colours[i];
        pen.globalAlpha = row.colours ? 0.2 + 0.8 * value : 0.06 + 0.94 * value / most;
        pen.fillRect(from, WAVE + GAP + place * ROW, Math.max(to - from, 0.5), ROW - 2);
      });
    });
    pen.globalAlpha = 1;
  }

  close() {
    this.heard.abort();
    this.size.disconnect();
    if (this.player.view === this) this.player.view = null;
  }
}

const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const player = sound();
  if (!views.has(parentElement)) views.set(parentElement, new View(parentElement, player));
  const view = views.get(parentElement);
  player.view = view;
  view.update(data, setTriggerValue);
  return () => { view.close(); views.delete(parentElement); };
}
