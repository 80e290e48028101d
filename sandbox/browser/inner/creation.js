// Creates a PaymentMethod, a token or a ConfirmationToken: the frame sends the typed data, and the page receives only the outcome.

import { merged, post } from "./api.js";

/** Makes what the page asked for. Answers the object, or an error as Stripe words it. */
export async function create(content, key, { what, params = {} }) {
  const problem = content.insist();
  if (problem) {
    const { code, message } = problem;
    return { error: { type: "validation_error", code, message } };
  }
  const { type, postalCode, billing, ...typed } = content.params();
  if (what === "token") {
    const address_zip = postalCode ?? params.address_zip;
    return post("/v1/tokens", key, { card: { ...params, address_zip, ...typed.card } });
  }
  const address = postalCode === undefined ? {} : { address: { postal_code: postalCode } };
  const { billing_details: given } = params.payment_method_data ?? params;
  const billing_details = merged(billing ?? {}, given ?? {}, address);
  if (what === "confirmation_token") {
    const payment_method_data = { ...params.payment_method_data, type, ...typed, billing_details };
    return post("/v1/confirmation_tokens", key, { ...params, payment_method_data });
  }
  return post("/v1/payment_methods", key, { ...params, type, ...typed, billing_details });
}
