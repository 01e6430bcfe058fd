// A table: read in the browser, sent in batches, written back as csv that no spreadsheet runs as a formula.
import { ask, nameOf, words } from "/page/ask.js";
import { make } from "/page/show.js";
import { say } from "/page/words.js";

const at = (id) => document.getElementById(id);
const SIZE = 20;
const GUESSES = ["诉求内容", "内容", "留言详情", "诉求", "正文", "text", "content"];
const SHOWN = ["type", "urgency", "topic", "department", "status"];
let table = null, stopped = false, link = null;

export function parse(text, separator) {
  const rows = [[]];
  let cell = "", quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const sign = text[index];
    if (quoted && sign === '"' && text[index + 1] === '"') { cell += '"'; index += 1; }
    else if (sign === '"' && (quoted || cell === "")) quoted = !quoted;
    else if (!quoted && sign === separator) { rows.at(-1).push(cell); cell = ""; }
    else if (!quoted && (sign === "\n" || sign === "\r")) {
      if (sign === "\r" && text[index + 1] === "\n") index += 1;
      rows.at(-1).push(cell); cell = ""; rows.push([]);
    } else cell += sign;
  }
  rows.at(-1).push(cell);
  return rows.filter((row) => row.some((value) => value.trim()));
}

async function decode(file) {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

async function choose() {
  const file = at("file").files[0];
  if (!file) return;
  const text = await decode(file);
  const [head, ...rows] = parse(text, file.name.endsWith(".tsv") ? "\t" : ",");
  table = { head: head ?? [], rows };
  at("column").replaceChildren(...table.head.map((name, index) => { const item = make("option", name); item.value = index; return item; }));
  const guess = GUESSES.map((name) => table.head.findIndex((column) => column.trim() === name)).find((index) => index >= 0);
  at("column").value = String(guess ?? longest(rows));
  at("column").disabled = at("run-table").disabled = !rows.length;
  at("progress-words").textContent = rows.length ? say("progress", { done: 0, all: rows.length, bad: 0 }) : say("nocolumn");
}

function longest(rows) {
  const lengths = (rows[0] ?? []).map((_, index) => rows.slice(0, 20).reduce((sum, row) => sum + (row[index] ?? "").length, 0));
  return lengths.indexOf(Math.max(...lengths));
}

async function run() {
  stopped = false;
  at("run-table").disabled = true;
  at("stop-table").disabled = false;
  at("save-table").hidden = true;
  const column = Number(at("column").value), results = [];
  at("rows").hidden = at("progress").hidden = false;
  at("rows").tHead.replaceChildren(rowOf("th", [say("row"), ...SHOWN.map((head) => say(head))]));
  at("rows").tBodies[0].replaceChildren();
  try {
    for (let start = 0; start < table.rows.length && !stopped; start += SIZE) await batch(start, column, results);
  } catch (error) {
    at("progress-words").textContent = say("failed") + error.message;
  }
  if (stopped) at("progress-words").textContent += ` ${say("stopped")}`;
  offer(results);
  at("run-table").disabled = false;
  at("stop-table").disabled = true;
}

async function batch(start, column, results) {
  const rows = table.rows.slice(start, start + SIZE);
  const appeals = rows.map((row, index) => ({ id: String(start + index + 1), text: (row[column] ?? "").trim() || " " }));
  results.push(...(await patiently(appeals)).results.map(valuesOf));
  for (const values of results.slice(start)) at("rows").tBodies[0].append(rowOf("td", values));
  const bad = results.filter((values) => values.bad).length;
  at("progress").value = results.length / table.rows.length;
  at("progress-words").textContent = say("progress", { done: results.length, all: table.rows.length, bad });
}

async function patiently(appeals, left = 5) {
  try {
    return await ask("/v1/batch", { appeals });
  } catch (error) {
    if (!error.retry || !left) throw error;
    await new Promise((resolve) => setTimeout(resolve, error.retry * 1000));
    return patiently(appeals, left - 1);
  }
}

function valuesOf(result) {
  if (result.error) return Object.assign([result.id, words(result.error), "", "", "", ""], { bad: true });
  const { analysis } = result, unit = analysis.departments[0];
  return [result.id, nameOf("type", analysis.type.label), nameOf("urgency", analysis.urgency.label),
    analysis.topic.path.join(" › "), unit.name, say(analysis.route.status)];
}

function rowOf(tag, values) {
  const row = make("tr");
  row.append(...values.map((value) => make(tag, value)));
  return row;
}

const quoted = (value) => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

function offer(results) {
  const lines = [[...table.head, ...SHOWN.map((head) => say(head))]];
  results.forEach((values, index) => lines.push([...table.head.map((_, at_) => table.rows[index][at_] ?? ""), ...values.slice(1)]));
  const text = `\ufeff${lines.map((line) => line.map(quoted).join(",")).join("\r\n")}\r\n`;
  if (link) URL.revokeObjectURL(link);
  link = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  at("save-table").href = link;
  at("save-table").hidden = false;
}

at("file").addEventListener("change", choose);
at("run-table").addEventListener("click", run);
at("stop-table").addEventListener("click", () => { stopped = true; });
