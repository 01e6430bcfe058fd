// Showing an answer. Text of citizens reaches the page through textContent alone.
import { nameOf } from "/page/ask.js";
import { say } from "/page/words.js";

const at = (id) => document.getElementById(id);
const HEADS = ["type", "urgency", "topic", "department", "target"];

export function make(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

export function labelsOf(analysis) {
  return {
    type: analysis.type, target: analysis.target, urgency: analysis.urgency,
    topic: { label: analysis.topic.path.join("/"), confidence: analysis.topic.confidence },
    department: { label: analysis.departments[0].code, confidence: analysis.departments[0].confidence },
  };
}

export function showLabels(shown, route, review) {
  const rows = HEADS.flatMap((head) => labelRow(head, shown[head]));
  const status = make("dd", say(route.status));
  status.id = "label-status";
  const doubts = (review?.reasons ?? []).map((reason) => make("dd", reason, "doubt"));
  at("labels").replaceChildren(...rows, make("dt", say("status")), status, ...doubts);
  at("result").hidden = false;
}

function labelRow(head, decision) {
  const name = head === "topic" ? decision.label.split("/").join(" › ") : nameOf(head, decision.label);
  const value = make("dd", name, head === "urgency" && ["critical", "urgent"].includes(decision.label) ? "grave" : "");
  value.id = `label-${head}`;
  const bar = make("meter");
  bar.max = 1;
  bar.value = decision.confidence ?? 0;
  bar.setAttribute("aria-label", say(head));
  const cell = make("dd", undefined, "bar");
  cell.append(bar);
  return [make("dt", say(head)), value, cell, make("dd", percent(decision.confidence), "share")];
}

const percent = (value) => (value === null || value === undefined ? "" : `${Math.round(value * 100)}%`);

// The content in pieces: every boundary of a span cuts, the gravest span over a piece colours it.
export function showContent(content, spans) {
  const points = Array.from(content);
  const cuts = [...new Set([0, points.length, ...spans.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);
  const pieces = cuts.slice(1).map((end, index) => piece(points, cuts[index], end, spans));
  at("content").replaceChildren(...pieces);
  const kinds = ["evidence", "flag", "entity"];
  at("legend").replaceChildren(...kinds.map((kind) => { const row = make("li"); row.append(make("mark", say(kind), kind)); return row; }));
}

function piece(points, start, end, spans) {
  const text = points.slice(start, end).join("");
  const over = spans.filter((span) => span.start <= start && span.end >= end);
  if (!over.length) return document.createTextNode(text);
  const mark = make("mark", text, over[0].kind);
  mark.title = over.map((span) => span.name).join("、");
  const ending = over.filter((span) => span.end === end).map((span) => span.name);
  if (ending.length) mark.dataset.note = ending.join("、");
  return mark;
}

export function spansOf(evidence, flags, entities) {
  return [
    ...evidence.map((item) => ({ ...item, kind: "evidence", name: say("urgency") })),
    ...flags.map((item) => ({ ...item, kind: "flag", name: nameOf("flags", item.flag) })),
    ...entities.map((item) => ({ ...item, kind: "entity", name: nameOf("entities", item.label) })),
  ];
}

export function showRoute(departments, route, why) {
  at("units").replaceChildren(...departments.map((unit) => make("li", `${unit.name}（${say(unit.role)}）${percent(unit.confidence)}`)));
  const reasons = (why ?? []).filter((reason) => reason.weight > 0).map((reason) => `“${reason.text}”`);
  at("unit-words").textContent = reasons.join(" ") || say("none");
  at("deadlines").replaceChildren(...(route.deadlines ?? []).map(deadline));
  at("reasons").replaceChildren(...(route.reasons ?? []).map((reason) => make("li", reason)));
}

function deadline(item) {
  const due = item.due ? `，${say("due")} ${item.due.replace("T", " ")}` : "";
  const basis = item.basis ? `（${item.basis}）` : "";
  return make("li", `${item.name ?? item.step}：${spanOfTime(item.within)}${due}${basis}`);
}

// "5 working days", as policies write it, in the language of the page.
function spanOfTime(within) {
  const [, count, unit] = /^(\d+) (hours?|days?|working days?)$/.exec(within) ?? [];
  return count ? say(unit.replace(/s$/, ""), { count }) : within;
}

export function showAlarm(numbers, evidence) {
  const words = evidence.map((item) => `“${item.text}”`).join(" ");
  at("alarm").textContent = `${say("handoff")} ${numbers.join("、") || say("human")}　${words ? `${say("because")} ${words}` : ""}`;
  at("alarm").hidden = false;
}

const isDanger = (urgency) => urgency.label === "critical" && urgency.evidence.some((item) => item.rule !== "model");

export function clearAlarm() {
  at("alarm").hidden = true;
}

export function showRecord(record, content) {
  const { analysis } = record;
  showLabels(labelsOf(analysis), analysis.route, analysis.review);
  showContent(content, spansOf(analysis.urgency.evidence, analysis.flags, analysis.entities));
  showRoute(analysis.departments, analysis.route, record.why?.department);
  at("masked").textContent = record.masked ?? "";
  at("json").textContent = JSON.stringify(analysis, null, 2);
  if (analysis.route.handoff.length || isDanger(analysis.urgency)) showAlarm(analysis.route.handoff, analysis.urgency.evidence);
  else clearAlarm();
}
