// A call: words go out as they are typed or played, updates come in.
import { connect, words } from "/page/ask.js";
import { clearAlarm, showAlarm, showContent, showLabels, showRecord, showRoute, spansOf } from "/page/show.js";
import { say } from "/page/words.js";

const status = document.getElementById("status");

export class Call {
  constructor(about, finished) {
    Object.assign(this, { about, finished, text: "", socket: connect() });
    clearAlarm();
    status.textContent = say("listening");
    this.socket.onopen = () => { this.send({ type: "start", ...about }); this.flush(); };
    this.socket.onmessage = (event) => this.take(JSON.parse(event.data));
    this.socket.onclose = () => { if (!this.over) status.textContent = say("lost"); this.over = true; };
  }

  get content() { return this.about.title ? `${this.about.title}\n${this.text}` : this.text; }

  hear(text) {
    this.text = text;
    if (this.socket.readyState === WebSocket.OPEN) this.flush();
  }

  flush() {
    if (this.text) this.send({ type: "transcript", text: this.text });
    if (this.ending) this.send({ type: "end" });
  }

  end() {
    this.ending = true;
    if (this.socket.readyState === WebSocket.OPEN) this.send({ type: "end" });
  }

  send(message) { this.socket.send(JSON.stringify(message)); }

  take(message) {
    if (message.type === "handoff") showAlarm(message.numbers, message.evidence);
    if (message.type === "error") status.textContent = say("failed") + words(message.error);
    if (message.type === "update") this.update(message);
    if (message.type !== "final") return;
    this.over = true;
    showRecord(message, this.content);
    status.textContent = say("ended");
    this.finished?.(message);
  }

  update(message) {
    showLabels(message.shown, message.route, message.review);
    const heard = Array.from(this.content);
    if (heard.length === message.length) showContent(this.content, spansOf(message.evidence, message.flags, message.entities));
    showRoute(message.departments, message.route);
  }
}
