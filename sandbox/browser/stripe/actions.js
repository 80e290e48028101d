// What the customer has to do next: authenticate here, or go to the bank's page and come back.

/** Lets the customer do what an intent waits for. Answers what the page hears, or leaves the page. */
async function act(api, { kind, id, secret, path }, intent) {
  const next = intent.next_action;
  if (intent.status !== "requires_action" || !next) {
    return outcomeOfAction(kind, { object: intent });
  }
  if (next.type === "redirect_to_url") {
    return leave(next.redirect_to_url.url);
  }
  if (next.type !== "use_stripe_sdk" || !next.use_stripe_sdk?.stripe_js) {
    // Nothing that can be done in a browser now, such as looking for small amounts on a statement.
    return outcome(kind, { object: intent });
  }
  await authenticated(api, next.use_stripe_sdk.stripe_js);
  const after = await api.get(path, { client_secret: secret });
  if (after.object?.status === "requires_action") {
    // The dialog was closed, and the bank's page could not say so any more.
    return { error: abandoned(kind, after.object) };
  }
  return outcomeOfAction(kind, after);
}

/** The error of a customer who went away. */
function abandoned(kind, intent) {
  return {
    type: "invalid_request_error",
    code: `${kind.param}_authentication_failure`,
    message: UNABLE,
    [kind.param]: intent,
  };
}

/** Goes to another page. The promise stays open, because nobody will be there to hear of it. */
function leave(url) {
  const { protocol } = new URL(url, window.location.href);
  needs(["http:", "https:"].includes(protocol), `Invalid URL to go to: ${url}`);
  window.location.assign(url);
  return new Promise(() => {});
}

/** Goes back to the merchant, who reads the outcome in the query. */
function leaveFor(returnUrl, { kind, id, secret }, status) {
  const url = new URL(returnUrl, window.location.href);
  url.searchParams.set(kind.param, id);
  url.searchParams.set(`${kind.param}_client_secret`, secret);
  const waits = ["processing", "requires_action"].includes(status);
  url.searchParams.set("redirect_status", waits ? "pending" : "succeeded");
  return leave(url.href);
}

/** `stripe.handleNextAction`, `stripe.handleCardAction`. */
async function handleAction(api, secret, method, only) {
  const intent = intentOf(secret, method, only);
  const { object, error } = await api.get(intent.path, { client_secret: secret });
  if (error) {
    return { error };
  }
  if (object.status !== "requires_action") {
    const name = intent.kind === SETUP ? "SetupIntent" : "PaymentIntent";
    const message = `${method}: The ${name} supplied is not in the requires_action state.`;
    const code = `${intent.kind.param}_unexpected_state`;
    return { error: { type: "invalid_request_error", code, message, [intent.kind.param]: object } };
  }
  return act(api, intent, object);
}
