// A merchant of our own: a server with a checkout page in front and the secret key behind.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

/** The version of the API that the shop was written for. */
const VERSION = "2026-08-26.dahlia";

/** Where Stripe is, and the two keys. */
export function settings() {
  const { STRIPE_API: api, STRIPE_KEY: secret, STRIPE_PK: publishable } = process.env;
  if (!api || !secret || !publishable) {
    console.error("set STRIPE_API, STRIPE_KEY and STRIPE_PK");
    process.exit(2);
  }
  return { api: api.replace(/\/$/, ""), secret, publishable };
}

/** Parameters as a form: `{a: {b: 1}}` is `a[b]=1`. */
function form(params) {
  const pairs = new URLSearchParams();
  const add = (name, value) =>
    typeof value === "object"
      ? Object.entries(value).forEach(([inner, of]) => add(`${name}[${inner}]`, of))
      : pairs.append(name, String(value));
  Object.entries(params).forEach(([name, value]) => add(name, value));
  return pairs;
}

/** The merchant. */
export class Merchant {
  constructor({ api, secret, publishable }) {
    Object.assign(this, { api, secret, publishable, server: createServer((...pair) => this.serve(...pair)) });
  }

  /** Opens the shop on a free port. */
  async open() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${this.server.address().port}`;
  }

  /** Closes it. */
  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Asks Stripe with the secret key. */
  async stripe(method, path, params = {}) {
    const { api, secret } = this;
    const headers = { authorization: `Bearer ${secret}`, "stripe-version": VERSION };
    const answer =
      method === "GET"
        ? await fetch(`${api}/v1/${path}`, { headers })
        : await fetch(`${api}/v1/${path}`, { method, headers, body: form(params) });
    return answer.json();
  }

  /** Enables wallets in the dashboard, which the sandbox plays with a call of its own. */
  async enables(wallets) {
    const body = JSON.stringify({ account_of: this.secret, wallets });
    await fetch(`${this.api}/_sandbox/wallets`, { method: "POST", body });
  }

  async serve(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const body = await text(request);
    if (request.method === "POST") {
      const { path, params } = this.order(pathname, body === "" ? {} : JSON.parse(body));
      const answer = await this.stripe("POST", path, params);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
    } else if (pathname === "/checkout.js") {
      response.writeHead(200, { "content-type": "text/javascript" });
      response.end(await readFile(new URL("checkout_page.js", import.meta.url)));
    } else if (pathname === "/" || pathname === "/back") {
      response.writeHead(200, { "content-type": "text/html", "content-security-policy": this.policy() });
      response.end(this.page());
    } else {
      response.writeHead(204);
      response.end();
    }
  }

  /** What a page of the shop asks of Stripe. The amounts are the merchant's. */
  order(pathname, params) {
    const amounts = { amount: 2000, currency: "usd" };
    switch (pathname) {
      case "/payment":
        return { path: "payment_intents", params: { ...amounts, ...params } };
      case "/payment_in_euro":
        return { path: "payment_intents", params: { ...amounts, currency: "eur", ...params } };
      case "/setup":
        return { path: "setup_intents", params };
      default:
        throw new Error(`nothing is sold at ${pathname}`);
    }
  }

  /** Nothing but the shop and Stripe, and no style attributes either. */
  policy() {
    const allowed = ["script", "frame", "connect"].map((what) => `${what}-src 'self' ${this.api}`);
    return ["default-src 'none'", ...allowed, "base-uri 'none'"].join("; ");
  }

  page() {
    return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A shop</title>
<script src="${this.api}/v3/"></script>
<h1>A shop</h1>
<form id="form" data-key="${this.publishable}">
<div id="element"></div><div id="number"></div><div id="expiry"></div><div id="cvc"></div>
<button id="pay">Pay</button>
</form>
<p id="status"></p>
<script src="/checkout.js"></script>
</html>
`;
  }
}

/** The body of a request. */
async function text(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
