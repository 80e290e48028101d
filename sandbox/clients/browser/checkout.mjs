// Customers at a checkout page that uses the sandbox's script, in Chromium.
//
//   STRIPE_API   where the sandbox is, http://127.0.0.1:12111
//   STRIPE_KEY   the merchant's secret key, sk_test_…
//   STRIPE_PK    the publishable key of the same account, pk_test_…
//   CHROMIUM     where the browser is [default: /usr/bin/chromium]
//   STORY        plays only the stories with this in their titles
//
// Exit code: 0 all went as it should, 1 something did not, 2 it was not told where.

import { Customer, browser } from "./customer.mjs";
import { Merchant, settings } from "./merchant.mjs";
import { bankStories } from "./stories_bank.mjs";
import { cardStories } from "./stories_card.mjs";
import { intentStories } from "./stories_intent.mjs";
import { paymentStories } from "./stories_payment.mjs";
import { languageStories } from "./stories_language.mjs";
import { scriptStories } from "./stories_script.mjs";
import { tokenStories } from "./stories_token.mjs";
import { walletStories } from "./stories_wallet.mjs";
import { ending, story } from "./telling.mjs";

const merchant = new Merchant(settings());
await merchant.open();
const chromium = await browser();

/** A story with a customer of its own, at whose end the merchant must not have seen a card. */
function tell(title, play) {
  return story(title, async () => {
    const customer = await Customer.enter(chromium, merchant);
    try {
      await play(customer, merchant);
      await customer.keepsSecrets();
    } finally {
      await customer.leave();
    }
  });
}

const chapters = [
  scriptStories, cardStories, intentStories, paymentStories, bankStories, tokenStories, walletStories, languageStories,
];
for (const stories of chapters) {
  await stories(tell);
}
await chromium.close();
merchant.close();
process.exitCode = ending();
