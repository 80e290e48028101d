// Whoever tells of events.

/** Handlers of events. */
class Speaker {
  constructor() {
    this.handlers = new Map();
  }

  /** Calls the handler whenever the event happens. */
  on(event, handler) {
    needs(typeof event === "string" && typeof handler === "function", `Invalid handler for the event "${event}".`);
    this.handlers.set(event, [...(this.handlers.get(event) ?? []), handler]);
    return this;
  }

  /** Calls the handler the next time the event happens. */
  once(event, handler) {
    const wrapped = (said) => {
      this.off(event, wrapped);
      handler(said);
    };
    return this.on(event, wrapped);
  }

  /** Calls the handler, or all handlers of the event, no more. */
  off(event, handler) {
    const others = (this.handlers.get(event) ?? []).filter((one) => handler !== undefined && one !== handler);
    this.handlers.set(event, others);
    return this;
  }

  /** Calls the handlers. One that throws does not keep the others from being called. */
  say(event, said) {
    for (const handler of this.handlers.get(event) ?? []) {
      try {
        handler(said);
      } catch (error) {
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}
