"""Waiting for a condition, with a deadline. Nothing in this suite sleeps for a fixed time."""

import time

PAUSE = 0.02


def eventually(condition, within=10.0, what="the condition"):
    """Answers the first truthy value of `condition()`; an AssertionError in it counts as "not yet"."""
    deadline = time.monotonic() + within
    while True:
        last = None
        try:
            value = condition()
            if value:
                return value
        except AssertionError as error:
            value, last = None, error
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within:g} s; last: {last or value!r}")
        time.sleep(PAUSE)
