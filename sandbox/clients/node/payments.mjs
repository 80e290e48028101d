// The whole life of a payment that is taken at once.

import Stripe from "stripe";

import { AUTOMATIC } from "./stage.mjs";
import { eventually, expect, expectOneOf, expectThat, refused, story } from "./telling.mjs";

const { StripeInvalidRequestError, StripeIdempotencyError } = Stripe.errors;

story("a payment is created, changed, confirmed and captured", async (stage) => {
  const intents = stage.stripe.paymentIntents;
  const intent = await intents.create({
    amount: 2000,
    currency: "usd",
    automatic_payment_methods: AUTOMATIC,
    description: "Two hats",
    metadata: { order: "6735", color: "red" },
  });
  expect("status", [intent.object, intent.status, intent.livemode], ["payment_intent", "requires_payment_method", false]);
  expectThat("client_secret", intent.client_secret.startsWith(`${intent.id}_secret_`), intent.client_secret);
  expect("capture_method", [intent.capture_method, intent.confirmation_method], ["automatic_async", "automatic"]);
  expectThat("cards are taken", intent.payment_method_types.includes("card"), intent.payment_method_types);
  expect("amounts", [intent.amount_received, intent.amount_capturable, intent.latest_charge], [0, 0, null]);

  const change = { amount: 2500, payment_method: "pm_card_visa", metadata: { color: "", size: "L" } };
  const changed = await intents.update(intent.id, change);
  expect("changed", [changed.status, changed.amount], ["requires_confirmation", 2500]);
  expect("metadata", changed.metadata, { order: "6735", size: "L" });
  expectThat("a card of its own", changed.payment_method.startsWith("pm_") && changed.payment_method !== "pm_card_visa");

  const taken = await intents.confirm(intent.id, { expand: ["latest_charge", "payment_method"] });
  const charge = taken.latest_charge;
  expect("taken", [taken.status, taken.amount_received, taken.amount_capturable], ["succeeded", 2500, 0]);
  expect("card", [taken.payment_method.card.brand, taken.payment_method.card.last4], ["visa", "4242"]);
  expect("charge", [charge.status, charge.paid, charge.captured, charge.refunded], ["succeeded", true, true, false]);
  expect("charge", [charge.amount_captured, charge.payment_intent], [2500, intent.id]);
  expect("events", await stage.told(intent.id), [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
  ]);
  const again = await refused(StripeInvalidRequestError, () => intents.confirm(intent.id), { statusCode: 400 });
  expect("code", again.code, "payment_intent_unexpected_state");
  expect("told with it", again.payment_intent?.id, intent.id);
  expect("metadata", (await intents.update(intent.id, { metadata: "" })).metadata, {});
});

story("the charge refers to the balance transaction of a payment", async (stage) => {
  const paid = await stage.pay("pm_card_visa", { amount: 2500 });
  const line = await eventually("the balance transaction is known", async () => {
    return (await stage.intent(paid.id, "latest_charge.balance_transaction")).latest_charge.balance_transaction;
  });
  expect("line", [line.object, line.type, line.amount, line.currency], ["balance_transaction", "charge", 2500, "usd"]);
  expectThat("there is a fee", line.fee > 0, line.fee);
  expect("net", line.net, line.amount - line.fee);
  expect("source", line.source, paid.latest_charge);
  expect("the same by its id", (await stage.stripe.balanceTransactions.retrieve(line.id)).net, line.net);
  const { available, pending } = await stage.stripe.balance.retrieve();
  const dollars = [...available, ...pending].filter((part) => part.currency === "usd");
  expect("balance", dollars.reduce((sum, part) => sum + part.amount, 0), line.net);
  const charges = await stage.stripe.charges.list({ payment_intent: paid.id });
  expect("charges", charges.data.map(({ id }) => id), [paid.latest_charge]);
});

story("a payment is refunded in parts, up to the captured amount", async (stage) => {
  const paid = await stage.pay("pm_card_visa", { amount: 8000 });
  const refund = (params) => stage.stripe.refunds.create(params);
  const part = await refund({ payment_intent: paid.id, amount: 5000, reason: "requested_by_customer", expand: ["charge"] });
  expect("refund", [part.object, part.status, part.amount, part.reason], ["refund", "succeeded", 5000, "requested_by_customer"]);
  expect("charge", [part.charge.amount_refunded, part.charge.refunded], [5000, false]);
  const much = await refused(StripeInvalidRequestError, () => refund({ payment_intent: paid.id, amount: 4000 }), {
    statusCode: 400,
    param: "amount",
    code: undefined,
  });
  expect("message", much.message, "Refund amount ($40.00) is greater than unrefunded amount on charge ($30.00)");
  expect("rest", (await refund({ charge: paid.latest_charge })).amount, 3000);
  await refused(StripeInvalidRequestError, () => refund({ payment_intent: paid.id }), { code: "charge_already_refunded" });
  const after = await stage.intent(paid.id, "latest_charge");
  expect("after", [after.status, after.latest_charge.amount_refunded, after.latest_charge.refunded], ["succeeded", 8000, true]);
  const told = await stage.told(paid.id);
  expect("told", ["refund.created", "charge.refunded"].map((name) => told.filter((one) => one === name).length), [2, 2]);
});

story("payments are listed at once, and searchable a little later", async (stage) => {
  const customer = await stage.customer();
  const hat = await stage.pay("pm_card_visa", { amount: 2100, customer: customer.id, metadata: { order: "hat-1" } });
  const coat = await stage.pay("pm_card_visa", { amount: 9900, metadata: { order: "coat-1" } });
  const ids = (list) => list.map(({ id }) => id);
  expect("listed", ids((await stage.stripe.paymentIntents.list()).data), [coat.id, hat.id]);
  expect("of the customer", ids((await stage.stripe.paymentIntents.list({ customer: customer.id })).data), [hat.id]);
  await stage.control.advance(600);
  for (const [query, found] of [
    ["metadata['order']:'hat-1'", [hat.id]],
    ["amount>5000", [coat.id]],
    [`customer:"${customer.id}" AND status:"succeeded"`, [hat.id]],
    ["status:'canceled'", []],
    ["amount:2100 OR amount:9900", [coat.id, hat.id]],
  ]) {
    const results = await stage.stripe.paymentIntents.search({ query });
    expect(query, [results.object, ids(results.data)], ["search_result", found]);
  }
  const paged = await stage.stripe.paymentIntents.search({ query: "amount>0", limit: 1 }).autoPagingToArray({ limit: 9 });
  expect("page by page", ids(paged), [coat.id, hat.id]);
  await refused(StripeInvalidRequestError, () => stage.stripe.paymentIntents.search({ query: "amount ist 5" }), {
    statusCode: 400,
  });
});

story("an open intent is canceled once, with a reason", async (stage) => {
  const intents = stage.stripe.paymentIntents;
  const open = await intents.create({ amount: 2000, currency: "usd", automatic_payment_methods: AUTOMATIC });
  const canceled = await intents.cancel(open.id, { cancellation_reason: "duplicate" });
  expect("canceled", [canceled.status, canceled.cancellation_reason], ["canceled", "duplicate"]);
  const code = "payment_intent_unexpected_state";
  await refused(StripeInvalidRequestError, () => intents.cancel(open.id), { statusCode: 400, code });
  const paid = await stage.pay();
  const over = await refused(StripeInvalidRequestError, () => intents.cancel(paid.id), { statusCode: 400, code });
  expect("told with it", over.payment_intent?.status, "succeeded");
  expect("events", await stage.told(open.id), ["payment_intent.created", "payment_intent.canceled"]);
});

story("calls with the same idempotency key have one effect", async (stage) => {
  const params = { amount: 2000, currency: "usd", automatic_payment_methods: AUTOMATIC };
  const create = (more = {}) =>
    stage.stripe.paymentIntents.create({ ...params, ...more }, { idempotencyKey: "order-8" });
  const [first, again] = [await create(), await create()];
  expect("the same", again.id, first.id);
  expect("key", [first.lastResponse.idempotencyKey, again.lastResponse.idempotencyKey], ["order-8", "order-8"]);
  expect("replayed", again.lastResponse.headers["idempotent-replayed"], "true");
  expect("original", again.lastResponse.headers["original-request"], first.lastResponse.requestId);
  const other = await refused(StripeIdempotencyError, () => create({ amount: 2001 }), { statusCode: 400, code: undefined });
  expect("type", [other.type, other.rawType], ["StripeIdempotencyError", "idempotency_error"]);
  expect("made", (await stage.stripe.paymentIntents.list()).data.length, 1);
});

story("an event names the causing request, and can be retrieved", async (stage) => {
  const paid = await stage.pay("pm_card_visa", {}, { idempotencyKey: "order-9" });
  const [created] = (await stage.stripe.events.list({ type: "payment_intent.created" })).data;
  expect("its object", [created.object, created.data.object.id], ["event", paid.id]);
  expect("request", created.request, { id: paid.lastResponse.requestId, idempotency_key: "order-9" });
  const again = await stage.stripe.events.retrieve(created.id);
  expect("the same again", again, created);
  for (const [params, names] of [
    [{ type: "payment_intent.*" }, ["payment_intent.created", "payment_intent.succeeded"]],
    [{ types: ["charge.succeeded", "payment_intent.created"] }, ["charge.succeeded", "payment_intent.created"]],
    [{ type: "refund.created" }, []],
  ]) {
    const types = (await stage.stripe.events.list(params)).data.map(({ type }) => type);
    expect(JSON.stringify(params), [...new Set(types)].sort(), names);
  }
  const missing = await refused(StripeInvalidRequestError, () => stage.stripe.events.retrieve("evt_nobody"));
  expectOneOf("code", missing.code, ["resource_missing"]);
});
