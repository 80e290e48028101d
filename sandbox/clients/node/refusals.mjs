// How Stripe says no, and which exception the SDK makes of it.

import Stripe from "stripe";

import { AUTOMATIC } from "./stage.mjs";
import { expect, expectOneOf, expectThat, refused, story } from "./telling.mjs";

const {
  StripeAPIError,
  StripeAuthenticationError,
  StripeCardError,
  StripeConnectionError,
  StripeInvalidRequestError,
  StripePermissionError,
  StripeRateLimitError,
} = Stripe.errors;

const GOOD = { amount: 2000, currency: "usd", automatic_payment_methods: AUTOMATIC };

// card, code, decline_code, param, advice_code
const DECLINES = [
  ["pm_card_visa_chargeDeclined", "card_declined", "generic_decline", undefined, "try_again_later"],
  ["pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", undefined, "try_again_later"],
  ["pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", undefined, "do_not_try_again"],
  ["pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", undefined, "do_not_try_again"],
  ["pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month", "confirm_card_data"],
  ["pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc", "confirm_card_data"],
  ["pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", undefined, "try_again_later"],
  ["pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent", undefined, undefined],
];

story("each declined card is a StripeCardError with the reason", async (stage) => {
  for (const [card, code, decline_code, param, advice_code] of DECLINES) {
    const expected = { type: "StripeCardError", rawType: "card_error", statusCode: 402, code, decline_code, param, advice_code };
    const no = await refused(StripeCardError, () => stage.pay(card), expected);
    expectThat("requestId", no.requestId?.startsWith("req_"), no.requestId);
    expectThat("a charge", no.charge?.startsWith("ch_"), no.charge);
    expect("left", no.payment_intent?.status, "requires_payment_method");
    const left = await stage.intent(no.payment_intent.id, "latest_charge");
    expect("the same later", [left.last_payment_error?.code, left.latest_charge.id], [code, no.charge]);
    expect("charge", [left.latest_charge.status, left.latest_charge.failure_code], ["failed", code]);
  }
});

story("an invalid request is a StripeInvalidRequestError with the parameter", async (stage) => {
  for (const [params, code, param] of [
    [{ amount: undefined }, "parameter_missing", "amount"],
    [{ currency: undefined }, "parameter_missing", "currency"],
    [{ color: "red" }, "parameter_unknown", "color"],
    [{ amount: 49 }, "amount_too_small", "amount"],
    [{ amount: "ten" }, "parameter_invalid_integer", "amount"],
    [{ customer: "cus_nobody" }, "resource_missing", "customer"],
    [{ payment_method_types: ["card"] }, "payment_method_types_no_longer_supported", "payment_method_types"],
  ]) {
    const create = () => stage.stripe.paymentIntents.create({ ...GOOD, ...params });
    const no = await refused(StripeInvalidRequestError, create, { code, param });
    expectOneOf("statusCode", no.statusCode, code === "resource_missing" ? [400, 404] : [400]);
  }
  const missing = await refused(StripeInvalidRequestError, () => stage.intent("pi_nobody"), {
    statusCode: 404,
    code: "resource_missing",
  });
  expect("message", missing.message, "No such payment_intent: 'pi_nobody'");
});

story("an unknown key is a StripeAuthenticationError", async (stage) => {
  for (const key of ["sk_test_", "nonsense"]) {
    const list = () => stage.clientWith(key).customers.list();
    const no = await refused(StripeAuthenticationError, list, { statusCode: 401 });
    expectThat("message", no.message.includes("Invalid API Key provided"), no.message);
  }
});

story("a restricted key makes permitted calls, and gets a StripePermissionError for other calls", async (stage) => {
  const jenny = await stage.customer();
  const key = `${stage.key.replace("sk_", "rk_")}_reader`;
  await stage.control.restrictedKey(key, { customers: "read" });
  const reader = stage.clientWith(key);
  expect("may read", (await reader.customers.retrieve(jenny.id)).id, jenny.id);
  await refused(StripePermissionError, () => reader.customers.create({ name: "Kim" }), { statusCode: 403 });
  await refused(StripePermissionError, () => reader.paymentIntents.create(GOOD), { statusCode: 403 });
});

story("too many requests are a StripeRateLimitError without an automatic retry", async (stage) => {
  const create = () => stage.stripe.paymentIntents.create(GOOD);
  await stage.control.arm("rate_limited");
  const no = await refused(StripeRateLimitError, create, { statusCode: 429, code: "rate_limit" });
  expectThat("reason", no.headers["stripe-rate-limited-reason"], no.headers);
  await stage.control.arm("lock_timeout");
  const locked = await refused(StripeRateLimitError, create, { statusCode: 429, code: "lock_timeout" });
  expect("reason", locked.headers["stripe-rate-limited-reason"], undefined);
  expect("made", (await stage.stripe.paymentIntents.list()).data, []);
});

story("a server error is a StripeAPIError, and a broken connection is a StripeConnectionError", async (stage) => {
  const create = () => stage.clientWith(stage.key, { maxNetworkRetries: 0 }).paymentIntents.create(GOOD);
  for (const [kind, statusCode, more] of [
    ["bad_gateway", 502],
    ["unavailable", 503],
    ["gateway_timeout", 504],
    ["server_error", 500, { effect: false }],
  ]) {
    await stage.control.arm(kind, more);
    await refused(StripeAPIError, create, { statusCode, rawType: "api_error" });
  }
  await stage.control.arm("key_in_use");
  await refused(StripeAPIError, create, { statusCode: 409, code: "idempotency_key_in_use" });
  // A connection that was closed is tried once more even so.
  await stage.control.arm("refuse_before", { times: 2 });
  await refused(StripeConnectionError, create, { statusCode: undefined });
  expect("made", (await stage.stripe.paymentIntents.list()).data, []);
});

story("every answer has a request id", async (stage) => {
  const customer = await stage.stripe.customers.create({ name: "Jenny" }, { idempotencyKey: "jenny" });
  const { lastResponse } = customer;
  expect("statusCode", lastResponse.statusCode, 200);
  expectThat("requestId", lastResponse.requestId.startsWith("req_"), lastResponse.requestId);
  expect("idempotencyKey", lastResponse.idempotencyKey, "jenny");
  expect("version", lastResponse.apiVersion, Stripe.API_VERSION ?? "2026-10-28.endive");
  const heard = [];
  stage.stripe.on("response", (answer) => heard.push(answer));
  await stage.stripe.customers.retrieve(customer.id);
  expect("heard", heard.map(({ method, status }) => [method, status]), [["GET", 200]]);
  const older = stage.clientWith(stage.key, { apiVersion: "2026-08-26.dahlia" });
  const intent = await older.paymentIntents.create({ amount: 2000, currency: "usd", payment_method_types: ["card"] });
  expect("an older version still takes payment_method_types", intent.payment_method_types, ["card"]);
  expect("version", intent.lastResponse.apiVersion, "2026-08-26.dahlia");
  const raw = await stage.stripe.rawRequest("GET", `/v1/customers/${customer.id}`);
  expect("a raw request", raw.id, customer.id);
});
