"""A first payment: hold, capture, refund, and each way of hearing no.

    CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
    CAUSEWAY_TOKEN     a caller's token with the rights charge, refund and read

Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.
"""

from processor import HEALTH, PROCESSOR, new_request_id, spoken, word
from telling import expect, refusal_of, run, step


def authorize(amount, card="pm_card_visa"):
    return {
        "request_id": new_request_id(),
        "amount": {"amount": amount, "currency": "USD"},
        "capture_mode": "CAPTURE_MODE_MANUAL",
        "payment_method": card,
        "billing_reference": "first-payment",
    }


def play(processor):
    step("The adapter is asked whether it can work")
    health = processor.once("Check", {"service": PROCESSOR}, service=HEALTH)
    expect("health", word(health, "status"), "SERVING")

    step("What can be done here?")
    capabilities = processor.ask("GetCapabilities", {})
    expect("contract", capabilities.contract_version, "v1")
    expect("always refused", list(capabilities.refused_operations), ["Void"])
    for assignment in capabilities.currencies:
        limits = f"{spoken(assignment.minimum)} to {spoken(assignment.maximum)}"
        print(f"    {assignment.currency} goes through {assignment.payment_system}, {limits}")
    expect("real money moves", not all(system.test_mode for system in capabilities.payment_systems), False)

    step("12.50 USD are held on a card")
    order = authorize("12.50")
    held = processor.ask("Authorize", order).result
    expect("outcome", word(held, "outcome"), "APPROVED")
    expect("status", word(held.payment, "status"), "AUTHORIZED")
    expect("duplicate", held.duplicate, False)
    payment = held.payment.id

    step("The very same request again holds nothing more")
    again = processor.ask("Authorize", order).result
    expect("duplicate", again.duplicate, True)
    expect("the same payment", again.payment.id == payment, True)

    step("10.00 USD of it are taken; the rest is released")
    capture = {
        "request_id": new_request_id(),
        "payment_id": payment,
        "amount": {"amount": "10.00", "currency": "USD"},
    }
    taken = processor.ask("Capture", capture).result
    expect("outcome", word(taken, "outcome"), "APPROVED")
    expect("status", word(taken.payment, "status"), "CAPTURED")
    expect("captured", spoken(taken.payment.captured), "10.00 USD")

    step("4.00 USD are given back")
    refund = {
        "request_id": new_request_id(),
        "payment_id": payment,
        "amount": {"amount": "4.00", "currency": "USD"},
        "reason": "REFUND_REASON_REQUESTED_BY_CUSTOMER",
    }
    back = processor.ask("Refund", refund)
    expect("outcome", word(back.result, "outcome"), "APPROVED")
    expect("refund", word(back.refund, "status"), "SUCCEEDED")
    expect("refunded", spoken(back.result.payment.refunded), "4.00 USD")
    expect("status", word(back.result.payment, "status"), "CAPTURED")

    step("A void is refused without asking Stripe")
    void = {"request_id": new_request_id(), "payment_id": payment}
    refusal = refusal_of(processor, "Void", void)
    expect("code", refusal.code.name, "UNIMPLEMENTED")
    expect("reason", refusal.reason, "VOID_UNSUPPORTED")
    expect("Stripe was asked", refusal.metadata.get("stripe_contacted"), "false")
    print(f"    for the operator: {refusal.message}")
    expect("there is a sentence for the payer", bool(refusal.payer_message), True)

    step("0.49 USD are less than the operator takes")
    refusal = refusal_of(processor, "Authorize", authorize("0.49"))
    expect("code", refusal.code.name, "FAILED_PRECONDITION")
    expect("reason", refusal.reason, "AMOUNT_BELOW_MINIMUM")
    expect("can be changed by", refusal.metadata.get("fix"), "payer")
    expect("Stripe was asked", refusal.metadata.get("stripe_contacted"), "false")
    expect("for the payer", refusal.payer_message, "Your payment must be no less than 0.50 USD")

    step("A card without funds is declined, which is an answer and no error")
    declined = processor.ask("Authorize", authorize("12.50", "pm_card_visa_chargeDeclinedInsufficientFunds")).result
    expect("outcome", word(declined, "outcome"), "DECLINED")
    expect("status", word(declined.payment, "status"), "DECLINED")
    expect("code", declined.failure.code, "INSUFFICIENT_FUNDS")
    expect("the bank's code", declined.failure.decline_code, "insufficient_funds")
    expect("advice", word(declined.failure, "advice"), "RETRY_LATER")
    print(f"    for the payer: {declined.failure.payer_message}")

    step("Somebody with a wrong token is not let in")
    refusal = refusal_of(processor.as_caller("not-the-token-of-anybody"), "GetCapabilities", {})
    expect("code", refusal.code.name, "UNAUTHENTICATED")
    expect("reason", refusal.reason, "CALLER_UNKNOWN")


if __name__ == "__main__":
    run(play)
