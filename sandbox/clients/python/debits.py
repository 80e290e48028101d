"""Debits from bank accounts: they are under way for days, and may fail in the end."""

import stripe

from telling import expect, expect_kind, expect_one_of, expect_that, refused, story

DAY = 86_400
WHO = {"name": "Jenny Rosen", "email": "jenny@example.com"}
ONLINE = {"customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "a browser"}}}


def sepa(stage, iban):
    return stage.v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": WHO})


def bank(stage, account):
    numbers = {"account_holder_type": "individual", "routing_number": "110000000", "account_number": account}
    return stage.v1.payment_methods.create(
        {"type": "us_bank_account", "us_bank_account": numbers, "billing_details": WHO}
    )


def debit(stage, method, currency, **more):
    return stage.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": currency,
            "payment_method": method.id,
            "allowed_payment_method_types": [method.type],
            "mandate_data": ONLINE,
            "confirm": True,
            **more,
        }
    )


def settled(stage, intent):
    """The intent once it is not under way any more."""
    for seconds in [60, *[DAY] * 20]:
        now = stage.intent(intent.id, "latest_charge")
        if now.status != "processing":
            return now
        stage.control.advance(seconds)
    return stage.intent(intent.id, "latest_charge")


@story("a SEPA debit is processing first, and succeeds days later")
def a_sepa_debit_succeeds(stage):
    account = sepa(stage, "DE89370400440532013000")
    expect_kind("the answer", account, stripe.PaymentMethod)
    iban = account.sepa_debit
    expect(
        "account", (account.type, iban.country, iban.bank_code, iban.last4), ("sepa_debit", "DE", "37040044", "3000")
    )
    under_way = debit(stage, account, "eur", expand=["latest_charge"])
    expect("status", under_way.status, "processing")
    expect("amounts", (under_way.amount_received, under_way.amount_capturable), (0, 0))
    charge = under_way.latest_charge
    expect("charge", (charge.status, charge.paid), ("pending", False))
    details = charge.payment_method_details
    expect("details", (details.type, details.sepa_debit.last4), ("sepa_debit", "3000"))
    expect_that("a mandate", (details.sepa_debit.mandate or "").startswith("mandate_"), details.sepa_debit.mandate)
    done = settled(stage, under_way)
    expect("status", (done.status, done.amount_received), ("succeeded", 1000))
    expect("charge", (done.latest_charge.status, done.latest_charge.paid), ("succeeded", True))
    told = stage.told(done.id)
    expect("told first", told[0], "payment_intent.created")
    expect("told then", sorted(told[1:3]), ["charge.pending", "payment_intent.processing"])
    expect("told last", sorted(told[3:]), ["charge.succeeded", "payment_intent.succeeded"])


@story("a SEPA debit may fail days later")
def a_sepa_debit_fails(stage):
    under_way = debit(stage, sepa(stage, "DE62370400440532013001"), "eur")
    expect("status", under_way.status, "processing")
    failed = settled(stage, under_way)
    expect("status", (failed.status, failed.amount_received), ("requires_payment_method", 0))
    expect_that("an error", failed.last_payment_error and failed.last_payment_error.code, failed.last_payment_error)
    charge = failed.latest_charge
    expect("charge", (charge.status, charge.paid), ("failed", False))
    expect_that("failure", charge.failure_code and charge.failure_message, charge.failure_code)
    told = stage.told(failed.id)
    expect("told last", sorted(told[3:]), ["charge.failed", "payment_intent.payment_failed"])


@story("a SEPA debit needs euros and a mandate, and has no manual capture")
def sepa_debit_requirements(stage):
    account = sepa(stage, "DE89370400440532013000")

    def no(currency="eur", **more):
        return refused(stripe.InvalidRequestError, lambda: debit(stage, account, currency, **more), http_status=400)

    no("usd")
    no(mandate_data="")
    no(capture_method="manual")
    refused(stripe.InvalidRequestError, lambda: sepa(stage, "DE00000000000000000000"), http_status=400)


@story("a US account is verified by small deposits, and pays days later")
def a_us_account_pays(stage):
    account = bank(stage, "000123456789")
    expect("account", (account.type, account.us_bank_account.last4), ("us_bank_account", "6789"))
    expect(
        "bank",
        (account.us_bank_account.routing_number, account.us_bank_account.account_type),
        ("110000000", "checking"),
    )
    verify = stage.v1.payment_intents.verify_microdeposits
    asked = debit(stage, account, "usd")
    expect("status", (asked.status, asked.next_action.type), ("requires_action", "verify_with_microdeposits"))
    kind = asked.next_action.verify_with_microdeposits.microdeposit_type
    expect_one_of("deposits", kind, ["descriptor_code", "amounts"])
    wrong = refused(stripe.InvalidRequestError, lambda: verify(asked.id, {"amounts": [11, 12]}), http_status=400)
    expect_that("code", "microdeposit" in (wrong.code or ""), wrong.code)
    code = {"descriptor_code": "SM11AA"} if kind == "descriptor_code" else {"amounts": [32, 45]}
    under_way = verify(asked.id, code)
    expect("status", under_way.status, "processing")
    done = settled(stage, under_way)
    expect("status", (done.status, done.amount_received), ("succeeded", 1000))
    details = done.latest_charge.payment_method_details
    expect("details", (details.type, details.us_bank_account.last4), ("us_bank_account", "6789"))


@story("a debit of a closed or empty US account fails")
def a_us_account_fails(stage):
    for number, code in [("000111111113", "account_closed"), ("000222222227", "insufficient_funds")]:
        asked = debit(stage, bank(stage, number), "usd")
        action = asked.next_action.verify_with_microdeposits
        sent = {"descriptor_code": "SM11AA"} if action.microdeposit_type == "descriptor_code" else {"amounts": [32, 45]}
        failed = settled(stage, stage.v1.payment_intents.verify_microdeposits(asked.id, sent))
        expect("status", failed.status, "requires_payment_method")
        expect(
            f"charge of {number}", (failed.latest_charge.status, failed.latest_charge.failure_code), ("failed", code)
        )


@story("an account that was set up pays again")
def an_account_is_set_up(stage):
    customer = stage.customer()
    account = sepa(stage, "DE89370400440532013000")
    done = stage.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": account.id,
            "allowed_payment_method_types": ["sepa_debit"],
            "mandate_data": ONLINE,
            "confirm": True,
        }
    )
    expect("status", done.status, "succeeded")
    expect_that("a mandate", (done.mandate or "").startswith("mandate_"), done.mandate)
    listed = stage.v1.payment_methods.list({"customer": customer.id, "type": "sepa_debit"})
    expect("kept", [one.id for one in listed], [account.id])
    again = debit(stage, account, "eur", customer=customer.id, mandate_data="", mandate=done.mandate, off_session=True)
    expect("again", settled(stage, again).status, "succeeded")
