// The script of the shop's page, written as for Stripe.js. `?flow=` says which of the flows below it plays.

const query = new URLSearchParams(location.search);
const stripe = Stripe(document.querySelector("#form").dataset.key, { locale: query.get("locale") ?? "auto" });
const back = `${location.origin}/back?order=7`;

/** Everything that the script told the page, for the test to look into. */
window.heard = [];

/** Asks the shop's server. */
async function shop(path, params = {}) {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(params) });
  return answer.json();
}

/** Shows an element and listens to it. */
function shown(element, place) {
  for (const event of ["ready", "change", "focus", "blur", "loaderror"]) {
    element.on(event, (said) => window.heard.push([event, event === "ready" ? null : said]));
  }
  element.on("ready", () => place.closest("form").classList.add("ready"));
  element.mount(place);
  return element;
}

const place = (id) => document.getElementById(id);
const billing_details = { name: "Jenny Rosen" };

/** Each flow: how it begins, and what happens when the customer pays. */
const flows = {
  card: {
    begin: (elements) => shown(elements.create("card", { style: { base: { fontSize: "18px" } } }), place("element")),
    async pay(card) {
      const { client_secret } = await shop("/payment", { payment_method_types: ["card"] });
      return stripe.confirmCardPayment(client_secret, { payment_method: { card, billing_details } });
    },
  },
  cardSetup: {
    begin: (elements) => shown(elements.create("card", { hidePostalCode: true }), place("element")),
    async pay(card) {
      const { client_secret } = await shop("/setup", { payment_method_types: ["card"] });
      return stripe.confirmCardSetup(client_secret, { payment_method: { card } });
    },
  },
  split: {
    begin(elements) {
      shown(elements.create("cardExpiry"), place("expiry"));
      shown(elements.create("cardCvc"), place("cvc"));
      return shown(elements.create("cardNumber"), place("number"));
    },
    async pay(card) {
      const { client_secret } = await shop("/payment", { payment_method_types: ["card"] });
      return stripe.confirmCardPayment(client_secret, { payment_method: { card, billing_details } });
    },
  },
  token: {
    begin: (elements) => shown(elements.create("card"), place("element")),
    async pay(card) {
      const { token, error } = await stripe.createToken(card, { name: "Jenny Rosen" });
      if (error) {
        return { error };
      }
      const { client_secret } = await shop("/payment", { payment_method_types: ["card"] });
      return stripe.confirmCardPayment(client_secret, { payment_method: { card: { token: token.id } } });
    },
  },
  // The server confirms, and the page does what is left to do: in a dialog, or at the bank's own page.
  server: {
    begin: (elements) => shown(elements.create("card"), place("element")),
    async pay(card) {
      const { paymentMethod, error } = await stripe.createPaymentMethod({ type: "card", card, billing_details });
      if (error) {
        return { error };
      }
      const how = query.has("bank") ? { return_url: back } : { use_stripe_sdk: true };
      const given = { payment_method: paymentMethod.id, payment_method_types: ["card"], confirm: true };
      const { client_secret, status, error: declined } = await shop("/payment", { ...given, ...how });
      if (declined) {
        return { error: declined };
      }
      return status === "requires_action"
        ? stripe.handleNextAction({ clientSecret: client_secret })
        : stripe.retrievePaymentIntent(client_secret);
    },
  },
  sepa: {
    begin: () => place("form").classList.add("ready"),
    async pay() {
      const { client_secret } = await shop("/payment_in_euro", { payment_method_types: ["sepa_debit"] });
      const owner = { name: "Jenny Rosen", email: "jenny@example.com" };
      const sepa_debit = { iban: query.get("iban") };
      return stripe.confirmSepaDebitPayment(client_secret, { payment_method: { sepa_debit, billing_details: owner } });
    },
  },
  usBank: {
    begin: () => place("form").classList.add("ready"),
    async pay() {
      const { client_secret } = await shop("/setup", { payment_method_types: ["us_bank_account"] });
      const us_bank_account = {
        account_holder_type: "individual",
        account_number: "000123456789",
        routing_number: "110000000",
      };
      return stripe.confirmUsBankAccountSetup(client_secret, { payment_method: { us_bank_account, billing_details } });
    },
  },
  payment: {
    begin: (elements) => shown(elements.create("payment"), place("element")),
    pay: (_element, elements) => stripe.confirmPayment({ elements, confirmParams: { return_url: back } }),
  },
  setup: {
    begin: (elements) => shown(elements.create("payment"), place("element")),
    pay: (_element, elements) => stripe.confirmSetup({ elements, redirect: "if_required" }),
  },
  // The server confirms with everything that the page has collected.
  confirmationToken: {
    begin: (elements) => shown(elements.create("payment"), place("element")),
    async pay(_element, elements) {
      const { error } = await elements.submit();
      if (error) {
        return { error };
      }
      const shipping = { name: "Jenny Rosen", address: { line1: "1 Mill", city: "York", country: "GB" } };
      const params = { return_url: back, shipping, payment_method_data: { billing_details } };
      const { confirmationToken, error: refused } = await stripe.createConfirmationToken({ elements, params });
      if (refused) {
        return { error: refused };
      }
      const given = { confirmation_token: confirmationToken.id, confirm: true };
      const { client_secret, status, error: declined } = await shop("/payment", given);
      if (declined) {
        return { error: declined };
      }
      return status === "requires_action"
        ? stripe.handleNextAction({ clientSecret: client_secret })
        : stripe.retrievePaymentIntent(client_secret);
    },
  },
  deferred: {
    begin: (elements) => shown(elements.create("payment"), place("element")),
    async pay(_element, elements) {
      const { error } = await elements.submit();
      if (error) {
        return { error };
      }
      const params = { automatic_payment_methods: { enabled: true } };
      const { client_secret: clientSecret } = await shop("/payment", params);
      return stripe.confirmPayment({ elements, clientSecret, redirect: "if_required" });
    },
  },
};

/** What each flow tells the group of elements. */
async function optionsOf(flow) {
  const automatic = { automatic_payment_methods: { enabled: true } };
  const later = { mode: "payment", amount: Number(query.get("amount") ?? 2000), currency: "usd" };
  const listed = { payment_method_types: ["card", "sepa_debit"] };
  switch (flow) {
    case "payment":
      if (query.has("euro")) {
        return { clientSecret: (await shop("/payment_in_euro", listed)).client_secret };
      }
      if (query.has("wallets")) {
        const types = { payment_method_types: ["card", "klarna", "paypal", "link"] };
        return { clientSecret: (await shop("/payment", types)).client_secret };
      }
      return { clientSecret: (await shop("/payment", automatic)).client_secret };
    case "confirmationToken":
      return later;
    case "setup":
      return { clientSecret: (await shop("/setup", automatic)).client_secret };
    case "deferred":
      return { ...later, paymentMethodCreation: query.has("manual") ? "manual" : undefined };
    default:
      return {};
  }
}

/** Tells the customer how it went. */
function tell({ error, paymentIntent, setupIntent }) {
  window.result = { error, intent: paymentIntent ?? setupIntent };
  place("status").textContent = error ? error.message : (paymentIntent ?? setupIntent).status;
}

async function begin() {
  const flow = flows[query.get("flow")];
  if (flow === undefined) {
    return;
  }
  const elements = stripe.elements(await optionsOf(query.get("flow")));
  const element = flow.begin(elements);
  Object.assign(window, { stripe, elements, element });
  place("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    place("pay").disabled = true;
    try {
      tell(await flow.pay(element, elements));
    } catch (error) {
      tell({ error: { message: `${error.name}: ${error.message}` } });
    }
    place("pay").disabled = false;
  });
}

begin();
