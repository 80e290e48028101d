// PaymentIntents and SetupIntents, as far as a client secret opens them.

/** What is different between the two kinds. */
const PAYMENT = {
  param: "payment_intent",
  field: "paymentIntent",
  path: "payment_intents",
  mode: "payment",
  lastError: "last_payment_error",
};
const SETUP = {
  param: "setup_intent",
  field: "setupIntent",
  path: "setup_intents",
  mode: "setup",
  lastError: "last_setup_error",
};

/** What the customer reads who could not be authenticated; the merchant's server reads something else. */
const UNABLE =
  "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

/** The intent that a client secret belongs to: its kind, its id, and where it is. */
function intentOf(secret, method, only) {
  const [, id, prefix] = /^((pi|seti)_[A-Za-z0-9_]+)_secret_[A-Za-z0-9]+$/.exec(String(secret)) ?? [];
  const kind = prefix === "seti" ? SETUP : PAYMENT;
  needs(
    id !== undefined && (only === undefined || kind === only),
    `Invalid value for stripe.${method} intent secret: value should be a client secret of the form ` +
      `\${id}_secret_\${secret}. You specified: ${hidden(secret)}.`,
  );
  return { kind, id, secret, path: `/v1/${kind.path}/${id}` };
}

/** A secret of which only the beginning can be seen. */
function hidden(secret) {
  return typeof secret === "string" ? secret.replace(/(_secret_).+$/, "$1****") : String(secret);
}

/** Asks for an intent. Answers `{object}` or `{error}`. */
function retrieve(api, secret, method, only) {
  const { path } = intentOf(secret, method, only);
  return api.get(path, { client_secret: secret });
}

/** What a page hears: `{paymentIntent}`, `{setupIntent}` or `{error}`. */
function outcome(kind, { object, error }) {
  return error ? { error } : { [kind.field]: object };
}

/** What a page hears of an intent for which the customer did something: it may have failed. */
function outcomeOfAction(kind, { object, error }) {
  const last = object?.[kind.lastError];
  if (object?.status === "requires_payment_method" && last) {
    const unable = last.code === `${kind.param}_authentication_failure` ? { message: UNABLE } : {};
    return { error: { ...last, ...unable, [kind.param]: object } };
  }
  return outcome(kind, { object, error });
}
