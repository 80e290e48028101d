"""Posts an event to a webhook URL, signed by Stripe's own Python SDK: rightly, and wrongly in every way.

    WEBHOOK_URL       where the events go
    WEBHOOK_SECRET    the endpoint's secret, whsec_…
    PREVIOUS_SECRET   the one before, if it still is believed; may be empty

    python sign_webhooks.py < event.json

The SDK's own verifier judges each header and body as they are sent. What it believes has to be answered with
2xx, everything else with 400. Each case is a line, ok or FAIL, and has an event id of its own: the event's,
and the name of the case.

Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

from stripe import SignatureVerificationError, WebhookSignature

TOLERANCE = 300
HOUR = 3600
OTHER = "whsec_this_is_the_secret_of_another_endpoint"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def now():
    """A second that has just begun, so that 299 seconds are not 300 when they arrive."""
    into = time.time() % 1
    if into > 0.5:
        time.sleep(1 - into)
    return int(time.time())


def signed(body, secret, at=None):
    return WebhookSignature.generate_signature_header(body, secret, now() if at is None else at)


def parts(header):
    """The time and the signature of a header with one of each."""
    return [part.split("=", 1)[1] for part in header.split(",")]


def two_signatures(body, secret):
    time_, right = parts(signed(body, secret))
    _, wrong = parts(signed(body, OTHER, int(time_)))
    return f"t={time_},v1={wrong},v1={right}"


def unknown_scheme_beside(body, secret):
    time_, right = parts(signed(body, secret))
    _, other = parts(signed(body, OTHER, int(time_)))
    return f"t={time_},v1={right},v0={other}"


def timestamp_last(body, secret):
    time_, right = parts(signed(body, secret))
    return f"v1={right},t={time_}"


def no_number(body, secret):
    # The SDK signs whatever it is given as a time.
    return signed(body, secret, "now")


def upper_case(body, secret):
    time_, right = parts(signed(body, secret))
    return f"t={time_},v1={right.upper()}"


def altered(body):
    """Another number of waiting webhooks: one byte, and still JSON."""
    other = body.replace('"pending_webhooks": 1', '"pending_webhooks": 2')
    return other if other != body else body + " "


def rewritten(body):
    """The same event, written in another way."""
    dense = json.dumps(json.loads(body), separators=(",", ":"))
    return dense if dense != body else json.dumps(json.loads(body), indent=1)


def same(body):
    return body


# Each case: its name, the header for a body and the secret, and what becomes of the body after it was signed.
CASES = [
    ("signed", signed, same),
    ("two_signatures", two_signatures, same),
    ("unknown_scheme_beside", unknown_scheme_beside, same),
    ("timestamp_last", timestamp_last, same),
    ("almost_too_old", lambda body, secret: signed(body, secret, now() - TOLERANCE + 1), same),
    ("from_the_future", lambda body, secret: signed(body, secret, now() + HOUR), same),
    ("another_secret", lambda body, _: signed(body, OTHER), same),
    ("altered", signed, altered),
    ("rewritten", signed, rewritten),
    ("too_old", lambda body, secret: signed(body, secret, now() - TOLERANCE - 1), same),
    ("no_header", lambda *_: None, same),
    ("empty_header", lambda *_: "", same),
    ("no_timestamp", lambda body, secret: f"v1={parts(signed(body, secret))[1]}", same),
    ("unknown_scheme_alone", lambda body, secret: signed(body, secret).replace("v1=", "v0="), same),
    ("timestamp_no_number", no_number, same),
    ("upper_case", upper_case, same),
]


def believed(body, header, secrets):
    """Whether Stripe's own verifier takes it, with one of the secrets."""
    for secret in secrets:
        try:
            return WebhookSignature.verify_header(body, header, secret, TOLERANCE)
        except SignatureVerificationError:
            pass
    return False


def post(url, body, header):
    """The status of the answer."""
    headers = {"content-type": "application/json; charset=utf-8"}
    if header is not None:
        headers["stripe-signature"] = header
    try:
        with _OPENER.open(urllib.request.Request(url, body.encode(), headers), timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def main():
    url, secret = os.environ.get("WEBHOOK_URL"), os.environ.get("WEBHOOK_SECRET")
    previous = os.environ.get("PREVIOUS_SECRET")
    if not url or not secret:
        print("set WEBHOOK_URL and WEBHOOK_SECRET", file=sys.stderr)
        return 2
    event = sys.stdin.buffer.read().decode()
    id = json.loads(event)["id"]
    cases = list(CASES)
    if previous:
        cases.insert(1, ("previous_secret", lambda body, _: signed(body, previous), same))
    trusted = 0
    for name, sign, change in cases:
        body = event.replace(f'"{id}"', f'"{id}_{name}"', 1)
        header = sign(body, secret)
        body = change(body)
        good = believed(body, header, [one for one in (secret, previous) if one])
        status = post(url, body, header)
        wanted = "2xx" if good else "400"
        if 200 <= status < 300 if good else status == 400:
            print(f"ok   {name}: {status}", flush=True)
        else:
            print(f"FAIL {name}: {status}, and {wanted} was expected", flush=True)
            return 1
        trusted += good
    print(f"{trusted} believed, {len(cases) - trusted} refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
