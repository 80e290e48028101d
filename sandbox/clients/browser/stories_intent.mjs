// Customers who have to authenticate: in a dialog over the shop, or at the bank's own page.

import { expect } from "./telling.mjs";

const UNABLE =
  "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

const ALWAYS = "4000002760003184";

/** An intent for cards alone. */
const WAYS = { payment_method_types: ["card"] };
const PLAIN = { amount: 2000, currency: "usd", ...WAYS };

export async function intentStories(tell) {
  await tell("3D Secure in a dialog: passed", async (customer) => {
    await customer.visit("card");
    await customer.types(ALWAYS);
    await customer.pays();
    await customer.bank().locator("#test-source-authorize-3ds").click();
    await customer.reads("succeeded");
    expect("dialogs", await customer.page.getByRole("dialog").count(), 0);
  });

  await tell("3D Secure in a dialog: failed", async (customer, merchant) => {
    await customer.visit("card");
    await customer.types(ALWAYS);
    await customer.pays();
    await customer.bank().locator("#test-source-fail-3ds").click();
    await customer.reads(UNABLE);
    const { error } = await customer.result();
    expect("the error", error.code, "payment_intent_authentication_failure");
    const truth = await merchant.stripe("GET", `payment_intents/${error.payment_intent.id}`);
    expect("the server says", truth.status, "requires_payment_method");
  });

  for (const [how, close] of [
    ["its button", (page) => page.getByRole("button", { name: "Close" }).click()],
    ["Escape", (page) => page.keyboard.press("Escape")],
  ]) {
    await tell(`3D Secure in a dialog: closed by ${how}`, async (customer, merchant) => {
      await customer.visit("card");
      await customer.types(ALWAYS);
      await customer.pays();
      await customer.bank().locator("#test-source-authorize-3ds").waitFor();
      await close(customer.page);
      await customer.reads(UNABLE);
      const { error } = await customer.result();
      const truth = await merchant.stripe("GET", `payment_intents/${error.payment_intent.id}`);
      expect("the server says", truth.status, "requires_payment_method");
    });
  }

  await tell("3D Secure is passed, and the bank still declines", async (customer) => {
    await customer.visit("card");
    await customer.types("4000008260003178", "12/34", "123", "SW1A 1AA");
    await customer.pays();
    await customer.bank().locator("#test-source-authorize-3ds").click();
    await customer.reads("Your card has insufficient funds.");
  });

  await tell("a card is saved: 3D Secure passed and failed", async (customer) => {
    await customer.visit("cardSetup");
    await customer.types(ALWAYS);
    await customer.pays();
    await customer.bank().locator("#test-source-fail-3ds").click();
    await customer.reads(UNABLE);
    expect("the error", (await customer.result()).error.code, "setup_intent_authentication_failure");
    await customer.pays();
    await customer.bank().locator("#test-source-authorize-3ds").click();
    await customer.reads("succeeded");
  });

  await tell("the server confirms, and the page handles the next action", async (customer) => {
    await customer.visit("server");
    await customer.types(ALWAYS);
    await customer.pays();
    await customer.bank().locator("#test-source-authorize-3ds").click();
    await customer.reads("succeeded");
    const { intent } = await customer.result();
    const again = await customer.page.evaluate(
      (clientSecret) => window.stripe.handleNextAction({ clientSecret }),
      intent.client_secret,
    );
    expect("nothing is left to do", again.error.code, "payment_intent_unexpected_state");
  });

  for (const [what, button, status, said] of [
    ["passed", "#test-source-authorize-3ds", "succeeded", "succeeded"],
    ["failed", "#test-source-fail-3ds", "failed", "requires_payment_method"],
  ]) {
    await tell(`3D Secure at the bank's own page: ${what}, and back in the shop`, async (customer, merchant) => {
      await customer.visit("server", "&bank");
      await customer.types(ALWAYS);
      await customer.pays();
      await customer.page.locator(button).click();
      const { payment_intent: id, payment_intent_client_secret: secret, ...rest } = await customer.comesBack();
      expect("the rest of the query", rest, { order: "7", redirect_status: status });
      expect("the secret", secret.startsWith(`${id}_secret_`), true);
      expect("the server says", (await merchant.stripe("GET", `payment_intents/${id}`)).status, said);
      const { paymentIntent } = await customer.page.evaluate(
        ([key, of]) => Stripe(key).retrievePaymentIntent(of),
        [merchant.publishable, secret],
      );
      expect("the page reads", paymentIntent.status, said);
    });
  }

  await tell("a card is saved, with 3D Secure at the bank's own page", async (customer, merchant) => {
    const given = { payment_method: "pm_card_authenticationRequired", confirm: true };
    const order = { ...given, payment_method_types: ["card"], return_url: `${merchant.url}/back` };
    const { id, client_secret } = await merchant.stripe("POST", "setup_intents", order);
    await customer.page.goto(`${merchant.url}/`);
    await customer.page.evaluate(
      ([key, clientSecret]) => void Stripe(key).handleNextAction({ clientSecret }),
      [merchant.publishable, client_secret],
    );
    await customer.page.locator("#test-source-authorize-3ds").click();
    const query = { setup_intent: id, setup_intent_client_secret: client_secret, redirect_status: "succeeded" };
    expect("the query", await customer.comesBack(), query);
    expect("the server says", (await merchant.stripe("GET", `setup_intents/${id}`)).status, "succeeded");
  });

  await tell("a shop that shows the bank's page in a frame of its own", async (customer, merchant) => {
    await customer.page.goto(`${merchant.url}/`);
    const { client_secret } = await merchant.stripe("POST", "payment_intents", PLAIN);
    const waiting = await customer.page.evaluate(
      async ([key, secret, return_url]) => {
        const data = { payment_method: "pm_card_authenticationRequired", return_url };
        const { paymentIntent } = await Stripe(key).confirmCardPayment(secret, data, { handleActions: false });
        const frame = document.createElement("iframe");
        frame.id = "bank";
        frame.src = paymentIntent.next_action.redirect_to_url.url;
        document.body.append(frame);
        return paymentIntent;
      },
      [merchant.publishable, client_secret, `${merchant.url}/back`],
    );
    expect("status", waiting.status, "requires_action");
    await customer.page.frameLocator("#bank").locator("#test-source-authorize-3ds").click();
    await customer.page.frameLocator("#bank").getByRole("heading", { name: "A shop" }).waitFor();
    const truth = await merchant.stripe("GET", `payment_intents/${waiting.id}`);
    expect("the server says", truth.status, "succeeded");
  });

  await tell("every method accepts the id of a PaymentMethod", async (customer, merchant) => {
    await customer.page.goto(`${merchant.url}/`);
    const secret = async (path) => {
      const { client_secret } = await merchant.stripe("POST", path, path === "setup_intents" ? WAYS : PLAIN);
      return client_secret;
    };
    const call = (method, ...given) =>
      customer.page.evaluate(
        async ([key, name, ...rest]) => {
          const { error, paymentIntent, setupIntent } = await Stripe(key)[name](...rest);
          return error?.code ?? (paymentIntent ?? setupIntent).status;
        },
        [merchant.publishable, method, ...given],
      );
    const visa = { payment_method: "pm_card_visa" };
    const poor = { payment_method: "pm_card_visa_chargeDeclined" };
    const payment = await secret("payment_intents");
    expect("declined", await call("confirmCardPayment", payment, poor), "card_declined");
    expect("confirmCardPayment", await call("confirmCardPayment", payment, visa), "succeeded");
    expect("again", await call("confirmCardPayment", payment, visa), "payment_intent_unexpected_state");
    const setup = await secret("setup_intents");
    expect("confirmCardSetup", await call("confirmCardSetup", setup, visa), "succeeded");
    const retrieved = [await call("retrievePaymentIntent", payment), await call("retrieveSetupIntent", setup)];
    expect("retrieved", retrieved, ["succeeded", "succeeded"]);
    const any = { confirmParams: visa, redirect: "if_required" };
    const [clientSecret, other] = [await secret("payment_intents"), await secret("setup_intents")];
    expect("confirmPayment", await call("confirmPayment", { ...any, clientSecret }), "succeeded");
    expect("confirmSetup", await call("confirmSetup", { ...any, clientSecret: other }), "succeeded");
  });

  await tell("a link to the bank's page does not authenticate", async (customer, merchant) => {
    const given = { payment_method: "pm_card_authenticationRequired", payment_method_types: ["card"], confirm: true };
    const order = { amount: 2000, currency: "usd", ...given, return_url: `${merchant.url}/back` };
    const { id, next_action } = await merchant.stripe("POST", "payment_intents", order);
    await customer.page.goto(next_action.redirect_to_url.url);
    expect("links", await customer.page.locator("a").count(), 0);
    expect("the server says", (await merchant.stripe("GET", `payment_intents/${id}`)).status, "requires_action");
  });
}
