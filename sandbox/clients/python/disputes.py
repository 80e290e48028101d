"""Disputes: what they take, how they are answered, and how they end."""

import stripe

from telling import eventually, expect, expect_kind, expect_one_of, expect_that, refused, story

DAY = 86_400


def disputed(stage, card="pm_card_createDispute", amount=2000):
    paid = stage.pay(card, amount)
    listed = eventually("the dispute is there", lambda: stage.v1.disputes.list({"payment_intent": paid.id}).data)
    expect("disputes", len(listed), 1)
    return paid, listed[0]


def ended(stage, dispute, *statuses):
    """The dispute once it has come to one of these ends, with the clock's help if it takes days."""
    for _ in range(100):
        now = stage.v1.disputes.retrieve(dispute.id)
        if now.status in statuses:
            return now
        stage.control.advance(DAY)
    expect_one_of("status in the end", now.status, statuses)
    return now


@story("a dispute withdraws the amount and a fee, and blocks refunds")
def a_dispute_is_opened(stage):
    paid, dispute = disputed(stage)
    expect_kind("a dispute", dispute, stripe.Dispute)
    expect_that("id", dispute.id.startswith(("du_", "dp_")), dispute.id)
    expect("dispute", (dispute.status, dispute.reason), ("needs_response", "fraudulent"))
    expect("dispute", (dispute.amount, dispute.currency, dispute.charge), (2000, "usd", paid.latest_charge))
    expect("of the payment", dispute.payment_intent, paid.id)
    expect("refundable", dispute.is_charge_refundable, False)
    details = dispute.evidence_details
    expect("evidence", (details.has_evidence, details.past_due, details.submission_count), (False, False, 0))
    expect_that("due", dispute.created + 6 * DAY < details.due_by < dispute.created + 30 * DAY, details.due_by)
    expect("lines", len(dispute.balance_transactions), 1)
    line = dispute.balance_transactions[0]
    expect_kind("line", line, stripe.BalanceTransaction)
    expect("line", (line.amount, line.fee, line.net), (-2000, 1500, -3500))
    expect("line", (line.type, line.reporting_category, line.source), ("adjustment", "dispute", dispute.id))
    expect("fee", [(fee.amount, fee.type) for fee in line.fee_details], [(1500, "stripe_fee")])
    expect("the same in the list", stage.v1.balance_transactions.retrieve(line.id).net, -3500)
    charge = stage.v1.charges.retrieve(paid.latest_charge)
    expect("charge", (charge.disputed, charge.refunded), (True, False))
    no = refused(
        stripe.InvalidRequestError, lambda: stage.v1.refunds.create({"payment_intent": paid.id}), http_status=400
    )
    expect_one_of("code", no.code, ["charge_disputed", "refund_disputed_payment"])
    told = stage.told(paid.id)
    expect("told first", told[:2], ["payment_intent.created", "charge.succeeded"])
    opened = ["charge.dispute.created", "charge.dispute.funds_withdrawn", "payment_intent.succeeded"]
    expect("told then", told[2:5], opened)
    event = next(event for event in stage.events(paid.id) if event.type == "charge.dispute.created")
    expect_kind("what is told", event.data.object, stripe.Dispute)
    for params in [
        {"charge": paid.latest_charge},
        {"payment_intent": paid.id},
        {},
        {"created": {"gte": dispute.created}},
    ]:
        expect(f"found by {params}", [one.id for one in stage.v1.disputes.list(params)], [dispute.id])
    expect("found by another", stage.v1.disputes.list({"charge": stage.pay().latest_charge}).data, [])
    expanded = stage.v1.disputes.retrieve(dispute.id, {"expand": ["charge", "payment_intent"]})
    expect("expanded", (expanded.charge.id, expanded.payment_intent.id), (paid.latest_charge, paid.id))


@story("a dispute with winning evidence is won, and the funds are reinstated")
def a_dispute_is_won(stage):
    paid, dispute = disputed(stage)
    staged = stage.v1.disputes.update(
        dispute.id,
        {"evidence": {"product_description": "A hat"}, "submit": False, "metadata": {"case": "7"}},
    )
    expect("staged", (staged.status, staged.evidence.product_description), ("needs_response", "A hat"))
    expect("staged", (staged.evidence_details.has_evidence, staged.evidence_details.submission_count), (True, 0))
    expect("metadata", staged.metadata.to_dict(), {"case": "7"})
    sent = stage.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    expect_one_of("status", sent.status, ["under_review", "won"])
    expect("sent", (sent.evidence_details.has_evidence, sent.evidence_details.submission_count), (True, 1))
    expect("evidence", sent.evidence.product_description, "A hat")
    won = ended(stage, dispute, "won")
    expect("lines", [line.amount for line in won.balance_transactions], [-2000, 2000])
    told = stage.told(dispute.id)
    expect("told first", sorted(told[:2]), ["charge.dispute.created", "charge.dispute.funds_withdrawn"])
    expect_that("told", "charge.dispute.updated" in told, told)
    expect("told last", sorted(told[-2:]), ["charge.dispute.closed", "charge.dispute.funds_reinstated"])
    refused(stripe.InvalidRequestError, lambda: stage.v1.disputes.close(dispute.id), http_status=400)
    refused(
        stripe.InvalidRequestError,
        lambda: stage.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "more"}}),
        http_status=400,
    )
    expect("charge", stage.v1.charges.retrieve(paid.latest_charge).disputed, True)


@story("a dispute with losing evidence is lost")
def a_dispute_is_lost(stage):
    paid, dispute = disputed(stage, "pm_card_createDisputeProductNotReceived", 3000)
    expect("reason", (dispute.reason, dispute.amount), ("product_not_received", 3000))
    stage.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "losing_evidence"}})
    lost = ended(stage, dispute, "lost")
    expect("lines", [line.amount for line in lost.balance_transactions], [-3000])
    expect("told last", stage.told(dispute.id)[-1], "charge.dispute.closed")
    closed = stage.events(dispute.id)[-1]
    expect("told as", (closed.data.object.id, closed.data.object.status), (dispute.id, "lost"))
    refused(
        stripe.InvalidRequestError, lambda: stage.v1.refunds.create({"charge": paid.latest_charge}), http_status=400
    )


@story("an accepted dispute is lost at once")
def a_dispute_is_accepted(stage):
    _, dispute = disputed(stage)
    closed = stage.v1.disputes.close(dispute.id)
    expect("status", closed.status, "lost")
    expect("told last", stage.told(dispute.id)[-1], "charge.dispute.closed")
    refused(stripe.InvalidRequestError, lambda: stage.v1.disputes.close(dispute.id), http_status=400)


@story("an inquiry withdraws no funds, and the payment may be refunded")
def an_inquiry(stage):
    paid, inquiry = disputed(stage, "pm_card_createDisputeInquiry")
    expect("inquiry", (inquiry.status, inquiry.is_charge_refundable), ("warning_needs_response", True))
    expect("lines", list(inquiry.balance_transactions), [])
    expect("told then", stage.told(inquiry.id), ["charge.dispute.created"])
    sent = stage.v1.disputes.update(inquiry.id, {"evidence": {"uncategorized_text": "Here is the parcel's number"}})
    expect("answered", sent.status, "warning_under_review")
    back = stage.v1.refunds.create({"payment_intent": paid.id})
    expect("refund", back.status, "succeeded")
    _, ignored = disputed(stage, "pm_card_createDisputeInquiry")
    closed = stage.v1.disputes.close(ignored.id)
    expect_one_of("closed", closed.status, ["warning_closed", "lost"])
    expect("told last", stage.told(ignored.id)[-1], "charge.dispute.closed")


@story("an escalated inquiry becomes a dispute")
def an_inquiry_escalates(stage):
    _, inquiry = disputed(stage, "pm_card_createDisputeInquiry")
    stage.v1.disputes.update(inquiry.id, {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}})
    grown = ended(stage, inquiry, "needs_response")
    expect("lines", [line.amount for line in grown.balance_transactions], [-2000])
    expect_that("told", "charge.dispute.funds_withdrawn" in stage.told(inquiry.id), stage.told(inquiry.id))
    missing = refused(stripe.InvalidRequestError, lambda: stage.v1.disputes.retrieve("du_nobody"), http_status=404)
    expect("code", missing.code, "resource_missing")
