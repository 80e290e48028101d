// The account itself: its settings, its rights, its payouts, and the payments that Radar doubts.

import Stripe from "stripe";

import { AUTOMATIC, DAY } from "./stage.mjs";
import { expect, expectThat, refused, story } from "./telling.mjs";

const { StripeAuthenticationError, StripeInvalidRequestError, StripePermissionError } = Stripe.errors;

// What the balance has available, in dollars' cents.
async function available(stage) {
  return (await stage.stripe.balance.retrieve()).available[0].amount;
}

// An account with 96.80 dollars in its balance: a charge of 100.00 less the fee.
async function funded(stage) {
  await stage.pay("pm_card_bypassPending", { amount: 10_000 });
  await stage.control.advance(1);
  expect("available", await available(stage), 9680);
}

story("a key shows its account, and a restricted key is told the account and the permission", async (stage) => {
  const account = await stage.stripe.accounts.retrieveCurrent();
  expect("account", [account.object, account.charges_enabled, account.country], ["account", true, "US"]);
  expect("by its id", (await stage.stripe.accounts.retrieve(account.id)).id, account.id);
  const key = stage.key.replace("sk_", "rk_");
  await stage.control.restrictedKey(key, { charges: "read" });
  const no = await refused(StripePermissionError, () => stage.clientWith(key).accounts.retrieveCurrent());
  const names = [account.id, "rak_accounts_kyc_basic_read"].map((name) => no.message.includes(name));
  expect("names", names, [true, true]);
});

story("an expired key is refused", async (stage) => {
  const key = `${stage.key}_old`;
  await stage.control.ask("POST", "keys", { key, expired: true });
  await refused(StripeAuthenticationError, () => stage.clientWith(key).customers.list(), {
    statusCode: 401,
    code: "api_key_expired",
  });
});

story("an account that is not activated makes no live charges", async (stage) => {
  await stage.control.ask("POST", "accounts", { account_of: stage.key, activated: false });
  const live = stage.clientWith(stage.key.replace("sk_test", "sk_live"));
  const params = { amount: 2000, currency: "usd", automatic_payment_methods: AUTOMATIC };
  await refused(StripeInvalidRequestError, () => live.paymentIntents.create(params), { code: "testmode_charges_only" });
  expect("enabled", (await live.accounts.retrieveCurrent()).charges_enabled, false);
  await stage.pay();
});

story("a payout takes from the balance, is paid, and is reversed", async (stage) => {
  await funded(stage);
  const payout = await stage.stripe.payouts.create({ amount: 5000, currency: "usd", expand: ["destination"] });
  expect("payout", [payout.status, payout.automatic, payout.destination.object], ["pending", false, "bank_account"]);
  expect("available", await available(stage), 4680);
  const tooMuch = () => stage.stripe.payouts.create({ amount: 5000, currency: "usd" });
  await refused(StripeInvalidRequestError, tooMuch, { code: "balance_insufficient" });
  await stage.control.advance(3 * DAY);
  expect("later", (await stage.stripe.payouts.retrieve(payout.id)).status, "paid");
  const reversal = await stage.stripe.payouts.reverse(payout.id);
  expect("reversal", [reversal.amount, reversal.original_payout], [-5000, payout.id]);
  expect("available again", await available(stage), 9680);
  const told = (await stage.events(payout.id)).map(({ type }) => type);
  const expected = ["payout.created", "payout.updated", "payout.paid", "payout.updated", "payout.updated"];
  expect("told", told, expected);
});

story("a daily schedule pays the balance out, and lists what it paid out", async (stage) => {
  await funded(stage);
  await stage.control.ask("POST", "accounts", { account_of: stage.key, payouts: "daily" });
  await stage.control.advance(DAY);
  const [payout] = (await stage.stripe.payouts.list()).data;
  expect("payout", [payout.amount, payout.automatic], [9680, true]);
  const lines = await stage.stripe.balanceTransactions.list({ payout: payout.id });
  expect("lines", lines.data.map(({ net, type }) => [net, type]), [[-9680, "payout"], [9680, "charge"]]);
  expect("available", await available(stage), 0);
});

story("a payment of elevated risk is reviewed until it is approved", async (stage) => {
  const paid = await stage.pay("pm_card_riskLevelElevated", { expand: ["review", "latest_charge"] });
  expect("review", [paid.status, paid.review.open, paid.review.reason], ["succeeded", true, "rule"]);
  expect("outcome", paid.latest_charge.outcome.type, "manual_review");
  expect("open", (await stage.stripe.reviews.list()).data.map(({ id }) => id), [paid.review.id]);
  const approved = await stage.stripe.reviews.approve(paid.review.id);
  expect("approved", [approved.open, approved.closed_reason], [false, "approved"]);
  expect("none open", (await stage.stripe.reviews.list()).data, []);
});

story("a bank's warning of fraud is actionable until the refund", async (stage) => {
  const paid = await stage.pay("pm_card_createIssuerFraudRecord");
  const find = async () => (await stage.stripe.radar.earlyFraudWarnings.list({ payment_intent: paid.id })).data[0];
  const warning = await find();
  expect("warning", [warning.charge, warning.actionable], [paid.latest_charge, true]);
  await stage.stripe.refunds.create({ payment_intent: paid.id });
  expect("after the refund", (await find()).actionable, false);
  const told = (await stage.events(paid.id)).map(({ type }) => type).filter((type) => type.startsWith("radar."));
  expectThat("told", told.length === 2, told);
});
