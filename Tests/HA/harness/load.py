"""Threads that pay without pause, and a memory outside of the system under test of all that they were told.

Each payment has a number and an idempotency key of its own. Its thread repeats it under that key until the answer is
known, so a payment is in one of three states: known (its outcome was acknowledged), under way, or never known, which
fails the test.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

RETRY_PAUSE_SECONDS = 0.1
# After the load was stopped, what is in doubt has this long to become known.
RESOLVE_SECONDS = 120


class InDoubt(Exception):
    """No answer, or one that says "try again": whether it happened is not known."""


@dataclass
class Payment:
    number: int
    run: str
    outcome: Any = None
    known_at: float | None = None
    doubts: int = 0
    last_doubt: str = ""

    @property
    def key(self):
        return f"{self.run}-{self.number}"

    @property
    def amount(self):
        return 500 + self.number % 997

    @property
    def is_known(self):
        return self.known_at is not None


class Load:
    """`books.payer()` makes a payer for each thread; `pay(payment)` answers the outcome or raises InDoubt."""

    def __init__(self, books, run, threads=4, pause=0.02):
        self.run = run
        self.payments = []
        self._books = books
        self._pause = pause
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._give_up_at = None
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _work(self):
        payer = self._books.payer()
        try:
            while not self._stopped.is_set():
                with self._lock:
                    payment = Payment(len(self.payments), self.run)
                    self.payments.append(payment)
                if not self._settle(payer, payment):
                    return
                self._stopped.wait(self._pause)
        finally:
            payer.close()

    def _settle(self, payer, payment):
        """Repeats a payment until its outcome is known; false if that took too long."""
        while True:
            try:
                payment.outcome = payer.pay(payment)
                payment.known_at = time.monotonic()
                return True
            except InDoubt as doubt:
                payment.doubts += 1
                payment.last_doubt = str(doubt)
            if self._give_up_at is not None and time.monotonic() > self._give_up_at:
                return False
            time.sleep(RETRY_PAUSE_SECONDS)

    # What it knows

    def known(self):
        return [payment for payment in list(self.payments) if payment.is_known]

    def known_since(self, moment):
        return sum(1 for payment in self.known() if payment.known_at > moment)

    def wait_for(self, count, since=0.0, within=60.0):
        """Waits until so many payments were acknowledged after a moment."""
        deadline = time.monotonic() + within
        while self.known_since(since) < count:
            assert time.monotonic() < deadline, (
                f"{self.known_since(since)} of {count} payments were acknowledged within {within:g} s; "
                f"what the last were told: {self._last_doubts()}")
            assert any(thread.is_alive() for thread in self._threads), "all paying threads have ended"
            time.sleep(0.05)

    def _last_doubts(self):
        return [payment.last_doubt for payment in list(self.payments) if not payment.is_known][-4:]

    def stop(self):
        """Starts no more payments, and answers all once each is known."""
        self._give_up_at = time.monotonic() + RESOLVE_SECONDS
        self._stopped.set()
        for thread in self._threads:
            thread.join(RESOLVE_SECONDS + 60)
        unknown = [payment for payment in self.payments if not payment.is_known]
        assert not unknown, f"{len(unknown)} payments stayed in doubt, the first one: {unknown[0]}"
        return self.payments

    def abandon(self):
        """Ends the threads of a test that has failed; does nothing after `stop`."""
        self._give_up_at = self._give_up_at or time.monotonic()
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)

    def in_doubt(self):
        return [payment for payment in self.payments if payment.doubts]

    def first_known_after(self, moment):
        return min(payment.known_at for payment in self.known() if payment.known_at > moment)

    def longest_gap(self, since):
        """The longest time without an acknowledgement, from the last one before `since` on."""
        times = sorted(payment.known_at for payment in self.known())
        before = [moment for moment in times if moment <= since]
        window = before[-1:] + [moment for moment in times if moment > since]
        return max((after - first for first, after in zip(window, window[1:])), default=0.0)
