// Stripe's own CLI fires its triggers at the sandbox: each is a line, ok or FAIL.
//
//   STRIPE_API   where the sandbox is, http://host:port
//   STRIPE_KEY   a secret key, sk_test_…; each trigger opens an account of its own with it
//   STRIPE_CLI   another CLI than the one that was installed here
//
//   node triggers.mjs [EVENT…]
//
// Exit code: 0 all of them succeeded, 1 one did not, 2 it was not told where.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { settings, Stage } from "./stage.mjs";
import { expect, expectThat, story, stories, tell, Unexpected } from "./telling.mjs";

const CLI = "(created by Stripe CLI)";

// What has to be true of the object that each event tells about.
const TRIGGERS = {
  "payment_intent.created": { object: "payment_intent", status: "requires_payment_method", amount: 2000, description: CLI },
  "payment_intent.succeeded": { object: "payment_intent", status: "succeeded", amount_received: 2000, description: CLI },
  "payment_intent.canceled": { object: "payment_intent", status: "canceled", cancellation_reason: "requested_by_customer" },
  "payment_intent.payment_failed": {
    object: "payment_intent",
    status: "requires_payment_method",
    "last_payment_error.code": "card_declined",
  },
  "payment_intent.requires_action": {
    object: "payment_intent",
    status: "requires_action",
    "next_action.type": "use_stripe_sdk",
  },
  "payment_intent.amount_capturable_updated": {
    object: "payment_intent",
    status: "requires_capture",
    amount_capturable: 2000,
  },
  "setup_intent.created": { object: "setup_intent", status: "requires_payment_method", description: CLI },
  "setup_intent.succeeded": { object: "setup_intent", status: "succeeded" },
  "setup_intent.canceled": { object: "setup_intent", status: "canceled", cancellation_reason: "requested_by_customer" },
  "setup_intent.setup_failed": {
    object: "setup_intent",
    status: "requires_payment_method",
    "last_setup_error.code": "card_declined",
  },
  "setup_intent.requires_action": { object: "setup_intent", status: "requires_action" },
  "charge.captured": { object: "charge", captured: true, amount_captured: 2000, status: "succeeded" },
  "charge.refunded": { object: "charge", refunded: true, amount_refunded: 100 },
  "charge.refund.updated": { object: "refund", status: "succeeded" },
  "charge.dispute.created": { object: "dispute", status: "warning_needs_response", amount: 100 },
  "charge.dispute.closed": { object: "dispute", amount: 100 },
  "charge.failed": { object: "charge", status: "failed", paid: false, failure_code: "card_declined" },
  "customer.created": { object: "customer", description: CLI },
  "customer.updated": { object: "customer", "metadata.foo": "bar" },
  "customer.deleted": { object: "customer", description: CLI },
  "payment_method.attached": { object: "payment_method", type: "card", "card.last4": "4242" },
  "payment_method.detached": { object: "payment_method", customer: null },
  "balance.available": { object: "balance", "available.0.currency": "usd" },
  "payout.created": { object: "payout", status: "pending", automatic: false },
  "payout.updated": { object: "payout", status: "pending", "metadata.foo": "bar" },
};

// The CLI itself: the one that was installed with this folder, which there is for Linux only, because npm cannot
// lock packages of other systems that a registry does not have; or else the one that STRIPE_CLI names.
function cli() {
  if (process.env.STRIPE_CLI) {
    return process.env.STRIPE_CLI;
  }
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve(`@stripe/cli-${process.platform}-${process.arch}/package.json`)), "bin", "stripe");
}

// Runs it with a home of its own, so that it reads and writes nothing of the user's.
function run(home, args) {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_CACHE_HOME: join(home, "cache"),
    STRIPE_CLI_TELEMETRY_OPTOUT: "1",
    DO_NOT_TRACK: "1",
    NO_COLOR: "1",
  };
  return new Promise((done, failed) => {
    const child = spawn(cli(), args, { env, cwd: home, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (said += text));
    child.on("error", failed);
    child.on("close", (code) => done({ code, said }));
  });
}

const at = (object, path) => path.split(".").reduce((inner, key) => inner?.[key], object);

async function fire(stage, event) {
  const home = mkdtempSync(join(tmpdir(), "stripe-cli-"));
  try {
    const args = ["trigger", event, "--api-base", stage.api, "--api-key", stage.key];
    const { code, said } = await run(home, args);
    expect("exit code", code, 0);
    if (!expectThat("it says so", said.includes("Trigger succeeded"), said.trim().slice(-600))) {
      throw new Unexpected("the trigger did not succeed");
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  const { data } = await stage.stripe.events.list({ type: event });
  expectThat("an event came of it", data.length >= 1, data.length);
  const told = data[0]?.data.object;
  for (const [path, value] of Object.entries(TRIGGERS[event])) {
    expect(path, at(told, path), value);
  }
}

const where = settings();
if (!where) {
  console.error("set STRIPE_API and STRIPE_KEY");
  process.exit(2);
}
for (const event of Object.keys(TRIGGERS)) {
  story(`stripe trigger ${event}`, (stage) => fire(stage, event));
}
const words = process.argv.slice(2);
const told = stories.filter(({ title }) => words.length === 0 || words.some((word) => title.endsWith(` ${word}`)));
const failed = await tell(told, () => new Stage(where.api, where.key));
console.log(`${told.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
