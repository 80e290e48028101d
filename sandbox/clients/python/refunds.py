"""Refunds that take their time, and those that fail in the end."""

import stripe

from telling import expect, expect_kind, expect_one_of, expect_that, refused, story

# Longer than any refund of a test card takes.
LONG = 7200


@story("a slow refund is pending first")
def a_slow_refund(stage):
    paid = stage.pay("pm_card_pendingRefund")
    refund = stage.v1.refunds.create({"payment_intent": paid.id})
    expect("status", refund.status, "pending")
    stage.control.advance(LONG)
    later = stage.v1.refunds.retrieve(refund.id)
    expect("status", later.status, "succeeded")
    told = [event for event in stage.events(paid.id, refund.id) if event.type.startswith(("refund.", "charge.refund"))]
    expect("told first", (told[0].type, told[0].data.object.status), ("refund.created", "pending"))
    last = [event for event in told if event.type == "refund.updated"][-1]
    expect("told last", last.data.object.status, "succeeded")
    expect("what was before", last.data.previous_attributes.to_dict().get("status"), "pending")


@story("an undeliverable refund fails later, and the amount is refundable again")
def a_refund_fails(stage):
    paid = stage.pay("pm_card_refundFail")
    refund = stage.v1.refunds.create({"payment_intent": paid.id})
    expect("status", refund.status, "succeeded")
    stage.control.advance(LONG)
    failed = stage.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction", "balance_transaction"]})
    expect("status", failed.status, "failed")
    expect_one_of(
        "failure_reason",
        failed.failure_reason,
        ["lost_or_stolen_card", "expired_or_canceled_card", "declined", "unknown"],
    )
    expect_kind("failure_balance_transaction", failed.failure_balance_transaction, stripe.BalanceTransaction)
    expect("lines", (failed.balance_transaction.amount, failed.failure_balance_transaction.amount), (-2000, 2000))
    expect("line", failed.failure_balance_transaction.type, "refund_failure")
    told = [event.type for event in stage.events(refund.id)]
    expect_that("told", "refund.failed" in told, told)
    again = stage.v1.refunds.create({"payment_intent": paid.id})
    expect("again", again.amount, 2000)


@story("a refund is labelled, listed, and not canceled")
def a_refund_is_labelled(stage):
    first, second = stage.pay(), stage.pay()
    half = stage.v1.refunds.create({"payment_intent": first.id, "amount": 1000, "metadata": {"why": "late"}})
    rest = stage.v1.refunds.create({"charge": first.latest_charge, "reason": "duplicate"})
    other = stage.v1.refunds.create({"payment_intent": second.id, "reason": "fraudulent"})
    expect("reason", (half.reason, rest.reason, other.reason), (None, "duplicate", "fraudulent"))
    changed = stage.v1.refunds.update(half.id, {"metadata": {"why": "", "who": "kim"}})
    expect("metadata", changed.metadata.to_dict(), {"who": "kim"})
    expect("kept", stage.v1.refunds.retrieve(half.id).metadata.to_dict(), {"who": "kim"})
    lists = stage.v1.refunds.list
    expect("of the payment", [one.id for one in lists({"payment_intent": first.id})], [rest.id, half.id])
    expect("of the charge", [one.id for one in lists({"charge": second.latest_charge})], [other.id])
    expect("all", [one.id for one in lists({"limit": 1}).auto_paging_iter()], [other.id, rest.id, half.id])
    refused(stripe.InvalidRequestError, lambda: stage.v1.refunds.cancel(half.id), http_status=400)
    refused(stripe.InvalidRequestError, lambda: stage.v1.refunds.create({}), http_status=400)
    missing = refused(
        stripe.InvalidRequestError, lambda: stage.v1.refunds.create({"payment_intent": "pi_nobody"}), http_status=404
    )
    expect("code", missing.code, "resource_missing")
    refused(
        stripe.InvalidRequestError,
        lambda: stage.v1.refunds.create({"payment_intent": first.id, "reason": "because"}),
        http_status=400,
        param="reason",
    )
    charge = stage.v1.charges.retrieve(first.latest_charge, {"expand": ["refunds"]})
    expect_kind("refunds of the charge", charge.refunds, stripe.ListObject)
    expect("refunds of the charge", [one.id for one in charge.refunds.data], [rest.id, half.id])
    bare = stage.v1.charges.retrieve(first.latest_charge)
    expect("only when expanded", "refunds" in bare, False)
