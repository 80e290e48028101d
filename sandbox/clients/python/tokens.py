"""ConfirmationTokens, wallets, and what Stripe and banks decide by themselves."""

import stripe

from telling import expect, expect_that, refused, story

BACK = "https://shop.example/back"


@story("a ConfirmationToken confirms one payment")
def a_token_confirms_one_payment(stage):
    shipping = {"name": "Jenny", "address": {"city": "York"}}
    token = stage.v1.test_helpers.confirmation_tokens.create(
        {"payment_method": "pm_card_visa", "return_url": BACK, "shipping": shipping}
    )
    expect("preview", token.payment_method_preview.card.last4, "4242")
    expect("lifetime", token.expires_at - token.created, 12 * 3600)
    terms = {"amount": 2000, "currency": "usd", "confirm": True, "confirmation_token": token.id}
    paid = stage.v1.payment_intents.create(terms)
    expect("status", (paid.status, paid.shipping.name), ("succeeded", "Jenny"))
    used = stage.v1.confirmation_tokens.retrieve(token.id)
    expect("used for", used.payment_intent, paid.id)
    again = refused(stripe.InvalidRequestError, lambda: stage.v1.payment_intents.create(terms), http_status=400)
    expect("param", again.param, "confirmation_token")
    expect("ledger", stage.control.effects(paid.id), [("authorized", 2000), ("captured", 2000)])


@story("PayPal pays after the customer has agreed")
def paypal_pays(stage):
    stage.control.ask("POST", "wallets", {"account_of": stage.key, "wallets": ["paypal"]})
    waiting = stage.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "allowed_payment_method_types": ["paypal", "klarna"],
            "payment_method_data": {"type": "paypal", "billing_details": {"email": "jenny@example.com"}},
            "confirm": True,
            "return_url": BACK,
        }
    )
    expect("types", waiting.payment_method_types, ["paypal"])
    expect("next", waiting.next_action.type, "redirect_to_url")
    stage.control.ask("POST", "authenticate", {"intent": waiting.id, "passes": True})
    paid = stage.intent(waiting.id, "latest_charge")
    expect("status", paid.status, "succeeded")
    expect("payer", paid.latest_charge.payment_method_details.paypal.payer_email, "jenny@example.com")


@story("Stripe cancels a hold by itself, and a bank changes its mind")
def stripe_and_banks_decide(stage):
    held = stage.pay(amount=2000, capture_method="manual")
    stage.control.ask("POST", "cancel", {"payment_intent": held.id, "reason": "expired"})
    gone = stage.intent(held.id)
    expect("canceled", (gone.status, gone.cancellation_reason), ("canceled", "expired"))
    expect("ledger", stage.control.effects(held.id), [("authorized", 2000), ("expired", 2000)])

    paid = stage.pay("pm_card_createDispute")
    dispute = stage.v1.disputes.list({"payment_intent": paid.id}).data[0]
    stage.v1.disputes.close(dispute.id)
    stage.control.ask("POST", "disputes", {"dispute": dispute.id, "won": True})
    now = stage.v1.disputes.retrieve(dispute.id)
    expect("status", now.status, "won")
    expect("lines", [line.net for line in now.balance_transactions], [-3500, 2000])
    told = [kind for kind in stage.told(paid.id) if kind.startswith("charge.dispute")]
    expect_that("events", told[-2:] == ["charge.dispute.funds_reinstated", "charge.dispute.closed"], told)
