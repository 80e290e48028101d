"""What the SDK tries again by itself, and that nothing is paid twice by it."""

import uuid

import stripe

from stage import AUTOMATIC
from telling import expect, expect_that, refused, story


def order():
    """Something to know a payment by when its answer was lost."""
    return {"order": uuid.uuid4().hex}


@story("a lost answer is retried, and there is one payment")
def a_lost_answer(stage):
    for kind in ["lose_answer", "refuse_before"]:
        metadata = order()
        stage.control.arm(kind)
        paid = stage.pay(metadata=metadata)
        expect(f"{kind}: status", paid.status, "succeeded")
        expect(f"{kind}: ledger", stage.control.authorized(**metadata), [2000])
        expect_that("a key of the SDK's own", bool(paid.last_response.idempotency_key), paid.last_response.headers)
        replayed = None if kind == "refuse_before" else "true"
        expect(f"{kind}: replayed", paid.last_response.headers.get("idempotent-replayed"), replayed)
    expect("payments", len(stage.v1.payment_intents.list().data), 2)


@story("a cut answer is not retried automatically, and the idempotency key finds the payment")
def a_cut_answer(stage):
    for kind in ["cut_body", "broken_json", "truncated", "html"]:
        metadata = order()
        params = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        params = {**params, "automatic_payment_methods": AUTOMATIC, "metadata": metadata}
        keyed = {"idempotency_key": metadata["order"]}
        stage.control.arm(kind)
        kinds = stripe.APIConnectionError if kind == "cut_body" else stripe.APIError
        refused(kinds, lambda params=params, keyed=keyed: stage.v1.payment_intents.create(params, keyed))
        paid = stage.v1.payment_intents.create(params, keyed)
        expect(f"{kind}: replayed", paid.last_response.headers.get("idempotent-replayed"), "true")
        expect(f"{kind}: ledger", stage.control.authorized(**metadata), [2000])


@story("busy keys and broken connections are retried, and there is one payment")
def busy_keys_and_broken_connections(stage):
    for kind in ["key_in_use", "unavailable", "bad_gateway", "gateway_timeout"]:
        metadata = order()
        stage.control.arm(kind, times=2)
        paid = stage.pay(metadata=metadata)
        expect(f"{kind}: status", paid.status, "succeeded")
        expect(f"{kind}: ledger", stage.control.authorized(**metadata), [2000])
    stage.control.arm("unavailable", times=3)
    refused(stripe.APIError, lambda: stage.pay(), http_status=503)
    expect("payments", len(stage.v1.payment_intents.list().data), 4)


@story("a server error is stored under the idempotency key, and is replayed")
def a_replayed_server_error(stage):
    for effect, left in [(True, [2000]), (False, [])]:
        metadata = order()
        stage.control.arm("server_error", effect=effect)
        no = refused(stripe.APIError, lambda metadata=metadata: stage.pay(metadata=metadata), http_status=500)
        expect("type", no.error.type, "api_error")
        expect(f"ledger with effect {effect}", stage.control.authorized(**metadata), left)
    listed = stage.v1.payment_intents.list().data
    expect("one is found", [one.status for one in listed], ["succeeded"])


@story("the header Stripe-Should-Retry is followed")
def should_retry(stage):
    stage.control.arm("should_retry", retry=False)
    no = refused(stripe.APIError, lambda: stage.pay(), http_status=503)
    expect("header", no.headers.get("stripe-should-retry"), "false")
    expect("payments", stage.v1.payment_intents.list().data, [])
    stage.control.arm("should_retry", retry=True)
    expect("paid", stage.pay().status, "succeeded")
    expect("payments", len(stage.v1.payment_intents.list().data), 1)


@story("a capture and a refund with lost answers have one effect each")
def later_steps_have_one_effect(stage):
    metadata = order()
    held = stage.pay(capture_method="manual", metadata=metadata)
    stage.control.arm("lose_answer", path=f"/v1/payment_intents/{held.id}/capture")
    expect("taken", stage.v1.payment_intents.capture(held.id, {"amount_to_capture": 1500}).amount_received, 1500)
    stage.control.arm("lose_answer", path="/v1/refunds")
    sent = stage.v1.refunds.create({"payment_intent": held.id, "amount": 400})
    expect("sent back", (sent.status, sent.amount), ("succeeded", 400))
    expect(
        "ledger",
        stage.control.effects(held.id),
        [("authorized", 2000), ("captured", 1500), ("released", 500), ("refunded", 400)],
    )
    stage.control.arm("lose_answer", method="GET", path=f"/v1/payment_intents/{held.id}")
    expect("read", stage.intent(held.id).status, "succeeded")
    again = {"payment_intent": held.id, "amount": 100}
    keyed = {"idempotency_key": "refund-1"}
    first = stage.v1.refunds.create(again, keyed)
    expect("a key of ours", stage.v1.refunds.create(again, keyed).id, first.id)
