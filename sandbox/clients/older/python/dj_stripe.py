"""dj-stripe, as it is published, copies an account into its models: what it is for.

    STRIPE_API, STRIPE_KEY    as in older.py

    PYTHONPATH=.packages/dj-stripe python dj_stripe.py

It asks for `GET /v1/account` first. Its tables are in SQLite in memory, made without its long list of migrations.
"""

import os
import sys

import django
import stripe
from django.conf import settings
from django.core.management import call_command

# It takes letters and digits only after the beginning of a key.
KEY = f"{os.environ['STRIPE_KEY']}djstripe"

settings.configure(
    SECRET_KEY="a secret of a test",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites", "djstripe"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    MIGRATION_MODULES={"djstripe": None},
    STRIPE_LIVE_MODE=False,
    STRIPE_TEST_SECRET_KEY=KEY,
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)


def main():
    django.setup()
    stripe.api_base, stripe.api_key = os.environ["STRIPE_API"], KEY
    call_command("migrate", verbosity=0, run_syncdb=True)
    from djstripe import models

    jenny = stripe.Customer.create(email="jenny@example.com")
    card = stripe.PaymentMethod.attach("pm_card_visa", customer=jenny.id)
    terms = {"amount": 2000, "currency": "usd", "customer": jenny.id, "confirm": True, "off_session": True}
    paid = stripe.PaymentIntent.create(payment_method=card.id, **terms)
    stripe.PaymentIntent.create(payment_method="pm_card_createDispute", **terms)
    refund = stripe.Refund.create(payment_intent=paid.id, amount=500)
    back = {"payment_method": "pm_card_visa", "confirm": True, "return_url": "https://shop.example"}
    stripe.SetupIntent.create(customer=jenny.id, **back)

    models.APIKey.objects.get_or_create_by_api_key(KEY)
    of_jenny = {"customer": jenny.id, "type": "card"}
    counts = {}
    for model, more in [
        (models.Customer, {}),
        (models.PaymentMethod, of_jenny),
        (models.PaymentIntent, {}),
        (models.Charge, {}),
        (models.Refund, {}),
        (models.SetupIntent, {}),
        (models.BalanceTransaction, {}),
        (models.Dispute, {}),
        (models.Event, {}),
    ]:
        for found in model.api_list(api_key=KEY, **more):
            model.sync_from_stripe_data(found, api_key=KEY)
        counts[model.__name__] = model.objects.count()
    events = counts.pop("Event")
    expected = {"Customer": 1, "PaymentMethod": 2, "PaymentIntent": 2, "Charge": 2, "Refund": 1, "SetupIntent": 1, "BalanceTransaction": 4, "Dispute": 1}
    kept = models.Refund.objects.get()
    seen = (counts, events > 10, kept.id, models.Customer.objects.get().email)
    if seen != (expected, True, refund.id, "jenny@example.com"):
        raise SystemExit(f"copied: {seen!r}")
    print(f"ok   dj-stripe, {stripe.api_version}")


if __name__ == "__main__":
    sys.exit(main())
