"""The calls of Saleor's Stripe plugin, in the order in which a checkout makes them, with the SDK and the version that it pins.

    STRIPE_API, STRIPE_KEY    as in older.py

    PYTHONPATH=.packages/3.5.0 python saleor.py
"""

import os
import sys

import stripe

VERSION = "2020-08-27"
EVENTS = [
    "payment_intent.amount_capturable_updated",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "charge.refunded",
]


def expect(what, seen, expected):
    if seen != expected:
        raise SystemExit(f"{what}: {seen!r}, and {expected!r} was expected")


def card_of(intent):
    """What the plugin shows of the card, from the last of the charges."""
    charges = intent.get("charges", None)
    data = charges.get("data", []) if charges else []
    if not data:
        return None
    card = data[-1].get("payment_method_details", {}).get("card", {})
    return (card.get("last4"), int(card.get("exp_year")), int(card.get("exp_month")), card.get("brand"))


def main():
    stripe.api_base = os.environ["STRIPE_API"]
    pinned = {"api_key": f"{os.environ['STRIPE_KEY']}_saleor", "stripe_version": VERSION}

    # The settings of the plugin: is the key right, and a webhook for the shop.
    stripe.WebhookEndpoint.list(**pinned)
    hook = stripe.WebhookEndpoint.create(
        url="http://127.0.0.1:9/plugins/stripe/webhooks", enabled_events=EVENTS, metadata={"saleor-domain": "shop"}, **pinned
    )
    expect("secret", hook.secret.startswith("whsec_"), True)

    # The first payment: the page confirms what the plugin created.
    jenny = stripe.Customer.create(email="jenny@example.com", **pinned)
    terms = {"amount": 2000, "currency": "usd", "customer": jenny, "receipt_email": "jenny@example.com"}
    first = stripe.PaymentIntent.create(
        capture_method="automatic", setup_future_usage="off_session", metadata={"channel": "shop"}, **terms, **pinned
    )
    expect("first", (first.status, first.payment_method_types, card_of(first)), ("requires_payment_method", ["card"], None))
    confirmed = stripe.PaymentIntent.confirm(first.id, payment_method="pm_card_visa", **pinned)
    expect("confirmed", (confirmed.status, card_of(confirmed)), ("succeeded", ("4242", 2034, 12, "visa")))

    # The customer comes back, and pays with the card of before.
    cards = stripe.PaymentMethod.list(customer=jenny.id, type="card", **pinned)
    expect("cards", [card.id for card in cards], [confirmed.payment_method])
    chosen = stripe.PaymentIntent.create(
        capture_method="manual", payment_method=cards.data[0].id, off_session=False, payment_method_types=["card"], **terms, **pinned
    )
    expect("chosen", chosen.status, "requires_confirmation")
    absent = stripe.PaymentIntent.create(
        capture_method="manual", payment_method=cards.data[0].id, off_session=True, confirm=True, **terms, **pinned
    )
    expect("absent", (absent.status, card_of(absent)[0]), ("requires_capture", "4242"))
    captured = stripe.PaymentIntent.capture(absent.id, amount_to_capture=2000, **pinned)
    expect("captured", (captured.status, captured.amount_received), ("succeeded", 2000))
    refund = stripe.Refund.create(payment_intent=absent.id, amount=500, **pinned)
    expect("refund", (refund.status, refund.amount), ("succeeded", 500))
    seen = stripe.PaymentIntent.retrieve(absent.id, **pinned)
    expect("refunds", [one.id for one in seen.charges.data[0].refunds.data], [refund.id])
    gone = stripe.PaymentIntent.cancel(chosen.id, **pinned)
    expect("gone", gone.status, "canceled")
    again = stripe.Customer.retrieve(jenny.id, **pinned)
    expect("customer", again.email, "jenny@example.com")
    try:
        stripe.PaymentIntent.capture(gone.id, amount_to_capture=2000, **pinned)
        raise SystemExit("a canceled payment was captured")
    except stripe.error.StripeError as error:
        expect("error", (error.code, error.http_status), ("payment_intent_unexpected_state", 400))
    stripe.WebhookEndpoint.delete(hook.id, **pinned)
    try:
        stripe.WebhookEndpoint.list(api_key="sk_live", stripe_version=VERSION)
        raise SystemExit("a wrong key was taken")
    except stripe.error.AuthenticationError:
        print(f"ok   Saleor's calls, stripe {stripe.version.VERSION}, {VERSION}")


if __name__ == "__main__":
    sys.exit(main())
