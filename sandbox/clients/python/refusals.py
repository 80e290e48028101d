"""How Stripe says no, and which exception the SDK makes of it."""

import stripe

from stage import AUTOMATIC
from telling import expect, expect_kind, expect_one_of, expect_that, refused, story

DECLINES = [
    # card, code, decline_code, param, advice_code
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", None, "try_again_later"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None, "try_again_later"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", None, "do_not_try_again"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", None, "do_not_try_again"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month", "confirm_card_data"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc", "confirm_card_data"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", None, "try_again_later"),
    ("pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent", None, None),
]


@story("each declined card is a CardError with the reason")
def declined_cards(stage):
    for card, code, decline_code, param, advice in DECLINES:
        no = refused(stripe.CardError, lambda card=card: stage.pay(card), http_status=402, code=code, param=param)
        error = no.error
        expect(f"{card} decline_code", error.decline_code, decline_code)
        expect(f"{card} advice_code", error.advice_code if "advice_code" in error else None, advice)
        expect(f"{card} type", error.type, "card_error")
        expect_that("request_id", (no.request_id or "").startswith("req_"), no.request_id)
        expect_that("a charge", error.charge.startswith("ch_"), error.charge)
        said = code.replace("_", "-")
        expect("doc_url", error.doc_url, f"https://stripe.com/docs/error-codes/{said}")
        left = error.payment_intent
        expect_kind("payment_intent", left, stripe.PaymentIntent)
        expect("left", (left.status, left.latest_charge), ("requires_payment_method", error.charge))
        expect_kind("payment_method", error.payment_method, stripe.PaymentMethod)
        again = stage.intent(left.id, "latest_charge")
        expect("the same later", again.last_payment_error.decline_code, decline_code)
        expect("message", again.last_payment_error.message, no.user_message)
        charge = again.latest_charge
        expect("charge", (charge.status, charge.paid, charge.failure_code), ("failed", False, code))
        expect(
            "events", stage.told(left.id), ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
        )


@story("an invalid request is an InvalidRequestError with the parameter")
def invalid_requests(stage):
    create = stage.v1.payment_intents.create
    good = {"amount": 2000, "currency": "usd"}
    for params, code, param in [
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": 2000}, "parameter_missing", "currency"),
        ({**good, "color": "red"}, "parameter_unknown", "color"),
        ({**good, "amount": 49}, "amount_too_small", "amount"),
        ({**good, "amount": 1_000_000_000_000}, "amount_too_large", "amount"),
        ({**good, "amount": "ten"}, "parameter_invalid_integer", "amount"),
        ({**good, "amount": -5}, "parameter_invalid_integer", "amount"),
        ({**good, "currency": "xxx"}, None, "currency"),
        ({**good, "capture_method": "sometimes"}, None, "capture_method"),
        ({**good, "receipt_email": "jenny"}, "email_invalid", "receipt_email"),
        ({**good, "customer": "cus_nobody"}, "resource_missing", "customer"),
        ({**good, "payment_method": "pm_nothing"}, "resource_missing", "payment_method"),
        ({**good, "payment_method_types": ["card"]}, "payment_method_types_no_longer_supported", "payment_method_types"),
        ({**good, "off_session": True}, None, "off_session"),
        ({**good, "statement_descriptor": "HATS"}, None, "statement_descriptor"),
        ({**good, "metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
    ]:
        sent = {"automatic_payment_methods": AUTOMATIC, **params}
        no = refused(stripe.InvalidRequestError, lambda sent=sent: create(sent))
        expect(f"param of {params if len(params) < 9 else '51 keys'}", no.param, param)
        expect_one_of("http_status", no.http_status, [404, 400] if code == "resource_missing" else [400])
        expect("type", no.error.type, "invalid_request_error")
        if code:
            expect(f"code of {params}", no.code, code)
        expect_that("request_id", (no.request_id or "").startswith("req_"), no.request_id)
        expect_that("request_log_url", no.request_id in (no.error.request_log_url or ""), no.error.request_log_url)
    both = {**good, "automatic_payment_methods": AUTOMATIC, "allowed_payment_method_types": ["card"]}
    refused(stripe.InvalidRequestError, lambda: create(both), http_status=400)


@story("a missing object is an InvalidRequestError with 404")
def missing_objects(stage):
    for call, said, param in [
        (lambda: stage.intent("pi_nobody"), "No such payment_intent: 'pi_nobody'", "intent"),
        (lambda: stage.v1.setup_intents.retrieve("seti_nobody"), "No such setupintent: 'seti_nobody'", "intent"),
        (lambda: stage.v1.customers.retrieve("cus_nobody"), "No such customer: 'cus_nobody'", "id"),
        (lambda: stage.v1.charges.retrieve("ch_nobody"), "No such charge: 'ch_nobody'", "charge"),
        (lambda: stage.v1.refunds.retrieve("re_nobody"), "No such refund: 're_nobody'", "id"),
    ]:
        no = refused(stripe.InvalidRequestError, call, http_status=404, code="resource_missing")
        expect("message", no.user_message.lower(), said.lower())
        expect_that(f"param of {said}", no.param in (param, "id"), no.param)
    other = stage.client_with(f"{stage.key}_other")
    mine = stage.pay()
    refused(stripe.InvalidRequestError, lambda: other.v1.payment_intents.retrieve(mine.id), http_status=404)
    unknown = refused(stripe.InvalidRequestError, lambda: stage.client.raw_request("get", "/v1/hats"), http_status=404)
    expect_that(
        "message", unknown.user_message.startswith("Unrecognized request URL (GET: /v1/hats)"), unknown.user_message
    )


@story("an unknown key is an AuthenticationError")
def wrong_keys(stage):
    for key in ["sk_test_", "nonsense", "whsec_abc"]:
        no = refused(
            stripe.AuthenticationError, lambda key=key: stage.client_with(key).v1.customers.list(), http_status=401
        )
        expect_that("message", "Invalid API Key provided" in no.user_message, no.user_message)
        expect_that("the key is hidden", key == "sk_test_" or f" {key}" not in no.user_message, no.user_message)
    public = stage.client_with(stage.key.replace("sk_", "pk_", 1))
    try:
        public.v1.refunds.list()
        expect("a public key", "was let in", "was refused")
    except (stripe.AuthenticationError, stripe.PermissionError) as no:
        expect_one_of("http_status", no.http_status, [401, 403])


@story("a restricted key makes permitted calls, and gets a PermissionError for other calls")
def restricted_keys(stage):
    jenny = stage.customer()
    key = stage.key.replace("sk_", "rk_", 1) + "_reader"
    stage.control.restricted_key(key, {"customers": "read"})
    reader = stage.client_with(key).v1
    expect("may read", reader.customers.retrieve(jenny.id).id, jenny.id)
    for call in [
        lambda: reader.customers.create({"name": "Kim"}),
        lambda: reader.payment_intents.list(),
        lambda: reader.refunds.create({"payment_intent": "pi_nobody"}),
    ]:
        no = refused(stripe.PermissionError, call, http_status=403)
        expect("type", no.error.type, "invalid_request_error")
        expect_that("message", "permission" in no.user_message.lower(), no.user_message)
    expect("nothing made", len(stage.v1.customers.list().data), 1)


@story("too many requests are a RateLimitError without an automatic retry")
def rate_limits(stage):
    params = {"amount": 2000, "currency": "usd", "automatic_payment_methods": AUTOMATIC}
    stage.control.arm("rate_limited")
    no = refused(stripe.RateLimitError, lambda: stage.v1.payment_intents.create(params), http_status=429)
    expect("code", no.error.code, "rate_limit")
    reasons = ["global-concurrency", "global-rate", "endpoint-concurrency", "endpoint-rate", "resource-specific"]
    expect_one_of("reason", no.headers.get("stripe-rate-limited-reason"), reasons)
    stage.control.arm("lock_timeout")
    locked = refused(stripe.RateLimitError, lambda: stage.v1.payment_intents.create(params), http_status=429)
    expect("code", locked.error.code, "lock_timeout")
    expect("reason", locked.headers.get("stripe-rate-limited-reason"), None)
    expect("made", stage.v1.payment_intents.list().data, [])


@story("a server error is an APIError, and a broken connection is an APIConnectionError")
def server_and_connection_errors(stage):
    once = stage.client_with(stage.key, max_network_retries=0).v1.payment_intents
    params = {"amount": 2000, "currency": "usd", "automatic_payment_methods": AUTOMATIC}
    for kind, status in [("bad_gateway", 502), ("unavailable", 503), ("gateway_timeout", 504)]:
        stage.control.arm(kind)
        no = refused(stripe.APIError, lambda: once.create(params), http_status=status)
        expect("type", no.error.type, "api_error")
    stage.control.arm("server_error", effect=False)
    no = refused(stripe.APIError, lambda: once.create(params), http_status=500)
    expect_that("request_id", (no.request_id or "").startswith("req_"), no.request_id)
    stage.control.arm("key_in_use")
    busy = refused(stripe.APIError, lambda: once.create(params), http_status=409)
    expect("code", busy.error.code, "idempotency_key_in_use")
    for kind in ["refuse_before", "lose_answer"]:
        stage.control.arm(kind)
        lost = refused(stripe.APIConnectionError, lambda: once.create(params))
        expect("http_status", lost.http_status, None)
    stage.control.arm("html")
    refused(stripe.APIError, lambda: once.create(params))
    expect("made in spite of it", len(stage.v1.payment_intents.list().data), 2)


@story("every answer has a request id")
def every_answer_has_a_request_id(stage):
    customer = stage.v1.customers.create({"name": "Jenny"}, {"idempotency_key": "jenny"})
    last = customer.last_response
    expect("status", last.code, 200)
    expect_that("request_id", last.request_id.startswith("req_"), last.request_id)
    expect("idempotency_key", last.idempotency_key, "jenny")
    expect("version", last.headers["stripe-version"], stripe.api_version)
    expect("data", last.data["id"], customer.id)
    older = stage.v1.customers.retrieve(customer.id, None, {"stripe_version": "2026-08-26.dahlia"})
    expect("version", older.last_response.headers["stripe-version"], "2026-08-26.dahlia")
    refused(
        stripe.InvalidRequestError,
        lambda: stage.v1.customers.retrieve(customer.id, None, {"stripe_version": "tomorrow"}),
        http_status=400,
        code=None,
    )
    dahlia = {"stripe_version": "2026-08-26.dahlia"}
    params = {"amount": 2000, "currency": "usd", "payment_method_types": ["card"]}
    expect(
        "an older version still takes payment_method_types",
        stage.v1.payment_intents.create(params, dahlia).payment_method_types,
        ["card"],
    )
    raw = stage.client.raw_request("get", f"/v1/customers/{customer.id}")
    expect("a raw request", stage.client.deserialize(raw, api_mode="V1").id, customer.id)
