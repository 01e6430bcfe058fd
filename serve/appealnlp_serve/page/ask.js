// Talking to the server: one place for the token, for errors and for the names of labels.
import { inChinese, say } from "/page/words.js";

const field = document.getElementById("token");

export class Refused extends Error {}

export async function ask(path, body) {
  const headers = { accept: "application/json" };
  if (field.value) headers.authorization = `Bearer ${field.value}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused(say("lost"));
  }
  if (answer.status === 401) field.closest("label").hidden = false;
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Refused(words(value.error)), { retry: Number(answer.headers.get("retry-after")) });
  return value;
}

export const words = (error) => (error ? (inChinese() ? error.message_zh : error.message) : say("lost"));

export function connect() {
  const offered = ["appealnlp.live.v1"];
  if (field.value) offered.push(`bearer.${field.value}`);
  return new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/live`, offered);
}

let schemes = null;

export async function labels() {
  schemes ??= await ask("/v1/schemes");
  return schemes;
}

export function nameOf(head, code) {
  const found = schemes?.[head]?.find((label) => label.code === code);
  return found ? found.name : code;
}
