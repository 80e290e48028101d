// Refunds that take their time, and those that fail in the end.

import Stripe from "stripe";

import { expect, expectOneOf, expectThat, refused, story } from "./telling.mjs";

const { StripeInvalidRequestError } = Stripe.errors;

// Longer than any refund of a test card takes, in seconds.
const LONG = 7200;
const ids = (list) => list.data.map(({ id }) => id);

story("a slow refund is pending first", async (stage) => {
  const paid = await stage.pay("pm_card_pendingRefund");
  const refund = await stage.stripe.refunds.create({ payment_intent: paid.id });
  expect("at first", refund.status, "pending");
  await stage.control.advance(LONG);
  expect("later", (await stage.stripe.refunds.retrieve(refund.id)).status, "succeeded");
  const updates = (await stage.events(refund.id)).filter(({ type }) => type === "refund.updated");
  expect("told last", updates.at(-1)?.data.object.status, "succeeded");
});

story("an undeliverable refund fails later, and the amount is refundable again", async (stage) => {
  const paid = await stage.pay("pm_card_refundFail");
  const refund = await stage.stripe.refunds.create({ payment_intent: paid.id });
  expect("at first", refund.status, "succeeded");
  await stage.control.advance(LONG);
  const failed = await stage.stripe.refunds.retrieve(refund.id, { expand: ["failure_balance_transaction"] });
  expect("later", failed.status, "failed");
  const reasons = ["lost_or_stolen_card", "expired_or_canceled_card", "declined", "unknown"];
  expectOneOf("failure_reason", failed.failure_reason, reasons);
  expect("line", failed.failure_balance_transaction?.amount, 2000);
  const told = (await stage.events(refund.id)).map(({ type }) => type);
  expectThat("told", told.includes("refund.failed"), told);
});

story("a refund is labelled, listed, and not canceled", async (stage) => {
  const { refunds } = stage.stripe;
  const [first, second] = [await stage.pay(), await stage.pay()];
  const half = await refunds.create({ payment_intent: first.id, amount: 1000, metadata: { why: "late" } });
  const rest = await refunds.create({ charge: first.latest_charge, reason: "duplicate" });
  const other = await refunds.create({ payment_intent: second.id });
  expect("metadata", (await refunds.update(half.id, { metadata: { why: "", who: "kim" } })).metadata, { who: "kim" });
  expect("of the payment", ids(await refunds.list({ payment_intent: first.id })), [rest.id, half.id]);
  expect("of the charge", ids(await refunds.list({ charge: second.latest_charge })), [other.id]);
  const all = await refunds.list({ limit: 1 }).autoPagingToArray({ limit: 10 });
  expect("all", all.map(({ id }) => id), [other.id, rest.id, half.id]);
  await refused(StripeInvalidRequestError, () => refunds.cancel(half.id), { statusCode: 400 });
});
