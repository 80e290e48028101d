// A row of inputs that are judged together.

/** The inputs of one element, in the order in which they are filled in. */
export class Form {
  /** @param fields the inputs; @param tell is told what happened: `focus`, `blur`, `escape` and `input` */
  constructor(fields, tell) {
    this.fields = fields;
    this.focused = false;
    fields.forEach((field, at) => {
      field.before = fields[at - 1] ?? null;
      field.after = fields[at + 1] ?? null;
      field.heard = (what) => this.heard(what, tell);
    });
  }

  /** Whether nothing was typed at all. What is chosen from a list does not count. */
  get empty() {
    return this.fields.every((field) => !field.shown || field.empty || field.input.localName === "select");
  }

  /** Whether everything is there and right. */
  get complete() {
    return this.fields.every((field) => field.problem === null);
  }

  /** The first thing that is wrong and may be shown. */
  get error() {
    return this.fields.map((field) => field.error).find((error) => error !== null) ?? null;
  }

  /** Shows what is wrong, and returns the first of it. */
  insist() {
    this.fields.forEach((field) => field.insist());
    return this.error;
  }

  /** Empties the inputs. */
  clear() {
    this.fields.filter((field) => field.input.localName !== "select").forEach((field) => field.clear());
  }

  /** Puts the caret where something is missing. */
  focus() {
    const open = this.fields.find((field) => field.shown && field.problem !== null) ?? this.fields[0];
    open?.input.focus();
  }

  /** Takes the caret away. */
  blur() {
    this.fields.forEach((field) => field.input.blur());
  }

  /** The caret may go from one input to the next without leaving the element. */
  heard(what, tell) {
    if (what === "focus" && !this.focused) {
      this.focused = true;
      tell("focus");
    } else if (what === "blur") {
      setTimeout(() => {
        const inside = this.fields.some((field) => field.input === document.activeElement) && document.hasFocus();
        if (this.focused && !inside) {
          this.focused = false;
          tell("blur");
        }
        tell("input");
      });
    } else if (what !== "focus") {
      tell(what);
    }
  }
}
