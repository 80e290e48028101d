// Klarna, PayPal and Link in the Payment Element.

import { expect } from "./telling.mjs";

const WALLETS = ["klarna", "paypal", "link"];

export async function walletStories(tell) {
  for (const [name, button, redirected, status] of [
    ["PayPal", "#test-source-authorize-3ds", "succeeded", "succeeded"],
    ["Klarna", "#test-source-fail-3ds", "failed", "requires_payment_method"],
  ]) {
    await tell(`${name} leads to a page and back: ${redirected}`, async (customer, merchant) => {
      await merchant.enables(WALLETS);
      await customer.visit("payment", "&wallets");
      const frame = customer.frame("Secure payment input frame");
      await frame.getByRole("tab", { name }).click();
      await customer.pays();
      await customer.page.getByText("$20.00").waitFor();
      expect("the means", await customer.page.getByRole("definition").last().textContent(), name);
      await customer.page.locator(button).click();
      const { payment_intent: id, redirect_status: said } = await customer.comesBack();
      expect("the query says", said, redirected);
      expect("the server says", (await merchant.stripe("GET", `payment_intents/${id}`)).status, status);
    });
  }

  await tell("Link pays at once", async (customer, merchant) => {
    await merchant.enables(WALLETS);
    await customer.visit("payment", "&wallets");
    const frame = customer.frame("Secure payment input frame");
    await frame.getByRole("tab", { name: "Link" }).click();
    await frame.getByLabel("Email").fill("jenny@example.com");
    await customer.pays();
    expect("status", (await customer.comesBack()).redirect_status, "succeeded");
  });
}
