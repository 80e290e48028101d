// Debits from bank accounts: they are under way for days, and may fail in the end.

import Stripe from "stripe";

import { DAY } from "./stage.mjs";
import { expect, expectThat, refused, story } from "./telling.mjs";

const { StripeInvalidRequestError } = Stripe.errors;
const WHO = { name: "Jenny Rosen", email: "jenny@example.com" };
const online = { ip_address: "127.0.0.1", user_agent: "a browser" };
const MANDATE = { customer_acceptance: { type: "online", online } };

function sepa(stage, iban) {
  return stage.stripe.paymentMethods.create({ type: "sepa_debit", sepa_debit: { iban }, billing_details: WHO });
}

function bank(stage, account) {
  const numbers = { account_holder_type: "individual", routing_number: "110000000", account_number: account };
  return stage.stripe.paymentMethods.create({ type: "us_bank_account", us_bank_account: numbers, billing_details: WHO });
}

function debit(stage, method, currency, more = {}) {
  return stage.stripe.paymentIntents.create({
    amount: 1000,
    currency,
    payment_method: method.id,
    allowed_payment_method_types: [method.type],
    mandate_data: MANDATE,
    confirm: true,
    ...more,
  });
}

// The small deposits that Stripe's test accounts get.
async function verified(stage, asked) {
  const kind = asked.next_action?.verify_with_microdeposits?.microdeposit_type;
  const seen = kind === "amounts" ? { amounts: [32, 45] } : { descriptor_code: "SM11AA" };
  return await stage.stripe.paymentIntents.verifyMicrodeposits(asked.id, seen);
}

// The intent once it is not under way any more.
async function settled(stage, intent) {
  let now = await stage.intent(intent.id, "latest_charge");
  for (let step = 0; step < 21 && now.status === "processing"; step += 1) {
    await stage.control.advance(step === 0 ? 60 : DAY);
    now = await stage.intent(intent.id, "latest_charge");
  }
  return now;
}

story("a SEPA debit is processing first, and succeeds days later", async (stage) => {
  const account = await sepa(stage, "DE89370400440532013000");
  expect("account", [account.type, account.sepa_debit.country, account.sepa_debit.last4], ["sepa_debit", "DE", "3000"]);
  const way = await debit(stage, account, "eur", { expand: ["latest_charge"] });
  expect("under way", [way.status, way.amount_received], ["processing", 0]);
  expect("charge", [way.latest_charge.status, way.latest_charge.paid], ["pending", false]);
  const done = await settled(stage, way);
  expect("done", [done.status, done.amount_received, done.latest_charge.status], ["succeeded", 1000, "succeeded"]);
  const told = await stage.told(done.id);
  expect("told at once", told.slice(0, 3).sort(), ["charge.pending", "payment_intent.created", "payment_intent.processing"]);
  expect("told later", told.slice(3).sort(), ["charge.succeeded", "payment_intent.succeeded"]);
});

story("a SEPA debit may fail days later", async (stage) => {
  const way = await debit(stage, await sepa(stage, "DE62370400440532013001"), "eur");
  const failed = await settled(stage, way);
  expect("failed", [failed.status, failed.latest_charge.status], ["requires_payment_method", "failed"]);
  expectThat("an error", failed.last_payment_error?.code, failed.last_payment_error);
  const told = await stage.told(failed.id);
  expect("told later", told.slice(3).sort(), ["charge.failed", "payment_intent.payment_failed"]);
});

story("a SEPA debit needs euros, and has no manual capture", async (stage) => {
  const account = await sepa(stage, "DE89370400440532013000");
  const no = { statusCode: 400 };
  await refused(StripeInvalidRequestError, () => debit(stage, account, "usd"), no);
  await refused(StripeInvalidRequestError, () => debit(stage, account, "eur", { capture_method: "manual" }), no);
});

story("a US account is verified by small deposits, and pays days later", async (stage) => {
  const account = await bank(stage, "000123456789");
  expect("account", [account.type, account.us_bank_account.last4], ["us_bank_account", "6789"]);
  const asked = await debit(stage, account, "usd");
  expect("asked", [asked.status, asked.next_action?.type], ["requires_action", "verify_with_microdeposits"]);
  const way = await verified(stage, asked);
  expect("under way", way.status, "processing");
  const done = await settled(stage, way);
  expect("done", [done.status, done.amount_received], ["succeeded", 1000]);
});

story("a debit of a closed or empty US account fails", async (stage) => {
  for (const [number, code] of [
    ["000111111113", "account_closed"],
    ["000222222227", "insufficient_funds"],
  ]) {
    const failed = await settled(stage, await verified(stage, await debit(stage, await bank(stage, number), "usd")));
    expect(number, [failed.status, failed.latest_charge?.failure_code], ["requires_payment_method", code]);
  }
});
