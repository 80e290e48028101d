// `Stripe()`: what a page sees.

/** Where the script came from. */
const SOURCE = new URL(document.currentScript?.src ?? window.location.href);

/** Everything else is there, too. */
const BASE = SOURCE.origin;

/** The release that the path of the script names. */
const RELEASE = /^\/(acacia|basil|clover|dahlia|endive)\//.exec(SOURCE.pathname)?.[1];

/** What is behind each object that `Stripe()` made. */
const apis = new WeakMap();

/** The object that `Stripe()` makes. */
class StripeClient {
  constructor(key, options) {
    apis.set(this, new Api(BASE, key, options));
  }

  elements(options = {}) {
    return new Elements(apis.get(this), options);
  }

  async createPaymentMethod(given, more) {
    return createPaymentMethod(apis.get(this), given, more);
  }

  async createConfirmationToken(given) {
    return createConfirmationToken(given);
  }

  async createToken(from, data) {
    return createToken(apis.get(this), from, data);
  }

  async retrievePaymentIntent(secret) {
    return outcome(PAYMENT, await retrieve(apis.get(this), secret, "retrievePaymentIntent", PAYMENT));
  }

  async retrieveSetupIntent(secret) {
    return outcome(SETUP, await retrieve(apis.get(this), secret, "retrieveSetupIntent", SETUP));
  }

  async confirmPayment(given) {
    return confirmAny(apis.get(this), given, "confirmPayment", PAYMENT);
  }

  async confirmSetup(given) {
    return confirmAny(apis.get(this), given, "confirmSetup", SETUP);
  }

  async handleCardAction(secret) {
    return handleAction(apis.get(this), secret, "handleCardAction", PAYMENT);
  }

  async handleNextAction({ clientSecret } = {}) {
    return handleAction(apis.get(this), clientSecret, "handleNextAction");
  }

  async verifyMicrodepositsForPayment(secret, data = {}) {
    return verify(apis.get(this), secret, "verifyMicrodepositsForPayment", PAYMENT, data);
  }

  async verifyMicrodepositsForSetup(secret, data = {}) {
    return verify(apis.get(this), secret, "verifyMicrodepositsForSetup", SETUP, data);
  }

  /** Wallets. There are none, and a page that asks first hears so. */
  paymentRequest() {
    const none = { canMakePayment: async () => null, show() {}, abort() {}, update() {}, isShowing: () => false };
    return Object.assign(new Speaker(), none);
  }

  /** What wrappers call to say who they are. */
  registerAppInfo() {}

  /** The same, as the loader calls it. */
  _registerWrapper() {}
}

/** The methods for one type of PaymentMethod: `confirmCardPayment(secret, data, options)` and so on. */
for (const [name, type] of [["Card", "card"], ["SepaDebit", "sepa_debit"], ["UsBankAccount", "us_bank_account"]]) {
  for (const [what, only] of [["Payment", PAYMENT], ["Setup", SETUP]]) {
    const method = `confirm${name}${what}`;
    StripeClient.prototype[method] = async function confirm(secret, data, options) {
      return confirmOne(apis.get(this), { secret, data, options, type, method, only });
    };
  }
}

/** The old names of two of them. */
StripeClient.prototype.handleCardPayment = StripeClient.prototype.confirmCardPayment;
StripeClient.prototype.handleCardSetup = StripeClient.prototype.confirmCardSetup;

for (const method of NOT_PLAYED) {
  StripeClient.prototype[method] = function refuse() {
    throw notPlayed(`stripe.${method}()`);
  };
}

/** Says which small amounts arrived on the customer's account. */
async function verify(api, secret, method, kind, { amounts, descriptor_code }) {
  const { path } = intentOf(secret, method, kind);
  const params = { amounts, descriptor_code, client_secret: secret };
  return outcome(kind, await api.post(`${path}/verify_microdeposits`, params));
}

/** The door: a publishable key, and nothing else, opens it. */
function Stripe(key, options = {}) {
  needs(typeof key === "string", "Missing value for Stripe(): apiKey should be a string.");
  needs(key.trim() !== "", "Please call Stripe() with your publishable key. You used an empty string.");
  needs(
    !/^(sk|rk)_/.test(key),
    "You should not use your secret key with Stripe.js.\n        Please pass a publishable key instead.",
  );
  return new StripeClient(key, options);
}

Stripe.version = RELEASE ?? 3;
window.Stripe ??= Stripe;
