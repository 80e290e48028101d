"""Long lists, page by page: forwards, backwards, by moment, and asynchronously."""

import asyncio

import stripe

from stage import AUTOMATIC
from telling import expect, expect_that, refused, story

PARAMS = {"amount": 2000, "currency": "usd", "automatic_payment_methods": AUTOMATIC}


@story("25 payments are read page by page, in both directions")
def pages(stage):
    made = [stage.v1.payment_intents.create({**PARAMS, "amount": 2000 + n}).id for n in range(25)]
    newest_first = list(reversed(made))
    lists = stage.v1.payment_intents.list
    first = lists()
    expect("a page", ([one.id for one in first.data], first.has_more), (newest_first[:10], True))
    expect("all", [one.id for one in first.auto_paging_iter()], newest_first)
    expect("all by tens", [one.id for one in lists({"limit": 10}).auto_paging_iter()], newest_first)
    expect("all at once", (len(lists({"limit": 100}).data), lists({"limit": 100}).has_more), (25, False))
    after = lists({"starting_after": newest_first[9], "limit": 3})
    expect("after", ([one.id for one in after], after.has_more), (newest_first[10:13], True))
    before = lists({"ending_before": newest_first[9], "limit": 3})
    expect("before", ([one.id for one in before], before.has_more), (newest_first[6:9], True))
    all_before = lists({"ending_before": made[0], "limit": 7}).auto_paging_iter()
    expect("all before", [one.id for one in all_before], made[1:])
    following = first.next_page()
    expect("the next page", [one.id for one in following], newest_first[10:20])
    last = lists({"starting_after": made[0]})
    expect("after the last", (last.data, last.has_more, last.is_empty), ([], False, True))
    refused(
        stripe.InvalidRequestError,
        lambda: lists({"starting_after": "pi_nobody"}),
        param="starting_after",
        code="resource_missing",
    )

    async def read():
        page = await stage.v1.payment_intents.list_async({"limit": 10})
        return [one.id async for one in page.auto_paging_iter()]

    expect("asynchronously", asyncio.run(read()), newest_first)


@story("payments are filtered by creation time")
def creation_time_filters(stage):
    old = stage.v1.payment_intents.create(PARAMS)
    stage.control.advance(100)
    new = stage.v1.payment_intents.create(PARAMS)
    expect_that("later", new.created >= old.created + 100, new.created - old.created)
    for span, found in [
        ({"gte": new.created}, [new.id]),
        ({"gt": old.created}, [new.id]),
        ({"lt": new.created}, [old.id]),
        ({"lte": old.created}, [old.id]),
        ({"gte": old.created, "lte": new.created}, [new.id, old.id]),
        ({"gt": new.created}, []),
        (old.created, [old.id]),
    ]:
        expect(f"created {span}", [one.id for one in stage.v1.payment_intents.list({"created": span})], found)


@story("a shop that pays asynchronously gets the same answers")
def asynchronous_client(stage):
    async def pay():
        intents = stage.v1.payment_intents
        made = await asyncio.gather(
            *(intents.create_async({**PARAMS, "payment_method": "pm_card_visa", "confirm": True}) for _ in range(5))
        )
        held = await intents.create_async(
            {**PARAMS, "capture_method": "manual", "payment_method": "pm_card_visa", "confirm": True}
        )
        taken = await intents.capture_async(held.id, {"amount_to_capture": 500})
        sent = await stage.v1.refunds.create_async({"payment_intent": made[0].id})
        try:
            await intents.create_async({**PARAMS, "payment_method": "pm_card_visa_chargeDeclined", "confirm": True})
        except stripe.CardError as no:
            return made, taken, sent, no.code
        return made, taken, sent, None

    made, taken, sent, code = asyncio.run(pay())
    expect("paid", [one.status for one in made], ["succeeded"] * 5)
    expect("each its own", len({one.id for one in made}), 5)
    expect("taken", (taken.status, taken.amount_received), ("succeeded", 500))
    expect("sent back", sent.status, "succeeded")
    expect("declined", code, "card_declined")
