// The buttons of wallets, of which there are none.

/** The element with the buttons of wallets. No wallet is played, so it says that there is none. */
class ExpressCheckout extends Speaker {
  constructor(group) {
    super();
    Object.assign(this, { group, kind: "expressCheckout" });
  }

  mount(where) {
    placeOf(where);
    setTimeout(() => this.say("ready", { elementType: this.kind, availablePaymentMethods: undefined }));
  }

  unmount() {}

  update() {
    return this;
  }

  destroy() {
    this.group.forget(this);
  }
}
