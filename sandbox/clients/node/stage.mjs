// The stage of one story: an account of its own, and Stripe's client that opens it.

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Stripe from "stripe";

import { Control } from "./control.mjs";

// The SDK keeps an id of the machine among the user's settings, where a test has no business.
process.env.XDG_CONFIG_HOME = mkdtempSync(join(tmpdir(), "stripe-node-"));
process.on("exit", () => rmSync(process.env.XDG_CONFIG_HOME, { recursive: true, force: true }));

export const AUTOMATIC = { enabled: true, allow_redirects: "never" };
export const SHOP = "https://shop.example/back";
export const WEEK = 7 * 86_400;
export const DAY = 86_400;

// The same secret after `sk_test_` opens the same account, so each story takes a new one.
export class Stage {
  constructor(api, key) {
    this.api = api;
    this.key = `${key}_${randomUUID().replaceAll("-", "").slice(0, 10)}`;
    this.stripe = this.clientWith(this.key);
    this.control = new Control(api, this.key);
  }

  // A client as a shop would make it, except for where it calls.
  clientWith(key, options = {}) {
    const { hostname, port, protocol } = new URL(this.api);
    return new Stripe(key, { host: hostname, port, protocol: protocol.slice(0, -1), ...options });
  }

  async close() {
    await this.control.disarm().catch(() => {});
  }

  // Creates a PaymentIntent and confirms it in one call.
  pay(card = "pm_card_visa", more = {}, options = undefined) {
    const params = { amount: 2000, currency: "usd", payment_method: card, confirm: true };
    return this.stripe.paymentIntents.create({ ...params, automatic_payment_methods: AUTOMATIC, ...more }, options);
  }

  hold(card = "pm_card_visa", more = {}) {
    return this.pay(card, { capture_method: "manual", ...more });
  }

  intent(id, ...expand) {
    return this.stripe.paymentIntents.retrieve(id, expand.length ? { expand } : undefined);
  }

  customer(params = {}) {
    return this.stripe.customers.create({ email: "jenny@example.com", name: "Jenny Rosen", ...params });
  }

  kept(customer, card = "pm_card_visa") {
    return this.stripe.paymentMethods.attach(card, { customer });
  }

  // The events about these objects, oldest first.
  async events(...ids) {
    const all = await this.stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
    const about = ({ data: { object } }) =>
      [object.id, object.payment_intent, object.charge, object.setup_intent].some((id) => ids.includes(id));
    return all.reverse().filter((event) => ids.length === 0 || about(event));
  }

  // What the events about these objects are called, oldest first.
  //
  // `charge.updated` is left out: it tells that the balance transaction is known, which may be at
  // once or a moment later.
  async told(...ids) {
    return (await this.events(...ids)).map((event) => event.type).filter((type) => type !== "charge.updated");
  }
}

export function settings() {
  const { STRIPE_API: api, STRIPE_KEY: key } = process.env;
  return api && key ? { api: api.replace(/\/+$/, ""), key } : undefined;
}
