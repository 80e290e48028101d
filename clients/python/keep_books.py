"""Books that are kept from events alone: the captured, refunded and charged back amounts.

    CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
    CAUSEWAY_TOKEN     a caller's token with the right read
    BOOKS              the file with the books; it is begun when it is not there
    CATCH_UP           1: ends when there is nothing more. Otherwise it goes on with what
                       comes, until SIGTERM or SIGINT

It can be killed at any moment and goes on with the next event when it is started again.

Exit code: 0 it was told to stop or has caught up, 1 the books cannot be read or written,
2 it was not told where, 3 it was refused, 4 the events are not as the contract has them.
"""

import json
import os
import signal
import sys
import time

from processor import Contract, Processor, Refusal, Undescribed, channel_to, full_word, spoken

# The pause before the next connection to the adapter, in seconds; the pause doubles each time.
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2
# The amounts that are added up, by their names in a payment.
SUMS = ("captured", "refunded", "charged_back")


class Mistake(Exception):
    """The events are not as the contract has them. The books end here."""


# --- Amounts ----------------------------------------------------------------------
# Amounts have the decimals of the currency, and are added as whole numbers of the
# smallest unit. Sums of floats would be wrong by a cent some day.


def decimals(amount):
    return len(amount.partition(".")[2])


def in_coins(amount):
    return int(amount.replace(".", ""))


def in_decimals(coins, places):
    digits = str(coins).zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def plus(one, other):
    if decimals(one) != decimals(other):
        raise Mistake(f"{one} and {other} are of one currency and have different decimals")
    return in_decimals(in_coins(one) + in_coins(other), decimals(one))


# --- The books --------------------------------------------------------------------


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"after": 0, "seen": 0, "kinds": {}, "totals": {}, "payments": {}, "ids": {}}


def save(books, path):
    """Whoever reads finds the old books or the new ones, and never half of them."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(books, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


def enter(books, event):
    """Enters an event; False for an event that was entered before.

    What the event changes and its sequence are saved together. So it does not matter
    that events come at least once: here each of them counts once.
    """
    known_as = books["ids"].get(event.id, event.sequence)
    if known_as != event.sequence:
        raise Mistake(f"event {event.sequence} has the id of event {known_as}, {event.id}")
    if event.sequence <= books["after"]:
        return False
    if event.sequence != books["after"] + 1:
        raise Mistake(f"event {event.sequence} follows event {books['after']}")

    kind = full_word(event, "kind")
    # A kind that this contract has no name for is a number. It is counted, and has no
    # other effect.
    if isinstance(kind, str) and event.HasField("payment"):
        before = books["payments"].get(event.payment.id, {"events": []})
        books["payments"][event.payment.id] = entry(event.payment, [*before["events"], kind])
        books["totals"] = totals(books["payments"].values())
    books["kinds"][str(kind)] = books["kinds"].get(str(kind), 0) + 1
    books["ids"][event.id] = event.sequence
    books["seen"] += 1
    books["after"] = event.sequence
    return True


def entry(payment, events):
    """The state of a payment at the last event, which replaces the earlier state."""
    nothing = in_decimals(0, decimals(payment.amount.amount))
    sums = {field: plus(nothing, getattr(payment, field).amount or nothing) for field in SUMS}
    return {"status": str(full_word(payment, "status")), "currency": payment.amount.currency, **sums, "events": events}


def totals(payments):
    found = {}
    for payment in payments:
        of = found.get(payment["currency"])
        found[payment["currency"]] = {
            field: plus(of[field], payment[field]) if of else payment[field] for field in SUMS
        }
    return found


def line(event):
    """12 PAYMENT_CAPTURED 01997b1c… 12.50 USD (webhook)"""
    words = [str(event.sequence), str(full_word(event, "kind")).removeprefix("EVENT_KIND_")]
    about = event.payment.id or event.card.token
    if about:
        words.append(f"{about[:8]}…")
    payment = event.payment
    for money in (event.refund.amount, event.dispute.amount, payment.captured, payment.amount):
        if money.amount:
            words.append(spoken(money))
            break
    source = str(full_word(event, "source")).removeprefix("EVENT_SOURCE_").lower()
    return " ".join([*words, f"({source})"])


# --- How the books are kept -------------------------------------------------------


def keep(channel, token, path, catch_up):
    """One stream after the other, each going on where the books are."""
    books = load(path)
    pause = FIRST_PAUSE
    while True:
        try:
            # Learned anew each time: an adapter that comes back may be a newer one.
            processor = Processor(channel, Contract(channel, token), token)
            for event in processor.watch(books["after"], catch_up):
                if enter(books, event):
                    save(books, path)
                    print(line(event), flush=True)
                    pause = FIRST_PAUSE
            if catch_up:
                return
            why = "the stream ended"
        except Refusal as refusal:
            if not refusal.passing:
                raise
            why = str(refusal)
        print(f"{why}; going on after event {books['after']} in {pause:g} s", file=sys.stderr)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def main():
    # The process may end at any moment, because the books are always complete.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: os._exit(0))
    address, token, path = (os.environ.get(each) for each in ("CAUSEWAY_ADAPTER", "CAUSEWAY_TOKEN", "BOOKS"))
    if not address or not token or not path:
        print("set CAUSEWAY_ADAPTER, CAUSEWAY_TOKEN and BOOKS", file=sys.stderr)
        sys.exit(2)
    with channel_to(address) as channel:
        try:
            keep(channel, token, path, os.environ.get("CATCH_UP") == "1")
        except (Refusal, Undescribed) as no:
            print(no, file=sys.stderr)
            sys.exit(3)
        except Mistake as mistake:
            print(mistake, file=sys.stderr)
            sys.exit(4)


if __name__ == "__main__":
    main()
