// The page: wires the form, the tabs, the call, the correction and the language together.
import { ask, labels, nameOf } from "/page/ask.js";
import { Call } from "/page/call.js";
import { labelsOf, make, showRecord } from "/page/show.js";
import { inChinese, say, speak } from "/page/words.js";
import "/page/table.js";

const at = (id) => document.getElementById(id);
const EXAMPLE = "我住兴业路66号，楼道里现在全是煤气味，一楼那家敲门没人应，味道越来越重。联系人刘女士，电话13900001101，你们快叫人来！";
const CORRECTED = ["type", "urgency", "topic", "department", "target"];
let last = null, call = null, timer = null;

const about = () => Object.fromEntries(
  [["title", at("title").value], ["received_at", at("received").value], ["area", at("area").value]].filter(([, value]) => value));

async function analyze() {
  stopCall();
  at("status").textContent = say("analyzing");
  const appeal = { ...about(), text: at("text").value };
  try {
    await labels();
    const record = await ask("/v1/analyze", { ...appeal, include: ["masked", "why"] });
    finish(appeal, record);
    at("status").textContent = say("done");
  } catch (error) {
    at("status").textContent = say("failed") + error.message;
  }
}

function finish(appeal, record) {
  last = { appeal, record };
  showRecord(record, appeal.title ? `${appeal.title}\n${appeal.text}` : appeal.text);
  offerLabels();
}

function offerLabels() {
  const chosen = at("field").value || "type";
  at("field").replaceChildren(...CORRECTED.map((head) => option(head, say(head))));
  at("field").value = chosen;
  labels().then((all) => at("right").replaceChildren(...all[chosen].map((label) => option(label.code, label.name)))).catch(() => {});
}

function option(value, text) {
  const item = make("option", text);
  item.value = value;
  return item;
}

async function correct(event) {
  event.preventDefault();
  if (!last) return;
  const field = at("field").value, { title, text } = last.appeal;
  const given = labelsOf(last.record.analysis)[field].label;
  const body = { kind: "correction", field, given, correct: at("right").value, text };
  if (title) body.title = title;
  if (at("why").value.trim()) body.reason = at("why").value;
  try {
    const kept = await ask("/v1/feedback", body);
    at("sent").textContent = `${say("thanks")} ${kept.kept_until}（${nameOf(field, body.correct)}）`;
  } catch (error) {
    at("sent").textContent = say("failed") + error.message;
  }
}

async function startCall() {
  stopCall();
  await labels().catch(() => {});
  const given = about();
  call = new Call(given, (record) => { last = { appeal: { ...given, text: call.text }, record }; offerLabels(); });
}

function stopCall() {
  clearInterval(timer);
  if (call && !call.over) call.end();
  at("live").checked = false;
}

async function play() {
  const points = Array.from(at("text").value || EXAMPLE);
  await startCall();
  let heard = 0;
  at("text").value = "";
  timer = setInterval(() => {
    heard = Math.min(heard + 2, points.length);
    at("text").value = points.slice(0, heard).join("");
    call.hear(at("text").value);
    if (heard === points.length) stopCall();
  }, 90);
}

function selectTab(tab, focus) {
  for (const other of document.querySelectorAll("[role=tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    at(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
}

function tabKey(event) {
  const tabs = [...document.querySelectorAll("[role=tab]")], here = tabs.indexOf(document.activeElement);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) selectTab(tabs[(here + step + tabs.length) % tabs.length], true);
}

at("ask").addEventListener("submit", (event) => { event.preventDefault(); analyze(); });
at("example").addEventListener("click", () => { at("text").value = EXAMPLE; at("text").focus(); });
at("play").addEventListener("click", play);
at("live").addEventListener("change", async () => {
  if (!at("live").checked) return stopCall();
  await startCall();
  at("live").checked = true;
  call.hear(at("text").value);
});
at("text").addEventListener("input", () => { if (at("live").checked && call) call.hear(at("text").value); });
at("correct").addEventListener("submit", correct);
at("field").addEventListener("change", offerLabels);
at("tabs").addEventListener("click", (event) => { const tab = event.target.closest("[role=tab]"); if (tab) selectTab(tab); });
at("tabs").addEventListener("keydown", tabKey);
at("token").addEventListener("change", () => labels().then(offerLabels).catch(() => {}));
at("language").addEventListener("click", () => {
  speak(inChinese() ? "en" : "zh");
  if (last) finish(last.appeal, last.record);
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.closest("#ask")) { event.preventDefault(); analyze(); }
});

speak();
labels().then(offerLabels).catch(() => {});
