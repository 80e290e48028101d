// Posts an event to a webhook URL, signed by Stripe's own Node SDK: rightly, and wrongly in every way.
//
//   WEBHOOK_URL       where the events go
//   WEBHOOK_SECRET    the endpoint's secret, whsec_…
//   PREVIOUS_SECRET   the one before, if it still is believed; may be empty
//
//   node sign_webhooks.mjs < event.json
//
// The SDK's own verifier judges each header and body as they are sent. What it believes has to be answered with
// 2xx, everything else with 400. Each case is a line, ok or FAIL, and has an event id of its own: the event's,
// and the name of the case.
//
// Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.

import { text } from "node:stream/consumers";

import Stripe from "stripe";

import { pause } from "./telling.mjs";

const { webhooks } = Stripe;
const TOLERANCE = 300;
const HOUR = 3600;
const OTHER = "whsec_this_is_the_secret_of_another_endpoint";

// A second that has just begun, so that 299 seconds are not 300 when they arrive.
async function now() {
  const into = (Date.now() / 1000) % 1;
  if (into > 0.5) {
    await pause(1 - into);
  }
  return Math.floor(Date.now() / 1000);
}

const header = (payload, secret, timestamp) => webhooks.generateTestHeaderString({ payload, secret, timestamp });

const signed = async (body, secret, later = 0) => header(body, secret, (await now()) + later);

// The time and the signature of a header with one of each.
const parts = (one) => one.split(",").map((part) => part.slice(part.indexOf("=") + 1));

// The time, the right signature, and a wrong one.
async function three(body, secret) {
  const [time, right] = parts(await signed(body, secret));
  const [, wrong] = parts(header(body, OTHER, Number(time)));
  return { time, right, wrong };
}

async function twoSignatures(body, secret) {
  const { time, right, wrong } = await three(body, secret);
  return `t=${time},v1=${wrong},v1=${right}`;
}

async function unknownSchemeBeside(body, secret) {
  const { time, right, wrong } = await three(body, secret);
  return `t=${time},v1=${right},v0=${wrong}`;
}

async function timestampLast(body, secret) {
  const { time, right } = await three(body, secret);
  return `v1=${right},t=${time}`;
}

async function noTimestamp(body, secret) {
  const { right } = await three(body, secret);
  return `v1=${right}`;
}

async function upperCase(body, secret) {
  const { time, right } = await three(body, secret);
  return `t=${time},v1=${right.toUpperCase()}`;
}

// The generator takes numbers only, so the SDK's crypto signs `{time}.{body}` itself.
function noNumber(body, secret) {
  return `t=now,v1=${Stripe.createNodeCryptoProvider().computeHMACSignature(`now.${body}`, secret)}`;
}

// Another number of waiting webhooks: one byte, and still JSON.
function altered(body) {
  const other = body.replace('"pending_webhooks": 1', '"pending_webhooks": 2');
  return other === body ? `${body} ` : other;
}

// The same event, written in another way.
function rewritten(body) {
  const dense = JSON.stringify(JSON.parse(body));
  return dense === body ? JSON.stringify(JSON.parse(body), null, 1) : dense;
}

const same = (body) => body;

// Each case: its name, the header for a body and the secret, and what becomes of the body after it was signed.
const CASES = [
  ["signed", signed, same],
  ["two_signatures", twoSignatures, same],
  ["unknown_scheme_beside", unknownSchemeBeside, same],
  ["timestamp_last", timestampLast, same],
  ["almost_too_old", (body, secret) => signed(body, secret, 1 - TOLERANCE), same],
  ["from_the_future", (body, secret) => signed(body, secret, HOUR), same],
  ["another_secret", (body) => signed(body, OTHER), same],
  ["altered", signed, altered],
  ["rewritten", signed, rewritten],
  ["too_old", (body, secret) => signed(body, secret, -TOLERANCE - 1), same],
  ["no_header", () => undefined, same],
  ["empty_header", () => "", same],
  ["no_timestamp", noTimestamp, same],
  ["unknown_scheme_alone", async (body, secret) => (await signed(body, secret)).replace("v1=", "v0="), same],
  ["timestamp_no_number", noNumber, same],
  ["upper_case", upperCase, same],
];

// Whether Stripe's own verifier takes it, with one of the secrets.
function believed(body, header, secrets) {
  return secrets.some((secret) => {
    try {
      return Boolean(webhooks.constructEvent(body, header, secret, TOLERANCE));
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError) {
        return false;
      }
      throw error;
    }
  });
}

// The status of the answer.
async function post(url, body, header) {
  const headers = { "content-type": "application/json; charset=utf-8" };
  if (header !== undefined) {
    headers["stripe-signature"] = header;
  }
  const options = { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(20_000) };
  const answer = await fetch(url, options);
  await answer.arrayBuffer();
  return answer.status;
}

async function main() {
  const { WEBHOOK_URL: url, WEBHOOK_SECRET: secret, PREVIOUS_SECRET: previous } = process.env;
  if (!url || !secret) {
    console.error("set WEBHOOK_URL and WEBHOOK_SECRET");
    return 2;
  }
  const event = await text(process.stdin);
  const { id } = JSON.parse(event);
  const cases = [...CASES];
  if (previous) {
    cases.splice(1, 0, ["previous_secret", (body) => signed(body, previous), same]);
  }
  let trusted = 0;
  for (const [name, sign, change] of cases) {
    const original = event.replace(`"${id}"`, () => `"${id}_${name}"`);
    const header = await sign(original, secret);
    const body = change(original);
    const good = believed(body, header, [secret, previous].filter(Boolean));
    const status = await post(url, body, header);
    if (good ? status >= 200 && status < 300 : status === 400) {
      console.log(`ok   ${name}: ${status}`);
    } else {
      console.log(`FAIL ${name}: ${status}, and ${good ? "2xx" : "400"} was expected`);
      return 1;
    }
    trusted += good ? 1 : 0;
  }
  console.log(`${trusted} believed, ${cases.length - trusted} refused`);
  return 0;
}

process.exit(await main());
