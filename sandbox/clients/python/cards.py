"""A card that is kept: set up with and without its bank's page, paid with, detached and forgotten."""

import stripe

import control
from stage import AUTOMATIC
from telling import expect, expect_kind, expect_one_of, expect_that, refused, story

SHOP = "https://shop.example/back"


def set_up(stage, card, customer=None, **more):
    params = {"payment_method": card, "confirm": True, "return_url": SHOP, **more}
    return stage.v1.setup_intents.create({**params, **({"customer": customer} if customer else {})})


@story("a customer is created, changed, found and deleted")
def a_customer_is_created_changed_and_deleted(stage):
    customers = stage.v1.customers
    jenny = customers.create(
        {"name": "Jenny Rosen", "email": "jenny@example.com", "metadata": {"plan": "gold"}, "address": {"city": "York"}}
    )
    expect_kind("the answer", jenny, stripe.Customer)
    expect("jenny", (jenny.id[:4], jenny.name, jenny.email), ("cus_", "Jenny Rosen", "jenny@example.com"))
    expect("address", (jenny.address.city, jenny.address.line1), ("York", None))
    expect("unset", (jenny.phone, jenny.default_source, jenny.delinquent), (None, None, False))
    changed = customers.update(
        jenny.id, {"name": "Jenny Smith", "metadata": {"plan": "", "since": "2026"}, "phone": "+15551234"}
    )
    expect("name", (changed.name, changed.phone), ("Jenny Smith", "+15551234"))
    expect("metadata", changed.metadata.to_dict(), {"since": "2026"})
    expect("email", changed.email, "jenny@example.com")
    kim = customers.create({"email": "kim@example.com"})
    expect("all", [one.id for one in customers.list()], [kim.id, jenny.id])
    expect("by mail", [one.id for one in customers.list({"email": "kim@example.com"})], [kim.id])
    gone = customers.delete(jenny.id)
    expect("deleted", gone.to_dict(), {"id": jenny.id, "object": "customer", "deleted": True})
    shown = customers.retrieve(jenny.id)
    expect("deleted still", shown.to_dict(), {"id": jenny.id, "object": "customer", "deleted": True})
    refused(stripe.InvalidRequestError, lambda: customers.delete(jenny.id), http_status=404, code="resource_missing")
    refused(stripe.InvalidRequestError, lambda: customers.update(jenny.id, {"name": "Kim"}), http_status=404)
    expect("left", [one.id for one in customers.list().auto_paging_iter()], [kim.id])
    expect("events", stage.told(jenny.id), ["customer.created", "customer.updated", "customer.deleted"])
    before = stage.events(jenny.id)[1].data.previous_attributes.to_dict()
    expect("what was before", (before.get("name"), before.get("phone", "-")), ("Jenny Rosen", None))
    expect("what was before", before.get("metadata"), {"plan": "gold", "since": None})


@story("a card is set up, and pays off session")
def a_card_is_set_up(stage):
    customer = stage.customer()
    done = set_up(stage, "pm_card_visa", customer.id, expand=["latest_attempt", "payment_method"])
    expect_kind("the answer", done, stripe.SetupIntent)
    expect("status", (done.id[:5], done.status, done.usage), ("seti_", "succeeded", "off_session"))
    expect_kind("latest_attempt", done.latest_attempt, stripe.SetupAttempt)
    expect("attempt", (done.latest_attempt.status, done.latest_attempt.setup_intent), ("succeeded", done.id))
    card = done.payment_method
    expect("attached to", card.customer, customer.id)
    expect(
        "listed",
        [one.id for one in stage.v1.payment_methods.list({"customer": customer.id, "type": "card"})],
        [card.id],
    )
    paid = stage.pay(card.id, customer=customer.id, off_session=True)
    expect("paid", (paid.status, paid.payment_method, paid.customer), ("succeeded", card.id, customer.id))
    told = stage.told(done.id, card.id)
    expect_that(
        "told", set(told) == {"setup_intent.created", "setup_intent.succeeded", "payment_method.attached"}, told
    )
    expect("told first", told[0], "setup_intent.created")
    late = refused(stripe.InvalidRequestError, lambda: stage.v1.setup_intents.cancel(done.id), http_status=400)
    expect("code", late.code, "setup_intent_unexpected_state")
    expect("told with it", late.error.setup_intent.id, done.id)


@story("a card that requires authentication is set up on the bank's page")
def setup_authentication_passes(stage):
    customer = stage.customer()
    asked = set_up(stage, "pm_card_authenticationRequiredOnSetup", customer.id)
    expect("status", (asked.status, asked.next_action.type), ("requires_action", "redirect_to_url"))
    expect("way back", asked.next_action.redirect_to_url.return_url, SHOP)
    back = control.visit(asked.next_action.redirect_to_url.url, "pass")
    expect_that("sent back to the shop", back and back.startswith(SHOP), back)
    query = control.query_of(back or "")
    expect("redirect_status", (query.get("setup_intent"), query.get("redirect_status")), (asked.id, "succeeded"))
    expect("secret", query.get("setup_intent_client_secret"), asked.client_secret)
    done = stage.v1.setup_intents.retrieve(asked.id)
    expect("status", (done.status, done.next_action), ("succeeded", None))
    expect("attached to", stage.v1.payment_methods.retrieve(done.payment_method).customer, customer.id)
    expect("paid", stage.pay(done.payment_method, customer=customer.id, off_session=True).status, "succeeded")
    told = stage.told(asked.id)
    expect("events", told, ["setup_intent.created", "setup_intent.requires_action", "setup_intent.succeeded"])


@story("a card is not set up after a failed authentication")
def setup_authentication_fails(stage):
    customer = stage.customer()
    asked = set_up(stage, "pm_card_authenticationRequired", customer.id)
    back = control.visit(asked.next_action.redirect_to_url.url, "fail")
    expect("redirect_status", control.query_of(back or "").get("redirect_status"), "failed")
    left = stage.v1.setup_intents.retrieve(asked.id)
    expect("status", left.status, "requires_payment_method")
    expect("error", left.last_setup_error.code, "setup_intent_authentication_failure")
    expect("listed", stage.v1.payment_methods.list({"customer": customer.id}).data, [])
    told = stage.told(asked.id)
    expect("events", told, ["setup_intent.created", "setup_intent.requires_action", "setup_intent.setup_failed"])
    again = stage.v1.setup_intents.confirm(
        left.id, {"payment_method": "pm_card_authenticationRequired", "return_url": SHOP}
    )
    stage.control.authenticate(again.id, True)
    expect("second try", stage.v1.setup_intents.retrieve(left.id).status, "succeeded")
    over = set_up(stage, "pm_card_authenticationRequired", customer.id)
    canceled = stage.v1.setup_intents.cancel(over.id, {"cancellation_reason": "abandoned"})
    expect("canceled", (canceled.status, canceled.cancellation_reason), ("canceled", "abandoned"))


@story("a declined card is not set up, and the SetupIntent stays open")
def a_declined_card_is_not_set_up(stage):
    customer = stage.customer()
    no = refused(
        stripe.CardError,
        lambda: set_up(stage, "pm_card_visa_chargeDeclined", customer.id),
        http_status=402,
        code="card_declined",
    )
    expect("decline_code", no.error.decline_code, "generic_decline")
    left = no.error.setup_intent
    expect_kind("told with it", left, stripe.SetupIntent)
    expect("left", (left.status, left.last_setup_error.code), ("requires_payment_method", "card_declined"))
    expect("listed", stage.v1.payment_methods.list({"customer": customer.id}).data, [])
    attached = refused(
        stripe.CardError, lambda: stage.kept(customer.id, "pm_card_visa_chargeDeclined"), http_status=402
    )
    expect("code", attached.code, "card_declined")
    fails_later = stage.kept(customer.id, "pm_card_chargeCustomerFail")
    refused(stripe.CardError, lambda: stage.pay(fails_later.id, customer=customer.id), code="card_declined")


@story("a SetupIntent is created first, changed and confirmed later")
def a_setup_is_changed(stage):
    setups = stage.v1.setup_intents
    intent = setups.create({"automatic_payment_methods": AUTOMATIC, "metadata": {"a": "1"}})
    expect("status", (intent.status, intent.payment_method), ("requires_payment_method", None))
    customer = stage.customer()
    changed = setups.update(
        intent.id, {"customer": customer.id, "payment_method": "pm_card_visa", "metadata": {"a": "", "b": "2"}}
    )
    expect("status", (changed.status, changed.customer), ("requires_confirmation", customer.id))
    expect("metadata", changed.metadata.to_dict(), {"b": "2"})
    done = setups.confirm(intent.id)
    expect("status", done.status, "succeeded")
    expect("listed", [one.id for one in setups.list({"customer": customer.id})], [intent.id])
    refused(
        stripe.InvalidRequestError,
        lambda: setups.confirm(intent.id),
        code="setup_intent_unexpected_state",
        http_status=400,
    )


@story("a payment declined off session is authenticated on session")
def declined_off_session_then_on_session(stage):
    customer = stage.customer()
    card = stage.kept(customer.id, "pm_card_authenticationRequired")
    no = refused(
        stripe.CardError,
        lambda: stage.pay(card.id, customer=customer.id, off_session=True),
        http_status=402,
        code="authentication_required",
    )
    expect("decline_code", no.error.decline_code, "authentication_required")
    left = no.error.payment_intent
    expect("left", (left.status, left.last_payment_error.code), ("requires_payment_method", "authentication_required"))
    expect("told with it", no.error.payment_method.id, card.id)
    asked = stage.v1.payment_intents.confirm(left.id, {"payment_method": card.id, "return_url": SHOP})
    expect("status", (asked.status, asked.next_action.type), ("requires_action", "redirect_to_url"))
    back = control.visit(asked.next_action.redirect_to_url.url, "pass")
    query = control.query_of(back or "")
    expect("way back", (query.get("payment_intent"), query.get("redirect_status")), (asked.id, "succeeded"))
    expect("status", stage.intent(asked.id).status, "succeeded")
    expect(
        "events",
        [name for name in stage.told(asked.id) if name != "charge.failed"],
        [
            "payment_intent.created",
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "charge.succeeded",
            "payment_intent.succeeded",
        ],
    )
    not_handled = refused(
        stripe.CardError,
        lambda: stage.pay("pm_card_authenticationRequired", error_on_requires_action=True),
        code="authentication_required",
    )
    expect("decline_code", not_handled.error.decline_code, "authentication_not_handled")


@story("a payment can be repeated with another card after a failed authentication")
def another_card_after_failed_authentication(stage):
    asked = stage.pay("pm_card_threeDSecure2Required", return_url=SHOP)
    expect("status", asked.status, "requires_action")
    stage.control.authenticate(asked.id, False)
    left = stage.intent(asked.id)
    expect("left", (left.status, left.payment_method), ("requires_payment_method", None))
    expect("error", left.last_payment_error.code, "payment_intent_authentication_failure")
    paid = stage.v1.payment_intents.confirm(asked.id, {"payment_method": "pm_card_mastercard", "return_url": SHOP})
    expect("paid", (paid.status, paid.last_payment_error), ("succeeded", None))
    in_the_page = stage.pay("pm_card_threeDSecure2Required")
    expect("without a way back", in_the_page.next_action.type, "use_stripe_sdk")


@story("each use of a test card creates a PaymentMethod with the same number")
def each_use_creates_a_payment_method(stage):
    customer = stage.customer()
    methods = stage.v1.payment_methods
    first, second = stage.kept(customer.id), stage.kept(customer.id)
    expect_kind("the answer", first, stripe.PaymentMethod)
    expect_that("two of them", first.id != second.id and "pm_card_visa" not in (first.id, second.id))
    expect("the same number", first.card.fingerprint, second.card.fingerprint)
    expect("listed", [one.id for one in methods.list({"customer": customer.id, "type": "card"})], [second.id, first.id])
    listed = stage.v1.customers.payment_methods.list(customer.id, {"limit": 1})
    expect("by the customer", [one.id for one in listed.auto_paging_iter()], [second.id, first.id])
    expect("one of them", stage.v1.customers.payment_methods.retrieve(customer.id, first.id).id, first.id)
    expect("without a customer", methods.list({"type": "card"}).data, [])
    changed = methods.update(
        first.id, {"billing_details": {"name": "Jenny", "address": {"postal_code": "12345"}}, "metadata": {"a": "1"}}
    )
    expect("changed", (changed.billing_details.name, changed.metadata.to_dict()), ("Jenny", {"a": "1"}))
    made = methods.create({"type": "card", "card": {"token": "tok_mastercard"}, "billing_details": {"name": "Kim"}})
    expect("from a token", (made.card.brand, made.customer, made.billing_details.name), ("mastercard", None, "Kim"))
    expect("by its id", methods.retrieve(made.id).id, made.id)


@story("raw card numbers are refused, unless the account may send card numbers")
def raw_card_numbers(stage):
    number = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    try:
        card = stage.v1.payment_methods.create({"type": "card", "card": number}).card
        expect("card", (card.brand, card.last4, card.exp_year), ("visa", "4242", 2040))
    except stripe.CardError as no:
        expect("refused", (no.http_status, no.error.type, no.code), (402, "invalid_request_error", None))


@story("a detached card cannot be used again")
def a_card_is_detached(stage):
    customer = stage.customer()
    card = stage.kept(customer.id)
    attached = refused(stripe.InvalidRequestError, lambda: stage.kept(stage.customer().id, card.id), http_status=400)
    expect("code", attached.code, None)
    default = {
        "invoice_settings": {"default_payment_method": card.id},
        "expand": ["invoice_settings.default_payment_method"],
    }
    chosen = stage.v1.customers.update(customer.id, default)
    expect_kind("default", chosen.invoice_settings.default_payment_method, stripe.PaymentMethod)
    expect("default", chosen.invoice_settings.default_payment_method.id, card.id)
    gone = stage.v1.payment_methods.detach(card.id)
    expect("customer", (gone.id, gone.customer), (card.id, None))
    expect("listed", stage.v1.payment_methods.list({"customer": customer.id}).data, [])
    expect("default", stage.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method, None)
    refused(stripe.InvalidRequestError, lambda: stage.v1.payment_methods.detach(card.id), http_status=400, code=None)
    refused(stripe.InvalidRequestError, lambda: stage.kept(customer.id, card.id), http_status=400, code=None)
    refused(stripe.InvalidRequestError, lambda: stage.pay(card.id, customer=customer.id), http_status=400)
    told = stage.told(card.id)
    expect(
        "events",
        [name for name in told if name.startswith("payment_method.")],
        ["payment_method.attached", "payment_method.detached"],
    )
    detached = stage.events(card.id)[-1]
    expect("what was before", detached.data.previous_attributes.to_dict(), {"customer": customer.id})


@story("a card pays only for the attached customer, and not for a deleted customer")
def a_card_pays_for_the_attached_customer(stage):
    jenny, kim = stage.customer(), stage.customer(email="kim@example.com")
    card = stage.kept(jenny.id)
    refused(stripe.InvalidRequestError, lambda: stage.pay(card.id, customer=kim.id), http_status=400)
    refused(stripe.InvalidRequestError, lambda: stage.pay(card.id), http_status=400)
    expect("hers", stage.pay(card.id, customer=jenny.id).status, "succeeded")
    stage.v1.customers.delete(jenny.id)
    missing = refused(stripe.InvalidRequestError, lambda: stage.pay(card.id, customer=jenny.id))
    expect_one_of("code", missing.code, ["resource_missing"])
    expect("customer of it", stage.v1.payment_methods.retrieve(card.id).customer, None)


@story("setup_future_usage saves the paying card")
def a_payment_saves_the_card(stage):
    customer = stage.customer()
    paid = stage.pay(customer=customer.id, setup_future_usage="off_session", expand=["payment_method"])
    expect("kept", (paid.status, paid.payment_method.customer), ("succeeded", customer.id))
    expect("again", stage.pay(paid.payment_method.id, customer=customer.id, off_session=True).status, "succeeded")
