"""Plays what billing code of the last years does, with each version of Stripe's SDK of those years.

    STRIPE_API   where the sandbox is, http://host:port
    STRIPE_KEY   a secret key, sk_test_…; each version opens an account of its own with it

    python older.py            every version in .packages, which fetch.sh fills
    python older.py VERSION    one version, in this process

Exit code: 0 all versions saw what they expect, 1 one did not, 2 there is none, or it was not told where.
"""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
# The versions of the API that the SDK pins; before 6.0 it left the choice to the account.
PINNED = {"7": "2023-10-16", "9": "2024-04-10", "11": "2025-02-24.acacia", "12": "2025-03-31.basil", "14": "2026-02-25.clover"}
# What shops of that time set in its stead.
SET = {"2": "2020-08-27", "3": "2022-08-01", "5": "2022-11-15"}


def every_version():
    versions = sorted(path.name for path in (HERE / ".packages").glob("*.*"))
    failed = 0
    for version in versions:
        path = os.pathsep.join([str(HERE / ".packages" / version), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, __file__, version], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
        )
        failed += bool(done.returncode)
        print(f"{'FAIL' if done.returncode else 'ok  '} stripe {version}: {done.stdout.strip() or done.stderr.strip()}")
    print(f"{len(versions) - failed} passed, {failed} failed")
    return 2 if not versions else 1 if failed else 0


def expect(what, seen, expected):
    if seen != expected:
        raise SystemExit(f"{what}: {seen!r}, and {expected!r} was expected")


def one_version(version):
    import stripe

    major = version.split(".")[0]
    stripe.api_base = os.environ["STRIPE_API"]
    stripe.api_key = f"{os.environ['STRIPE_KEY']}_older_{major}"
    stripe.max_network_retries = 0
    if major in SET:
        stripe.api_version = SET[major]
    else:
        expect("pinned", stripe.api_version, PINNED[major])
    expect("folder", version in stripe.__file__, True)
    # The first versions with `charges` come before 2022-11-15, the dashboard's types with 2023-08-16.
    has_charges, has_dashboard = stripe.api_version < "2022-11", stripe.api_version >= "2023-08-16"

    jenny = stripe.Customer.create(email="jenny@example.com", name="Jenny Rosen")
    card = stripe.PaymentMethod.attach("pm_card_visa", customer=jenny.id)
    expect("cards", [one.id for one in stripe.PaymentMethod.list(customer=jenny.id, type="card").auto_paging_iter()], [card.id])
    terms = {"amount": 2000, "currency": "usd", "customer": jenny.id, "payment_method": card.id, "confirm": True}

    # The basic call of a billing platform.
    absent = stripe.PaymentIntent.create(off_session=True, metadata={"order": "1"}, **terms)
    expect("off session", (absent.status, absent.amount_received), ("succeeded", 2000))
    expect("charges", "charges" in absent, has_charges)
    if has_charges:
        expect("charge", absent.charges.data[-1].id, absent.latest_charge)
        expect("brand", absent.charges.data[-1].payment_method_details.card.brand, "visa")
        expect("refunds", absent.charges.data[0].refunds.total_count, 0)

    # A customer who is there; only the later versions have to say where the customer comes back to.
    try:
        present = stripe.PaymentIntent.create(**terms)
        expect("without a return_url", (present.status, has_dashboard), ("succeeded", False))
    except stripe.InvalidRequestError if hasattr(stripe, "InvalidRequestError") else stripe.error.InvalidRequestError as error:
        expect("without a return_url", ("return_url" in str(error), has_dashboard), (True, True))

    held = stripe.PaymentIntent.create(capture_method="manual", off_session=True, **terms)
    expect("held", (held.status, held.amount_capturable), ("requires_capture", 2000))
    taken = stripe.PaymentIntent.capture(held.id, amount_to_capture=1500)
    expect("taken", (taken.status, taken.amount_received), ("succeeded", 1500))
    refund = stripe.Refund.create(payment_intent=held.id, amount=400, expand=["charge"])
    # Before basil, what was not captured counts as refunded.
    released = 500 if stripe.api_version < "2025-03-31" else 0
    expect("refund", (refund.status, refund.charge.amount_refunded), ("succeeded", 400 + released))

    other = stripe.PaymentIntent.create(capture_method="manual", off_session=True, **terms)
    gone = stripe.PaymentIntent.cancel(other.id, cancellation_reason="requested_by_customer", expand=["latest_charge"])
    expect("gone", (gone.status, gone.latest_charge.refunded), ("canceled", bool(released)))

    declined = None
    try:
        stripe.PaymentIntent.create(**{**terms, "payment_method": "pm_card_chargeDeclinedInsufficientFunds", "off_session": True})
    except Exception as error:  # noqa: BLE001, the class has moved between the versions
        declined = error
    expect("declined", (type(declined).__name__, declined.code), ("CardError", "card_declined"))
    expect("found in the error", declined.json_body["error"]["payment_intent"]["status"], "requires_payment_method")

    waiting = stripe.SetupIntent.create(customer=jenny.id, payment_method="pm_card_visa", usage="off_session")
    done = stripe.SetupIntent.confirm(waiting.id, return_url="https://shop.example/back")
    expect("set up", done.status, "succeeded")
    stripe.PaymentMethod.detach(card.id)
    events = [event.type for event in stripe.Event.list(limit=100).auto_paging_iter()]
    expect("events", {"payment_intent.succeeded", "charge.refunded", "setup_intent.succeeded"} <= set(events), True)
    print(f"plays {stripe.api_version}")


if __name__ == "__main__":
    if not os.environ.get("STRIPE_API") or not os.environ.get("STRIPE_KEY"):
        sys.exit(2)
    sys.exit(one_version(sys.argv[1]) if sys.argv[1:] else every_version())
