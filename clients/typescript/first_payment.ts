// A first payment: hold, capture, refund, and each way of hearing no.
//
//   CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
//   CAUSEWAY_TOKEN     a caller's token with the rights charge, refund and read
//
// Exit code: 0 all answers were the expected ones, 1 one was not, 2 an environment variable is missing.

import { newRequestId, spoken, type Processor } from "./processor.js";
import { expect, refusalOf, run, step } from "./telling.js";

function authorize(amount: string, card = "pm_card_visa") {
  return {
    request_id: newRequestId(),
    amount: { amount, currency: "USD" },
    capture_mode: "CAPTURE_MODE_MANUAL",
    payment_method: card,
    billing_reference: "first-payment",
  };
}

async function play(processor: Processor): Promise<void> {
  step("The adapter is asked whether it can work");
  expect("health", (await processor.health()).status, "SERVING");

  step("What can be done here?");
  const capabilities = await processor.ask("GetCapabilities", {});
  expect("contract", capabilities.contract_version, "v1");
  expect("always refused", capabilities.refused_operations, ["Void"]);
  for (const { currency, payment_system, minimum, maximum } of capabilities.currencies) {
    console.log(`    ${currency} goes through ${payment_system}, ${spoken(minimum)} to ${spoken(maximum)}`);
  }
  expect("real money moves", !capabilities.payment_systems.every((system) => system.test_mode), false);

  step("12.50 USD are held on a card");
  const order = authorize("12.50");
  const { result: held } = await processor.ask("Authorize", order);
  expect("outcome", held.outcome, "OUTCOME_APPROVED");
  expect("status", held.payment.status, "PAYMENT_STATUS_AUTHORIZED");
  expect("duplicate", held.duplicate, false);
  const payment = held.payment.id;

  step("The very same request again holds nothing more");
  const { result: again } = await processor.ask("Authorize", order);
  expect("duplicate", again.duplicate, true);
  expect("the same payment", again.payment.id === payment, true);

  step("10.00 USD of it are taken; the rest is released");
  const capture = { request_id: newRequestId(), payment_id: payment, amount: { amount: "10.00", currency: "USD" } };
  const { result: taken } = await processor.ask("Capture", capture);
  expect("outcome", taken.outcome, "OUTCOME_APPROVED");
  expect("status", taken.payment.status, "PAYMENT_STATUS_CAPTURED");
  expect("captured", spoken(taken.payment.captured), "10.00 USD");

  step("4.00 USD are given back");
  const { result: back, refund } = await processor.ask("Refund", {
    request_id: newRequestId(),
    payment_id: payment,
    amount: { amount: "4.00", currency: "USD" },
    reason: "REFUND_REASON_REQUESTED_BY_CUSTOMER",
  });
  expect("outcome", back.outcome, "OUTCOME_APPROVED");
  expect("refund", refund.status, "REFUND_STATUS_SUCCEEDED");
  expect("refunded", spoken(back.payment.refunded), "4.00 USD");
  expect("status", back.payment.status, "PAYMENT_STATUS_CAPTURED");

  step("A void is refused without asking Stripe");
  const noVoid = await refusalOf(processor, "Void", { request_id: newRequestId(), payment_id: payment });
  expect("code", noVoid.code, "UNIMPLEMENTED");
  expect("reason", noVoid.reason, "VOID_UNSUPPORTED");
  expect("Stripe was asked", noVoid.metadata["stripe_contacted"], "false");
  console.log(`    for the operator: ${noVoid.message}`);
  expect("there is a sentence for the payer", noVoid.payerMessage !== "", true);

  step("0.49 USD are less than the operator takes");
  const tooLittle = await refusalOf(processor, "Authorize", authorize("0.49"));
  expect("code", tooLittle.code, "FAILED_PRECONDITION");
  expect("reason", tooLittle.reason, "AMOUNT_BELOW_MINIMUM");
  expect("can be changed by", tooLittle.metadata["fix"], "payer");
  expect("Stripe was asked", tooLittle.metadata["stripe_contacted"], "false");
  expect("for the payer", tooLittle.payerMessage, "Your payment must be no less than 0.50 USD");

  step("A card without funds is declined, which is an answer and no error");
  const poor = authorize("12.50", "pm_card_visa_chargeDeclinedInsufficientFunds");
  const { result: declined } = await processor.ask("Authorize", poor);
  expect("outcome", declined.outcome, "OUTCOME_DECLINED");
  expect("status", declined.payment.status, "PAYMENT_STATUS_DECLINED");
  expect("code", declined.failure?.code, "INSUFFICIENT_FUNDS");
  expect("the bank's code", declined.failure?.decline_code, "insufficient_funds");
  expect("advice", declined.failure?.advice, "ADVICE_RETRY_LATER");
  console.log(`    for the payer: ${declined.failure?.payer_message}`);

  step("Somebody with a wrong token is not let in");
  const unknown = await refusalOf(processor.asCaller("not-the-token-of-anybody"), "GetCapabilities", {});
  expect("code", unknown.code, "UNAUTHENTICATED");
  expect("reason", unknown.reason, "CALLER_UNKNOWN");
}

await run(play);
