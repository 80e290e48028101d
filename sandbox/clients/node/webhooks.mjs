// Webhooks: a small server of ours hears them, and Stripe's own verifier judges each signature.

import { createServer } from "node:http";

import Stripe from "stripe";

import { eventually, expect, expectThat, pause, refused, story } from "./telling.mjs";

const { StripeInvalidRequestError, StripeSignatureVerificationError } = Stripe.errors;

// A server that hears deliveries. `answers` are the statuses of the next ones; after that all are 200.
export async function listening(play) {
  const heard = [];
  const answers = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const signature = request.headers["stripe-signature"];
    heard.push({ path: request.url, headers: request.headers, signature, body: Buffer.concat(chunks) });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    await play({ url: `http://127.0.0.1:${server.address().port}`, heard, answers });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

// How many deliveries there are when a while went by in which more could have come.
async function silence(heard) {
  await pause(0.5);
  return heard.length;
}

story("Stripe's own verifier accepts the signature of a webhook, and refuses changed webhooks", async (stage) => {
  await listening(async ({ url, heard }) => {
    const hook = await stage.stripe.webhookEndpoints.create({ url: `${url}/hook`, enabled_events: ["payment_intent.succeeded"] });
    expectThat("secret", hook.secret?.startsWith("whsec_"), hook.secret?.slice(0, 6));
    const paid = await stage.pay("pm_card_visa", { metadata: { order: "größer als 8" } });
    await eventually("the webhook came", () => heard.length > 0);
    const [{ body, signature, headers, path }] = heard;
    const { webhooks } = stage.stripe;
    const event = webhooks.constructEvent(body, signature, hook.secret);
    expect("event", [path, event.type, event.data.object.id], ["/hook", "payment_intent.succeeded", paid.id]);
    expect("metadata", event.data.object.metadata, { order: "größer als 8" });
    expect("content-type", headers["content-type"].toLowerCase(), "application/json; charset=utf-8");
    const later = await webhooks.constructEventAsync(body, signature, hook.secret);
    expect("asynchronously", later.id, event.id);
    expect("by its id", (await stage.stripe.events.retrieve(event.id)).data.object, event.data.object);

    const no = (...args) => refused(StripeSignatureVerificationError, () => webhooks.constructEvent(...args));
    await no(body.toString().replace("2000", "9000"), signature, hook.secret);
    await no(body, signature, "whsec_other");
    await no(body, "t=1,v1=abc", hook.secret);
    const timestamp = Math.floor(Date.now() / 1000) - 301;
    const old = webhooks.generateTestHeaderString({ payload: body.toString(), secret: hook.secret, timestamp });
    await no(body, old, hook.secret);
    const sent = Number(/t=(\d+)/.exec(signature)?.[1]);
    const ours = webhooks.generateTestHeaderString({ payload: body.toString(), secret: hook.secret, timestamp: sent });
    expect("signature", /v1=(\w+)/.exec(signature)?.[1], /v1=(\w+)/.exec(ours)?.[1]);
    expect("nothing else came", await silence(heard), 1);
  });
});

story("an endpoint receives the enabled events, until a change, disabling or deletion", async (stage) => {
  const { customers, webhookEndpoints: hooks } = stage.stripe;
  await listening(async ({ url, heard }) => {
    const made = await hooks.create({ url, enabled_events: ["customer.created"], description: "Ours" });
    const all = [made, await hooks.retrieve(made.id), ...(await hooks.list()).data];
    expect("the secret is told once", all.map((one) => "secret" in one), [true, false, false]);
    const jenny = await stage.customer();
    await eventually("customer.created came", () => heard.length === 1);
    await hooks.update(made.id, { enabled_events: ["customer.updated"] });
    await stage.customer();
    await customers.update(jenny.id, { name: "Jen" });
    await eventually("customer.updated came", () => heard.length === 2);
    const types = heard.map((one) => stage.stripe.webhooks.constructEvent(one.body, one.signature, made.secret).type);
    expect("heard", types, ["customer.created", "customer.updated"]);
    expect("status", (await hooks.update(made.id, { disabled: true })).status, "disabled");
    await customers.update(jenny.id, { name: "Jenny" });
    expect("nothing more came", await silence(heard), 2);
    expect("deleted", await hooks.del(made.id), { id: made.id, object: "webhook_endpoint", deleted: true });
    await refused(StripeInvalidRequestError, () => hooks.retrieve(made.id), { statusCode: 404, code: "resource_missing" });
  });
});

story("an endpoint with all events enabled receives every event of a payment", async (stage) => {
  await listening(async ({ url, heard }) => {
    const hook = await stage.stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });
    const held = await stage.hold();
    await stage.stripe.paymentIntents.capture(held.id);
    await stage.stripe.refunds.create({ payment_intent: held.id });
    const read = () => heard.map((one) => stage.stripe.webhooks.constructEvent(one.body, one.signature, hook.secret));
    const made = await stage.events();
    await eventually("each event came", () => made.every(({ id }) => read().some((one) => one.id === id)));
    for (const event of made) {
      expect(`${event.type} as it was then`, read().find(({ id }) => id === event.id).data, event.data);
    }
    const names = ["payment_intent.created", "charge.captured", "payment_intent.succeeded", "charge.refunded"];
    expectThat("among them", names.every((name) => made.some(({ type }) => type === name)), made.map(({ type }) => type));
  });
});

story("a failed delivery is retried later, with a new signature", async (stage) => {
  await listening(async ({ url, heard, answers }) => {
    const hook = await stage.stripe.webhookEndpoints.create({ url, enabled_events: ["customer.created"] });
    answers.push(500);
    await stage.customer();
    await eventually("the first try came", () => heard.length === 1);
    for (let hour = 0; hour < 24 && heard.length === 1; hour += 1) {
      await stage.control.advance(3600);
      await pause(0.1);
    }
    await eventually("the second try came", () => heard.length === 2);
    const [first, second] = heard.map((one) => stage.stripe.webhooks.constructEvent(one.body, one.signature, hook.secret));
    expect("the same event", second.id, first.id);
    expectThat("a signature of its own", heard[0].signature !== heard[1].signature);
  });
});

story("both the old and the new secret sign during a roll", async (stage) => {
  await listening(async ({ url, heard }) => {
    const hook = await stage.stripe.webhookEndpoints.create({ url, enabled_events: ["customer.created"] });
    const secret = await stage.control.rollSecret(hook.id, 3600);
    expectThat("another secret", secret !== hook.secret);
    await stage.customer();
    await eventually("the webhook came", () => heard.length === 1);
    const [{ body, signature }] = heard;
    const ids = [hook.secret, secret].map((one) => stage.stripe.webhooks.constructEvent(body, signature, one).id);
    expect("believed", ids[0], ids[1]);
  });
});
