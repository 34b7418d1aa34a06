// Sorting, choosing tasks, and charts. Everything is in the page without it, but the charts.
// Data reach the page as text nodes and attributes of numbers only, never as markup.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const chosen = {}; // by field the value that tasks are chosen by
let board = data.standings["|"]?.places ?? []; // spec, mean rank, its interval, tied of each

// Sorting ------------------------------------------------------------------------------------

const keyOf = (row, column) => row.cells[column]?.dataset.v ?? row.cells[column]?.textContent ?? "";

function sortTable(head) {
  const table = head.closest("table");
  const column = head.cellIndex;
  const numbers = head.classList.contains("n");
  // A rank is best where it is low, a score where it is high.
  const first = numbers && !head.textContent.includes("rank") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? other : first;
  for (const cell of head.parentNode.cells) cell.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const compare = numbers
    ? (a, b) => keyOf(a, column) - keyOf(b, column)
    : (a, b) => keyOf(a, column).localeCompare(keyOf(b, column));
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((a, b) => sign * compare(a, b)));
}

for (const head of all(".sortable thead th")) {
  head.firstElementChild.addEventListener("click", () => sortTable(head));
}

// Places over the chosen tasks ---------------------------------------------------------------

function rankAmong(scores) {
  // 1 for the highest; equals share their mean rank, as in embkit.ranking.
  return scores.map((score) => {
    const above = scores.filter((one) => one > score).length;
    return above + (scores.filter((one) => one === score).length + 1) / 2;
  });
}

function placesOf(rows) {
  // As embkit.places has them, without intervals: those need the samples, which are not here.
  const ranked = rows.filter((row) => row.ranked);
  const counts = data.specs.map((_, i) => ranked.filter((row) => row.cells[i]).length);
  const specs = data.specs.map((_, i) => i).filter((i) => counts[i] && 2 * counts[i] >= ranked.length);
  const complete = ranked.filter((row) => specs.every((i) => row.cells[i]));
  if (specs.length < 2 || !complete.length) return { rows: 0, places: [] };
  const ranks = complete.map((row) => rankAmong(specs.map((i) => row.cells[i][0])));
  const means = specs.map((_, k) => ranks.reduce((sum, row) => sum + row[k], 0) / complete.length);
  const places = specs.map((spec, k) => [spec, means[k], null, null, 0]);
  return { rows: complete.length, places: places.sort((a, b) => a[1] - b[1]) };
}

function standing(rows) {
  const fields = Object.entries(chosen).filter(([, value]) => value);
  if (!fields.length) return data.standings["|"] ?? { rows: 0, places: [] };
  const kept = fields.length === 1 && data.standings[fields[0].join("|")];
  return kept || placesOf(rows);
}

const svg = (name, attributes) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const element = (name, text, kind) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
};

function whisker(value, low, high, most) {
  const place = (x) => 4 + ((x - 1) / (Math.max(most, 2) - 1)) * 132;
  const drawn = svg("svg", { class: "w", width: 140, height: 12, "aria-hidden": "true" });
  const line = low === null ? "" : `M${place(low)} 6H${place(high)}`;
  const dot = "m-2.5 0a2.5 2.5 0 1 1 5 0a2.5 2.5 0 1 1-5 0";
  drawn.append(svg("path", { d: `${line}M${place(value)} 6${dot}` }));
  return drawn;
}

function fill(cell, value, ...parts) {
  cell.dataset.v = value;
  cell.replaceChildren(...parts);
}

function share(cell, count, of) {
  if (!of) return fill(cell, -1);
  const bar = svg("svg", { class: "b", width: 48, height: 8, "aria-hidden": "true" });
  bar.append(svg("rect", { width: `${(100 * count) / of}%` }));
  fill(cell, count / of, bar, ` ${count} of ${of}`);
}

function percent(part) {
  const clipped = part === 0 || part === 1 ? part : Math.min(Math.max(part, 0.01), 0.99);
  return `${Math.round(100 * clipped)} %`;
}

function fillBoard(rows) {
  const { rows: count, places } = standing(rows);
  board = places;
  const place = new Map(places.map((one) => [one[0], one]));
  for (const line of all(".board tbody tr")) {
    const i = Number(line.dataset.spec);
    const [, rank, low, high, tied] = place.get(i) ?? [];
    const cell = line.querySelector(".r");
    line.classList.toggle("tied", Boolean(tied));
    if (rank === undefined) fill(cell, 999);
    else {
      const ends = low === null ? "" : `${low.toFixed(1)}–${high.toFixed(1)}`;
      fill(cell, rank, whisker(rank, low, high, places.length), " ",
        element("b", rank.toFixed(2)), " ", element("span", ends, "iv"));
    }
    const compared = rows.filter((row) => row.ranked && row.cells[i]);
    share(line.querySelector(".bt"), compared.filter((row) => row.tied.includes(i)).length, compared.length);
    const { plain, above, judged } = floorsOf(rows, i);
    share(line.querySelector(".af"), above, judged);
    const mean = plain.reduce((sum, row) => sum + row.cells[i][3], 0) / plain.length;
    fill(line.querySelector(".cv"), plain.length ? mean : -1, plain.length ? percent(mean) : "");
  }
  say(rows, count, places);
  const rankHead = all(".board thead th").find((head) => head.textContent.includes("rank"));
  rankHead.removeAttribute("aria-sort");
  sortTable(rankHead);
}

function floorsOf(rows, i) {
  // Of the default protocol, or else any: the rows of a provider, those with a floor, those above.
  const own = rows.filter((row) => row.cells[i]);
  const plain = own.some((row) => row.default) ? own.filter((row) => row.default) : own;
  const judged = plain.filter((row) => row.cells[i][4] >= 0);
  return { plain, above: judged.filter((row) => row.cells[i][4]).length, judged: judged.length };
}

function say(rows, count, places) {
  // As embkit.reporters.html.leaderboard has it.
  const verdict = document.getElementById("verdict");
  verdict.replaceChildren();
  if (!places.length) return;
  const [best, ...others] = places;
  const name = (place) => element("strong", data.specs[place[0]]);
  const over = count > 1 ? `${count} tasks` : "one task";
  verdict.append(name(best), ` has the best mean rank, ${best[1].toFixed(2)} of ${places.length}, over ${over}. `);
  const tied = others.filter((place) => place[4]);
  if (best[2] === null) verdict.append("Who is tied is told of one choice at a time.");
  else if (!tied.length) verdict.append("It is told apart from every other.");
  else if (tied.length === 1) verdict.append(name(tied[0]), " cannot be told from it.");
  else {
    const named = tied.slice(0, 4).map((place) => data.specs[place[0]]).join(", ");
    const more = tied.length > 4 ? ` and ${tied.length - 4} more` : "";
    verdict.append(`${tied.length} others cannot be told from it: ${named}${more}.`);
  }
  const { above, judged } = floorsOf(rows, best[0]);
  if (judged) verdict.append(` It lies above its floor on ${above} of ${judged} tasks.`);
}

// Choosing tasks -----------------------------------------------------------------------------

function fits(line) {
  const row = data.rows[Number(line.dataset.row)];
  return Object.entries(chosen).every(([field, value]) =>
    !value || (field === "text" ? row.id.toLowerCase().includes(value.toLowerCase()) : line.dataset[field] === value));
}

function choose() {
  remember();
  const there = new Set();
  for (const line of all("[data-row]")) {
    line.hidden = !fits(line);
    if (!line.hidden) there.add(Number(line.dataset.row));
  }
  for (const frame of all("#scores .scroll")) {
    frame.hidden = !all("tbody tr", frame).some((line) => !line.hidden);
  }
  fillBoard(data.rows.filter((_, i) => there.has(i)));
  const rows = data.rows.length;
  document.getElementById("said").textContent =
    there.size === rows ? `${rows} rows` : `${there.size} of ${rows} rows`;
  drawAll();
}

function remember() {
  const kept = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  history.replaceState(null, "", kept.size ? `#?${kept}` : location.pathname + location.search);
}

for (const input of all("[data-by]")) {
  input.addEventListener("input", () => {
    chosen[input.dataset.by] = input.value;
    choose();
  });
}
document.getElementById("all").addEventListener("click", () => {
  for (const input of all("[data-by]")) chosen[input.dataset.by] = input.value = "";
  choose();
});

// Charts -------------------------------------------------------------------------------------

const tip = document.getElementById("tip");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// What draws charts is read when the first one comes near: it is most of this file.
function library() {
  if (typeof charts === "undefined") {
    const script = document.createElement("script");
    script.textContent = document.getElementById("library").textContent;
    document.head.append(script);
  }
  return charts;
}

function showTip(handler, event, item, value) {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  const lines = typeof value === "object" ? Object.entries(value).map(([key, v]) => `${key}: ${v}`) : [value];
  tip.replaceChildren(...lines.map((line) => element("div", line)));
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 8))}px`;
  tip.style.top = `${event.clientY + 16 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 16}px`;
}

function looks() {
  const [ink, soft, line] = ["ink", "soft", "line"].map(colour);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  // Okabe and Ito 2008: told apart by all kinds of colour vision; without the two that vanish here.
  const category = dark
    ? ["#56B4E9", "#E69F00", "#00B386", "#D98CB3", "#F0E442", "#E8743B", "#C0C4CC"]
    : ["#0072B2", "#B87A00", "#007A5A", "#A8487F", "#C24A00", "#3B3F46", "#2F8FC4"];
  // The picture has one text for all of it; of each mark, an expression would be made out of data.
  return {
    aria: false, background: "transparent", font: getComputedStyle(document.body).fontFamily,
    view: { stroke: "transparent" },
    axis: { labelColor: soft, titleColor: soft, gridColor: line, domainColor: line, tickColor: line,
      titleFontWeight: "normal", labelFontSize: 11, titleFontSize: 12 },
    legend: { labelColor: ink, titleColor: soft, labelLimit: 220 },
    header: { labelColor: ink, labelFontSize: 12, labelLimit: 280 },
    text: { color: ink, fontSize: 11 },
    range: { category },
  };
}

function name(points) {
  // As many names as have room, those of the front first; a pointer shows the others.
  const share = (value, field, scale) => {
    const ends = points.map((one) => scale(one[field]));
    const low = Math.min(...ends);
    return (scale(value) - low) / (Math.max(...ends) - low || 1);
  };
  const named = [];
  for (const one of [...points].sort((a, b) => b.front - a.front)) {
    const x = share(one.cost, "cost", Math.log);
    const y = share(one.value, "value", Number);
    const room = named.every(([left, top]) => Math.abs(x - left) > 0.25 || Math.abs(y - top) > 0.06);
    one.named = room && (x < 0.5 ? "left" : "right"); // from which side the name begins
    if (one.named) named.push([x, y]);
  }
}

function pareto(kind, chart) {
  const picked = document.getElementById("quality").value;
  const row = picked === "" ? null : data.rows[Number(picked)];
  const places = row
    ? row.cells.map((cell, i) => cell && [i, cell[0], cell[1], cell[2]]).filter(Boolean)
    : board;
  const points = places.flatMap(([i, value, low, high]) => {
    const cost = data.costs[i][kind];
    return cost ? [{ spec: data.specs[i], value, low: low ?? value, high: high ?? value, cost }] : [];
  });
  const good = row ? 1 : -1; // a low rank is good
  const cheap = kind === "speed" ? 1 : -1;
  for (const one of points) {
    one.front = !points.some((other) =>
      good * other.value >= good * one.value && cheap * other.cost >= cheap * one.cost &&
      (other.value !== one.value || other.cost !== one.cost));
  }
  name(points);
  chart.encoding.x.title = kind === "speed" ? "texts a second" : "bytes of the model";
  chart.encoding.x.axis = { format: "~s", tickCount: 5, grid: false };
  chart.encoding.y.title = row ? row.metric : "mean rank";
  chart.encoding.y.scale.reverse = !row;
  chart.layer[0].mark.color = colour("accent");
  chart.layer[1].mark.color = colour("soft");
  chart.layer[2].encoding.color.scale.range = [colour("accent"), colour("soft")];
  const front = points.filter((one) => one.front).map((one) => one.spec).join(", ");
  return [points, points.length ? `Best for their ${kind === "speed" ? "speed" : "size"}: ${front}` : ""];
}

function draw(figure) {
  const { chart: kind, of } = figure.dataset;
  const plot = figure.querySelector(".plot");
  const chart = structuredClone(data.charts[kind]);
  let points, told;
  if (kind === "pareto") [points, told] = pareto(of, chart);
  else {
    points = data[`${kind}s`][of] ?? [];
    told = figure.querySelector("figcaption").textContent;
    if (kind === "curve") chart.layer[0].encoding.y.title = data.rows[of].metric;
  }
  if (!points.length) {
    plot.replaceChildren(element("p", "No provider tells a number to draw.", "dim"));
    return;
  }
  const width = Math.max(240, plot.clientWidth);
  if (kind === "map") {
    const panels = new Set(points.map((one) => one.spec)).size;
    chart.columns = Math.min(panels, width > 900 ? 3 : width > 560 ? 2 : 1);
    chart.spec.width = chart.spec.height = Math.min(380, (width - 24 * chart.columns) / chart.columns);
  } else {
    if (kind === "curve") chart.encoding.color.legend.columns = width < 560 ? 1 : 3;
    chart.width = width;
    chart.autosize = { type: "fit", contains: "padding" };
  }
  chart.data = { values: points };
  const { compile, expressionInterpreter, parse, View } = library();
  const compiled = compile(chart, { config: looks() }).spec;
  const view = new View(parse(compiled, null, { ast: true }), {
    expr: expressionInterpreter, renderer: "svg", container: plot, hover: true,
    tooltip: showTip, loader: { load: () => Promise.reject(new Error("nothing is fetched")) },
  });
  view.runAsync().then(() => {
    const drawn = plot.querySelector("svg");
    drawn?.setAttribute("role", "img");
    drawn?.setAttribute("aria-label", told);
  });
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    draw(entry.target);
  }
});
const drawAll = () => {
  for (const figure of all(".chart")) {
    seen.unobserve(figure);
    seen.observe(figure);
  }
};
let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 150);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
const quality = document.getElementById("quality");
quality.append(new Option("mean rank", ""), ...data.rows.map((row, i) => new Option(row.id, i)));
if (!data.standings["|"]) quality.remove(0);
quality.addEventListener("change", drawAll);

// A link to a task opens it.
function open() {
  const target = /^#task-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
  if (!target) return;
  target.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", open);

for (const part of all(".choose")) part.hidden = data.rows.length < 2;
const kept = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
for (const input of all("[data-by]")) {
  chosen[input.dataset.by] = input.value = kept.get(input.dataset.by) ?? "";
}
if (kept.size) choose();
open();
drawAll();
