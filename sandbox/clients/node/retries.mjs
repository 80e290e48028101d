// What the SDK tries again by itself, and that nothing is paid twice by it.

import { randomUUID } from "node:crypto";

import Stripe from "stripe";

import { expect, expectThat, refused, story } from "./telling.mjs";

const { StripeAPIError, StripeConnectionError } = Stripe.errors;

story("a lost answer is retried, and there is one payment", async (stage) => {
  for (const kind of ["lose_answer", "refuse_before"]) {
    const order = randomUUID();
    await stage.control.arm(kind);
    const paid = await stage.pay("pm_card_visa", { metadata: { order } });
    expect(`${kind}: status`, paid.status, "succeeded");
    expect(`${kind}: ledger`, await stage.control.authorized(order), [2000]);
    const key = paid.lastResponse.idempotencyKey;
    expectThat("a key of the SDK's own", key?.startsWith("stripe-node-retry-"), key);
  }
  expect("payments", (await stage.stripe.paymentIntents.list()).data.length, 2);
});

story("a cut answer is not retried automatically, and the idempotency key finds the payment", async (stage) => {
  for (const kind of ["cut_body", "broken_json", "truncated", "html"]) {
    const order = randomUUID();
    await stage.control.arm(kind);
    const pay = () => stage.pay("pm_card_visa", { metadata: { order } }, { idempotencyKey: order });
    await refused(kind === "cut_body" ? StripeConnectionError : StripeAPIError, pay);
    const paid = await pay();
    expect(`${kind}: replayed`, paid.lastResponse.headers["idempotent-replayed"], "true");
    expect(`${kind}: ledger`, await stage.control.authorized(order), [2000]);
  }
});

story("a client without retries still repeats a call after a closed connection", async (stage) => {
  const order = randomUUID();
  await stage.control.arm("lose_answer");
  const once = stage.clientWith(stage.key, { maxNetworkRetries: 0 });
  const paid = await once.paymentIntents.create({
    amount: 2000,
    currency: "usd",
    payment_method: "pm_card_visa",
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    metadata: { order },
  });
  expect("paid", [paid.status, await stage.control.authorized(order)], ["succeeded", [2000]]);
  expect("replayed", paid.lastResponse.headers["idempotent-replayed"], "true");
});

story("busy keys and broken connections are retried, and there is one payment", async (stage) => {
  for (const kind of ["key_in_use", "unavailable", "bad_gateway", "gateway_timeout"]) {
    const order = randomUUID();
    await stage.control.arm(kind, { times: 2 });
    const paid = await stage.pay("pm_card_visa", { metadata: { order } });
    expect(kind, [paid.status, await stage.control.authorized(order)], ["succeeded", [2000]]);
  }
  await stage.control.arm("unavailable", { times: 3 });
  await refused(StripeAPIError, () => stage.pay(), { statusCode: 503 });
  expect("payments", (await stage.stripe.paymentIntents.list()).data.length, 4);
});

story("a server error is stored under the idempotency key, and is replayed", async (stage) => {
  for (const [effect, left] of [
    [true, [2000]],
    [false, []],
  ]) {
    const order = randomUUID();
    await stage.control.arm("server_error", { effect });
    const pay = () => stage.pay("pm_card_visa", { metadata: { order } });
    await refused(StripeAPIError, pay, { statusCode: 500, rawType: "api_error" });
    expect(`ledger with effect ${effect}`, await stage.control.authorized(order), left);
  }
});

story("a capture and a refund with lost answers have one effect each", async (stage) => {
  const held = await stage.hold();
  await stage.control.arm("lose_answer", { path: `/v1/payment_intents/${held.id}/capture` });
  const taken = await stage.stripe.paymentIntents.capture(held.id, { amount_to_capture: 1500 });
  expect("taken", taken.amount_received, 1500);
  await stage.control.arm("lose_answer", { path: "/v1/refunds" });
  await stage.stripe.refunds.create({ payment_intent: held.id, amount: 400 });
  expect("ledger", await stage.control.effects(held.id), [
    "authorized 2000",
    "captured 1500",
    "released 500",
    "refunded 400",
  ]);
});
