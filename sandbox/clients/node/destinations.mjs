// Event destinations of version 2 of the API: thin events, as Stripe's own SDK reads them.

import Stripe from "stripe";

import { eventually, expect, expectThat, refused, story } from "./telling.mjs";
import { listening } from "./webhooks.mjs";

const { StripeInvalidRequestError } = Stripe.errors;

const FAILURE = "v2.core.health.event_generation_failure.resolved";

function destination(stage, url, enabledEvents) {
  return stage.stripe.v2.core.eventDestinations.create({
    name: "Ours",
    type: "webhook_endpoint",
    event_payload: "thin",
    enabled_events: enabledEvents,
    webhook_endpoint: { url },
    include: ["webhook_endpoint.signing_secret", "webhook_endpoint.url"],
  });
}

story("a ping arrives as a thin event, which Stripe's own verifier accepts", async (stage) => {
  const { eventDestinations } = stage.stripe.v2.core;
  await listening(async ({ url, heard }) => {
    const made = await destination(stage, url, ["v1.billing.meter.no_meter_found"]);
    const event = await eventDestinations.ping(made.id);
    await eventually("the ping came", () => heard.length > 0);
    const [{ body, signature }] = heard;
    const read = stage.stripe.parseEventNotification(body, signature, made.webhook_endpoint.signing_secret);
    expect("ping", [read.id, read.type], [event.id, "v2.core.event_destination.ping"]);
    expect("about", (await read.fetchRelatedObject()).name, "Ours");
    expect("the whole event", (await read.fetchEvent()).id, event.id);
    expect("no event of version 1", (await stage.stripe.events.list()).data, []);
    expect("status", (await eventDestinations.disable(made.id)).status, "disabled");
    expect("deleted", (await eventDestinations.del(made.id)).id, made.id);
    await refused(StripeInvalidRequestError, () => eventDestinations.retrieve(made.id), { statusCode: 404 });
  });
});

story("an event that was not generated is in no list, and a destination is told", async (stage) => {
  await listening(async ({ url, heard }) => {
    const made = await destination(stage, url, [FAILURE]);
    await stage.control.ask("POST", "webhook_faults", { fault: "not_generated", kind: "payment_intent.succeeded" });
    const paid = await stage.pay();
    const types = await stage.told(paid.id);
    expectThat("not in the list", !types.includes("payment_intent.succeeded"), types);
    await eventually("the failure came", () => heard.length > 0);
    const [{ body, signature }] = heard;
    const read = stage.stripe.parseEventNotification(body, signature, made.webhook_endpoint.signing_secret);
    const { data } = await read.fetchEvent();
    expect("impact", [data.impact.event_type, data.impact.related_object.id], ["payment_intent.succeeded", paid.id]);
  });
});
