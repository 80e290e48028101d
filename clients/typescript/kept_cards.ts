// A stored card: the options of a portal, and the use of a token by billing.
//
//   CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
//   CAUSEWAY_TOKEN     a caller's token with the rights charge, cards and read
//
// Exit code: 0 all answers were the expected ones, 1 one was not, 2 an environment variable is missing.

import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import type { StoredCard } from "./messages.js";
import { newRequestId, spoken, type Processor, type Refusal } from "./processor.js";
import { expect, refusalOf, run, step } from "./telling.js";

// The payment system for USD. A card is stored at one payment system and pays through that one.
const PAYMENT_SYSTEM = "main";
// Secrets that a portal's page must never hold: the prefixes of Stripe's secret keys and webhook secrets.
const SECRETS = ["sk_", "rk_", "whsec_"];

// Billing's own id of a customer.
//
// A new one each time, because the relay keeps an email address. It is
// short, so that the id cannot contain a text like a card number, which would be refused.
function newCustomer(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

function payment(amount: string, rest: object) {
  return { amount: { amount, currency: "USD" }, billing_reference: "kept-cards", ...rest };
}

// A scheduled payment: the payer is absent, and the amount is captured at once.
function withCard(token: string, customer: string) {
  return payment("9.00", {
    request_id: newRequestId(),
    card_token: token,
    customer: { id: customer },
    capture_mode: "CAPTURE_MODE_AUTOMATIC",
    off_session: true,
  });
}

function keep(customer: { id: string; email?: string }) {
  return {
    request_id: newRequestId(),
    customer,
    payment_method: "pm_card_visa",
    payment_system: PAYMENT_SYSTEM,
  };
}

function forgetting(token: string, customer: string) {
  return { request_id: newRequestId(), customer_id: customer, card_token: token };
}

// Checks a refusal that was given before anything was written or sent.
function refused(refusal: Refusal, code: string, reason: string, rule: string): void {
  expect("code", refusal.code, code);
  expect("reason", refusal.reason, reason);
  expect("rule", refusal.metadata["rule"], rule);
  expect("Stripe was asked", refusal.metadata["stripe_contacted"], "false");
}

async function offer(processor: Processor, customer: string): Promise<void> {
  step("The portal asks what it may offer to a customer");
  const answer = await processor.ask("ListPaymentOptions", { customer_id: customer });
  for (const { currency, payment_system, minimum, maximum, method_types } of answer.options) {
    const limits = `${spoken(minimum)} to ${spoken(maximum)}`;
    console.log(`    ${currency} through ${payment_system}, ${limits}, ${method_types.join(", ")}`);
  }
  const told = JSON.stringify(answer);
  expect("a secret in it", SECRETS.some((secret) => told.includes(secret)), false);
  expect("real money moves", !answer.options.every((option) => option.test_mode), false);
  const inUsd = answer.options.filter((option) => option.currency === "USD");
  expect("USD through", inUsd.map((option) => option.payment_system), [PAYMENT_SYSTEM]);
  const usd = inUsd[0]!;
  expect("at least", spoken(usd.minimum), "0.50 USD");
  expect("takes cards", usd.method_types.includes("card"), true);
  expect("a key for the browser", usd.publishable_key.startsWith("pk_"), true);
  expect("a card may be kept", usd.cards_may_be_saved, false);
  console.log(`    for the operator: ${usd.why_not_saved}`);
}

async function belowTheMinimum(processor: Processor): Promise<void> {
  step("Before 0.49 USD are paid, the portal asks what the rules say");
  const asked = payment("0.49", { payment_method: "pm_card_visa" });
  const { admitted, verdicts } = await processor.ask("CheckPolicy", { operation: "Authorize", payment: asked });
  expect("admitted", admitted, false);
  const broken = verdicts.filter(({ judgement }) => judgement === "JUDGEMENT_BROKEN");
  expect("broken", broken.map(({ rule }) => rule), ["amount.minimum"]);
  const verdict = broken[0]!;
  expect("reason", verdict.reason, "AMOUNT_BELOW_MINIMUM");
  expect("can be changed by", verdict.fix, "payer");
  expect("for the payer", verdict.payer_message, "Your payment must be no less than 0.50 USD");

  step("The payment itself is refused by the same rule, in the same words");
  const refusal = await refusalOf(processor, "Authorize", { ...asked, request_id: newRequestId() });
  refused(refusal, "FAILED_PRECONDITION", verdict.reason, verdict.rule);
  expect("can be changed by", refusal.metadata["fix"], verdict.fix);
  expect("configured", refusal.metadata["configured"], "0.50 USD");
  expect("actual", refusal.metadata["actual"], "0.49 USD");
  expect("for the payer", refusal.payerMessage, verdict.payer_message);
}

async function keepACard(processor: Processor, customer: string): Promise<StoredCard> {
  step("A card is not kept for a customer without an email address");
  const refusal = await refusalOf(processor, "Tokenize", keep({ id: customer }));
  refused(refusal, "FAILED_PRECONDITION", "EMAIL_REQUIRED", "customer.email");
  expect("can be changed by", refusal.metadata["fix"], "payer");
  console.log(`    for the payer: ${refusal.payerMessage}`);

  step("With one it is kept: verified, and not charged");
  const request = keep({ id: customer, email: "ann@example.com" });
  const { status, result } = await processor.ask("Tokenize", request);
  expect("tokenization", status, "TOKENIZATION_STATUS_SUCCESSFULLY_TOKENIZED");
  const { card } = result;
  expect("card", card.status, "CARD_STATUS_ACTIVE");
  expect("may be used", card.reuse, "CARD_REUSE_OFF_SESSION");
  expect("is the default card", card.is_default, true);
  console.log(`    shown as: ${card.display_name}`);

  step("The very same request again keeps no second card");
  const { result: again } = await processor.ask("Tokenize", request);
  expect("duplicate", again.duplicate, true);
  expect("the same card", again.card.token === card.token, true);
  return card;
}

async function pay(processor: Processor, card: StoredCard, customer: string): Promise<void> {
  step("Billing takes 9.00 USD with the token, and the customer is absent");
  const { result: paid } = await processor.ask("Authorize", withCard(card.token, customer));
  expect("outcome", paid.outcome, "OUTCOME_APPROVED");
  expect("status", paid.payment.status, "PAYMENT_STATUS_CAPTURED");
  expect("captured", spoken(paid.payment.captured), "9.00 USD");
  expect("with this card", paid.payment.card_token === card.token, true);
  expect("of this customer", paid.payment.customer_id === customer, true);
  expect("off session", paid.payment.off_session, true);

  step("To somebody else the card is not there");
  const refusal = await refusalOf(processor, "Authorize", withCard(card.token, newCustomer("bob")));
  refused(refusal, "NOT_FOUND", "CARD_NOT_FOUND", "card.exists");
}

async function listed(processor: Processor, customer: string): Promise<StoredCard[]> {
  const { cards, unconfirmed } = await processor.ask("ListCards", { customer_id: customer });
  expect("Stripe confirmed the list", !unconfirmed, true);
  return cards;
}

async function forget(processor: Processor, card: StoredCard, customer: string): Promise<void> {
  step("The portal lists the customer's cards");
  const cards = await listed(processor, customer);
  expect("cards", cards.map((each) => each.display_name), [card.display_name]);
  expect("the same card", cards[0]!.token === card.token, true);

  step("The customer deletes it, twice, and is told the same twice");
  const first = await processor.ask("DeleteCard", forgetting(card.token, customer));
  const second = await processor.ask("DeleteCard", forgetting(card.token, customer));
  expect("deletion", first.status, "DELETION_STATUS_SUCCESSFULLY_DELETED");
  expect("card", first.result.card.status, "CARD_STATUS_DELETED");
  expect("the same answer", isDeepStrictEqual(second, first), true);
  expect("cards left", (await listed(processor, customer)).length, 0);

  step("A deleted card pays no more");
  const refusal = await refusalOf(processor, "Authorize", withCard(card.token, customer));
  refused(refusal, "FAILED_PRECONDITION", "CARD_DELETED", "card.kept");
  expect("can be changed by", refusal.metadata["fix"], "payer");
  console.log(`    for the payer: ${refusal.payerMessage}`);
}

async function play(processor: Processor): Promise<void> {
  const customer = newCustomer("ann");
  await offer(processor, customer);
  await belowTheMinimum(processor);
  const card = await keepACard(processor, customer);
  await pay(processor, card, customer);
  await forget(processor, card, customer);
}

await run(play);
