// Calls to the sandbox from the sandbox's frame.

import { encoded } from "../encoded.js";

/** Sends a form, and answers the object or `{error}`. It never throws. */
export async function post(path, { key, account }, params) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/x-www-form-urlencoded" };
  if (account) {
    headers["stripe-account"] = account;
  }
  try {
    const answer = await fetch(path, { method: "POST", headers, body: encoded(params), credentials: "omit" });
    const body = await answer.json();
    return body.error ? { error: body.error } : { object: body };
  } catch {
    const message = "We are experiencing issues connecting to our payments provider. Please try again.";
    return { error: { type: "api_connection_error", message } };
  }
}

/** Objects laid over each other, the last one on top. */
export function merged(...layers) {
  const result = {};
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer))) {
    if (value !== undefined && value !== null) {
      const nested = typeof value === "object" && typeof result[name] === "object";
      result[name] = nested ? merged(result[name], value) : value;
    }
  }
  return result;
}
