// Disputes: what they take, how they are answered, and how they end.

import Stripe from "stripe";

import { DAY } from "./stage.mjs";
import { eventually, expect, expectOneOf, expectThat, refused, story } from "./telling.mjs";

const { StripeInvalidRequestError } = Stripe.errors;

async function disputed(stage, card = "pm_card_createDispute") {
  const paid = await stage.pay(card);
  const find = async () => (await stage.stripe.disputes.list({ payment_intent: paid.id })).data[0];
  return { paid, dispute: await eventually("the dispute is there", find) };
}

// The dispute once it has come to this end, with the clock's help if it takes days.
async function ended(stage, dispute, status) {
  let now = await stage.stripe.disputes.retrieve(dispute.id);
  for (let day = 0; day < 100 && now.status !== status; day += 1) {
    await stage.control.advance(DAY);
    now = await stage.stripe.disputes.retrieve(dispute.id);
  }
  expect("status in the end", now.status, status);
  return now;
}

function answer(stage, dispute, text) {
  return stage.stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: text } });
}

story("a dispute withdraws the amount and a fee, and blocks refunds", async (stage) => {
  const { paid, dispute } = await disputed(stage);
  expect("dispute", [dispute.object, dispute.status, dispute.reason], ["dispute", "needs_response", "fraudulent"]);
  expect("of", [dispute.amount, dispute.charge, dispute.payment_intent], [2000, paid.latest_charge, paid.id]);
  const lines = dispute.balance_transactions.map(({ amount, fee, net, type }) => [amount, fee, net, type]);
  expect("lines", lines, [[-2000, 1500, -3500, "adjustment"]]);
  expect("refundable", dispute.is_charge_refundable, false);
  expect("charge", (await stage.stripe.charges.retrieve(paid.latest_charge)).disputed, true);
  const refund = () => stage.stripe.refunds.create({ payment_intent: paid.id });
  const no = await refused(StripeInvalidRequestError, refund, { statusCode: 400 });
  expectOneOf("code", no.code, ["charge_disputed", "refund_disputed_payment"]);
  const told = await stage.told(dispute.id);
  expect("told", told.sort(), ["charge.dispute.created", "charge.dispute.funds_withdrawn"]);
});

story("a dispute with winning evidence is won, and the funds are reinstated", async (stage) => {
  const { dispute } = await disputed(stage);
  const staged = await stage.stripe.disputes.update(dispute.id, { evidence: { product_description: "A hat" }, submit: false });
  expect("staged", [staged.status, staged.evidence_details.submission_count], ["needs_response", 0]);
  const sent = await answer(stage, dispute, "winning_evidence");
  expect("sent", [sent.evidence_details.submission_count, sent.evidence.product_description], [1, "A hat"]);
  const won = await ended(stage, dispute, "won");
  expect("lines", won.balance_transactions.map(({ amount }) => amount), [-2000, 2000]);
  const told = await stage.told(dispute.id);
  expect("told last", told.slice(-2).sort(), ["charge.dispute.closed", "charge.dispute.funds_reinstated"]);
});

story("a dispute with losing evidence is lost", async (stage) => {
  const { dispute } = await disputed(stage, "pm_card_createDisputeProductNotReceived");
  expect("reason", dispute.reason, "product_not_received");
  await answer(stage, dispute, "losing_evidence");
  const lost = await ended(stage, dispute, "lost");
  expect("lines", lost.balance_transactions.map(({ amount }) => amount), [-2000]);
  const last = (await stage.events(dispute.id)).at(-1);
  expect("told last", [last.type, last.data.object.status], ["charge.dispute.closed", "lost"]);
});

story("an accepted dispute is lost at once", async (stage) => {
  const { dispute } = await disputed(stage);
  expect("closed", (await stage.stripe.disputes.close(dispute.id)).status, "lost");
  await refused(StripeInvalidRequestError, () => stage.stripe.disputes.close(dispute.id), { statusCode: 400 });
});

story("an inquiry withdraws no funds, and the payment may be refunded", async (stage) => {
  const { paid, dispute } = await disputed(stage, "pm_card_createDisputeInquiry");
  expect("inquiry", [dispute.status, dispute.is_charge_refundable], ["warning_needs_response", true]);
  expect("lines", dispute.balance_transactions, []);
  expect("told", await stage.told(dispute.id), ["charge.dispute.created"]);
  expect("answered", (await answer(stage, dispute, "Here is the parcel's number")).status, "warning_under_review");
  expect("refund", (await stage.stripe.refunds.create({ payment_intent: paid.id })).status, "succeeded");
});

story("an escalated inquiry becomes a dispute", async (stage) => {
  const { dispute } = await disputed(stage, "pm_card_createDisputeInquiry");
  await answer(stage, dispute, "escalate_inquiry_evidence");
  const grown = await ended(stage, dispute, "needs_response");
  expect("lines", grown.balance_transactions.map(({ amount }) => amount), [-2000]);
  const told = await stage.told(dispute.id);
  expectThat("told", told.includes("charge.dispute.funds_withdrawn"), told);
});
