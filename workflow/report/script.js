// The page is complete without this file: it adds sorting, the choice of a model, the clips behind its confusion table,
// and the mark of the current section. Names come from users: they are only ever set as text, never as HTML.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const HEADS = { sequence: "LSTM", capsule: "capsule vote" };
const MINIMUM_ROWS = 3; // fewer are not worth sorting
const FRAME = 48; // units of a curve's picture for one frame, as wide as the frame above it
const HEIGHT = 120;
const LABELS = 100; // room for names right of the curves

function make(tag, properties = {}, children = []) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function draw(tag, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

// Sorting: a click goes from ascending to descending to the order of the file. Empty cells stay last.

function compareCells(first, second, numeric, sign) {
  if (!numeric) return sign * first.textContent.localeCompare(second.textContent, "en", { numeric: true });
  const values = [first, second].map((cell) => cell.dataset.value);
  if (values.includes(undefined)) return (values[0] === undefined) - (values[1] === undefined);
  return sign * (values[0] - values[1]);
}

function sortTable(table, column, order) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const numeric = table.tHead.rows[0].cells[column].classList.contains("number");
  rows.sort((a, b) => a.dataset.place - b.dataset.place);
  if (order !== "none") {
    const sign = order === "ascending" ? 1 : -1;
    rows.sort((a, b) => compareCells(a.cells[column], b.cells[column], numeric, sign));
  }
  body.append(...rows);
}

function enableSorting(table) {
  const headings = [...table.tHead.rows[0].cells];
  [...table.tBodies[0].rows].forEach((row, place) => { row.dataset.place = place; });
  headings.forEach((heading, column) => {
    const button = make("button", { type: "button", title: "Sort by this column" }, [...heading.childNodes]);
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: "none" };
      const order = next[heading.getAttribute("aria-sort")] ?? "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      if (order !== "none") heading.setAttribute("aria-sort", order);
      sortTable(table, column, order);
    });
  });
}

// One model at a time: the others are hidden, and so left out in print.

function enableModels(data) {
  const models = [...document.querySelectorAll("article.model")];
  const box = document.getElementById("model-choice");
  const options = models.map((model, index) => make("option", { value: index, textContent: model.querySelector("h3").textContent }));
  const select = make("select", {}, options);
  const note = make("span", { className: "print", textContent: "Printed: this model; choose another on the page." });
  const choose = (index) => {
    models.forEach((model, other) => { model.hidden = other !== index; });
    select.value = index;
  };
  const follow = () => {
    const index = models.findIndex((model) => `#${model.id}` === location.hash);
    if (index < 0) return;
    choose(index);
    models[index].scrollIntoView();
    models[index].querySelector("h3").focus({ preventScroll: true });
  };
  select.addEventListener("change", () => choose(Number(select.value)));
  box.replaceChildren(make("label", { textContent: "Model" }, [select]), note);
  models.forEach((model, index) => enableConfusion(model, index, data));
  choose(0);
  addEventListener("hashchange", follow);
  follow();
}

// A confusion table: its cells become buttons that open the clips they count, or close them again.

function enableConfusion(model, index, data) {
  const box = model.querySelector(".confusion");
  const opened = model.querySelector(".opened");
  const hardest = [...opened.childNodes];
  const cells = [...box.querySelectorAll("td[data-true]")];
  const buttons = cells.map(() => make("button", { type: "button" }));
  const state = { model: index, name: model.querySelector("h3").textContent, head: "sequence", cell: null };
  const place = (cell) => [Number(cell.dataset.true), Number(cell.dataset.answer)];

  function update() {
    const counts = data.models[index].counts[state.head];
    cells.forEach((cell, number) => {
      const [truth, answer] = place(cell);
      const total = counts[truth].reduce((sum, value) => sum + value, 0);
      const button = buttons[number];
      const n = counts[truth][answer];
      button.textContent = n;
      button.disabled = n === 0;
      button.style.setProperty("--share", total ? n / total : 0);
      button.setAttribute("aria-pressed", String(state.cell === cell));
      button.setAttribute("aria-label", `${n} of ${total} ${data.classes[truth]} answers: ${data.classes[answer]}`);
    });
    if (state.cell) opened.replaceChildren(...showClips(data, state, place(state.cell)));
    else opened.replaceChildren(...hardest);
  }

  cells.forEach((cell, number) => {
    cell.replaceChildren(buttons[number]);
    buttons[number].addEventListener("click", () => { state.cell = state.cell === cell ? null : cell; update(); });
  });
  const heads = Object.keys(data.models[index].counts);
  if (heads.length > 1) {
    const select = make("select", {}, heads.map((value) => make("option", { value, textContent: HEADS[value] })));
    select.addEventListener("change", () => { state.head = select.value; update(); });
    box.prepend(make("label", { className: "choose", textContent: "Answer of the" }, [select]));
  }
  update();
}

function showClips(data, state, [truth, answer]) {
  const { seeds, counts, answers } = data.models[state.model];
  const total = counts[state.head][truth][answer];
  const chosen = data.clips.map((_, index) => index)
    .filter((index) => data.clips[index].true === truth && answers[state.head].some((seed) => seed[index] === answer));
  const what = seeds > 1 ? `answers of ${seeds} seeds` : total === 1 ? "clip" : "clips";
  const heading = make("h4", { textContent: `${total || "No"} ${data.classes[truth]} ${what} called ${data.classes[answer]} by ${state.name}` });
  const left = data.clips.length < data.total
    ? [make("p", { className: "note", textContent: `This page holds ${data.clips.length} of the data set's ${data.total} clips.` })]
    : [];
  return [heading, ...left, make("div", { className: "clips" }, chosen.map((index) => makeClip(data, state, index, answer)))];
}

function makeClip(data, state, index, answer) {
  const clip = data.clips[index];
  const scores = data.models[state.model].scores[state.head][index];
  const ranked = scores.map((score, j) => [score, data.classes[j]]).sort((a, b) => b[0] - a[0]).slice(0, 3);
  const facts = [
    `person ${clip.subject}`, `fold ${clip.fold}`, `true: ${data.classes[clip.true]}`,
    ranked.map(([value, name]) => `${name} ${Math.round(value / 10)} %`).join(", "),
  ];
  const width = data.frames * FRAME;
  const curves = data.curves.model === state.model;
  const picture = draw("svg", { class: "frames", viewBox: `0 0 ${width + (curves ? LABELS : 0)} ${FRAME}`, role: "img", "aria-label": `Frames of ${clip.name}` });
  picture.append(draw("use", { href: `#clip-${index}` }));
  const parts = [picture];
  if (curves) parts.push(drawCurves(data.classes, data.curves[state.head][index], clip.true, answer));
  const strip = make("div", { className: "strip", tabIndex: 0 }, parts);
  strip.setAttribute("role", "region");
  strip.setAttribute("aria-label", `Frames of ${clip.name}`);
  const card = make("article", { className: "clip" }, [
    make("h5", { textContent: clip.name }), make("p", { textContent: facts.join(" · ") }), strip,
  ]);
  card.dataset.clip = clip.name;
  return card;
}

function drawCurves(classes, frames, truth, answer) {
  const width = frames.length * FRAME;
  const svg = draw("svg", { viewBox: `0 0 ${width + LABELS} ${HEIGHT + 16}`, role: "img" });
  svg.setAttribute("aria-label", `After the last frame: ${classes.map((name, j) => `${name} ${frames.at(-1)[j] / 1000}`).join(", ")}`);
  const height = (value) => 8 + HEIGHT * (1 - value / 1000);
  for (const value of [0, 500, 1000]) {
    svg.append(draw("line", { x1: 0, x2: width, y1: height(value), y2: height(value) }));
  }
  const kind = (j) => (j === truth ? "true" : j === answer ? "answer" : "other");
  const order = classes.map((_, j) => j).sort((a, b) => ["other", "answer", "true"].indexOf(kind(a)) - ["other", "answer", "true"].indexOf(kind(b)));
  for (const j of order) {
    const points = frames.map((scores, t) => `${(t + 0.5) * FRAME},${height(scores[j]).toFixed(1)}`);
    const path = draw("path", { d: `M${points.join("L")}`, class: kind(j) });
    path.append(draw("title", {}, classes[j]));
    svg.append(path);
  }
  const ends = [...new Set([truth, answer])].map((j) => ({ j, y: height(frames.at(-1)[j]) }));
  if (ends.length === 2 && Math.abs(ends[0].y - ends[1].y) < 15) {
    const [upper, lower] = ends[0].y < ends[1].y ? ends : [ends[1], ends[0]];
    const middle = Math.min(Math.max((upper.y + lower.y) / 2, 15), HEIGHT);
    [upper.y, lower.y] = [middle - 8, middle + 8];
  }
  for (const { j, y } of ends) svg.append(draw("text", { x: width - FRAME / 2 + 8, y: y + 4, class: kind(j) }, classes[j]));
  for (const [value, text] of [[1000, "1"], [0, "0"]]) svg.append(draw("text", { x: 2, y: height(value) + (value ? 13 : -4) }, text));
  return svg;
}

// Contents: the section that is being read.

function markSections() {
  const links = new Map([...document.querySelectorAll("body > nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  let current = [...links.keys()][0];
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target.id);
    current = [...links.keys()].find((id) => seen.has(id)) ?? current;
    links.forEach((link, id) => (id === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  }, { rootMargin: "-10% 0px -60% 0px" });
  document.querySelectorAll("main > section").forEach((section) => observer.observe(section));
}

for (const table of document.querySelectorAll("table.sortable")) {
  if (table.tBodies[0].rows.length >= MINIMUM_ROWS) enableSorting(table);
}
if (document.getElementById("model-choice")) {
  enableModels(JSON.parse(document.getElementById("clip-data").textContent));
}
markSections();
// What is closed on the screen is printed, but for the long lists.
addEventListener("beforeprint", () => document.querySelectorAll("details.notes, details.more").forEach((part) => { part.open = true; }));
