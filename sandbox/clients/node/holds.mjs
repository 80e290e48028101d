// Money that is held first: taken in whole or in part, given back, increased, or forgotten.

import Stripe from "stripe";

import { WEEK } from "./stage.mjs";
import { expect, expectOneOf, expectThat, refused, story } from "./telling.mjs";

const { StripeInvalidRequestError } = Stripe.errors;

story("a hold is captured in part, and the rest is released", async (stage) => {
  const held = await stage.hold("pm_card_visa", { metadata: { order: "8" }, expand: ["latest_charge"] });
  const charge = held.latest_charge;
  expect("held", [held.status, held.amount_capturable, held.amount_received], ["requires_capture", 2000, 0]);
  expect("charge", [charge.status, charge.paid, charge.captured, charge.balance_transaction], ["succeeded", true, false, null]);
  expect("held for", charge.payment_method_details.card.capture_before - charge.created, WEEK);
  const taken = await stage.stripe.paymentIntents.capture(held.id, {
    amount_to_capture: 1500,
    metadata: { shipped: "yes" },
    expand: ["latest_charge"],
  });
  expect("taken", [taken.status, taken.amount, taken.amount_capturable, taken.amount_received], ["succeeded", 2000, 0, 1500]);
  expect("charge", [taken.latest_charge.amount_captured, taken.latest_charge.captured], [1500, true]);
  expect("metadata", taken.metadata, { order: "8", shipped: "yes" });
  await refused(StripeInvalidRequestError, () => stage.stripe.paymentIntents.capture(held.id), {
    statusCode: 400,
    code: "payment_intent_unexpected_state",
  });
  const sent = await stage.stripe.refunds.create({ payment_intent: held.id, amount: 400 });
  expect("refund", sent.status, "succeeded");
  await stage.control.advance(5); // A refund is told of again once the bank has a number for it.
  const told = await stage.told(held.id);
  expect("events", told.slice(0, 5), [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.amount_capturable_updated",
    "charge.captured",
    "payment_intent.succeeded",
  ]);
  expect("events of the refund", told.slice(5).sort(), [
    "charge.refund.updated",
    "charge.refunded",
    "refund.created",
    "refund.updated",
  ]);
  expect("ledger", await stage.control.effects(held.id), [
    "authorized 2000",
    "captured 1500",
    "released 500",
    "refunded 400",
  ]);
});

story("a capture above the hold is refused", async (stage) => {
  const held = await stage.hold();
  const capture = (id, params) => stage.stripe.paymentIntents.capture(id, params);
  await refused(StripeInvalidRequestError, () => capture(held.id, { amount_to_capture: 2001 }), {
    statusCode: 400,
    code: "amount_too_large",
  });
  const uncaptured = await refused(StripeInvalidRequestError, () => stage.stripe.refunds.create({ payment_intent: held.id }), {
    statusCode: 400,
    code: undefined,
  });
  expectThat("message", uncaptured.message.includes("cancel the PaymentIntent"), uncaptured.message);
  expect("taken", (await capture(held.id)).amount_received, 2000);
});

story("a canceled hold is released without a capture", async (stage) => {
  const held = await stage.hold();
  const reason = "requested_by_customer";
  const canceled = await stage.stripe.paymentIntents.cancel(held.id, { cancellation_reason: reason, expand: ["latest_charge"] });
  expect("canceled", [canceled.status, canceled.cancellation_reason, canceled.amount_capturable], ["canceled", reason, 0]);
  expect("charge", [canceled.latest_charge.captured, canceled.latest_charge.refunded], [false, false]);
  const told = await stage.told(held.id);
  expectThat("told in the end", told.slice(3).includes("payment_intent.canceled"), told);
});

story("an uncaptured hold expires after a week", async (stage) => {
  const held = await stage.hold();
  await stage.control.advance(WEEK - 600);
  expect("still held", (await stage.intent(held.id)).status, "requires_capture");
  await stage.control.advance(1200);
  const gone = await stage.intent(held.id, "latest_charge");
  expect("gone", [gone.status, gone.amount_capturable, gone.latest_charge.captured], ["canceled", 0, false]);
  expect("reason", gone.cancellation_reason, "expired");
  const late = await refused(StripeInvalidRequestError, () => stage.stripe.paymentIntents.capture(held.id), { statusCode: 400 });
  const codes = ["charge_expired_for_capture", "capture_charge_authorization_expired", "payment_intent_unexpected_state"];
  expectOneOf("code", late.code, codes);
  const told = await stage.told(held.id);
  expectThat("told in the end", ["charge.expired", "payment_intent.canceled"].every((name) => told.includes(name)), told);
});

story("a hold is increased only with requested incremental authorization", async (stage) => {
  const increase = (id, amount) =>
    stage.stripe.paymentIntents.incrementAuthorization(id, { amount, expand: ["latest_charge"] });
  const asked = { card: { request_incremental_authorization: "if_available" } };
  const held = await stage.hold("pm_card_visa", { payment_method_options: asked, expand: ["latest_charge"] });
  expect("available", held.latest_charge.payment_method_details.card.incremental_authorization?.status, "available");
  const more = await increase(held.id, 2600);
  expect("more", [more.status, more.amount, more.amount_capturable], ["requires_capture", 2600, 2600]);
  await refused(StripeInvalidRequestError, () => increase(held.id, 100), { statusCode: 400 });
  const plain = await stage.hold();
  await refused(StripeInvalidRequestError, () => increase(plain.id, 2600), { statusCode: 400 });
  expect("as before", (await stage.intent(plain.id)).amount_capturable, 2000);
});
