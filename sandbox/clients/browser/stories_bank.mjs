// Debits of bank accounts, which take days: the page hears that they are under way.

import { expect } from "./telling.mjs";

const IBAN = "DE89370400440532013000";

export async function bankStories(tell) {
  await tell("a bank account in Europe is debited", async (customer, merchant) => {
    await customer.visit("sepa", `&iban=${IBAN}`);
    await customer.pays();
    await customer.reads("processing");
    const { intent } = await customer.result();
    const truth = await merchant.stripe("GET", `payment_intents/${intent.id}?expand[]=payment_method`);
    expect("the account", truth.payment_method.sepa_debit.last4, "3000");
    expect("the owner", truth.payment_method.billing_details.email, "jenny@example.com");
  });

  await tell("a bank account in the United States is saved after the microdeposits", async (customer) => {
    await customer.visit("usBank");
    await customer.pays();
    await customer.reads("requires_action");
    const { intent } = await customer.result();
    expect("the next action", intent.next_action.type, "verify_with_microdeposits");
    const verified = await customer.page.evaluate(
      (secret) => window.stripe.verifyMicrodepositsForSetup(secret, { amounts: [32, 45] }),
      intent.client_secret,
    );
    expect("the error", verified.error?.message, undefined);
    expect("status", verified.setupIntent.status, "succeeded");
  });

  await tell("a bank account in the Payment Element", async (customer, merchant) => {
    await customer.visit("payment", "&euro");
    const frame = customer.frame("Secure payment input frame");
    await frame.getByRole("tab", { name: "SEPA Debit" }).click();
    await frame.getByLabel("Full name").fill("Jenny Rosen");
    await frame.getByLabel("Email").fill("jenny@example.com");
    await frame.getByLabel("IBAN").fill("DE89370400440532013001");
    await customer.pays();
    await customer.reads("The IBAN you entered is invalid.");
    await frame.getByLabel("IBAN").fill(IBAN);
    expect("in groups", await frame.getByLabel("IBAN").inputValue(), "DE89 3704 0044 0532 0130 00");
    customer.typed.push(IBAN);
    await customer.pays();
    const { payment_intent: id, redirect_status: status } = await customer.comesBack();
    expect("status", status, "pending");
    expect("the server says", (await merchant.stripe("GET", `payment_intents/${id}`)).status, "processing");
  });
}
