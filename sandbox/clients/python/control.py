"""The sandbox's own API, under /_sandbox: its clock, its faults, its keys, and what it saw.

This is the only place that knows how the sandbox is steered. Everything else goes through
Stripe's own client.
"""

import json
import urllib.error
import urllib.parse
import urllib.request


class Refused(Exception):
    """The sandbox did not do what its control API was asked."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


class Control:
    """For the account that a key opens."""

    def __init__(self, api, key):
        self.api, self.key = api.rstrip("/"), key

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.api}/_sandbox/{path}", data, headers, method=method)
        try:
            with _OPENER.open(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} /_sandbox/{path}: {error.code} {error.read().decode()[:300]}") from error
        return json.loads(text) if text.strip() else None

    def now(self):
        """What time the sandbox believes it is, in seconds since 1970."""
        return self.ask("GET", "clock")["now"]

    def advance(self, seconds):
        """Moves its time forward. Whatever is due by then happens at once."""
        self.ask("POST", "clock", {"advance_seconds": seconds})

    def arm(self, kind, *, times=1, method="POST", path="/v1/payment_intents", **more):
        """Lets something go wrong with this account's next calls of a method to a path."""
        rule = {"fault": {"kind": kind, **more}, "times": times, "method": method, "path": path}
        self.ask("POST", "faults", {**rule, "account_of": self.key})

    def disarm(self):
        self.ask("DELETE", "faults")
        self.ask("DELETE", "webhook_faults")

    def entries(self, **filters):
        """The entries of the ledger, page by page."""
        after, entries = 0, []
        while after is not None:
            query = urllib.parse.urlencode({**filters, "after": after, "limit": 1000})
            page = self.ask("GET", f"ledger?{query}")
            entries += page["entries"]
            after = page["next_after"]
        return entries

    def effects(self, payment_intent):
        """What happened to the money of one PaymentIntent, as pairs of effect and amount."""
        return [(entry["effect"], entry["amount"]) for entry in self.entries(payment_intent=payment_intent)]

    def authorized(self, **metadata):
        """The amounts that payments with this metadata authorized."""
        entries = [entry for entry in self.entries() if metadata.items() <= entry["metadata"].items()]
        return [entry["amount"] for entry in entries if entry["effect"] == "authorized"]

    def authenticate(self, intent, passes):
        self.ask("POST", "authenticate", {"intent": intent, "passes": passes})

    def restricted_key(self, key, permissions):
        self.ask("POST", "keys", {"key": key, "account_of": self.key, "permissions": permissions})

    def deliveries(self, endpoint):
        """What became of the deliveries to an endpoint, newest first."""
        deliveries = self.ask("GET", "deliveries?limit=1000")["deliveries"]
        return [delivery for delivery in deliveries if delivery["endpoint"] == endpoint]

    def spoil_delivery(self, fault, endpoint):
        """Lets something go wrong with the next delivery to an endpoint."""
        self.ask("POST", "webhook_faults", {"fault": fault, "endpoint": endpoint})

    def roll_secret(self, endpoint, keep_old_for_seconds):
        """Gives an endpoint a new secret, as the dashboard does. The old one signs as well for a while."""
        body = {"keep_old_for_seconds": keep_old_for_seconds}
        return self.ask("POST", f"webhook_endpoints/{endpoint}/roll", body)["secret"]


def visit(url, outcome):
    """Opens the bank's page as a customer who passes or fails. Returns where it sends back to."""
    joint = "&" if "?" in url else "?"
    try:
        with _OPENER.open(f"{url}{joint}outcome={outcome}", timeout=30):
            return None
    except urllib.error.HTTPError as error:
        if error.code not in (302, 303):
            raise Refused(f"{url}: {error.code}") from error
        return error.headers["location"]


def query_of(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
