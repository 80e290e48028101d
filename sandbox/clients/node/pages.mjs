// Long lists, page by page: forwards, backwards and by moment.

import Stripe from "stripe";

import { AUTOMATIC } from "./stage.mjs";
import { expect, expectThat, refused, story } from "./telling.mjs";

const PARAMS = { amount: 2000, currency: "usd", automatic_payment_methods: AUTOMATIC };

story("25 payments are read page by page, in both directions", async (stage) => {
  const { paymentIntents } = stage.stripe;
  const made = [];
  for (let number = 0; number < 25; number += 1) {
    made.push((await paymentIntents.create({ ...PARAMS, amount: 2000 + number })).id);
  }
  const newestFirst = made.toReversed();
  const first = await paymentIntents.list();
  expect("a page", [first.data.map(({ id }) => id), first.has_more, first.url], [newestFirst.slice(0, 10), true, "/v1/payment_intents"]);
  const iterated = [];
  for await (const { id } of paymentIntents.list({ limit: 10 })) {
    iterated.push(id);
  }
  expect("all", iterated, newestFirst);
  const array = await paymentIntents.list({ limit: 3 }).autoPagingToArray({ limit: 12 });
  expect("twelve", array.map(({ id }) => id), newestFirst.slice(0, 12));
  const each = [];
  await paymentIntents.list({ limit: 100 }).autoPagingEach(({ id }) => (each.push(id), each.length < 5));
  expect("five", each, newestFirst.slice(0, 5));
  const before = await paymentIntents.list({ ending_before: newestFirst[9], limit: 3 });
  expect("before", [before.data.map(({ id }) => id), before.has_more], [newestFirst.slice(6, 9), true]);
  const backwards = await paymentIntents.list({ ending_before: made[0], limit: 7 }).autoPagingToArray({ limit: 100 });
  expect("all before", backwards.map(({ id }) => id), made.slice(1));
  const nowhere = () => paymentIntents.list({ starting_after: "pi_nobody" });
  await refused(Stripe.errors.StripeInvalidRequestError, nowhere, { param: "starting_after", code: "resource_missing" });
});

story("payments are filtered by creation time", async (stage) => {
  const old = await stage.stripe.paymentIntents.create(PARAMS);
  await stage.control.advance(100);
  const young = await stage.stripe.paymentIntents.create(PARAMS);
  expectThat("later", young.created >= old.created + 100, young.created - old.created);
  for (const [created, found] of [
    [{ gte: young.created }, [young.id]],
    [{ lt: young.created }, [old.id]],
    [{ gte: old.created, lte: young.created }, [young.id, old.id]],
    [{ gt: young.created }, []],
    [old.created, [old.id]],
  ]) {
    const { data } = await stage.stripe.paymentIntents.list({ created });
    expect(`created ${JSON.stringify(created)}`, data.map(({ id }) => id), found);
  }
});
