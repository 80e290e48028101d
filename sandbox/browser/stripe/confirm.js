// Saying go: for one kind of PaymentMethod at a time, or for whatever the Payment Element shows.

/** The consent to debits, which the customer has given by what was just clicked. */
const CONSENT = { customer_acceptance: { type: "online", online: { infer_from_client: true } } };

/** The types whose charges need a mandate. */
const DEBITS = ["sepa_debit", "us_bank_account"];

/** `stripe.confirmCardPayment`, `stripe.confirmSepaDebitSetup` and their like. */
async function confirmOne(api, { secret, data = {}, options = {}, type, method, only }) {
  const intent = intentOf(secret, method, only);
  const { payment_method: given, ...rest } = data;
  const made = await methodOf(api, type, given);
  if (made.error) {
    return { error: made.error };
  }
  const handles = options.handleActions !== false;
  const consent = DEBITS.includes(type) ? { mandate_data: CONSENT } : {};
  const params = { ...consent, ...rest, payment_method: made.id, use_stripe_sdk: handles ? true : undefined };
  const { object, error } = await confirmed(api, intent, params);
  if (error || !handles) {
    return outcome(intent.kind, { object, error });
  }
  return act(api, intent, object);
}

/** The id of the PaymentMethod that a page names or describes. Without either, that of the intent is used. */
async function methodOf(api, type, given) {
  if (given === undefined || typeof given === "string") {
    return { id: given };
  }
  const described = given instanceof Element ? { card: given } : given;
  const { object, error } = await makeMethod(api, type, described);
  return { id: object?.id, error };
}

/** `stripe.confirmPayment` and `stripe.confirmSetup`. */
async function confirmAny(api, given, method, only) {
  const { elements, confirmParams = {}, redirect = "always" } = given ?? {};
  const group = elements && groups.get(elements);
  const secret = given?.clientSecret ?? group?.options.clientSecret;
  needs(
    secret !== undefined,
    `stripe.${method}(): the clientSecret is missing. Pass it, or elements that were created with one.`,
  );
  const intent = intentOf(secret, `${method}()`, only);
  const { return_url, payment_method_data, ...rest } = confirmParams;
  needs(
    return_url !== undefined || redirect === "if_required",
    `stripe.${method}(): the confirmParams.return_url argument is required unless passing redirect: 'if_required'.`,
  );
  needs(return_url === undefined || isUrl(return_url), `Invalid value for confirmParams.return_url: ${return_url}`);
  const unlike = group && (await mismatch(api, group, intent));
  if (unlike) {
    return { error: unlike };
  }
  const made = await methodOfAny(api, { elements, payment_method_data, method: `stripe.${method}()` });
  if (made?.error) {
    return { error: made.error };
  }
  const params = { ...(made && { payment_method: made.object.id }), ...rest, return_url, use_stripe_sdk: true };
  if (DEBITS.includes(made?.object.type) && rest.mandate_data === undefined) {
    params.mandate_data = CONSENT;
  }
  const { object, error } = await confirmed(api, intent, params);
  if (error) {
    return { error };
  }
  const heard = await act(api, intent, object);
  return heard.error || redirect === "if_required"
    ? heard
    : leaveFor(return_url, intent, heard[intent.kind.field].status);
}

/** The PaymentMethod of a group or of what the page describes; null if the intent or the page names one. */
async function methodOfAny(api, { elements, payment_method_data, method }) {
  if (elements !== undefined) {
    return makeMethodOfGroup(elements, method, payment_method_data);
  }
  if (payment_method_data !== undefined) {
    const { type, ...described } = payment_method_data;
    return makeMethod(api, type, described);
  }
  return null;
}

/** Confirms an intent. */
function confirmed(api, { path, secret }, params) {
  return api.post(`${path}/confirm`, { ...clean(params), client_secret: secret });
}

/** The error of an intent that is not what a group without a client secret was told it would be. */
async function mismatch(api, { options }, { kind, path, secret }) {
  if (options.clientSecret !== undefined) {
    return null;
  }
  const { object, error } = await api.get(path, { client_secret: secret });
  if (error) {
    return error;
  }
  const said = {
    mode: [options.mode === "subscription" ? kind.mode : options.mode, kind.mode],
    amount: [options.amount, object.amount],
    currency: [options.currency, object.currency],
    captureMethod: [options.captureMethod, object.capture_method],
    setupFutureUsage: [options.setupFutureUsage, object.setup_future_usage],
  };
  const compared = kind === PAYMENT ? Object.keys(said) : ["mode"];
  const wrong = compared.find((name) => said[name][0] !== undefined && !same(name, ...said[name]));
  if (wrong === undefined) {
    return null;
  }
  const [told, found] = said[wrong];
  const message = `The ${wrong} of the Elements group (${told}) does not match that of the intent (${found}).`;
  return { type: "invalid_request_error", code: "intent_and_elements_mismatch", message };
}

/** The two automatic ways of capturing are one to a group. */
function same(name, told, found) {
  const plain = (value) => (name === "captureMethod" ? String(value).replace("_async", "") : value);
  return plain(told) === plain(found ?? undefined);
}

/** Whether a text is a whole URL. */
function isUrl(text) {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
