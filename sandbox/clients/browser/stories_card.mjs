// Cards in the elements of their own kind: what is said while a card is typed, and payments with it.

import { eventually, expect } from "./telling.mjs";

const LINE = "Secure card payment input frame";

export async function cardStories(tell) {
  await tell("a card pays", async (customer, merchant) => {
    await customer.visit("card");
    await customer.types("4242424242424242");
    await customer.pays();
    await customer.reads("succeeded");
    const { intent } = await customer.result();
    const truth = await merchant.stripe("GET", `payment_intents/${intent.id}?expand[]=payment_method`);
    expect("the server says", truth.status, "succeeded");
    expect("the card", truth.payment_method.card.last4, "4242");
    expect("the owner", truth.payment_method.billing_details.name, "Jenny Rosen");
    expect("the postal code", truth.payment_method.billing_details.address.postal_code, "94103");
  });

  await tell("a declined card shows the error message", async (customer) => {
    await customer.visit("card");
    await customer.types("4000000000009995");
    await customer.pays();
    await customer.reads("Your card has insufficient funds.");
    const { error } = await customer.result();
    const said = [error.type, error.code, error.decline_code];
    expect("the error", said, ["card_error", "card_declined", "insufficient_funds"]);
    expect("the intent", error.payment_intent.status, "requires_payment_method");
    await customer.frame(LINE).locator('[name="cardnumber"]').fill("");
    await customer.types("4242424242424242");
    await customer.pays();
    await customer.reads("succeeded");
  });

  await tell("a card is checked during the typing", async (customer) => {
    await customer.visit("card");
    const frame = customer.frame(LINE);
    const error = async () => (await customer.lastChange())?.error?.code ?? null;
    const number = frame.locator('[name="cardnumber"]');
    const expiry = frame.locator('[name="exp-date"]');
    await number.pressSequentially("4242");
    await eventually("the brand", async () => (await customer.lastChange()).brand, "visa");
    expect("nothing is wrong yet", await error(), null);
    await expiry.focus();
    await eventually("after leaving", error, "incomplete_number");
    await number.fill("4242424242424241");
    await eventually("a wrong digit", error, "invalid_number");
    customer.typed.push("4242424242424241");
    expect("in groups", await number.inputValue(), "4242 4242 4242 4241");
    await number.fill("378282246310005");
    customer.typed.push("378282246310005");
    await eventually("the brand", async () => (await customer.lastChange()).brand, "amex");
    expect("in groups", await number.inputValue(), "3782 822463 10005");
    await expiry.fill("12/20");
    await eventually("last year's", error, "invalid_expiry_year_past");
    await expiry.fill("");
    await expiry.pressSequentially("1234");
    expect("spaced", await expiry.inputValue(), "12 / 34");
    await frame.locator('[name="cvc"]').fill("123");
    await frame.locator('[name="postal"]').fill("94103");
    await eventually("three digits are too few", error, "incomplete_cvc");
    await frame.locator('[name="cvc"]').fill("1234");
    await eventually("complete", async () => (await customer.lastChange()).complete, true);
    const said = await customer.lastChange();
    expect("the event", [said.elementType, said.empty, said.value], ["card", false, { postalCode: "94103" }]);
    const place = await customer.page.locator("#element").getAttribute("class");
    expect("the classes", place.includes("StripeElement--complete"), true);
  });

  await tell("the focus moves to the next input when an input is complete", async (customer) => {
    await customer.visit("card");
    customer.typed.push("4242424242424242");
    await customer.frame(LINE).locator('[name="cardnumber"]').focus();
    await customer.page.keyboard.type("4242424242424242" + "1234" + "123" + "94103");
    await eventually("complete", async () => (await customer.lastChange())?.complete, true);
  });

  await tell("an incomplete card is not sent", async (customer) => {
    await customer.visit("card");
    await customer.pays();
    await customer.reads("Your card number is incomplete.");
    const { error } = await customer.result();
    expect("the error", [error.type, error.code], ["validation_error", "incomplete_number"]);
    await customer.types("4242424242424242", "12/34", "12");
    await customer.pays();
    await customer.reads("Your card's security code is incomplete.");
    await customer.types("", "01/20", "123");
    await customer.pays();
    await customer.reads("Your card's expiration year is in the past.");
  });

  await tell("a card in three inputs pays", async (customer) => {
    await customer.visit("split");
    customer.typed.push("5555555555554444");
    const number = customer.frame("Secure card number input frame").locator('[name="cardnumber"]');
    await number.pressSequentially("5555555555554444");
    await customer.pays();
    await customer.reads("Your card's expiration date is incomplete.");
    await customer.frame("Secure expiration date input frame").locator('[name="exp-date"]').fill("12/34");
    await customer.frame("Secure CVC input frame").locator('[name="cvc"]').fill("123");
    await customer.pays();
    await customer.reads("succeeded");
  });

  await tell("a card in three inputs is cleared, and shown again empty", async (customer) => {
    await customer.visit("split");
    const number = customer.frame("Secure card number input frame").locator('[name="cardnumber"]');
    await number.fill("4242");
    await customer.page.evaluate(() => window.element.clear());
    await eventually("empty", async () => (await customer.lastChange()).empty, true);
    await number.fill("4242");
    await customer.page.evaluate(() => {
      window.element.unmount();
      window.element.mount("#number");
    });
    await eventually("empty again", () => number.inputValue(), "");
    await customer.page.evaluate(() => window.element.destroy());
    expect("gone", await customer.page.locator("#number iframe").count(), 0);
    await customer.page.evaluate(() => window.elements.create("cardNumber").mount("#number"));
    await number.fill("4242");
  });

  await tell("a token of a card pays", async (customer) => {
    await customer.visit("token");
    await customer.types("4242424242424242");
    await customer.pays();
    await customer.reads("succeeded");
  });
}
