// A frame of the sandbox in the page, and the private message port to the frame.

/** How long a frame may take until it says something. */
const PATIENCE = 10_000;

/** The number of frames made so far, for their names. */
let framesMade = 0;

/** A frame of the sandbox. It borders on nothing and asks for nothing. */
function frameOf(url, title) {
  framesMade += 1;
  const frame = document.createElement("iframe");
  frame.name = `__privateStripeFrame${1000 + framesMade}`;
  frame.title = title;
  frame.src = url;
  frame.allow = "payment *";
  frame.setAttribute("frameborder", "0");
  frame.setAttribute("scrolling", "no");
  // Rules are set one by one: a page that forbids style attributes allows this.
  Object.assign(frame.style, { border: "0", width: "1px", minWidth: "100%", display: "block", margin: "0" });
  return frame;
}

/** The line to an element's frame. It is laid anew each time the frame is loaded. */
class Line {
  /**
   * @param base where the frame comes from
   * @param frame the frame
   * @param id what the frame calls itself
   * @param hears `{greeting(), event(message), silence()}`
   */
  constructor(base, frame, id, hears) {
    Object.assign(this, { base, frame, id, hears, asked: 0, waiting: new Map(), port: null });
    this.open = new Promise((resolve) => {
      this.opened = resolve;
    });
    this.listener = (event) => this.greeted(event);
    window.addEventListener("message", this.listener);
    this.timer = setTimeout(() => {
      hears.silence();
      this.opened();
    }, PATIENCE);
  }

  /** Says something that has no answer. */
  tell(what, given) {
    this.port?.postMessage({ what, with: given });
  }

  /** Asks something. What is in a frame that never said anything answers with an error. */
  async ask(what, given) {
    await this.open;
    if (this.port === null) {
      return { error: noConnection() };
    }
    this.asked += 1;
    const ask = this.asked;
    return new Promise((resolve) => {
      this.waiting.set(ask, resolve);
      this.port.postMessage({ ask, what, with: given });
    });
  }

  /** Ends it. What was asked and not answered is answered with an error. */
  cut() {
    clearTimeout(this.timer);
    window.removeEventListener("message", this.listener);
    this.port?.close();
    this.opened();
    this.waiting.forEach((resolve) => resolve({ error: noConnection() }));
    this.waiting.clear();
  }

  /** Answers the greeting of the frame, which says where it is from, with one end of the line. */
  async greeted({ source, origin, data }) {
    const { frame, base, id } = this;
    const ours = source === frame.contentWindow && origin === base;
    if (!ours || data?.causeway !== "loaded" || data.id !== id) {
      return;
    }
    clearTimeout(this.timer);
    const { port1, port2 } = new MessageChannel();
    const greeting = await this.hears.greeting();
    if (greeting === null || !frame.isConnected) {
      this.opened();
      return;
    }
    this.port = port1;
    port1.onmessage = (event) => this.heard(event.data);
    frame.contentWindow?.postMessage({ causeway: "begin", ...greeting }, base, [port2]);
    this.opened();
  }

  heard(message) {
    if (message.reply === undefined) {
      this.hears.event(message);
    } else {
      this.waiting.get(message.reply)?.(message.answer);
      this.waiting.delete(message.reply);
    }
  }
}
