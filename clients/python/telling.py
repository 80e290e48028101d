"""A story, step by step, ending at the first answer that is not as expected."""

import os
import sys

from processor import Contract, Processor, Refusal, Undescribed, channel_to


def run(play):
    """Plays a story with the adapter that the environment names."""
    address, token = os.environ.get("CAUSEWAY_ADAPTER"), os.environ.get("CAUSEWAY_TOKEN")
    if not address or not token:
        print("set CAUSEWAY_ADAPTER and CAUSEWAY_TOKEN", file=sys.stderr)
        sys.exit(2)
    with channel_to(address) as channel:
        try:
            play(Processor(channel, Contract(channel, token), token))
        except (Refusal, Undescribed) as trouble:
            print(f"    {trouble}", file=sys.stderr)
            sys.exit(1)
    print("All answers were the expected ones.")


def step(title):
    print(title)


def expect(what, seen, expected):
    """Prints a step and its result; ends the story at an unexpected result."""
    if seen != expected:
        print(f"    {what}: {seen!r}, and {expected!r} was expected", file=sys.stderr)
        sys.exit(1)
    print(f"    {what}: {seen}")


def refusal_of(processor, name, fields):
    """The refusal that a request has to get."""
    try:
        processor.ask(name, fields)
    except Refusal as refusal:
        return refusal
    print(f"    {name} was answered, and a refusal was expected", file=sys.stderr)
    sys.exit(1)
