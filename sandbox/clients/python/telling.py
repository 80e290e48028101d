"""How stories are told: each is one line, and all are told even if one fails."""

import inspect
import pathlib
import sys
import time
import traceback
from typing import ClassVar

STORIES = []


class Unexpected(Exception):
    """A story cannot go on."""


class _Telling:
    """The story that is being told, and what is wrong with it so far."""

    wrong: ClassVar[list[str]] = []


def story(title):
    """Makes a function a story. It is given a stage of its own."""

    def keep(play):
        STORIES.append((title, play))
        return play

    return keep


def where():
    here = pathlib.Path(__file__).name
    for frame in inspect.stack()[1:]:
        name = pathlib.Path(frame.filename).name
        if name != here:
            return f"{name}:{frame.lineno}"
    return here


def expect(what, seen, expected):
    """Notes what is not as expected, and lets the story go on."""
    if seen != expected:
        _Telling.wrong.append(f"{where()} {what}: {seen!r}, and {expected!r} was expected")
        return False
    return True


def expect_that(what, holds, seen=None):
    """Notes a condition that does not hold, and lets the story go on."""
    if not holds:
        _Telling.wrong.append(f"{where()} {what}: not so" + ("" if seen is None else f", but {seen!r}"))
        return False
    return True


def expect_one_of(what, seen, words):
    return expect_that(f"{what} is one of {', '.join(map(str, words))}", seen in words, seen)


def expect_kind(what, seen, kind):
    return expect_that(f"{what} is a {kind.__name__}", isinstance(seen, kind), type(seen).__name__)


def refused(kind, call, **expected):
    """The exception of exactly this class that a call has to end with. Ends the story without one.

    What is named besides is compared with the exception's attributes of the same names.
    """
    try:
        answer = call()
    except Exception as error:  # noqa: BLE001, its class is what is judged
        if type(error) is not kind:
            _Telling.wrong.append(f"{where()} raised {error!r}, and {kind.__name__} was expected")
        for name, value in expected.items():
            expect(name, getattr(error, name, None), value)
        return error
    raise Unexpected(f"{where()} was answered with {str(answer)[:200]}, and {kind.__name__} was expected")


def eventually(what, probe, seconds=60.0):
    """The first answer of a probe that is not false. Ends the story if there is none in time."""
    end = time.monotonic() + seconds
    while True:
        seen = probe()
        if seen:
            return seen
        if time.monotonic() > end:
            raise Unexpected(f"{where()} {what} did not happen within {seconds:g} s")
        time.sleep(0.02)


def tell(stories, stage_for, last=None):
    """Tells stories, and returns how many failed. `last` is a check after all of them, as pairs of a title
    and what is wrong."""
    failed = 0
    for title, play in stories:
        _Telling.wrong = []
        stage = stage_for(play.__name__)
        try:
            play(stage)
        except Unexpected as trouble:
            _Telling.wrong.append(str(trouble))
        except Exception as trouble:  # noqa: BLE001, the other stories are told all the same
            here = pathlib.Path(__file__).parent
            frames = traceback.extract_tb(trouble.__traceback__)
            frames = [frame for frame in frames if pathlib.Path(frame.filename).parent == here]
            at = f"{pathlib.Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
            _Telling.wrong.append(f"{at} {type(trouble).__name__}: {trouble}")
        finally:
            stage.close()
        failed += said(title, _Telling.wrong)
    for title, wrong in last() if last else []:
        failed += said(title, wrong)
    return failed


def said(title, wrong):
    wrong = [" ".join(one.split()) for one in wrong]
    print(f"{'FAIL' if wrong else 'ok  '} {title}" + (f": {wrong[0]}" if wrong else ""), flush=True)
    for more in wrong[1:]:
        print(f"       {more}", file=sys.stderr, flush=True)
    return bool(wrong)
