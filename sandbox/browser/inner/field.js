// One input: formats and checks the typed text, and moves the focus to the next input when complete.

import { localized } from "./language.js";

/** The number of fields made so far; each label needs the id of its input. */
let made = 0;

/** An input with its label. */
export class Field {
  /**
   * @param look `{name, id, label, aria, stable, placeholder, autocomplete, inputmode, options}`
   * @param rules `{format(text, deletes), judge(text), full(text)}`; all may be missing
   */
  constructor(look, rules = {}) {
    this.name = look.name;
    this.rules = rules;
    this.left = false;
    this.heard = () => {};
    this.before = null;
    this.after = null;
    this.input = look.options ? choices(look.options) : document.createElement("input");
    this.node = this.dressed(look);
    this.listen();
  }

  /** The text. */
  get text() {
    return this.input.value;
  }

  set text(text) {
    this.input.value = this.rules.format?.(text, false) ?? text;
  }

  /** Whether nothing was typed. */
  get empty() {
    return this.text === "";
  }

  /** Whether it is on the page. */
  get shown() {
    return !this.node.hidden;
  }

  /** What is wrong with it, whether or not that is shown yet. */
  get problem() {
    return this.shown ? localized(this.rules.judge?.(this.text) ?? null) : null;
  }

  /** What is wrong with it and may be shown: what is incomplete only after the customer has left it. */
  get error() {
    const { problem } = this;
    const shown = problem && (problem.soft ? this.left : !this.empty);
    return shown ? problem : null;
  }

  /** Shows what is wrong with it even if nothing was typed. */
  insist() {
    this.left = true;
    this.mark();
  }

  /** Empties it. */
  clear() {
    this.text = "";
    this.left = false;
    this.mark();
  }

  /** Colours it, and tells those who cannot see colours. */
  mark() {
    const wrong = this.error !== null;
    this.input.classList.toggle("wrong", wrong);
    this.input.setAttribute("aria-invalid", String(wrong));
  }

  dressed(look) {
    made += 1;
    const id = look.id ?? `field-${made}`;
    const { input } = this;
    input.id = id;
    input.name = look.name;
    const attributes = {
      "aria-label": look.aria,
      "aria-invalid": "false",
      "data-elements-stable-field-name": look.stable,
      autocomplete: look.autocomplete,
      inputmode: look.inputmode,
      placeholder: look.placeholder,
    };
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) {
        input.setAttribute(name, value);
      }
    }
    input.spellcheck = false;
    if (look.inputmode === "numeric" || look.name === "iban" || look.name === "email") {
      // Numbers are read from left to right in every language.
      input.dir = "ltr";
    }
    const node = document.createElement("div");
    node.className = `field ${look.name}`;
    if (look.label) {
      const label = document.createElement("label");
      label.htmlFor = id;
      label.textContent = look.label;
      node.append(label);
    }
    node.append(input);
    return node;
  }

  listen() {
    const { input } = this;
    input.addEventListener("input", (event) => this.typed(event));
    input.addEventListener("focus", () => this.heard("focus", this));
    input.addEventListener("blur", () => {
      this.left ||= !this.empty;
      this.mark();
      this.heard("blur", this);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.heard("escape", this);
      } else if (event.key === "Backspace" && this.empty && this.before) {
        this.before.input.focus();
      }
    });
  }

  typed(event) {
    this.left = false;
    const deletes = event.inputType?.startsWith("delete") ?? false;
    if (this.rules.format) {
      reformat(this.input, (text) => this.rules.format(text, deletes));
    }
    this.mark();
    this.heard("input", this);
    const atEnd = this.input.selectionStart === this.text.length;
    if (!deletes && atEnd && this.problem === null && this.rules.full?.(this.text) && this.after?.shown) {
      this.after.input.focus();
    }
  }
}

/** Rewrites an input, and leaves the caret behind the same letter. */
function reformat(input, format) {
  const { value, selectionStart: caret } = input;
  const written = format(value);
  if (written === value) {
    return;
  }
  const counts = (text) => text.replace(/[^0-9A-Za-z]/g, "").length;
  const behind = counts(value.slice(0, caret ?? value.length));
  input.value = written;
  if (caret === null || caret === value.length || document.activeElement !== input) {
    return;
  }
  let at = 0;
  while (at < written.length && counts(written.slice(0, at)) < behind) {
    at += 1;
  }
  input.setSelectionRange(at, at);
}

/** A list to choose from. */
function choices(options) {
  const select = document.createElement("select");
  for (const [value, text] of options) {
    select.append(new Option(text, value));
  }
  return select;
}
