// Calls to the sandbox from the page. No number of a card passes here.

/** The part of the API that a publishable key opens. */
class Api {
  /** @param base where the script came from; @param key `pk_…`; @param options those of `Stripe()` */
  constructor(base, key, options) {
    this.base = base;
    this.key = key;
    this.account = options.stripeAccount;
    this.version = options.apiVersion;
    this.locale = options.locale ?? "auto";
  }

  /** Sends a form, and answers the object or `{error}`. It never throws. */
  post(path, params) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return this.call(path, { method: "POST", body: encoded(params), headers });
  }

  /** Asks for an object. */
  get(path, params) {
    return this.call(`${path}?${encoded(params)}`, { method: "GET", headers: {} });
  }

  async call(path, { headers, ...request }) {
    headers.authorization = `Bearer ${this.key}`;
    if (this.account) {
      headers["stripe-account"] = this.account;
    }
    if (this.version) {
      headers["stripe-version"] = this.version;
    }
    try {
      const answer = await fetch(this.base + path, { ...request, headers, credentials: "omit" });
      const body = await answer.json();
      return body.error ? { error: body.error } : { object: body };
    } catch {
      return { error: noConnection() };
    }
  }
}
