"""The stage of one story: an account of its own, and Stripe's client that opens it."""

import contextlib
import os
import uuid

import stripe

import control
import shapes

# A payment that needs no page of the shop to come back to.
AUTOMATIC = {"enabled": True, "allow_redirects": "never"}


class Stage:
    """The same secret after `sk_test_` opens the same account, so each story takes a new one."""

    def __init__(self, api, key, watcher):
        self.api, self.watcher = api, watcher
        self.key = f"{key}_{uuid.uuid4().hex[:10]}"
        self.client = self.client_with(self.key)
        self.v1 = self.client.v1
        self.control = control.Control(api, self.key)

    def client_with(self, key, **options):
        """A client as a shop would make it, except for where it calls and that its answers are watched."""
        # A client of its own does not heed `stripe.max_network_retries`, so it is said here.
        options = {"max_network_retries": 2, **options}
        return stripe.StripeClient(
            key, base_addresses={"api": self.api}, http_client=self.watcher.http_client(), **options
        )

    def close(self):
        with contextlib.suppress(OSError, control.Refused):
            self.control.disarm()

    def pay(self, card="pm_card_visa", amount=2000, currency="usd", **more):
        """Creates a PaymentIntent and confirms it in one call."""
        params = {
            "amount": amount,
            "currency": currency,
            "payment_method": card,
            "confirm": True,
            "automatic_payment_methods": AUTOMATIC,
            **more,
        }
        return self.v1.payment_intents.create(params)

    def intent(self, id, *expand):
        return self.v1.payment_intents.retrieve(id, {"expand": list(expand)} if expand else None)

    def customer(self, **params):
        return self.v1.customers.create({"email": "jenny@example.com", "name": "Jenny Rosen", **params})

    def kept(self, customer, card="pm_card_visa"):
        return self.v1.payment_methods.attach(card, {"customer": customer})

    def events(self, *ids):
        """The events about these objects, oldest first."""
        named = ("id", "payment_intent", "charge", "setup_intent")

        def about(event):
            told = event.data.object
            return not ids or any(name in told and told[name] in ids for name in named)

        return [
            event for event in reversed(list(self.v1.events.list({"limit": 100}).auto_paging_iter())) if about(event)
        ]

    def told(self, *ids):
        """What the events about these objects are called, oldest first.

        `charge.updated` is left out: it tells that the balance transaction is known, which may be
        at once or a moment later.
        """
        return [event.type for event in self.events(*ids) if event.type != "charge.updated"]


def settings():
    api, key = os.environ.get("STRIPE_API"), os.environ.get("STRIPE_KEY")
    return (api.rstrip("/"), key) if api and key else None


def stages(api, key, description):
    """Makes a stage for each story, and a watcher for all of them."""
    watcher = shapes.Watcher(description)
    return watcher, lambda _name: Stage(api, key, watcher)
