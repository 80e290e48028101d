"""Active Merchant's remote tests of its gateway for PaymentIntents, as far as a sandbox of cards can play them.

    STRIPE_API, STRIPE_KEY    as in older.py

    python active_merchant.py [WORD…]    all tests, or those whose name has one of the words

README.md names those of its tests that are not here, with the reason.
"""

import os
import sys
import urllib.request

import intents  # noqa: F401, its tests are kept in TESTS
from gateway import Gateway
from purchases import TESTS


def main(words):
    api, key = os.environ.get("STRIPE_API"), os.environ.get("STRIPE_KEY")
    if not api or not key:
        return 2
    key = f"{key}_active_merchant"
    allow = f'{{"account_of": "{key}", "raw_cards": "test_numbers"}}'.encode()
    with urllib.request.urlopen(f"{api}/_sandbox/raw_cards", data=allow):
        gateway = Gateway(api, key)
    jenny = gateway.request("POST", "customers")["id"]
    failed = 0
    for play in TESTS:
        if words and not any(word in play.__name__ for word in words):
            continue
        try:
            play(gateway, jenny)
        except Exception as error:  # noqa: BLE001, the other tests are played all the same
            failed += 1
            print(f"FAIL {play.__name__}: {type(error).__name__} {error}")
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
