// What the script does before anybody pays.

import { eventually, expect } from "./telling.mjs";

/** Calls something in the page, and returns the error it throws. */
function thrown(page, code) {
  return page.evaluate(async (body) => {
    try {
      await new Function(`return (async () => { ${body} })()`)();
      return "nothing";
    } catch (error) {
      return `${error.name}: ${error.message.replace(/\s+/g, " ")}`;
    }
  }, code);
}

export async function scriptStories(tell) {
  await tell("only a publishable key opens Stripe()", async ({ page, merchant }) => {
    await page.goto(`${merchant.url}/?flow=none`);
    await page.evaluate(() => {
      window.stripe = Stripe("pk_test_of_nobody");
    });
    const secret = "You should not use your secret key with Stripe.js. Please pass a publishable key instead.";
    for (const [call, said] of [
      ['Stripe("sk_test_1")', `IntegrationError: ${secret}`],
      ['Stripe("")', "IntegrationError: Please call Stripe() with your publishable key. You used an empty string."],
      ["Stripe()", "IntegrationError: Missing value for Stripe(): apiKey should be a string."],
      ['Stripe("pk_test_1")', "nothing"],
    ]) {
      expect(call, await thrown(page, call), said);
    }
    expect("Stripe.version", await page.evaluate(() => Stripe.version), 3);
  });

  await tell("mistakes of the page are reported as errors", async ({ page, merchant }) => {
    await page.goto(`${merchant.url}/?flow=none`);
    const begin = 'const stripe = Stripe("pk_test_1"); const elements = stripe.elements();';
    const wrong = (method) => `Invalid value for stripe.${method} intent secret:`;
    const secret = "value should be a client secret of the form ${id}_secret_${secret}. You specified:";
    for (const [call, said] of [
      ['elements.create("iban")', 'elements.create("iban") is part of Stripe.js, but the sandbox does not'],
      ["elements.create('card'); elements.create('card')", "Can only create one Element of type card through"],
      ["elements.create('card').mount('#nowhere')", "The selector you specified (#nowhere) applies to no DOM elements"],
      ["elements.create('payment')", "In order to create a payment element, you must pass a clientSecret or mode"],
      ["stripe.elements({mode: 'payment', currency: 'usd'})", "Invalid value for elements(): amount should"],
      ["stripe.elements({clientSecret: 'pi_1'})", `${wrong("elements()")} ${secret} pi_1.`],
      ["await stripe.createConfirmationToken({})", "Invalid value for stripe.createConfirmationToken(): elements should"],
      ["await stripe.createSource({})", "stripe.createSource() is part of Stripe.js, but"],
      ["await stripe.confirmCardPayment('x')", `${wrong("confirmCardPayment")} ${secret} x.`],
      ["await stripe.confirmCardSetup('pi_1_secret_2')", wrong("confirmCardSetup")],
      ["await stripe.confirmPayment({clientSecret: 'pi_1_secret_2'})", "stripe.confirmPayment(): the confirmParams."],
      ["await stripe.createPaymentMethod('card', elements.create('card'))", "We could not retrieve data from"],
      ["await stripe.createPaymentMethod({type: 'card', card: {number: '4'}})", "Raw card data cannot be passed"],
    ]) {
      const error = await thrown(page, `${begin} ${call}`);
      expect(call, error.slice(0, 18 + said.length), `IntegrationError: ${said}`);
    }
  });

  await tell("every release has its own URL", async ({ page, merchant }) => {
    await page.goto(`${merchant.url}/?flow=none`);
    for (const release of ["acacia", "basil", "clover", "dahlia", "endive"]) {
      const version = await page.evaluate(
        ([api, name]) =>
          new Promise((resolve, reject) => {
            delete window.Stripe;
            const script = document.createElement("script");
            script.src = `${api}/${name}/stripe.js`;
            script.onload = () => resolve(window.Stripe.version);
            script.onerror = reject;
            document.head.append(script);
          }),
        [merchant.api, release],
      );
      expect("the version", version, release);
    }
  });

  await tell("there are no wallets, and the express checkout reports none", async ({ page, merchant }) => {
    await page.goto(`${merchant.url}/?flow=none`);
    const seen = await page.evaluate(async () => {
      const stripe = Stripe("pk_test_1");
      const request = stripe.paymentRequest({ country: "US", currency: "usd", total: { label: "x", amount: 1 } });
      const element = stripe.elements({ mode: "payment", amount: 1, currency: "usd" }).create("expressCheckout");
      const ready = new Promise((resolve) => element.on("ready", resolve));
      element.mount("#element");
      return [await request.canMakePayment(), await ready];
    });
    expect("wallets", seen, [null, { elementType: "expressCheckout", availablePaymentMethods: undefined }]);
  });

  await tell("an unknown intent: the Payment Element reports the error", async ({ page, merchant }) => {
    await page.goto(`${merchant.url}/?flow=none`);
    const said = await page.evaluate(() => {
      const element = Stripe("pk_test_1").elements({ clientSecret: "pi_nobody_secret_nothing" }).create("payment");
      const failed = new Promise((resolve) => element.on("loaderror", resolve));
      element.mount("#element");
      return failed;
    });
    expect("type", said.error.type, "invalid_request_error");
    expect("code", said.error.code, "resource_missing");
    await eventually("the frame is still there", () => page.locator("#element iframe").count(), 1);
  });
}
