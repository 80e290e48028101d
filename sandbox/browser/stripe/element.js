// An element: a place in the page that shows a frame in which the customer types.

/** The title of each frame, which is how tests and screen readers find it. */
const TITLES = {
  card: "Secure card payment input frame",
  cardNumber: "Secure card number input frame",
  cardExpiry: "Secure expiration date input frame",
  cardCvc: "Secure CVC input frame",
  payment: "Secure payment input frame",
};

/** What an element answers to. */
const EVENTS = ["ready", "change", "focus", "blur", "escape", "loaderror", "loaderstart"];

/** The classes that tell a style sheet how an element is. */
const CLASSES = {
  base: "StripeElement",
  complete: "StripeElement--complete",
  empty: "StripeElement--empty",
  focus: "StripeElement--focus",
  invalid: "StripeElement--invalid",
  webkitAutofill: "StripeElement--webkit-autofill",
};

/** The number of elements made so far, for their ids. */
let elementsMade = 0;

/** An element with a frame. */
class Element extends Speaker {
  /** @param group the elements to which it belongs; @param kind `card`, `payment`, … */
  constructor(group, kind, options) {
    super();
    elementsMade += 1;
    Object.assign(this, { group, kind, options, id: `element-${elementsMade}`, over: false, place: null });
    this.classes = { ...CLASSES, ...options.classes };
    this.state = { empty: true, complete: false };
    this.focused = false;
  }

  /** Shows it in a place of the page. */
  mount(where) {
    needs(!this.over, "This Element has already been destroyed. Please create a new one.");
    const place = placeOf(where);
    if (place === this.place) {
      return;
    }
    this.unmount();
    place.replaceChildren();
    const { base } = this.group;
    const said = { kind: this.kind, group: this.group.id, id: this.id, origin: window.location.origin };
    const url = `${base}/v3/elements-inner.html#${new URLSearchParams(said)}`;
    this.frame = frameOf(url, TITLES[this.kind]);
    this.frame.style.height = this.kind === "payment" ? "250px" : "1.4em";
    const box = document.createElement("div");
    box.className = "__PrivateStripeElement";
    box.append(this.frame);
    this.place = place;
    this.line = new Line(base, this.frame, this.id, {
      greeting: () => this.greeting(),
      event: (message) => this.heard(message),
      silence: () => this.failed(noConnection()),
    });
    place.append(box);
    this.mark();
    this.say("loaderstart", { elementType: this.kind });
  }

  /** Takes it out of the page. It can be shown again, and is empty then. */
  unmount() {
    if (this.place === null) {
      return;
    }
    this.line.cut();
    this.frame.parentElement.remove();
    this.place.classList.remove(...Object.values(this.classes).flatMap((name) => name.split(" ")));
    this.state = { empty: true, complete: false };
    this.focused = false;
    this.place = null;
  }

  /** Ends it. Another one of the same kind can be created then. */
  destroy() {
    this.unmount();
    this.over = true;
    this.group.forget(this);
  }

  /** Takes other options. */
  update(options = {}) {
    this.options = { ...this.options, ...options };
    this.line?.tell("update", clean(options));
    return this;
  }

  /** Puts the caret into it. */
  focus() {
    this.frame?.focus();
    this.line?.tell("focus");
  }

  /** Takes the caret away. */
  blur() {
    this.line?.tell("blur");
  }

  /** Empties it. */
  clear() {
    this.line?.tell("clear");
  }

  /** Folds the ways of paying; there is nothing to fold here. */
  collapse() {}

  /** Asks what is in the frame to do something. */
  ask(what, given) {
    needs(
      this.place !== null,
      "We could not retrieve data from the specified Element. Please make sure the Element you are attempting " +
        "to use is still mounted.",
    );
    return this.line.ask(what, given);
  }

  /** The first message to the frame. */
  async greeting() {
    const { key, account } = this.group.api;
    const answer = this.kind === "payment" ? await this.group.ways(this.options) : { methods: [] };
    if (answer.error) {
      this.failed(answer.error);
      return null;
    }
    const { appearance, locale = this.group.api.locale } = this.group.options;
    return { key, account, options: clean({ ...this.options, appearance, locale, methods: answer.methods }) };
  }

  heard({ event, state, height }) {
    const elementType = this.kind;
    if (event === "height") {
      this.frame.style.height = `${height}px`;
    } else if (event === "change") {
      this.state = state;
      this.mark();
      this.say("change", { elementType, ...state });
    } else if (EVENTS.includes(event)) {
      this.focused = event === "focus" || (this.focused && event !== "blur");
      this.mark();
      this.say(event, event === "ready" ? this : { elementType });
    }
  }

  failed(error) {
    this.say("loaderror", { elementType: this.kind, error });
  }

  /** Sets the classes of the place. */
  mark() {
    const { classes, state, focused } = this;
    const { complete, empty, error } = state;
    const set = { base: true, complete, empty, invalid: Boolean(error), focus: focused };
    for (const [name, on] of Object.entries(set)) {
      classes[name].split(" ").forEach((one) => this.place?.classList.toggle(one, on));
    }
  }
}

/** A place of the page, named by a selector or given. */
function placeOf(where) {
  const place = typeof where === "string" ? document.querySelector(where) : where;
  needs(
    place !== null || typeof where !== "string",
    `The selector you specified (${where}) applies to no DOM elements that are currently on the page.\n` +
      "Make sure the element exists on the page before calling mount().",
  );
  needs(place instanceof window.Element, "Invalid DOM element. Please provide a DOM element or a selector to mount().");
  return place;
}

/** A copy that can be sent to a frame: functions and nodes stay behind. */
function clean(options) {
  return JSON.parse(JSON.stringify(options));
}
