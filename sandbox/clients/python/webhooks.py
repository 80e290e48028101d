"""Webhooks: a small server of ours hears them, and Stripe's own verifier judges each signature."""

import contextlib
import http.server
import threading
import time

import stripe

from telling import eventually, expect, expect_kind, expect_one_of, expect_that, refused, story

HOUR = 3600


class Heard:
    """One delivery, as it came."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.signature = headers.get("stripe-signature")

    def event(self, client, secret, **more):
        return client.construct_event(self.body, self.signature, secret, **more)


@contextlib.contextmanager
def listening():
    """A server that hears deliveries. `answers` are the statuses of the next ones; after that all are 200."""
    heard, answers = [], []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status = answers.pop(0) if answers else 200
            heard.append(Heard(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", heard, answers
    finally:
        server.shutdown()
        server.server_close()


def names(stage, secret, heard):
    return sorted(one.event(stage.client, secret).type for one in list(heard))


def silence(heard, seconds=0.5):
    """How many deliveries there are when a while went by in which more could have come."""
    time.sleep(seconds)
    return len(heard)


@story("Stripe's own verifier accepts the signature of a webhook, and refuses changed webhooks")
def a_webhook_signature_is_verified(stage):
    with listening() as (url, heard, _):
        hook = stage.v1.webhook_endpoints.create({"url": f"{url}/hook", "enabled_events": ["payment_intent.succeeded"]})
        expect_kind("the answer", hook, stripe.WebhookEndpoint)
        expect("hook", (hook.id[:3], hook.status, hook.url), ("we_", "enabled", f"{url}/hook"))
        expect_that("secret", hook.secret.startswith("whsec_"), hook.secret[:6])
        paid = stage.pay(metadata={"order": "größer als 8"})
        eventually("the webhook came", lambda: heard)
        one = heard[0]
        event = one.event(stage.client, hook.secret)
        expect_kind("an event", event, stripe.Event)
        expect_kind("its object", event.data.object, stripe.PaymentIntent)
        expect("event", (one.path, event.type, event.data.object.id), ("/hook", "payment_intent.succeeded", paid.id))
        expect("metadata", event.data.object.metadata.to_dict(), {"order": "größer als 8"})
        expect("content-type", one.headers["content-type"].lower(), "application/json; charset=utf-8")
        expect_that("user-agent", one.headers["user-agent"].startswith("Stripe/1.0"), one.headers["user-agent"])
        expect("by its id", stage.v1.events.retrieve(event.id).data.object.to_dict(), event.data.object.to_dict())

        no = stripe.SignatureVerificationError
        verify = stage.client.construct_event
        refused(no, lambda: verify(one.body.replace(b"2000", b"9000"), one.signature, hook.secret))
        refused(no, lambda: verify(one.body, one.signature, "whsec_other"))
        refused(no, lambda: verify(one.body, "t=1,v1=abc", hook.secret))
        refused(no, lambda: verify(one.body, None, hook.secret))
        old = stripe.WebhookSignature.generate_signature_header(one.body.decode(), hook.secret, int(time.time()) - 301)
        refused(no, lambda: verify(one.body, old, hook.secret))
        expect("an old one where age is no matter", verify(one.body, old, hook.secret, tolerance=0).id, event.id)
        parts = dict(part.split("=", 1) for part in one.signature.split(","))
        fresh = stripe.WebhookSignature.generate_signature_header(one.body.decode(), hook.secret, int(parts["t"]))
        expect("signature", parts["v1"], fresh.split("v1=")[1])
        expect("nothing else came", silence(heard), 1)


@story("an endpoint receives the enabled events, until a change, disabling or deletion")
def an_endpoint_is_changed(stage):
    hooks = stage.v1.webhook_endpoints
    with listening() as (url, heard, _):
        made = hooks.create(
            {"url": url + "/a", "enabled_events": ["customer.created"], "description": "Ours", "metadata": {"a": "1"}}
        )
        secret = made.secret
        shown = hooks.retrieve(made.id)
        expect(
            "the secret is told once", ["secret" in one for one in [made, shown, *hooks.list()]], [True, False, False]
        )
        expect("shown", (shown.description, shown.metadata.to_dict()), ("Ours", {"a": "1"}))
        expect("enabled_events", list(shown.enabled_events), ["customer.created"])
        stage.customer()
        eventually("customer.created came", lambda: len(heard) == 1)
        hooks.update(made.id, {"enabled_events": ["customer.deleted", "customer.updated"]})
        jenny = stage.customer()
        stage.v1.customers.update(jenny.id, {"name": "Jen"})
        eventually("customer.updated came", lambda: len(heard) == 2)
        expect("heard", names(stage, secret, heard), ["customer.created", "customer.updated"])
        disabled = hooks.update(made.id, {"disabled": True})
        expect("status", (disabled.status, "secret" in disabled), ("disabled", False))
        stage.v1.customers.update(jenny.id, {"name": "Jenny"})
        expect("nothing more came", silence(heard), 2)
        expect("status", hooks.update(made.id, {"disabled": False}).status, "enabled")
        stage.v1.customers.delete(jenny.id)
        eventually("customer.deleted came", lambda: len(heard) == 3)
        gone = hooks.delete(made.id)
        expect("deleted", gone.to_dict(), {"id": made.id, "object": "webhook_endpoint", "deleted": True})
        stage.v1.customers.delete(stage.customer().id)
        expect("nothing more came", silence(heard), 3)
        expect("listed", hooks.list().data, [])
        refused(stripe.InvalidRequestError, lambda: hooks.retrieve(made.id), http_status=404, code="resource_missing")
        refused(
            stripe.InvalidRequestError,
            lambda: hooks.create({"url": url, "enabled_events": ["hat.bought"]}),
            http_status=400,
        )
        refused(
            stripe.InvalidRequestError,
            lambda: hooks.create({"url": "not a url", "enabled_events": ["*"]}),
            http_status=400,
            param="url",
        )


@story("an endpoint with all events enabled receives every event of a payment")
def every_event_is_received(stage):
    with listening() as (url, heard, _):
        hook = stage.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
        held = stage.pay(capture_method="manual")
        stage.v1.payment_intents.capture(held.id)
        stage.v1.refunds.create({"payment_intent": held.id})
        wanted = {
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "charge.captured",
            "payment_intent.succeeded",
            "refund.created",
            "charge.refunded",
        }
        eventually("all of them came", lambda: wanted <= set(names(stage, hook.secret, heard)))
        # A charge tells of its balance a moment later, so both sides may still grow.
        came = lambda: {one.event(stage.client, hook.secret).id for one in list(heard)}
        eventually("each event came", lambda: came() == {one.id for one in stage.events()})
        received = list(heard)
        events = {one.id: one for one in stage.events()}
        for one in received:
            told = one.event(stage.client, hook.secret)
            expect(f"{told.type} as it was then", told.data.to_dict(), events[told.id].data.to_dict())
        eventually("none is pending", lambda: {one.pending_webhooks for one in stage.events()} == {0})
        eventually("the sandbox knows them", lambda: len(stage.control.deliveries(hook.id)) == len(heard))


@story("a failed delivery is retried later, with a new signature")
def a_delivery_is_retried(stage):
    with listening() as (url, heard, answers):
        hook = stage.v1.webhook_endpoints.create({"url": url, "enabled_events": ["customer.created"]})
        answers.append(500)
        jenny = stage.customer()
        eventually("the first try came", lambda: len(heard) == 1)
        pending = [one.pending_webhooks for one in stage.events(jenny.id)]
        expect_one_of("pending", pending, [[1]])
        for _ in range(24):
            if len(heard) > 1:
                break
            stage.control.advance(HOUR)
            time.sleep(0.1)
        eventually("the second try came", lambda: len(heard) == 2)
        first, second = (one.event(stage.client, hook.secret) for one in heard[:2])
        expect("the same event", (second.id, second.type), (first.id, "customer.created"))
        expect_that("a signature of its own", heard[0].signature != heard[1].signature)
        eventually("none is pending", lambda: [one.pending_webhooks for one in stage.events(jenny.id)] == [0])


@story("two endpoints have two secrets and two API versions")
def two_endpoints(stage):
    with listening() as (url, heard, _):
        hooks = stage.v1.webhook_endpoints
        one = hooks.create(
            {"url": url + "/1", "enabled_events": ["customer.created"], "api_version": "2026-08-26.dahlia"}
        )
        two = hooks.create({"url": url + "/2", "enabled_events": ["customer.created"]})
        expect_that("two secrets", one.secret != two.secret)
        expect("version", (one.api_version, two.api_version), ("2026-08-26.dahlia", None))
        expect("listed", [hook.id for hook in hooks.list({"limit": 1}).auto_paging_iter()], [two.id, one.id])
        stage.customer()
        eventually("both came", lambda: len(heard) == 2)
        by_path = {delivery.path: delivery for delivery in heard}
        first = by_path["/1"].event(stage.client, one.secret)
        second = by_path["/2"].event(stage.client, two.secret)
        expect("the same event", first.id, second.id)
        expect("version", first.api_version, "2026-08-26.dahlia")
        refused(stripe.SignatureVerificationError, lambda: by_path["/1"].event(stage.client, two.secret))


@story("a delivery with a wrong signature is refused")
def wrong_signatures_are_refused(stage):
    with listening() as (url, heard, _):
        hook = stage.v1.webhook_endpoints.create({"url": url, "enabled_events": ["customer.created"]})
        for fault in ["bad_signature", "tampered", "unsigned"]:
            stage.control.spoil_delivery(fault, hook.id)
            before = len(heard)
            stage.customer()
            eventually(f"the delivery came, {fault}", lambda before=before: len(heard) > before)
            one = heard[before]
            refused(stripe.SignatureVerificationError, lambda one=one: one.event(stage.client, hook.secret))
        before = len(heard)
        stage.customer()
        eventually("the next one came", lambda: len(heard) > before)
        expect("believed", heard[before].event(stage.client, hook.secret).type, "customer.created")


@story("both the old and the new secret sign during a roll")
def a_secret_is_rolled(stage):
    with listening() as (url, heard, _):
        hook = stage.v1.webhook_endpoints.create({"url": url, "enabled_events": ["customer.created"]})
        new = stage.control.roll_secret(hook.id, 3600)
        expect_that("another secret", new.startswith("whsec_") and new != hook.secret, new[:6])
        stage.customer()
        eventually("the first one came", lambda: len(heard) == 1)
        first = heard[0]
        expect("signatures", first.signature.count("v1="), 2)
        expect(
            "believed", {first.event(stage.client, secret).type for secret in (hook.secret, new)}, {"customer.created"}
        )
        stage.control.advance(2 * HOUR)
        stage.customer()
        eventually("the second one came", lambda: len(heard) == 2)
        expect("believed", heard[1].event(stage.client, new).type, "customer.created")
        refused(stripe.SignatureVerificationError, lambda: heard[1].event(stage.client, hook.secret))
