"""The calls of Lago's Stripe gateway: an invoice is paid, a pre-authorization is canceled, a payment is refunded.

    STRIPE_API, STRIPE_KEY    as in older.py

    PYTHONPATH=.packages/11.6.1 python lago.py
"""

import os
import sys

import stripe

EVENTS = [
    "setup_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "payment_method.detached",
    "charge.refund.updated",
    "customer.updated",
    "charge.dispute.closed",
]


def expect(what, seen, expected):
    if seen != expected:
        raise SystemExit(f"{what}: {seen!r}, and {expected!r} was expected")


def invoice(customer, method, number, **more):
    """What it sends for an invoice."""
    return stripe.PaymentIntent.create(
        amount=2000,
        currency="eur",
        customer=customer,
        payment_method=method,
        payment_method_types=["card", "sepa_debit"],
        confirm=True,
        off_session=True,
        return_url="https://www.getlago.com/",
        error_on_requires_action=True,
        description=f"Shop - Invoice {number}",
        metadata={"lago_customer_id": "c", "lago_invoice_id": number, "invoice_type": "subscription"},
        idempotency_key=f"payment-{number}",
        **more,
    )


def main():
    stripe.api_base, stripe.api_key = os.environ["STRIPE_API"], f"{os.environ['STRIPE_KEY']}_lago"
    hook = stripe.WebhookEndpoint.create(url="http://127.0.0.1:9/webhooks/stripe/org?code=stripe", enabled_events=EVENTS, api_version=stripe.api_version)
    expect("version", (hook.api_version, hook.secret.startswith("whsec_")), (stripe.api_version, True))

    jenny = stripe.Customer.create(
        name="Jenny Rosen", email="jenny@example.com", phone="+1", metadata={"lago_customer_id": "c"},
        address={"city": "Paris", "country": "FR", "line1": "1 Rue", "postal_code": "75001"}, idempotency_key="customer-c",
    )
    expect("no card yet", stripe.PaymentMethod.list(customer=jenny.id).data, [])
    kept = stripe.SetupIntent.create(customer=jenny.id, payment_method="pm_card_visa", confirm=True, return_url="https://www.getlago.com/")
    stripe.Customer.modify(jenny.id, invoice_settings={"default_payment_method": kept.payment_method})

    found = stripe.Customer.retrieve(jenny.id)
    expect("default", (found.invoice_settings.default_payment_method, found.default_source), (kept.payment_method, None))
    method = stripe.Customer.retrieve_payment_method(jenny.id, kept.payment_method)
    expect("card", (method.type, method.card.display_brand, method.card.last4), ("card", "visa", "4242"))

    paid = invoice(jenny.id, method.id, "1")
    expect("paid", (paid.status, paid.next_action, invoice(jenny.id, method.id, "1").id), ("succeeded", None, paid.id))
    for card, code in [
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined"),
        ("pm_card_threeDSecure2Required", "authentication_required"),
    ]:
        try:
            invoice(jenny.id, card, code)
            raise SystemExit(f"{card} paid")
        except stripe.CardError as error:
            expect(card, (error.code, error.http_status), (code, 402))

    held = stripe.PaymentIntent.create(
        amount=100, currency="eur", confirm=True, customer=jenny.id, payment_method=method.id,
        payment_method_options={"card": {"capture_method": "manual"}}, description="Pre-authorization for subscription",
        return_url="https://www.getlago.com/", automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
        idempotency_key="auth-1",
    )
    gone = stripe.PaymentIntent.cancel(held.id)
    expect("pre-authorization", (held.status, gone.status), ("requires_capture", "canceled"))
    refund = stripe.Refund.create(
        payment_intent=paid.id, amount=2000, reason="requested_by_customer", metadata={"lago_payment_id": "1"},
        idempotency_key="payment-refund-1",
    )
    expect("refund", (refund.status, refund.amount, refund.currency), ("succeeded", 2000, "eur"))
    try:
        stripe.Refund.create(payment_intent=paid.id, amount=2000, idempotency_key="payment-refund-2")
        raise SystemExit("it was refunded twice")
    except stripe.InvalidRequestError as error:
        expect("again", error.code, "charge_already_refunded")
    print(f"ok   Lago's calls, stripe {stripe.VERSION}, {stripe.api_version}")


if __name__ == "__main__":
    sys.exit(main())
