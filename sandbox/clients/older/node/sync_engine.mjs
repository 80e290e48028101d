// Stripe Sync Engine, as it is published, copies an account into a database: all at once, and then by webhooks.
// The database is Postgres in WebAssembly, in this process.
//
//     STRIPE_API, STRIPE_KEY    as in ../python/older.py

import { createServer } from "node:http";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { createRequire } from "node:module";
import Stripe from "stripe-20";

// Its migrations are found only in the form for `require`.
const { StripeSync, runMigrations } = createRequire(import.meta.url)("@supabase/stripe-sync-engine");

// What it asks for unless told otherwise.
const VERSION = "2020-08-27";
const at = new URL(process.env.STRIPE_API);
const options = { host: at.hostname, port: Number(at.port), protocol: "http", apiVersion: VERSION, telemetry: false };
const stripe = new Stripe(`${process.env.STRIPE_KEY}_sync`, options);

const expect = (what, seen, expected) => {
  const [left, right] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left}, and ${right} was expected`);
};

const db = await PGlite.create();
const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1" });
await server.start();
const { port } = server.server.address();
const databaseUrl = `postgres://postgres:postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
const rows = async (table) => (await db.query(`select * from stripe.${table}`)).rows;

// The webhook, which the sandbox sends to as to a shop.
const deliveries = [];
const shop = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  deliveries.push({ body, signature: request.headers["stripe-signature"] });
  response.end();
});
await new Promise((listening) => shop.listen(0, "127.0.0.1", listening));

try {
  await runMigrations({ databaseUrl, schema: "stripe", logger: { info() {}, error: (...told) => console.log(...told) } });
  const jenny = await stripe.customers.create({ email: "jenny@example.com" });
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: jenny.id });
  const terms = { amount: 2000, currency: "usd", customer: jenny.id, confirm: true };
  const paid = await stripe.paymentIntents.create({ ...terms, payment_method: card.id });
  const disputed = await stripe.paymentIntents.create({ ...terms, payment_method: "pm_card_createDispute" });
  const setUp = await stripe.setupIntents.create({ customer: jenny.id, payment_method: "pm_card_visa", confirm: true });

  const url = `http://127.0.0.1:${shop.address().port}/`;
  const hook = await stripe.webhookEndpoints.create({ url, enabled_events: ["*"], api_version: VERSION });
  const sync = new StripeSync({
    poolConfig: { connectionString: databaseUrl, max: 1 },
    schema: "stripe",
    stripeSecretKey: `${process.env.STRIPE_KEY}_sync`,
    stripeWebhookSecret: hook.secret,
    stripeApiVersion: VERSION,
    autoExpandLists: true,
    backfillRelatedEntities: true,
  });
  sync.stripe = stripe; // It has no setting for the host.

  for (const object of ["customer", "payment_method", "payment_intent", "charge", "setup_intent", "dispute"]) {
    await sync.syncBackfill({ object });
  }
  expect("customers", (await rows("customers")).map((row) => row.id), [jenny.id]);
  expect("intents", (await rows("payment_intents")).map((row) => row.id).sort(), [paid.id, disputed.id].sort());
  expect("charges", (await rows("charges")).map((row) => row.payment_intent).sort(), [paid.id, disputed.id].sort());
  expect("set-ups", (await rows("setup_intents")).map((row) => row.id), [setUp.id]);
  expect("disputes", (await rows("disputes")).map((row) => row.charge), [disputed.latest_charge]);
  expect("cards", (await rows("payment_methods")).map((row) => row.id).includes(card.id), true);

  // It takes an event only if the event is later than the last copy, in seconds.
  await fetch(new URL("/_sandbox/clock", at), { method: "POST", body: JSON.stringify({ advance_seconds: 3600 }) });
  const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 500 });
  await stripe.customers.update(jenny.id, { name: "Jenny Rosen" });
  const end = Date.now() + 10_000;
  while (!deliveries.some((one) => one.body.includes("customer.updated"))) {
    if (Date.now() > end) throw new Error("the webhook heard nothing");
    await new Promise((soon) => setTimeout(soon, 20));
  }
  for (const { body, signature } of deliveries) {
    const { type } = JSON.parse(body);
    if (type !== "charge.refund.updated") await sync.processWebhook(body, signature);
  }
  expect("refunds", (await rows("refunds")).map((row) => [row.id, row.amount]), [[refund.id, 500]]);
  const charge = (await rows("charges")).find((row) => row.payment_intent === paid.id);
  expect("refunded", [charge.amount_refunded, charge.refunds.data.map((one) => one.id)], [500, [refund.id]]);
  expect("renamed", (await rows("customers"))[0].name, "Jenny Rosen");
  console.log(`ok   Stripe Sync Engine, ${VERSION}`);
  process.exit(0);
} catch (error) {
  console.log(`FAIL Stripe Sync Engine: ${error.stack}`);
  process.exit(1);
}
