// Plays what shops of the last years do, with each major version of Stripe's SDK for Node of those years.
//
//     STRIPE_API, STRIPE_KEY    as in ../python/older.py

import { createRequire } from "node:module";

const load = createRequire(import.meta.url);
// The version of the API that each SDK pins; before 12 it left the choice to the account.
const PINNED = {
  8: undefined,
  10: undefined,
  12: "2022-11-15",
  13: "2023-08-16",
  14: "2023-10-16",
  15: "2024-04-10",
  16: "2024-06-20",
  17: "2025-02-24.acacia",
  18: "2025-08-27.basil",
  20: "2026-02-25.clover",
  22: "2026-08-26.dahlia",
};
const SET = { 8: "2020-08-27", 10: "2022-08-01" };

const expect = (what, seen, expected) => {
  const [left, right] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left}, and ${right} was expected`);
};

const play = async (major) => {
  const { default: named, ...others } = load(`stripe-${major}`);
  const Stripe = named ?? others.Stripe ?? load(`stripe-${major}`);
  const at = new URL(process.env.STRIPE_API);
  const options = { host: at.hostname, port: Number(at.port), protocol: "http", maxNetworkRetries: 0, telemetry: false };
  if (SET[major]) options.apiVersion = SET[major];
  const stripe = new Stripe(`${process.env.STRIPE_KEY}_node_${major}`, options);
  const version = SET[major] ?? stripe.getApiField("version");
  if (PINNED[major]) expect("pinned", version, PINNED[major]);
  const [hasCharges, hasDashboard, releaseIsRefund] = [version < "2022-11", version >= "2023-08-16", version < "2025-03-31"];

  const jenny = await stripe.customers.create({ email: "jenny@example.com" });
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: jenny.id });
  const terms = { amount: 2000, currency: "usd", customer: jenny.id, payment_method: card.id, confirm: true };
  const absent = await stripe.paymentIntents.create({ ...terms, off_session: true });
  expect("off session", [absent.status, Array.isArray(absent.charges?.data)], ["succeeded", hasCharges]);
  const present = await stripe.paymentIntents.create(terms).catch((error) => error);
  expect("without a return_url", [present.status ?? present.type, hasDashboard], hasDashboard ? ["StripeInvalidRequestError", true] : ["succeeded", false]);

  const held = await stripe.paymentIntents.create({ ...terms, off_session: true, capture_method: "manual" });
  await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1500 });
  const refund = await stripe.refunds.create({ payment_intent: held.id, amount: 400, expand: ["charge"] });
  expect("refund", [refund.status, refund.charge.amount_refunded], ["succeeded", releaseIsRefund ? 900 : 400]);
  const other = await stripe.paymentIntents.create({ ...terms, off_session: true, capture_method: "manual" });
  const gone = await stripe.paymentIntents.cancel(other.id, { expand: ["latest_charge"] });
  expect("gone", [gone.status, gone.latest_charge.refunded], ["canceled", releaseIsRefund]);

  const declined = await stripe.paymentIntents
    .create({ ...terms, payment_method: "pm_card_chargeDeclined", off_session: true })
    .catch((error) => error);
  expect("declined", [declined.type, declined.code], ["StripeCardError", "card_declined"]);
  const setup = await stripe.setupIntents.create({ customer: jenny.id, payment_method: "pm_card_visa", confirm: true, return_url: "https://shop.example" });
  expect("set up", setup.status, "succeeded");
  const cards = await stripe.customers.listPaymentMethods(jenny.id, { type: "card" });
  expect("cards", cards.data.length, 2);
  const seen = [];
  for await (const event of stripe.events.list({ limit: 10, types: ["payment_intent.succeeded", "charge.refunded"] })) seen.push(event.type);
  expect("events", [seen.includes("charge.refunded"), seen.includes("payment_intent.succeeded")], [true, true]);
  const endpoint = await stripe.webhookEndpoints.create({ url: "http://127.0.0.1:9/", enabled_events: ["*"] });
  const body = JSON.stringify({ id: "evt_1", object: "event" });
  const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret: endpoint.secret });
  expect("event", stripe.webhooks.constructEvent(body, header, endpoint.secret).id, "evt_1");
  return version;
};

let failed = 0;
for (const major of Object.keys(PINNED)) {
  try {
    console.log(`ok   stripe ${major}: plays ${await play(major)}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL stripe ${major}: ${error.message}`);
  }
}
console.log(`${Object.keys(PINNED).length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
