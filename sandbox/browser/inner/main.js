// The inside of an element: a frame of the sandbox in a merchant's page. The frame announces itself to the
// page, receives a private message port, and reports the state of the inputs, but never the typed text.

import { Card, CardPart } from "./card.js";
import { create } from "./creation.js";
import { speak } from "./language.js";
import { Payment } from "./payment.js";
import { register } from "./siblings.js";
import { dress } from "./style.js";

const said = new URLSearchParams(location.hash.slice(1));
const [kind, group, id, origin] = ["kind", "group", "id", "origin"].map((name) => said.get(name) ?? "");

/** Waits for the one message that this frame takes from its page, which brings the private line. */
function begin(event) {
  if (event.source !== window.parent || event.origin !== origin || event.data?.causeway !== "begin") {
    return;
  }
  window.removeEventListener("message", begin);
  const inside = new Inside(event.ports[0], event.data);
  inside.open();
}

/** An element that is shown. */
class Inside {
  constructor(line, { key, account, options }) {
    this.line = line;
    this.key = { key, account };
    this.last = "";
    speak(options.locale);
    const tell = (what) => this.heard(what);
    this.content = this.contentOf(options, tell);
    this.content.heard = () => this.changed();
    dress(options.style, options.appearance);
  }

  contentOf(options, tell) {
    switch (kind) {
      case "card":
        return new Card(options, tell);
      case "payment":
        return new Payment(options, tell);
      default:
        return new CardPart(kind, options, tell);
    }
  }

  open() {
    register(group, kind, this.content);
    document.body.classList.add(kind);
    document.querySelector("main").append(this.content.node);
    this.last = JSON.stringify(this.state());
    this.line.onmessage = ({ data }) => this.asked(data);
    new ResizeObserver(() => this.measure()).observe(document.querySelector("main"));
    this.measure();
    this.line.postMessage({ event: "ready" });
  }

  measure() {
    const { height } = document.querySelector("main").getBoundingClientRect();
    this.line.postMessage({ event: "height", height: Math.ceil(height) });
  }

  async asked({ ask, what, with: given = {} }) {
    const { content } = this;
    if (what === "create") {
      const answer = await create(content, this.key, given);
      this.changed();
      this.line.postMessage({ reply: ask, answer });
    } else if (what === "check") {
      const problem = content.insist();
      this.changed();
      const error = problem && { type: "validation_error", code: problem.code, message: problem.message };
      this.line.postMessage({ reply: ask, answer: error ? { error } : { type: content.type ?? "card" } });
    } else if (what === "update") {
      content.update(given);
      dress(given.style, given.appearance);
      this.changed();
    } else if (["focus", "blur", "clear"].includes(what)) {
      content.form[what]();
      this.changed();
    }
  }

  heard(what) {
    if (what === "input") {
      this.changed();
    } else {
      this.line.postMessage({ event: what });
    }
  }

  /** Tells the page, if there is something new. */
  changed() {
    this.content.show?.();
    const state = this.state();
    const text = JSON.stringify(state);
    if (text !== this.last) {
      this.last = text;
      this.line.postMessage({ event: "change", state });
    }
  }

  state() {
    const { form, value } = this.content;
    const error = form.error && { type: "validation_error", code: form.error.code, message: form.error.message };
    const judged = { complete: form.complete, empty: form.empty };
    return kind === "payment" ? { ...judged, ...value } : { ...judged, error: error ?? undefined, ...value };
  }
}

window.addEventListener("message", begin);
// A page from a file has no origin. The message contains no secret.
window.parent.postMessage({ causeway: "loaded", id }, origin === "null" || origin === "" ? "*" : origin);
