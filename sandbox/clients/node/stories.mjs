// Stripe's Node SDK plays with the sandbox: each story is a line, ok or FAIL.
//
//   STRIPE_API   where the sandbox is, http://host:port
//   STRIPE_KEY   a secret key, sk_test_…; each story opens an account of its own with it
//
//   node stories.mjs [WORD…]   all stories, or those whose title or file has one of the words
//
// Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.

import { settings, Stage } from "./stage.mjs";
import { stories, tell } from "./telling.mjs";

import "./payments.mjs";
import "./holds.mjs";
import "./cards.mjs";
import "./refunds.mjs";
import "./disputes.mjs";
import "./debits.mjs";
import "./refusals.mjs";
import "./pages.mjs";
import "./webhooks.mjs";
import "./destinations.mjs";
import "./accounts.mjs";
import "./retries.mjs";

const where = settings();
if (!where) {
  console.error("set STRIPE_API and STRIPE_KEY");
  process.exit(2);
}
const words = process.argv.slice(2);
const told = stories.filter(
  ({ title, file }) => words.length === 0 || words.some((word) => `${title} ${file}`.includes(word)),
);
const failed = await tell(told, () => new Stage(where.api, where.key));
console.log(`${told.length - failed} passed, ${failed} failed`);
// At once: after an answer that broke off, the SDK still waits for the rest of it.
process.exit(failed ? 1 : 0);
