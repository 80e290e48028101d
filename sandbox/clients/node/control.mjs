// The sandbox's own API, under /_sandbox: its clock, its faults, its keys, and what it saw.
//
// This is the only place that knows how the sandbox is steered. Everything else goes through
// Stripe's own client.
//
// It is for the account that a key opens.
export class Control {
  constructor(api, key) {
    this.api = api;
    this.key = key;
  }

  async ask(method, path, body) {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await fetch(`${this.api}/_sandbox/${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} /_sandbox/${path}: ${answer.status} ${text.slice(0, 300)}`);
    }
    return text.trim() === "" ? undefined : JSON.parse(text);
  }

  // Moves its time forward. Whatever is due by then happens at once.
  async advance(seconds) {
    await this.ask("POST", "clock", { advance_seconds: seconds });
  }

  // Lets something go wrong with this account's next calls of a method to a path.
  async arm(kind, { times = 1, method = "POST", path = "/v1/payment_intents", ...more } = {}) {
    await this.ask("POST", "faults", { fault: { kind, ...more }, times, method, path, account_of: this.key });
  }

  async disarm() {
    await this.ask("DELETE", "faults");
  }

  // The entries of the ledger, page by page.
  async entries(filters = {}) {
    const entries = [];
    for (let after = 0; after !== null; ) {
      const page = await this.ask("GET", `ledger?${new URLSearchParams({ ...filters, after, limit: 1000 })}`);
      entries.push(...page.entries);
      after = page.next_after;
    }
    return entries;
  }

  // What happened to the money of one PaymentIntent, as words such as "authorized 2000".
  async effects(paymentIntent) {
    const its = await this.entries({ payment_intent: paymentIntent });
    return its.map((entry) => `${entry.effect} ${entry.amount}`);
  }

  // The amounts that were authorized by payments with this order in their metadata.
  async authorized(order) {
    const its = (await this.entries()).filter((entry) => entry.metadata.order === order);
    return its.filter((entry) => entry.effect === "authorized").map((entry) => entry.amount);
  }

  async authenticate(intent, passes) {
    await this.ask("POST", "authenticate", { intent, passes });
  }

  async restrictedKey(key, permissions) {
    await this.ask("POST", "keys", { key, account_of: this.key, permissions });
  }

  // Gives an endpoint a new secret, as the dashboard does. The old one signs as well for a while.
  async rollSecret(endpoint, keepOldForSeconds) {
    const body = { keep_old_for_seconds: keepOldForSeconds };
    return (await this.ask("POST", `webhook_endpoints/${endpoint}/roll`, body)).secret;
  }
}

// Opens the bank's page as a customer who passes or fails. Returns where it sends back to.
export async function visit(url, outcome) {
  const answer = await fetch(`${url}${url.includes("?") ? "&" : "?"}outcome=${outcome}`, { redirect: "manual" });
  if (answer.status >= 400) {
    throw new Error(`${url}: ${answer.status}`);
  }
  const back = answer.headers.get("location");
  return back === null ? undefined : new URL(back);
}
