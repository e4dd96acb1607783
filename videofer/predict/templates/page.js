"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const video = document.querySelector("video"), tracks = document.querySelector(".tracks");
const whole = { from: data.start, to: Math.max(data.end, data.start + 1e-3) };
const LEAST = 0.4;  // seconds that can be seen at once
const CLICK = 4;    // pixels up to which a drag is a click
const PALE = 0.35;  // of what is uncertain
const view = { ...whole };
let shownClass = null, dragFrom = null, rows = [];

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const now = () => clamp(video.currentTime + data.offset, whole.from, whole.to);
const share = second => (second - view.from) / (view.to - view.from);
const pad = value => String(value).padStart(2, "0");

// 75.25 -> 1:15.25; digits: behind the point.
function clock(second, digits) {
  const ticks = Math.round(second * 10 ** digits), rest = (ticks / 10 ** digits) % 60;
  const minutes = Math.floor(ticks / 10 ** digits / 60), hours = Math.floor(minutes / 60);
  const tail = rest.toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${pad(minutes % 60)}:${tail}` : `${minutes}:${tail}`;
}

function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function seek(second) {
  video.currentTime = Math.max(0, clamp(second, whole.from, whole.to) - data.offset) + 1e-3;  // well inside the frame
}

// The first place in a rising list whose value is above `value`.
function above(list, value) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] > value) high = middle; else low = middle + 1;
  }
  return low;
}

// What a face shows at a second: its run and the place in it, or null.
function find(face, second) {
  const run = face.runs.find(each => each.seconds[0] <= second + 1e-3 && second < each.until);
  return run ? { run, at: Math.max(0, above(run.seconds, second + 1e-3) - 1) } : null;
}

const best = ({ run, at }) => data.classes.reduce((top, _, k) => run.scores[k][at] > run.scores[top][at] ? k : top, 0);
const name = found => data.classes[best(found)];

// ---- Tracks ----

// Stack the probabilities of a run, or draw the one of the chosen class.
function drawRun(pen, run, width, height) {
  const first = Math.max(0, above(run.seconds, view.from) - 1), last = above(run.seconds, view.to);
  const step = Math.max(1, Math.floor((last - first) / (2 * width))), places = [];
  for (let i = first; i <= Math.min(last, run.seconds.length - 1); i += step) places.push(i);
  const x = places.map(i => share(run.seconds[i]) * width);
  places.push(places.at(-1));
  x.push(share(run.until) * width);  // each frame lasts until the next
  pen.globalAlpha = run.certain ? 1 : PALE;
  let floor = places.map(() => 0);
  run.scores.forEach((scores, k) => {
    if (shownClass !== null && shownClass !== k) return;
    const top = places.map((i, n) => floor[n] + scores[i] / 1000);
    pen.fillStyle = data.colours[k];
    pen.beginPath();
    x.forEach((at, n) => pen.lineTo(at, height * (1 - top[n])));
    for (let n = x.length - 1; n >= 0; n--) pen.lineTo(x[n], height * (1 - floor[n]));
    pen.fill();
    floor = top;
  });
}

function draw() {
  for (const { face, canvas } of rows) {
    const { width, height } = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    face.runs.filter(run => run.seconds[0] < view.to && run.until > view.from).forEach(run => drawRun(pen, run, width, height));
  }
}

function drawAxis() {
  const span = view.to - view.from, axis = document.querySelector(".axis"), most = Math.max(2, axis.clientWidth / 90);
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find(each => span / each <= most) || 7200;
  axis.replaceChildren();
  for (let mark = Math.ceil(view.from / step - 1e-9); mark * step <= view.to + 1e-9; mark++) {
    const label = make("span", {}, clock(mark * step, step < 0.1 ? 2 : step < 1 ? 1 : 0));
    label.style.left = `${clamp(100 * share(mark * step), 0, 100)}%`;
    axis.append(label);
  }
}

function show(from, to) {
  const span = clamp(to - from, Math.min(LEAST, whole.to - whole.from), whole.to - whole.from);
  view.from = clamp((from + to - span) / 2, whole.from, whole.to - span);
  view.to = view.from + span;
  const part = document.querySelector(".overview div"), all = whole.to - whole.from;
  part.parentElement.classList.toggle("all", span >= all);
  part.style.left = `${100 * (view.from - whole.from) / all}%`;
  part.style.width = `${100 * span / all}%`;
  document.querySelector(".span").textContent = `${clock(view.from, 1)} to ${clock(view.to, 1)}`;
  for (const button of document.querySelectorAll("[data-do=out], [data-do=whole]")) button.disabled = span >= all;
  draw();
  drawAxis();
  follow();
}

const zoom = (factor, middle = now()) => {
  const at = clamp(middle, view.from, view.to);
  show(at - (at - view.from) * factor, at + (view.to - at) * factor);
};
const reveal = second => {
  const half = (view.to - view.from) / 2;
  if (second < view.from || second > view.to) show(second - half, second + half);
};

// ---- The film's clock ----

function follow() {
  const second = now(), inside = second >= view.from && second <= view.to;
  const cursor = scrub.querySelector(".cursor"), clocked = clock(second, 2);
  cursor.hidden = !inside;
  cursor.style.left = `${100 * share(second)}%`;
  const said = rows.map(({ face, said }) => {
    const found = find(face, second);
    said.textContent = found ? `${name(found)} ${(found.run.scores[best(found)][found.at] / 1000).toFixed(2)}` : "not in the picture";
    said.classList.toggle("doubtful", !found || !found.run.certain);
    if (found && !found.run.certain) said.textContent += ", uncertain";
    return `face ${face.face}: ${said.textContent}`;
  });
  if (video.paused) {  // a running clock would be read out without end
    scrub.setAttribute("aria-valuenow", second.toFixed(2));
    scrub.setAttribute("aria-valuetext", [clocked, ...said].join("; "));
  }
  document.querySelector(".clock").textContent = clocked;
}

function play(before) {
  const second = now();
  if (before <= view.to && second > view.to && !dragFrom) show(second, second + view.to - view.from);  // turn the page
  follow();
  if (!video.paused && !video.ended) requestAnimationFrame(() => play(second));
}

// ---- Faces, classes, export ----

function chooseFaces() {
  const chosen = document.getElementById("face")?.value || "all";
  rows.forEach(({ row }) => row.remove());
  rows = data.faces.filter(face => chosen === "all" || chosen === String(face.face)).map(face => {
    const picture = document.querySelector(`.moments [data-face="${face.face}"] img`);
    const canvas = make("canvas", { role: "img", "aria-label": `Probabilities of face ${face.face} over time` });
    const said = make("span", { class: "said" });
    const who = make("div", { class: "who" }, make("div", {}, make("b", {}, `face ${face.face}`), said));
    if (picture) who.prepend(make("img", { src: picture.src, alt: "", width: 44, height: 44 }));
    const row = make("div", { class: "face" }, who, canvas);
    tracks.append(row);
    return { face, row, canvas, said };
  });
  document.querySelectorAll(".moments li").forEach(item => {
    item.hidden = chosen !== "all" && item.querySelector("button").dataset.face !== chosen;
  });
  show(view.from, view.to);
}

// The visible faces and seconds, with the columns of the table of frames that the page knows.
function tabulate() {
  const quoted = `"${data.video.replaceAll('"', '""')}"`;
  const lines = [["video", "face", "frame", "second", "status", "label", ...data.classes.map(each => `p_${each}`)].join(",")];
  for (const { face } of rows) for (const run of face.runs) run.seconds.forEach((second, at) => {
    if (second < view.from || second > view.to) return;
    const status = run.certain ? "ok" : "uncertain", scores = run.scores.map(scores => scores[at] / 1000);
    lines.push([quoted, face.face, run.frames[at], second, status, name({ run, at }), ...scores].join(","));
  });
  return `${lines.join("\n")}\n`;
}

function exportTable() {
  const link = make("a", { href: URL.createObjectURL(new Blob([tabulate()], { type: "text/csv" })) });
  link.download = `${data.video}.${view.from.toFixed(1)}-${view.to.toFixed(1)}s.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- Mouse, finger and keys ----

const scrub = document.querySelector(".scrub");
const pointed = (event, box = scrub.getBoundingClientRect()) => clamp((event.clientX - box.left) / box.width, 0, 1);
const secondAt = event => view.from + pointed(event) * (view.to - view.from);

function hint(event) {
  const tip = scrub.querySelector(".tip"), second = secondAt(event);
  const row = rows.find(({ canvas }) => event.clientY <= canvas.getBoundingClientRect().bottom);
  const found = row && find(row.face, second);
  const order = found ? data.classes.map((_, k) => k).sort((a, b) => found.run.scores[b][found.at] - found.run.scores[a][found.at]) : [];
  const lines = order.slice(0, 3).map(k => `${data.classes[k]} ${(found.run.scores[k][found.at] / 1000).toFixed(2)}`);
  tip.textContent = [clock(second, 2), ...lines].join("\n");
  tip.hidden = false;
  tip.classList.toggle("left", pointed(event) > 0.6);
  tip.style.left = `${100 * pointed(event)}%`;
  tip.style.top = `${row ? row.row.offsetTop : 0}px`;
}

function mark(event) {
  const chosen = scrub.querySelector(".chosen"), ends = [share(dragFrom.second), pointed(event)].sort((a, b) => a - b);
  chosen.hidden = Math.abs(event.clientX - dragFrom.x) <= CLICK;
  chosen.style.left = `${100 * ends[0]}%`;
  chosen.style.width = `${100 * (ends[1] - ends[0])}%`;
}

const go = frames => seek(whole.from + (Math.floor((now() - whole.from) / data.step + 1e-6) + frames) * data.step);
const KEYS = {
  ArrowLeft: event => event.shiftKey ? seek(now() - 1) : go(-1),
  ArrowRight: event => event.shiftKey ? seek(now() + 1) : go(1),
  PageUp: () => seek(now() - (view.to - view.from) / 2),
  PageDown: () => seek(now() + (view.to - view.from) / 2),
  Home: () => seek(whole.from),
  End: () => seek(whole.to),
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  0: () => show(whole.from, whole.to),
  " ": () => video.paused ? video.play() : video.pause(),
};
const DO = {
  in: () => zoom(0.5),
  out: () => zoom(2),
  whole: () => show(whole.from, whole.to),
  table: exportTable,
};

function listen() {
  scrub.addEventListener("pointerdown", event => {
    if (event.button) return;
    dragFrom = { x: event.clientX, second: secondAt(event) };
    scrub.setPointerCapture(event.pointerId);
  });
  scrub.addEventListener("pointermove", event => {
    hint(event);
    if (dragFrom) mark(event);
  });
  scrub.addEventListener("pointerup", event => {
    if (!dragFrom) return;
    const ends = [dragFrom.second, secondAt(event)].sort((a, b) => a - b);
    if (Math.abs(event.clientX - dragFrom.x) <= CLICK) seek(ends[1]); else show(...ends);
    dragFrom = null;
    scrub.querySelector(".chosen").hidden = true;
  });
  scrub.addEventListener("pointercancel", () => { dragFrom = null; scrub.querySelector(".chosen").hidden = true; });
  scrub.addEventListener("pointerleave", () => { scrub.querySelector(".tip").hidden = true; });
  scrub.addEventListener("dblclick", () => show(whole.from, whole.to));
  scrub.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key](event);
  });
  const overview = document.querySelector(".overview");
  const pan = event => {
    const middle = whole.from + pointed(event, overview.getBoundingClientRect()) * (whole.to - whole.from);
    show(middle - (view.to - view.from) / 2, middle + (view.to - view.from) / 2);
  };
  overview.addEventListener("pointerdown", event => { overview.setPointerCapture(event.pointerId); pan(event); });
  overview.addEventListener("pointermove", event => { if (event.buttons) pan(event); });
  document.querySelectorAll("[data-do]").forEach(button => button.addEventListener("click", DO[button.dataset.do]));
  document.getElementById("face")?.addEventListener("change", chooseFaces);
  document.querySelectorAll(".legend button").forEach((button, k, all) => button.addEventListener("click", () => {
    shownClass = shownClass === k ? null : k;
    all.forEach((each, n) => each.setAttribute("aria-pressed", String(shownClass === n)));
    draw();
  }));
  document.querySelectorAll("button[data-second]").forEach(button => button.addEventListener("click", () => seek(Number(button.dataset.second))));
  video.addEventListener("seeking", () => reveal(now()));
  for (const event of ["timeupdate", "seeking", "seeked", "loadedmetadata", "pause"]) video.addEventListener(event, follow);
  video.addEventListener("play", () => play(now()));
  new ResizeObserver(draw).observe(tracks);
}

const lose = () => { document.querySelector(".lost").hidden = false; };
video.addEventListener("error", lose);
if (video.error) lose();
if (tracks) {
  listen();
  chooseFaces();
}
