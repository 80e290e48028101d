"""Money that is held first: taken in whole or in part, given back, increased, or forgotten."""

import stripe

from telling import expect, expect_one_of, expect_that, refused, story

WEEK = 7 * 86_400


def hold(stage, card="pm_card_visa", amount=2000, **more):
    return stage.pay(card, amount, capture_method="manual", **more)


@story("a hold is captured in part, and the rest is released")
def a_hold_is_captured_in_part(stage):
    held = hold(stage, metadata={"order": "8"}, expand=["latest_charge"])
    charge = held.latest_charge
    expect("status", held.status, "requires_capture")
    expect("amounts", (held.amount, held.amount_capturable, held.amount_received), (2000, 2000, 0))
    expect("charge", (charge.status, charge.paid, charge.captured), ("succeeded", True, False))
    expect("charge", (charge.amount_captured, charge.balance_transaction), (0, None))
    until = charge.payment_method_details.card.capture_before
    expect("held for", until - charge.created, WEEK)

    taken = stage.v1.payment_intents.capture(
        held.id,
        {"amount_to_capture": 1500, "metadata": {"shipped": "yes"}, "expand": ["latest_charge.balance_transaction"]},
    )
    charge = taken.latest_charge
    expect("status", taken.status, "succeeded")
    expect("amounts", (taken.amount, taken.amount_capturable, taken.amount_received), (2000, 0, 1500))
    expect("charge", (charge.amount, charge.amount_captured, charge.captured), (2000, 1500, True))
    expect("metadata", taken.metadata.to_dict(), {"order": "8", "shipped": "yes"})
    if charge.balance_transaction:
        expect("balance", charge.balance_transaction.amount, 1500)
    refused(
        stripe.InvalidRequestError,
        lambda: stage.v1.payment_intents.capture(held.id),
        http_status=400,
        code="payment_intent_unexpected_state",
    )
    sent = stage.v1.refunds.create({"payment_intent": held.id, "amount": 400})
    expect("refund", sent.status, "succeeded")
    much = refused(
        stripe.InvalidRequestError,
        lambda: stage.v1.refunds.create({"payment_intent": held.id, "amount": 1200}),
        param="amount",
    )
    expect_that("message", "($11.00)" in (much.user_message or ""), much.user_message)
    stage.control.advance(5)  # A refund is told of again once the bank has a number for it.
    told = stage.told(held.id)
    expect(
        "events",
        told[:5],
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "charge.captured",
            "payment_intent.succeeded",
        ],
    )
    expect(
        "events of the refund",
        sorted(told[5:]),
        ["charge.refund.updated", "charge.refunded", "refund.created", "refund.updated"],
    )
    expect(
        "ledger",
        stage.control.effects(held.id),
        [("authorized", 2000), ("captured", 1500), ("released", 500), ("refunded", 400)],
    )


@story("a capture above the hold is refused")
def a_capture_above_the_hold_is_refused(stage):
    held = hold(stage)
    capture = stage.v1.payment_intents.capture
    refused(
        stripe.InvalidRequestError,
        lambda: capture(held.id, {"amount_to_capture": 2001}),
        http_status=400,
        code="amount_too_large",
    )
    open_one = stage.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
    early = refused(
        stripe.InvalidRequestError,
        lambda: capture(open_one.id),
        code="payment_intent_unexpected_state",
        http_status=400,
    )
    expect("told with it", early.error.payment_intent.id, open_one.id)
    uncaptured = refused(
        stripe.InvalidRequestError,
        lambda: stage.v1.refunds.create({"payment_intent": held.id}),
        http_status=400,
        code=None,
        param=None,
    )
    expect_that("message", "cancel the PaymentIntent" in uncaptured.user_message, uncaptured.user_message)
    expect("taken", capture(held.id).amount_received, 2000)


@story("a canceled hold is released without a capture")
def a_hold_is_canceled(stage):
    held = hold(stage)
    canceled = stage.v1.payment_intents.cancel(
        held.id, {"cancellation_reason": "requested_by_customer", "expand": ["latest_charge"]}
    )
    expect("status", (canceled.status, canceled.cancellation_reason), ("canceled", "requested_by_customer"))
    expect("amounts", (canceled.amount_capturable, canceled.amount_received), (0, 0))
    charge = canceled.latest_charge
    expect("charge", (charge.captured, charge.refunded, charge.amount_captured), (False, False, 0))
    told = stage.told(held.id)
    expect(
        "told first",
        told[:3],
        ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"],
    )
    expect_that("told in the end", "payment_intent.canceled" in told[3:], told)


@story("an uncaptured hold expires after a week")
def a_hold_expires(stage):
    held = hold(stage)
    stage.control.advance(WEEK - 600)
    expect("still held", stage.intent(held.id).status, "requires_capture")
    stage.control.advance(1200)
    gone = stage.intent(held.id, "latest_charge")
    expect("status", gone.status, "canceled")
    expect("reason", gone.cancellation_reason, "expired")
    expect("amounts", (gone.amount_capturable, gone.amount_received), (0, 0))
    expect("charge", (gone.latest_charge.captured, gone.latest_charge.refunded), (False, False))
    late = refused(stripe.InvalidRequestError, lambda: stage.v1.payment_intents.capture(held.id), http_status=400)
    codes = ["charge_expired_for_capture", "capture_charge_authorization_expired", "payment_intent_unexpected_state"]
    expect_one_of("code", late.code, codes)
    told = stage.told(held.id)
    expect_that("told in the end", {"charge.expired", "payment_intent.canceled"} <= set(told[3:]), told)
    by_time = next(event for event in stage.events(held.id) if event.type == "payment_intent.canceled")
    expect("no request caused it", by_time.request.id if by_time.request else None, None)


@story("a hold is increased only with requested incremental authorization")
def a_hold_is_increased(stage):
    increase = stage.v1.payment_intents.increment_authorization
    asked = {"card": {"request_incremental_authorization": "if_available"}}
    held = hold(stage, payment_method_options=asked, expand=["latest_charge"])
    incremental = held.latest_charge.payment_method_details.card.incremental_authorization
    expect("available", incremental.status, "available")
    more = increase(held.id, {"amount": 2600, "expand": ["latest_charge"]})
    expect("status", more.status, "requires_capture")
    expect("amounts", (more.amount, more.amount_capturable, more.latest_charge.amount), (2600, 2600, 2600))
    refused(stripe.InvalidRequestError, lambda: increase(held.id, {"amount": 2600}), http_status=400)
    refused(stripe.InvalidRequestError, lambda: increase(held.id, {"amount": 100}), http_status=400)
    expect("taken", stage.v1.payment_intents.capture(held.id).amount_received, 2600)
    refused(
        stripe.InvalidRequestError,
        lambda: increase(held.id, {"amount": 3000}),
        http_status=400,
        code="payment_intent_unexpected_state",
    )
    plain = hold(stage, expand=["latest_charge"])
    expect(
        "unavailable", plain.latest_charge.payment_method_details.card.incremental_authorization.status, "unavailable"
    )
    refused(stripe.InvalidRequestError, lambda: increase(plain.id, {"amount": 2600}), http_status=400)
    expect("as before", stage.intent(plain.id).amount_capturable, 2000)


@story("a hold with multicapture is captured in several parts")
def several_captures(stage):
    asked = {"card": {"request_multicapture": "if_available"}}
    held = hold(stage, payment_method_options=asked, expand=["latest_charge"])
    expect("available", held.latest_charge.payment_method_details.card.multicapture.status, "available")
    capture = stage.v1.payment_intents.capture
    first = capture(held.id, {"amount_to_capture": 500, "final_capture": False})
    expect("first", (first.status, first.amount_capturable, first.amount_received), ("requires_capture", 1500, 500))
    last = capture(held.id, {"amount_to_capture": 700})
    expect("last", (last.status, last.amount_capturable, last.amount_received), ("succeeded", 0, 1200))
    plain = hold(stage)
    refused(
        stripe.InvalidRequestError,
        lambda: capture(plain.id, {"amount_to_capture": 500, "final_capture": False}),
        http_status=400,
    )
