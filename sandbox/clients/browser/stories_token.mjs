// ConfirmationTokens: the page collects, and the server confirms.

import { expect } from "./telling.mjs";

const ALWAYS = "4000002760003184";

export async function tokenStories(tell) {
  await tell("a ConfirmationToken: the server confirms what the page collected", async (customer, merchant) => {
    await customer.visit("confirmationToken");
    await customer.pays();
    await customer.reads("Your card number is incomplete.");
    await customer.fillsIn("4242424242424242");
    await customer.pays();
    await customer.reads("succeeded");
    const { intent } = await customer.result();
    const truth = await merchant.stripe("GET", `payment_intents/${intent.id}?expand[]=payment_method`);
    expect("the goods go to", [truth.shipping.name, truth.shipping.address.city], ["Jenny Rosen", "York"]);
    const { name, address } = truth.payment_method.billing_details;
    expect("the owner", [name, address.postal_code], ["Jenny Rosen", "94103"]);
  });

  await tell("a ConfirmationToken with 3D Secure in a dialog", async (customer) => {
    await customer.visit("confirmationToken");
    await customer.fillsIn(ALWAYS);
    await customer.pays();
    await customer.bank().locator("#test-source-authorize-3ds").click();
    await customer.reads("succeeded");
  });

  await tell("a ConfirmationToken of a declined card", async (customer) => {
    await customer.visit("confirmationToken");
    await customer.fillsIn("4000000000000002");
    await customer.pays();
    await customer.reads("Your card was declined.");
  });

  await tell("elements of another currency than the intent are refused", async (customer, merchant) => {
    await customer.visit("confirmationToken");
    await customer.fillsIn("4242424242424242");
    const token = await customer.page.evaluate(async () => {
      const early = await window.stripe.createConfirmationToken({ elements: window.elements }).catch((error) => error);
      await window.elements.submit();
      const { confirmationToken } = await window.stripe.createConfirmationToken({ elements: window.elements });
      return { early: early.message, ...confirmationToken };
    });
    expect("too early", token.early, "elements.submit() must be called before stripe.createConfirmationToken().");
    expect("the preview", token.payment_method_preview.card.last4, "4242");
    const params = { amount: 2000, currency: "eur", confirm: true, confirmation_token: token.id };
    const { error } = await merchant.stripe("POST", "payment_intents", params);
    const said = "The provided currency (eur) does not match the expected currency (usd).";
    expect("the error", error.message.slice(0, said.length), said);
  });
}
