"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const video = document.querySelector("video");
const WIDTH = 1000, HEIGHT = 100, SVG = "http://www.w3.org/2000/svg";
const span = Math.max(data.end - data.start, 1e-3);
const across = second => (second - data.start) / span * WIDTH;

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function seek(second) {
  video.currentTime = Math.max(0, second - data.offset);
}

// Stack the probabilities of a run: band k lies between the sums of the first k and k + 1 classes.
function drawRun(svg, run) {
  let floor = run.seconds.map(() => 0);
  run.scores.forEach((scores, k) => {
    const top = floor.map((value, i) => value + scores[i]);
    const point = (second, value) => `${across(second).toFixed(1)},${(HEIGHT * (1 - value)).toFixed(1)}`;
    const upper = run.seconds.map((second, i) => point(second, top[i]));
    const lower = run.seconds.map((second, i) => point(second, floor[i])).reverse();
    svg.append(element("polygon", { points: [...upper, ...lower].join(" "), fill: data.colours[k], opacity: run.certain ? 1 : 0.35 }));
    floor = top;
  });
}

const cursors = data.faces.map(face => {
  const row = document.createElement("div");
  row.className = "face";
  const name = document.createElement("span");
  name.textContent = `face ${face.face}`;
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `Expressions of face ${face.face} over time` });
  face.runs.forEach(run => drawRun(svg, run));
  const cursor = element("line", { y1: 0, y2: HEIGHT, x1: 0, x2: 0 });
  svg.append(cursor);
  svg.addEventListener("click", event => {
    const box = svg.getBoundingClientRect();
    seek(data.start + (event.clientX - box.left) / box.width * span);
  });
  row.append(name, svg);
  document.getElementById("faces").append(row);
  return cursor;
});

// Marks at round times, at most six, the first at or after the beginning.
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const step = STEPS.find(seconds => span / seconds <= 6) || STEPS.at(-1);
const clock = second => span < 60 ? `${+second.toFixed(1)} s`
  : `${Math.floor(second / 60)}:${String(Math.round(second % 60)).padStart(2, "0")}`;
const axis = document.querySelector(".axis");
for (let mark = Math.ceil(data.start / step); axis && mark * step <= data.end; mark++) {
  const label = document.createElement("span");
  label.textContent = clock(mark * step);
  label.style.left = `${across(mark * step) / WIDTH * 100}%`;
  axis.append(label);
}

const lose = () => { document.querySelector(".lost").hidden = false; };
video.addEventListener("error", lose);
if (video.error) lose();

function follow() {
  const x = Math.min(Math.max(across(video.currentTime + data.offset), 0), WIDTH);
  cursors.forEach(cursor => { cursor.setAttribute("x1", x); cursor.setAttribute("x2", x); });
}
for (const event of ["timeupdate", "seeking", "seeked", "loadedmetadata"]) video.addEventListener(event, follow);
document.querySelectorAll("button[data-second]").forEach(button =>
  button.addEventListener("click", () => seek(Number(button.dataset.second))));
