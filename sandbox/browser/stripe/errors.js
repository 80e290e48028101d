// The errors: those of the page's author are thrown, those of the payment are answered.

/** A mistake in how the page calls the script. */
class IntegrationError extends Error {
  constructor(message) {
    super(message);
    this.name = "IntegrationError";
  }
}

/** Throws an IntegrationError unless something is so. */
function needs(so, message) {
  if (!so) {
    throw new IntegrationError(message);
  }
}

/** What Stripe.js can do and this one cannot. */
function notPlayed(what) {
  return new IntegrationError(`${what} is part of Stripe.js, but the sandbox does not play it.`);
}

/** The error of a connection that failed. */
function noConnection() {
  const message = "We are experiencing issues connecting to our payments provider. Please try again.";
  return { type: "api_connection_error", message };
}
