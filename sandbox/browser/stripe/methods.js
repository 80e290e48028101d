// Creates PaymentMethods and tokens. Data in an element is sent by the element's frame.

/** A PaymentMethod of what a page has: an element, a token, or the account of a bank. */
async function makeMethod(api, type, { card, ...params }) {
  if (type !== "card" || !(card instanceof Element)) {
    needs(card?.number === undefined, "Raw card data cannot be passed to Stripe.js. Please use an Element.");
    return api.post("/v1/payment_methods", clean({ ...params, type, card }));
  }
  needs(
    ["card", "cardNumber"].includes(card.kind),
    "Invalid value for createPaymentMethod: card should be an Element of type card or cardNumber.",
  );
  return card.ask("create", { what: "payment_method", params: clean(params) });
}

/** A PaymentMethod of a group with a Payment Element. */
async function makeMethodOfGroup(elements, method, params = {}) {
  const group = groups.get(elements);
  needs(group !== undefined, `Invalid value for ${method}: elements should be an Elements object.`);
  const element = group.made.get("payment");
  needs(element !== undefined, `${method} needs a Payment Element in the Elements group.`);
  const deferred = group.options.clientSecret === undefined;
  needs(!deferred || group.submitted, `elements.submit() must be called before ${method}.`);
  missingDetails(element.options, params.billing_details, method);
  return element.ask("create", { what: "payment_method", params: clean(params) });
}

/** What an element was told never to ask for has to come from the page. */
function missingDetails({ fields }, billing = {}, method) {
  const details = fields?.billingDetails;
  const wanted = typeof details === "object" ? Object.keys(details) : [];
  for (const name of wanted.filter((one) => details[one] === "never")) {
    needs(
      billing[name] !== undefined,
      `You specified "never" for fields.billing_details.${name} when creating the payment Element, but did not ` +
        `pass billing_details.${name} when calling ${method}. If you opt out of collecting data via the payment ` +
        "Element using the fields option, the data must be passed in when calling it.",
    );
  }
}

/** `stripe.createConfirmationToken`. */
async function createConfirmationToken({ elements, params = {} } = {}) {
  const method = "stripe.createConfirmationToken()";
  const group = groups.get(elements);
  needs(group !== undefined, `Invalid value for ${method}: elements should be an Elements object.`);
  const element = group.made.get("payment");
  needs(element !== undefined, `${method} needs a Payment Element in the Elements group.`);
  needs(group.submitted, `elements.submit() must be called before ${method}.`);
  const { payment_method_data = {}, return_url, shipping, setup_future_usage } = params;
  missingDetails(element.options, payment_method_data.billing_details, method);
  const consent = DEBITS.includes(group.submitted) ? CONSENT : undefined;
  const given = { payment_method_data, return_url, shipping, setup_future_usage, mandate_data: consent };
  const wanted = clean({ ...given, client_context: contextOf(group.options) });
  const { object, error } = await element.ask("create", { what: "confirmation_token", params: wanted });
  return error ? { error } : { confirmationToken: object };
}

/** What the Elements of a group without an intent were told the intent would be. */
function contextOf({ mode, currency, setupFutureUsage, captureMethod, paymentMethodTypes }) {
  return mode === undefined
    ? undefined
    : {
        mode, currency, setup_future_usage: setupFutureUsage, capture_method: captureMethod,
        payment_method_types: paymentMethodTypes,
      };
}

/** `stripe.createPaymentMethod`. */
async function createPaymentMethod(api, given, more) {
  // The old form: a type, and an element or the rest.
  const old = typeof given === "string";
  const data = !old ? given : more instanceof Element ? { type: given, card: more } : { ...more, type: given };
  needs(typeof data === "object" && data !== null, "Invalid value for createPaymentMethod: an object is expected.");
  const { type, elements, params, ...rest } = data;
  if (elements !== undefined) {
    const { mode, paymentMethodCreation } = groups.get(elements)?.options ?? {};
    needs(
      mode === undefined || paymentMethodCreation === "manual",
      "stripe.createPaymentMethod() needs an Elements group that was created with paymentMethodCreation: 'manual'.",
    );
    const made = await makeMethodOfGroup(elements, "stripe.createPaymentMethod()", params);
    return made.error ? { error: made.error } : { paymentMethod: made.object };
  }
  needs(typeof type === "string", "Invalid value for createPaymentMethod: type should be a string.");
  const { object, error } = await makeMethod(api, type, rest);
  return error ? { error } : { paymentMethod: object };
}

/** `stripe.createToken`. */
async function createToken(api, from, data = {}) {
  if (from === "bank_account") {
    const { object, error } = await api.post("/v1/tokens", { bank_account: clean(data) });
    return error ? { error } : { token: object };
  }
  if (typeof from === "string") {
    throw notPlayed(`stripe.createToken("${from}")`);
  }
  needs(
    from instanceof Element && ["card", "cardNumber"].includes(from.kind),
    "You must provide a Stripe Element or a valid token type to create a Token.",
  );
  const { object, error } = await from.ask("create", { what: "token", params: clean(data) });
  return error ? { error } : { token: object };
}
