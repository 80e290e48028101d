"""The whole life of a payment that is taken at once."""

import stripe

from stage import AUTOMATIC
from telling import eventually, expect, expect_kind, expect_one_of, expect_that, refused, story


@story("a payment is created, changed, confirmed and captured")
def a_payment_is_captured(stage):
    intents = stage.v1.payment_intents
    intent = intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "automatic_payment_methods": AUTOMATIC,
            "description": "Two hats",
            "metadata": {"order": "6735", "color": "red"},
        }
    )
    expect_kind("the answer", intent, stripe.PaymentIntent)
    expect("id", intent.id[:3], "pi_")
    expect("status", intent.status, "requires_payment_method")
    expect("object", intent.object, "payment_intent")
    expect("livemode", intent.livemode, False)
    expect("client_secret", intent.client_secret.startswith(f"{intent.id}_secret_"), True)
    expect("capture_method", intent.capture_method, "automatic_async")
    expect("confirmation_method", intent.confirmation_method, "automatic")
    expect_that("cards are taken", "card" in intent.payment_method_types, intent.payment_method_types)
    expect("automatic_payment_methods", intent.automatic_payment_methods.to_dict(), AUTOMATIC)
    expect("received", (intent.amount_received, intent.amount_capturable, intent.latest_charge), (0, 0, None))
    expect("metadata", intent.metadata.to_dict(), {"order": "6735", "color": "red"})

    change = {"amount": 2500, "payment_method": "pm_card_visa", "metadata": {"color": "", "size": "L"}}
    changed = intents.update(intent.id, change)
    expect("status", changed.status, "requires_confirmation")
    expect("amount", changed.amount, 2500)
    expect("metadata", changed.metadata.to_dict(), {"order": "6735", "size": "L"})
    expect("description", changed.description, "Two hats")
    expect_that(
        "a card of its own", changed.payment_method.startswith("pm_") and changed.payment_method != "pm_card_visa"
    )

    taken = intents.confirm(intent.id, {"expand": ["latest_charge", "payment_method"]})
    charge = taken.latest_charge
    expect("status", taken.status, "succeeded")
    expect("received", (taken.amount, taken.amount_received, taken.amount_capturable), (2500, 2500, 0))
    expect_kind("latest_charge", charge, stripe.Charge)
    expect_kind("payment_method", taken.payment_method, stripe.PaymentMethod)
    expect("card", (taken.payment_method.card.brand, taken.payment_method.card.last4), ("visa", "4242"))
    expect("charge", (charge.status, charge.paid, charge.captured, charge.refunded), ("succeeded", True, True, False))
    expect("charge", (charge.amount, charge.amount_captured, charge.amount_refunded), (2500, 2500, 0))
    expect("charge", (charge.payment_intent, charge.payment_method), (intent.id, taken.payment_method.id))
    expect("outcome", (charge.outcome.type, charge.outcome.network_status), ("authorized", "approved_by_network"))
    expect("metadata", charge.metadata.to_dict(), {"order": "6735", "size": "L"})

    expect(
        "events",
        stage.told(intent.id),
        ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"],
    )
    again = refused(stripe.InvalidRequestError, lambda: intents.confirm(intent.id), http_status=400)
    expect("code", again.code, "payment_intent_unexpected_state")
    expect("told with it", again.error.payment_intent.id, intent.id)
    emptied = intents.update(intent.id, {"metadata": ""})
    expect("metadata", emptied.metadata.to_dict(), {})


@story("the charge refers to the balance transaction of a payment")
def a_charge_has_a_balance_transaction(stage):
    paid = stage.pay(amount=2500)

    def settled():
        charge = stage.intent(paid.id, "latest_charge.balance_transaction").latest_charge
        return charge.balance_transaction

    line = eventually("the balance transaction is known", settled)
    expect_kind("balance_transaction", line, stripe.BalanceTransaction)
    expect("line", (line.type, line.amount, line.currency), ("charge", 2500, "usd"))
    expect("reporting_category", line.reporting_category, "charge")
    expect("source", line.source, paid.latest_charge)
    expect_that("there is a fee", line.fee > 0, line.fee)
    expect("net", line.net, line.amount - line.fee)
    expect("fees", sum(fee.amount for fee in line.fee_details), line.fee)
    expect("fee", line.fee_details[0].type, "stripe_fee")
    expect("the same by its id", stage.v1.balance_transactions.retrieve(line.id).net, line.net)
    charge = stage.v1.charges.retrieve(paid.latest_charge, {"expand": ["balance_transaction"]})
    expect("the same by its charge", charge.balance_transaction.id, line.id)
    listed = stage.v1.balance_transactions.list({"source": paid.latest_charge})
    expect("the same in the list", [one.id for one in listed.data], [line.id])
    balance = stage.v1.balance.retrieve()
    sums = [part.amount for part in [*balance.available, *balance.pending] if part.currency == "usd"]
    expect("balance", sum(sums), line.net)
    charges = stage.v1.charges.list({"payment_intent": paid.id})
    expect("charges", [one.id for one in charges.data], [paid.latest_charge])
    updated = stage.v1.charges.update(paid.latest_charge, {"metadata": {"shipped": "yes"}, "description": "A hat"})
    expect("charge", (updated.metadata.to_dict(), updated.description), ({"shipped": "yes"}, "A hat"))


@story("a payment is refunded in parts, up to the captured amount")
def a_payment_is_refunded(stage):
    paid = stage.pay(amount=8000)
    refund = stage.v1.refunds.create
    part = refund({"payment_intent": paid.id, "amount": 5000, "reason": "requested_by_customer", "expand": ["charge"]})
    expect_kind("the answer", part, stripe.Refund)
    expect("refund", (part.status, part.amount, part.currency), ("succeeded", 5000, "usd"))
    expect("refund", (part.reason, part.payment_intent), ("requested_by_customer", paid.id))
    expect("charge", (part.charge.amount_refunded, part.charge.refunded), (5000, False))
    much = refused(
        stripe.InvalidRequestError,
        lambda: refund({"payment_intent": paid.id, "amount": 4000}),
        http_status=400,
        param="amount",
        code=None,
    )
    said = "Refund amount ($40.00) is greater than unrefunded amount on charge ($30.00)"
    expect("message", much.user_message, said)
    rest = refund({"charge": paid.latest_charge})
    expect("rest", rest.amount, 3000)
    refused(
        stripe.InvalidRequestError,
        lambda: refund({"payment_intent": paid.id}),
        http_status=400,
        code="charge_already_refunded",
    )
    after = stage.intent(paid.id, "latest_charge")
    expect("status", after.status, "succeeded")
    expect("charge", (after.latest_charge.amount_refunded, after.latest_charge.refunded), (8000, True))
    told = stage.told(paid.id)
    expect("told first", told[:3], ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"])
    expect("refunds told", [told.count(name) for name in ("refund.created", "charge.refunded")], [2, 2])
    expect_that(
        "a refund is told as such before its charge is",
        told.index("refund.created") < told.index("charge.refunded"),
        told,
    )
    lines = stage.v1.balance_transactions.list({"type": "refund"})
    expect("lines", sorted(line.amount for line in lines.data), [-5000, -3000])
    expect("source", {line.source for line in lines.data}, {part.id, rest.id})


@story("payments are listed at once, and searchable a little later")
def payments_are_found(stage):
    customer = stage.customer()
    hat = stage.pay(amount=2100, customer=customer.id, metadata={"order": "hat-1"})
    coat = stage.pay(amount=9900, metadata={"order": "coat-1"})
    listed = stage.v1.payment_intents.list()
    expect_kind("the list", listed, stripe.ListObject)
    expect("listed", [one.id for one in listed], [coat.id, hat.id])
    expect("url", listed.url, "/v1/payment_intents")
    of_customer = stage.v1.payment_intents.list({"customer": customer.id, "expand": ["data.customer"]})
    expect("of the customer", [one.id for one in of_customer], [hat.id])
    expect_kind("the customer", of_customer.data[0].customer, stripe.Customer)

    def search(query):
        return stage.v1.payment_intents.search({"query": query})

    early = search("metadata['order']:'hat-1'")
    expect_kind("the result", early, stripe.SearchResultObject)
    expect("object", early.object, "search_result")
    stage.control.advance(600)
    for query, found in [
        ("metadata['order']:'hat-1'", [hat.id]),
        ('metadata["order"]:"coat-1"', [coat.id]),
        ("amount>5000", [coat.id]),
        ("amount<5000 AND currency:'usd'", [hat.id]),
        (f"customer:'{customer.id}'", [hat.id]),
        ("status:'succeeded'", [coat.id, hat.id]),
        ("status:'canceled'", []),
        ("amount:2100 OR amount:9900", [coat.id, hat.id]),
        ("-metadata['order']:'hat-1'", [coat.id]),
        ("metadata['order']:null", []),
    ]:
        expect(query, [one.id for one in search(query).auto_paging_iter()], found)
    charges = stage.v1.charges.search({"query": f"payment_intent:'{hat.id}' AND refunded:'false'"})
    expect("its charge", [one.id for one in charges], [hat.latest_charge])
    customers = stage.v1.customers.search({"query": "email:'jenny@example.com'"})
    expect("its customer", [one.id for one in customers], [customer.id])
    paged = stage.v1.payment_intents.search({"query": "amount>0", "limit": 1})
    expect("has_more", (paged.has_more, len(paged.data)), (True, 1))
    expect("page by page", [one.id for one in paged.auto_paging_iter()], [coat.id, hat.id])
    refused(stripe.InvalidRequestError, lambda: search("amount ist 5"), http_status=400)
    refused(
        stripe.InvalidRequestError, lambda: search("amount>0 AND currency:'usd' OR status:'canceled'"), http_status=400
    )


@story("an open intent is canceled once, with a reason")
def an_intent_is_canceled(stage):
    intents = stage.v1.payment_intents
    open_one = intents.create({"amount": 2000, "currency": "usd", "automatic_payment_methods": AUTOMATIC})
    canceled = intents.cancel(open_one.id, {"cancellation_reason": "abandoned"})
    expect("status", (canceled.status, canceled.cancellation_reason), ("canceled", "abandoned"))
    expect_that("canceled_at", canceled.canceled_at >= canceled.created, canceled.canceled_at)
    refused(
        stripe.InvalidRequestError,
        lambda: intents.cancel(open_one.id),
        http_status=400,
        code="payment_intent_unexpected_state",
    )
    refused(stripe.InvalidRequestError, lambda: intents.confirm(open_one.id, {"payment_method": "pm_card_visa"}))
    paid = stage.pay()
    over = refused(stripe.InvalidRequestError, lambda: intents.cancel(paid.id), code="payment_intent_unexpected_state")
    expect("told with it", over.error.payment_intent.status, "succeeded")
    unknown = {"cancellation_reason": "because"}
    refused(
        stripe.InvalidRequestError,
        lambda: intents.cancel(stage.pay().id, unknown),
        http_status=400,
        param="cancellation_reason",
    )
    expect("events", stage.told(open_one.id), ["payment_intent.created", "payment_intent.canceled"])
    reason = [event.data.object.cancellation_reason for event in stage.events(open_one.id)]
    expect("events show the intent as it was then", reason, [None, "abandoned"])


@story("calls with the same idempotency key have one effect")
def an_idempotency_key_has_one_effect(stage):
    params = {"amount": 2000, "currency": "usd", "automatic_payment_methods": AUTOMATIC}
    create = stage.v1.payment_intents.create
    first = create(params, {"idempotency_key": "order-8"})
    again = create(params, {"idempotency_key": "order-8"})
    expect("the same", again.id, first.id)
    expect("key", (first.last_response.idempotency_key, again.last_response.idempotency_key), ("order-8", "order-8"))
    expect("replayed", first.last_response.headers.get("idempotent-replayed"), None)
    expect("replayed", again.last_response.headers.get("idempotent-replayed"), "true")
    expect("original", again.last_response.headers.get("original-request"), first.last_response.request_id)
    expect_that("a request of its own", again.last_response.request_id != first.last_response.request_id)
    other = refused(
        stripe.IdempotencyError,
        lambda: create({**params, "amount": 2001}, {"idempotency_key": "order-8"}),
        http_status=400,
        code=None,
    )
    expect("type", other.error.type, "idempotency_error")
    expect_that(
        "message", other.user_message.startswith("Keys for idempotent requests can only be used"), other.user_message
    )
    refused(
        stripe.IdempotencyError,
        lambda: stage.v1.customers.create({"name": "Jenny"}, {"idempotency_key": "order-8"}),
        http_status=400,
    )
    expect("made", len(stage.v1.payment_intents.list().data), 1)
    stage.control.advance(25 * 3600)
    expect_that("a day later the key is new", create(params, {"idempotency_key": "order-8"}).id != first.id)


@story("an event names the causing request, and can be retrieved")
def an_event_names_the_request(stage):
    paid = stage.v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
         "automatic_payment_methods": AUTOMATIC},
        {"idempotency_key": "order-9"},
    )  # fmt: skip
    last = stage.events(paid.id)[-1]
    expect_kind("an event", last, stripe.Event)
    expect("id", last.id[:4], "evt_")
    created = stage.v1.events.list({"type": "payment_intent.created"}).data[0]
    expect("request", created.request.to_dict(), {"id": paid.last_response.request_id, "idempotency_key": "order-9"})
    expect_kind("its object", created.data.object, stripe.PaymentIntent)
    expect("its object", created.data.object.id, paid.id)
    expect("livemode", (created.livemode, created.pending_webhooks), (False, 0))
    again = stage.v1.events.retrieve(created.id)
    expect("the same again", again.to_dict(), created.to_dict())
    for params, names in [
        ({"type": "charge.succeeded"}, {"charge.succeeded"}),
        ({"type": "payment_intent.*"}, {"payment_intent.created", "payment_intent.succeeded"}),
        ({"types": ["charge.succeeded", "payment_intent.created"]}, {"charge.succeeded", "payment_intent.created"}),
        ({"type": "refund.created"}, set()),
    ]:
        expect(str(params), {event.type for event in stage.v1.events.list(params)}, names)
    newest = [event.created for event in stage.v1.events.list()]
    expect("newest first", newest, sorted(newest, reverse=True))
    missing = refused(stripe.InvalidRequestError, lambda: stage.v1.events.retrieve("evt_nobody"), http_status=404)
    expect_one_of("code", missing.code, ["resource_missing"])
