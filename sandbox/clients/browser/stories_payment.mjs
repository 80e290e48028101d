// The Payment Element.

import { expect } from "./telling.mjs";

const ALWAYS = "4000002760003184";

export async function paymentStories(tell) {
  await tell("the Payment Element pays and leads to the return page", async (customer, merchant) => {
    await customer.visit("payment");
    await customer.fillsIn("4242424242424242");
    await customer.pays();
    const { payment_intent: id, payment_intent_client_secret: secret, ...rest } = await customer.comesBack();
    expect("the rest of the query", rest, { order: "7", redirect_status: "succeeded" });
    const truth = await merchant.stripe("GET", `payment_intents/${id}?expand[]=payment_method`);
    expect("the server says", truth.status, "succeeded");
    const { address } = truth.payment_method.billing_details;
    expect("the address", [address.country, address.postal_code], ["US", "94103"]);
    expect("the secret", secret, truth.client_secret);
  });

  await tell("the Payment Element, declined: the customer stays and tries another card", async (customer) => {
    await customer.visit("payment");
    await customer.fillsIn("4000000000000002");
    await customer.pays();
    await customer.reads("Your card was declined.");
    await customer.fillsIn("4242424242424242");
    await customer.pays();
    expect("status", (await customer.comesBack()).redirect_status, "succeeded");
  });

  await tell("the Payment Element with 3D Secure: failed in place, then passed and led on", async (customer) => {
    await customer.visit("payment");
    await customer.fillsIn(ALWAYS);
    await customer.pays();
    await customer.bank().locator("#test-source-fail-3ds").click();
    await customer.page.locator("#status", { hasText: "We are unable to authenticate" }).waitFor();
    await customer.pays();
    await customer.bank().locator("#test-source-authorize-3ds").click();
    expect("status", (await customer.comesBack()).redirect_status, "succeeded");
  });

  await tell("the Payment Element saves a card, with 3D Secure", async (customer) => {
    await customer.visit("setup");
    await customer.fillsIn(ALWAYS);
    await customer.pays();
    await customer.bank().locator("#test-source-authorize-3ds").click();
    await customer.reads("succeeded");
    const { intent } = await customer.result();
    expect("what is kept", [intent.object, typeof intent.payment_method], ["setup_intent", "string"]);
  });

  await tell("the Payment Element before there is an intent", async (customer) => {
    await customer.visit("deferred");
    await customer.pays();
    await customer.reads("Your card number is incomplete.");
    await customer.fillsIn("4242424242424242", "12 / 34", "123", "9");
    await customer.pays();
    await customer.reads("Your postal code is incomplete.");
    await customer.fillsIn("4242424242424242");
    await customer.pays();
    await customer.reads("succeeded");
  });

  await tell("an intent with another amount than the Payment Element is refused", async (customer) => {
    await customer.visit("deferred", "&amount=1999");
    await customer.fillsIn("4242424242424242");
    await customer.pays();
    await customer.reads("The amount of the Elements group (1999) does not match that of the intent (2000).");
  });

  await tell("elements.submit() comes before the PaymentMethod of a group without an intent", async (customer) => {
    await customer.visit("deferred", "&manual");
    const said = await customer.page.evaluate(() =>
      window.stripe.createPaymentMethod({ elements: window.elements }).catch((error) => error.message),
    );
    expect("the error", said, "elements.submit() must be called before stripe.createPaymentMethod().");
    await customer.fillsIn("4242424242424242");
    const made = await customer.page.evaluate(async () => {
      const submitted = await window.elements.submit();
      const { paymentMethod } = await window.stripe.createPaymentMethod({ elements: window.elements });
      return [submitted.selectedPaymentMethod, paymentMethod.type, paymentMethod.card.last4];
    });
    expect("made", made, ["card", "card", "4242"]);
  });
}
