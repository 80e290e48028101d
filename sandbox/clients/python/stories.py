"""Stripe's Python SDK plays with the sandbox: each story is a line, ok or FAIL.

    STRIPE_API       where the sandbox is, http://host:port
    STRIPE_KEY       a secret key, sk_test_…; each story opens an account of its own with it
    STRIPE_OPENAPI   Stripe's OpenAPI description, a file. With it every answer is held against it

    python stories.py [WORD…]    all stories, or those whose title or file has one of the words

Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.
"""

import importlib
import os
import sys
import tempfile

import shapes
import stage
import telling

# The files of stories, in the order in which they are told.
FILES = "payments holds cards refunds disputes debits tokens refusals pages webhooks retries"
for name in FILES.split():
    importlib.import_module(name)


def main(words):
    where = stage.settings()
    if not where:
        print("set STRIPE_API and STRIPE_KEY", file=sys.stderr)
        return 2
    stories = telling.STORIES
    if words:
        stories = [one for one in stories if any(word in f"{one[0]} {one[1].__module__}" for word in words)]
    watcher, stage_for = stage.stages(*where, shapes.description())
    with tempfile.TemporaryDirectory() as settings:
        # The SDK keeps an id of the machine among the user's settings, where a test has no business.
        os.environ["XDG_CONFIG_HOME"] = settings
        failed = telling.tell(stories, stage_for, watcher.verdicts)
    told = len(stories) + len(list(watcher.verdicts()))
    print(f"{told - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
