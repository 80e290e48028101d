// A card that is kept: set up with and without its bank's page, paid with, detached and forgotten.

import Stripe from "stripe";

import { visit } from "./control.mjs";
import { AUTOMATIC, SHOP } from "./stage.mjs";
import { expect, expectOneOf, expectThat, refused, story } from "./telling.mjs";

const { StripeCardError, StripeInvalidRequestError } = Stripe.errors;

function setUp(stage, card, customer, more = {}) {
  const params = { payment_method: card, customer, confirm: true, return_url: SHOP };
  return stage.stripe.setupIntents.create({ ...params, ...more });
}

const ids = (list) => list.data.map(({ id }) => id);

story("a customer is created, changed, found and deleted", async (stage) => {
  const { customers } = stage.stripe;
  const jenny = await customers.create({ name: "Jenny Rosen", email: "jenny@example.com", metadata: { plan: "gold" } });
  expect("jenny", [jenny.object, jenny.name, jenny.phone], ["customer", "Jenny Rosen", null]);
  const changed = await customers.update(jenny.id, { name: "Jenny Smith", metadata: { plan: "", since: "2026" } });
  expect("changed", [changed.name, changed.email, changed.metadata], ["Jenny Smith", "jenny@example.com", { since: "2026" }]);
  const kim = await customers.create({ email: "kim@example.com" });
  expect("all", ids(await customers.list()), [kim.id, jenny.id]);
  expect("by mail", ids(await customers.list({ email: "kim@example.com" })), [kim.id]);
  const gone = { id: jenny.id, object: "customer", deleted: true };
  expect("deleted", await customers.del(jenny.id), gone);
  expect("deleted still", await customers.retrieve(jenny.id), gone);
  await refused(StripeInvalidRequestError, () => customers.del(jenny.id), { statusCode: 404, code: "resource_missing" });
  expect("left", ids(await customers.list()), [kim.id]);
  const events = await stage.events(jenny.id);
  expect("events", events.map(({ type }) => type), ["customer.created", "customer.updated", "customer.deleted"]);
  expect("what was before", events[1].data.previous_attributes, {
    name: "Jenny Rosen",
    metadata: { plan: "gold", since: null },
  });
});

story("a card is set up, and pays off session", async (stage) => {
  const customer = await stage.customer();
  const done = await setUp(stage, "pm_card_visa", customer.id, { expand: ["latest_attempt", "payment_method"] });
  expect("done", [done.object, done.status, done.usage], ["setup_intent", "succeeded", "off_session"]);
  expect("attempt", [done.latest_attempt.object, done.latest_attempt.status], ["setup_attempt", "succeeded"]);
  const card = done.payment_method;
  expect("attached to", card.customer, customer.id);
  expect("listed", ids(await stage.stripe.paymentMethods.list({ customer: customer.id, type: "card" })), [card.id]);
  const paid = await stage.pay(card.id, { customer: customer.id, off_session: true });
  expect("paid", [paid.status, paid.payment_method, paid.customer], ["succeeded", card.id, customer.id]);
  const late = await refused(StripeInvalidRequestError, () => stage.stripe.setupIntents.cancel(done.id), { statusCode: 400 });
  expect("code", [late.code, late.setup_intent?.id], ["setup_intent_unexpected_state", done.id]);
});

story("a card that requires authentication is set up on the bank's page", async (stage) => {
  const customer = await stage.customer();
  const asked = await setUp(stage, "pm_card_authenticationRequiredOnSetup", customer.id);
  expect("asked", [asked.status, asked.next_action?.type], ["requires_action", "redirect_to_url"]);
  const back = await visit(asked.next_action.redirect_to_url.url, "pass");
  expectThat("sent back to the shop", back?.href.startsWith(SHOP), back?.href);
  expect("way back", [back?.searchParams.get("setup_intent"), back?.searchParams.get("redirect_status")], [asked.id, "succeeded"]);
  const done = await stage.stripe.setupIntents.retrieve(asked.id);
  expect("done", [done.status, done.next_action], ["succeeded", null]);
  expect("paid", (await stage.pay(done.payment_method, { customer: customer.id, off_session: true })).status, "succeeded");
  expect("events", await stage.told(asked.id), [
    "setup_intent.created",
    "setup_intent.requires_action",
    "setup_intent.succeeded",
  ]);
});

story("a card is not set up after a failed authentication", async (stage) => {
  const customer = await stage.customer();
  const asked = await setUp(stage, "pm_card_authenticationRequired", customer.id);
  const back = await visit(asked.next_action.redirect_to_url.url, "fail");
  expect("redirect_status", back?.searchParams.get("redirect_status"), "failed");
  const left = await stage.stripe.setupIntents.retrieve(asked.id);
  expect("left", [left.status, left.last_setup_error?.code], ["requires_payment_method", "setup_intent_authentication_failure"]);
  expect("listed", ids(await stage.stripe.paymentMethods.list({ customer: customer.id })), []);
  const card = "pm_card_authenticationRequired";
  const again = await stage.stripe.setupIntents.confirm(left.id, { payment_method: card, return_url: SHOP });
  await stage.control.authenticate(again.id, true);
  expect("second try", (await stage.stripe.setupIntents.retrieve(left.id)).status, "succeeded");
});

story("a declined card is not set up, and the SetupIntent stays open", async (stage) => {
  const customer = await stage.customer();
  const no = await refused(StripeCardError, () => setUp(stage, "pm_card_visa_chargeDeclined", customer.id), {
    statusCode: 402,
    code: "card_declined",
    decline_code: "generic_decline",
  });
  expect("left", [no.setup_intent?.status, no.setup_intent?.last_setup_error?.code], ["requires_payment_method", "card_declined"]);
  await refused(StripeCardError, () => stage.kept(customer.id, "pm_card_visa_chargeDeclined"), { statusCode: 402 });
  const later = await stage.kept(customer.id, "pm_card_chargeCustomerFail");
  await refused(StripeCardError, () => stage.pay(later.id, { customer: customer.id }), { code: "card_declined" });
});

story("a SetupIntent is created first, changed and confirmed later", async (stage) => {
  const { setupIntents } = stage.stripe;
  const intent = await setupIntents.create({ automatic_payment_methods: AUTOMATIC, metadata: { a: "1" } });
  const customer = await stage.customer();
  const changed = await setupIntents.update(intent.id, {
    customer: customer.id,
    payment_method: "pm_card_visa",
    metadata: { a: "", b: "2" },
  });
  expect("changed", [changed.status, changed.customer, changed.metadata], ["requires_confirmation", customer.id, { b: "2" }]);
  expect("done", (await setupIntents.confirm(intent.id)).status, "succeeded");
  expect("listed", ids(await setupIntents.list({ customer: customer.id })), [intent.id]);
});

story("a payment declined off session is authenticated on session", async (stage) => {
  const customer = await stage.customer();
  const card = await stage.kept(customer.id, "pm_card_authenticationRequired");
  const no = await refused(StripeCardError, () => stage.pay(card.id, { customer: customer.id, off_session: true }), {
    statusCode: 402,
    code: "authentication_required",
    decline_code: "authentication_required",
  });
  expect("left", no.payment_intent?.status, "requires_payment_method");
  expect("told with it", no.payment_method?.id, card.id);
  const asked = await stage.stripe.paymentIntents.confirm(no.payment_intent.id, { payment_method: card.id, return_url: SHOP });
  expect("asked", [asked.status, asked.next_action?.type], ["requires_action", "redirect_to_url"]);
  const back = await visit(asked.next_action.redirect_to_url.url, "pass");
  expect("way back", [back?.searchParams.get("payment_intent"), back?.searchParams.get("redirect_status")], [asked.id, "succeeded"]);
  expect("paid", (await stage.intent(asked.id)).status, "succeeded");
  const more = { error_on_requires_action: true };
  await refused(StripeCardError, () => stage.pay("pm_card_authenticationRequired", more), {
    code: "authentication_required",
    decline_code: "authentication_not_handled",
  });
});

story("a payment can be repeated with another card after a failed authentication", async (stage) => {
  const asked = await stage.pay("pm_card_threeDSecure2Required", { return_url: SHOP });
  await stage.control.authenticate(asked.id, false);
  const left = await stage.intent(asked.id);
  expect("left", [left.status, left.payment_method], ["requires_payment_method", null]);
  expect("error", left.last_payment_error?.code, "payment_intent_authentication_failure");
  const other = { payment_method: "pm_card_mastercard", return_url: SHOP };
  const paid = await stage.stripe.paymentIntents.confirm(asked.id, other);
  expect("paid", [paid.status, paid.last_payment_error], ["succeeded", null]);
});

story("each use of a test card creates a PaymentMethod with the same number", async (stage) => {
  const customer = await stage.customer();
  const [first, second] = [await stage.kept(customer.id), await stage.kept(customer.id)];
  expectThat("two of them", first.id !== second.id && first.id !== "pm_card_visa");
  expect("the same number", first.card.fingerprint, second.card.fingerprint);
  expect("by the customer", ids(await stage.stripe.customers.listPaymentMethods(customer.id)), [second.id, first.id]);
  const one = await stage.stripe.customers.retrievePaymentMethod(customer.id, first.id);
  expect("one of them", one.id, first.id);
  const details = { name: "Jenny", address: { postal_code: "12345" } };
  const changed = await stage.stripe.paymentMethods.update(first.id, { billing_details: details });
  expect("changed", [changed.billing_details.name, changed.billing_details.address.postal_code], ["Jenny", "12345"]);
});

story("a detached card cannot be used again", async (stage) => {
  const customer = await stage.customer();
  const card = await stage.kept(customer.id);
  const chosen = await stage.stripe.customers.update(customer.id, {
    invoice_settings: { default_payment_method: card.id },
    expand: ["invoice_settings.default_payment_method"],
  });
  expect("default", chosen.invoice_settings.default_payment_method.id, card.id);
  expect("customer", (await stage.stripe.paymentMethods.detach(card.id)).customer, null);
  expect("default", (await stage.stripe.customers.retrieve(customer.id)).invoice_settings.default_payment_method, null);
  const no = { statusCode: 400, code: undefined };
  await refused(StripeInvalidRequestError, () => stage.stripe.paymentMethods.detach(card.id), no);
  await refused(StripeInvalidRequestError, () => stage.kept(customer.id, card.id), no);
  await refused(StripeInvalidRequestError, () => stage.pay(card.id, { customer: customer.id }), { statusCode: 400 });
  const events = (await stage.events(card.id)).filter(({ type }) => type.startsWith("payment_method."));
  expect("events", events.map(({ type }) => type), ["payment_method.attached", "payment_method.detached"]);
});

story("a card pays only for the attached customer, and not for a deleted customer", async (stage) => {
  const [jenny, kim] = [await stage.customer(), await stage.customer()];
  const card = await stage.kept(jenny.id);
  await refused(StripeInvalidRequestError, () => stage.pay(card.id, { customer: kim.id }), { statusCode: 400 });
  expect("hers", (await stage.pay(card.id, { customer: jenny.id })).status, "succeeded");
  await stage.stripe.customers.del(jenny.id);
  const missing = await refused(StripeInvalidRequestError, () => stage.pay(card.id, { customer: jenny.id }));
  expectOneOf("code", missing.code, ["resource_missing"]);
});
