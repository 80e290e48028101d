"""A stored card: the options of a portal, and the use of a token by billing.

    CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
    CAUSEWAY_TOKEN     a caller's token with the rights charge, cards and read

Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.
"""

import uuid

from processor import new_request_id, spoken, word
from telling import expect, refusal_of, run, step

# The payment system for USD. A card is stored at one payment system and pays through that one.
PAYMENT_SYSTEM = "main"
# Secrets that a portal's page must never hold: the prefixes of Stripe's secret keys and webhook secrets.
SECRETS = ("sk_", "rk_", "whsec_")


def new_customer(name):
    """Billing's own id of a customer.

    A new one each time, because the relay keeps an email address. It is
    short, so that it cannot hold what looks like a card number, which would be refused.
    """
    return f"{name}-{uuid.uuid4().hex[:8]}"


def payment(amount, **rest):
    return {"amount": {"amount": amount, "currency": "USD"}, "billing_reference": "kept-cards", **rest}


def with_card(token, customer):
    """A scheduled payment: the payer is absent, and the amount is captured at once."""
    return payment(
        "9.00",
        request_id=new_request_id(),
        card_token=token,
        customer={"id": customer},
        capture_mode="CAPTURE_MODE_AUTOMATIC",
        off_session=True,
    )


def keep(**customer):
    return {
        "request_id": new_request_id(),
        "customer": customer,
        "payment_method": "pm_card_visa",
        "payment_system": PAYMENT_SYSTEM,
    }


def delete(token, customer):
    return {"request_id": new_request_id(), "customer_id": customer, "card_token": token}


def refused(refusal, code, reason, rule):
    """Checks a refusal that was given before anything was written or sent."""
    expect("code", refusal.code.name, code)
    expect("reason", refusal.reason, reason)
    expect("rule", refusal.metadata.get("rule"), rule)
    expect("Stripe was asked", refusal.metadata.get("stripe_contacted"), "false")


def offer(processor, customer):
    step("The portal asks what it may offer to a customer")
    options = processor.ask("ListPaymentOptions", {"customer_id": customer})
    for option in options.options:
        limits = f"{spoken(option.minimum)} to {spoken(option.maximum)}"
        print(f"    {option.currency} through {option.payment_system}, {limits}, {', '.join(option.method_types)}")
    expect("a secret in it", any(secret in str(options) for secret in SECRETS), False)
    expect("real money moves", not all(option.test_mode for option in options.options), False)
    usd = [option for option in options.options if option.currency == "USD"]
    expect("USD through", [option.payment_system for option in usd], [PAYMENT_SYSTEM])
    usd = usd[0]
    expect("at least", spoken(usd.minimum), "0.50 USD")
    expect("takes cards", "card" in usd.method_types, True)
    expect("a key for the browser", usd.publishable_key.startswith("pk_"), True)
    expect("a card may be kept", usd.cards_may_be_saved, False)
    print(f"    for the operator: {usd.why_not_saved}")


def below_the_minimum(processor):
    step("Before 0.49 USD are paid, the portal asks what the rules say")
    question = {"operation": "Authorize", "payment": payment("0.49", payment_method="pm_card_visa")}
    checked = processor.ask("CheckPolicy", question)
    expect("admitted", checked.admitted, False)
    broken = [verdict for verdict in checked.verdicts if word(verdict, "judgement") == "BROKEN"]
    expect("broken", [verdict.rule for verdict in broken], ["amount.minimum"])
    verdict = broken[0]
    expect("reason", verdict.reason, "AMOUNT_BELOW_MINIMUM")
    expect("can be changed by", verdict.fix, "payer")
    expect("for the payer", verdict.payer_message, "Your payment must be no less than 0.50 USD")

    step("The payment itself is refused by the same rule, in the same words")
    order = payment("0.49", payment_method="pm_card_visa", request_id=new_request_id())
    refusal = refusal_of(processor, "Authorize", order)
    refused(refusal, "FAILED_PRECONDITION", verdict.reason, verdict.rule)
    expect("can be changed by", refusal.metadata.get("fix"), verdict.fix)
    expect("configured", refusal.metadata.get("configured"), "0.50 USD")
    expect("actual", refusal.metadata.get("actual"), "0.49 USD")
    expect("for the payer", refusal.payer_message, verdict.payer_message)


def keep_a_card(processor, customer):
    step("A card is not kept for a customer without an email address")
    refusal = refusal_of(processor, "Tokenize", keep(id=customer))
    refused(refusal, "FAILED_PRECONDITION", "EMAIL_REQUIRED", "customer.email")
    expect("can be changed by", refusal.metadata.get("fix"), "payer")
    print(f"    for the payer: {refusal.payer_message}")

    step("With one it is kept: verified, and not charged")
    request = keep(id=customer, email="ann@example.com")
    kept = processor.ask("Tokenize", request)
    expect("tokenization", word(kept, "status"), "SUCCESSFULLY_TOKENIZED")
    card = kept.result.card
    expect("card", word(card, "status"), "ACTIVE")
    expect("may be used", word(card, "reuse"), "OFF_SESSION")
    expect("is the default card", card.is_default, True)
    print(f"    shown as: {card.display_name}")

    step("The very same request again keeps no second card")
    again = processor.ask("Tokenize", request)
    expect("duplicate", again.result.duplicate, True)
    expect("the same card", again.result.card.token == card.token, True)
    return card


def pay(processor, card, customer):
    step("Billing takes 9.00 USD with the token, and the customer is absent")
    paid = processor.ask("Authorize", with_card(card.token, customer)).result
    expect("outcome", word(paid, "outcome"), "APPROVED")
    expect("status", word(paid.payment, "status"), "CAPTURED")
    expect("captured", spoken(paid.payment.captured), "9.00 USD")
    expect("with this card", paid.payment.card_token == card.token, True)
    expect("of this customer", paid.payment.customer_id == customer, True)
    expect("off session", paid.payment.off_session, True)

    step("To somebody else the card is not there")
    refusal = refusal_of(processor, "Authorize", with_card(card.token, new_customer("bob")))
    refused(refusal, "NOT_FOUND", "CARD_NOT_FOUND", "card.exists")


def listed(processor, customer):
    answer = processor.ask("ListCards", {"customer_id": customer})
    expect("Stripe confirmed the list", not answer.unconfirmed, True)
    return answer.cards


def forget(processor, card, customer):
    step("The portal lists the customer's cards")
    cards = listed(processor, customer)
    expect("cards", [each.display_name for each in cards], [card.display_name])
    expect("the same card", cards[0].token == card.token, True)

    step("The customer deletes it, twice, and is told the same twice")
    first = processor.ask("DeleteCard", delete(card.token, customer))
    second = processor.ask("DeleteCard", delete(card.token, customer))
    expect("deletion", word(first, "status"), "SUCCESSFULLY_DELETED")
    expect("card", word(first.result.card, "status"), "DELETED")
    expect("the same answer", second == first, True)
    expect("cards left", len(listed(processor, customer)), 0)

    step("A deleted card pays no more")
    refusal = refusal_of(processor, "Authorize", with_card(card.token, customer))
    refused(refusal, "FAILED_PRECONDITION", "CARD_DELETED", "card.kept")
    expect("can be changed by", refusal.metadata.get("fix"), "payer")
    print(f"    for the payer: {refusal.payer_message}")


def play(processor):
    customer = new_customer("ann")
    offer(processor, customer)
    below_the_minimum(processor)
    card = keep_a_card(processor, customer)
    pay(processor, card, customer)
    forget(processor, card, customer)


if __name__ == "__main__":
    run(play)
