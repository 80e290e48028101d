// The element `payment`: a card or a bank account, with the other data that a charge needs.

import { text } from "./language.js";
import { WAYS } from "./ways.js";

/** The ways whose names are the same in every language. */
const NAMES = { klarna: "Klarna", paypal: "PayPal", link: "Link" };

/** A choice of ways, and the inputs of each. */
export class Payment {
  constructor(options, tell) {
    this.tell = tell;
    const given = { fields: options.fields, defaults: options.defaultValues?.billingDetails ?? {} };
    this.ways = new Map(options.methods.map((type) => [type, new WAYS[type](given, tell)]));
    this.type = options.methods[0];
    this.node = document.createElement("div");
    this.tabs = this.tabsOf(options.methods);
    this.node.append(this.tabs, ...[...this.ways.values()].map((way) => way.node));
    this.message = document.createElement("p");
    this.message.className = "message";
    this.message.setAttribute("role", "alert");
    this.node.append(this.message);
    this.choose(this.type);
  }

  get way() {
    return this.ways.get(this.type);
  }

  get form() {
    return this.way.form;
  }

  /** What a `change` event says. */
  get value() {
    return { collapsed: false, value: { type: this.type } };
  }

  /** Takes other options; there are none that matter once it is shown. */
  update() {}

  /** Shows what is wrong below the inputs. */
  show() {
    this.way.show?.();
    this.message.textContent = this.form.error?.message ?? "";
  }

  /** What is wrong with it, shown to the customer. */
  insist() {
    return this.form.insist();
  }

  /** The parameters of the PaymentMethod. */
  params() {
    return { type: this.type, ...this.way.params() };
  }

  tabsOf(methods) {
    const tabs = document.createElement("div");
    tabs.setAttribute("role", "tablist");
    tabs.hidden = methods.length < 2;
    for (const type of methods) {
      const tab = document.createElement("button");
      Object.assign(tab, { type: "button", id: `${type}-tab`, value: type, textContent: NAMES[type] ?? text(type) });
      tab.setAttribute("role", "tab");
      tab.dataset.testid = type;
      tab.addEventListener("click", () => {
        this.choose(type);
        this.tell("input");
      });
      tabs.append(tab);
    }
    return tabs;
  }

  choose(type) {
    this.type = type;
    for (const [of, way] of this.ways) {
      way.node.hidden = of !== type;
    }
    for (const tab of this.tabs.children) {
      tab.setAttribute("aria-selected", String(tab.value === type));
    }
    this.show();
  }
}
