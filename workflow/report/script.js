// The page is complete without this file: it adds sorting, the clips behind the confusion table, and the mark of the
// current section. Names come from users: they are only ever set as text, never as HTML.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const HEADS = { sequence: "LSTM", capsule: "capsule vote" };
const MINIMUM_ROWS = 3; // fewer are not worth sorting
const FRAME = 48; // units of a curve's picture for one frame, as wide as the frame above it
const HEIGHT = 120;
const LABELS = 100; // room for names right of the curves; .strip img leaves the same share free

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

// The confusion table: its cells become buttons that open the clips they count.

function enableConfusion(data) {
  const box = document.getElementById("confusion-table");
  const cells = [...box.querySelectorAll("td[data-true]")];
  const buttons = cells.map((cell) => make("button", { type: "button" }));
  const first = data.runs.findIndex((run) => run.variant === box.dataset.variant);
  const state = { run: Math.max(first, 0), head: "sequence", cell: null };
  const place = (cell) => [Number(cell.dataset.true), Number(cell.dataset.answer)];

  function count(cell) {
    const [truth, answer] = place(cell);
    return data.runs[state.run].counts[state.head][truth][answer];
  }

  function update() {
    const run = data.runs[state.run];
    const words = `${HEADS[state.head]}, ${run.variant}, seed ${run.seed}`;
    document.getElementById("confusion-caption").textContent =
      `${words[0].toUpperCase()}${words.slice(1)}: rows are true expressions, columns the answers.`;
    cells.forEach((cell, index) => {
      const [truth, answer] = place(cell);
      const row = run.counts[state.head][truth];
      const total = row.reduce((sum, value) => sum + value, 0);
      const button = buttons[index];
      const n = row[answer];
      button.textContent = n;
      button.disabled = n === 0;
      button.style.setProperty("--share", total ? n / total : 0);
      button.setAttribute("aria-pressed", String(state.cell === cell));
      button.setAttribute("aria-label", `${n} of ${total} ${data.classes[truth]} clips called ${data.classes[answer]}`);
    });
    showClips(data, state, state.cell ? place(state.cell) : null, state.cell ? count(state.cell) : 0);
  }

  cells.forEach((cell, index) => {
    cell.replaceChildren(buttons[index]);
    buttons[index].addEventListener("click", () => { state.cell = cell; update(); });
  });
  offerChoices(data, state, update);
  const mistakes = cells.filter((cell) => place(cell)[0] !== place(cell)[1] && count(cell) > 0);
  state.cell = mistakes.sort((a, b) => count(b) - count(a))[0] ?? null;
  update();
}

function offerChoices(data, state, update) {
  const box = document.getElementById("confusion-choice");
  const several = new Set(data.runs.map((run) => run.seed)).size > 1;
  const runs = data.runs.map((run) => (several ? `${run.variant}, seed ${run.seed}` : run.variant));
  addChoice(box, "Losses", runs.map((text, value) => [value, text]), state.run, (value) => { state.run = Number(value); update(); });
  addChoice(box, "Answer of the", Object.entries(HEADS).filter(([head]) => data.runs[0].counts[head]), state.head, (value) => { state.head = value; update(); });
}

function addChoice(box, label, options, chosen, choose) {
  if (options.length < 2) return;
  const select = make("select", {}, options.map(([value, text]) => make("option", { value, textContent: text })));
  select.value = chosen;
  select.addEventListener("change", () => choose(select.value));
  box.append(make("label", { textContent: label }, [select]));
}

function showClips(data, state, cell, total) {
  const box = document.getElementById("confusion-clips");
  if (!cell) { box.replaceChildren(); return; }
  const [truth, answer] = cell;
  const run = data.runs[state.run];
  const chosen = data.clips.map((_, index) => index)
    .filter((index) => data.clips[index].true === truth && run.answers[state.head][index] === answer);
  const number = `${total || "No"} ${data.classes[truth]} ${total === 1 ? "clip" : "clips"}`;
  const heading = make("h3", { textContent: `${number} that the ${HEADS[state.head]} calls ${data.classes[answer]}` });
  const left = chosen.length < total
    ? [make("p", { className: "note", textContent: `${chosen.length} of them are shown: this page holds ${data.clips.length} of the data set's ${data.total} clips.` })]
    : [];
  const cards = chosen.map((index) => makeClip(data, state, index));
  box.replaceChildren(heading, ...left, make("div", { className: "clips" }, cards));
}

function makeClip(data, state, index) {
  const clip = data.clips[index];
  const run = data.runs[state.run];
  const other = state.head === "sequence" ? "capsule" : "sequence";
  const scores = run.scores[state.head][index];
  const ranked = scores.map((value, name) => [value, data.classes[name]]).sort((a, b) => b[0] - a[0]).slice(0, 3);
  const share = (value) => (state.head === "sequence" ? `${(value / 10).toFixed(0)} %` : (value / 1000).toFixed(2));
  const facts = [
    `${clip.subject}, tested in fold ${clip.fold}`,
    `true: ${data.classes[clip.true]}`,
    `${HEADS[state.head]}: ${ranked.map(([value, name]) => `${name} ${share(value)}`).join(", ")}`,
  ];
  if (run.answers[other]) facts.push(`${HEADS[other]}: ${data.classes[run.answers[other][index]]}`);
  const frames = data.frames;
  const picture = make("img", { src: clip.picture, alt: `Frames of ${clip.name}`, width: frames * FRAME, height: FRAME });
  const parts = [picture];
  if (data.curves && data.curves.run === state.run) {
    parts.push(drawCurves(data.classes, data.curves[state.head][index], clip.true, run.answers[state.head][index]));
  }
  const strip = make("div", { className: "strip", tabIndex: 0 }, [make("div", {}, parts)]);
  strip.setAttribute("role", "region");
  strip.setAttribute("aria-label", `Frames of ${clip.name}`);
  const card = make("article", { className: "clip" }, [
    make("h4", { textContent: clip.name }), make("p", { textContent: facts.join(" · ") }), strip,
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
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
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
if (document.getElementById("confusion-table")) {
  enableConfusion(JSON.parse(document.getElementById("clip-data").textContent));
}
markSections();
