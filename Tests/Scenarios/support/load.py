"""Threads that pay without pause, each payment under a key of its own, and remember what they were told."""

import threading
import time
from dataclasses import dataclass, field

import requests

from support.http import Raw
from support.payments import paid_exactly_as_it_says, payment, resolved, unique
from support.waiting import eventually


@dataclass
class Attempt:
    ref: str = field(default_factory=unique)
    key: str = field(default_factory=lambda: unique("key"))
    more: dict = field(default_factory=dict)
    sent_at: float = 0.0
    response: requests.Response | None = None
    error: Exception | None = None

    @property
    def params(self):
        return payment(metadata={"ref": self.ref}, **self.more)

    def send(self, server):
        """One request on a connection of its own."""
        self.response = self.error = None
        self.sent_at = time.monotonic()
        try:
            raw = Raw(server)
            self.response = raw.post(
                "/v1/payment_intents", self.params, idempotency_key=self.key, headers={"Connection": "close"})
        except requests.RequestException as error:
            self.error = error
        return self

    @property
    def is_acknowledged(self):
        return self.response is not None and self.response.status_code == 200


class Load:
    """Pays until it is stopped or the server is gone."""

    def __init__(self, server, threads=4, pause_after_failure=0.0, **more):
        self.server = server
        self.more = more
        self.attempts = []
        self._pause = pause_after_failure
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._stopped.is_set():
            attempt = Attempt(more=self.more)
            self.attempts.append(attempt)
            attempt.send(self.server)
            if attempt.error is not None:
                return
            if not attempt.is_acknowledged:
                self._stopped.wait(self._pause)

    def wait_for(self, acknowledged, within=30):
        eventually(lambda: len(self.acknowledged) >= acknowledged, within, f"{acknowledged} payments")

    def stop(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    @property
    def acknowledged(self):
        return [attempt for attempt in list(self.attempts) if attempt.is_acknowledged]

    @property
    def unanswered(self):
        return [attempt for attempt in list(self.attempts) if attempt.error is not None]

    @property
    def failed(self):
        return [a for a in list(self.attempts) if a.response is not None and a.response.status_code != 200]


def final_answer(server, attempt, within=30.0):
    """The answer to a request sent again under its key, once it is one: not "in use" and not "try again"."""

    def answered():
        again = Attempt(ref=attempt.ref, key=attempt.key, more=attempt.more).send(server)
        assert again.error is None, again.error
        assert again.response.status_code not in (409, 429, 503), f"{again.response.status_code}: {again.response.text[:300]}"
        # In a list: a response that is an error counts as false.
        return [again.response]

    return eventually(answered, within, f"the final answer to {attempt.key}")[0]


def everything_acknowledged_is_there_once(server, client, attempts):
    """Sends every request again, and looks for each payment: one intent each, its money as its status says."""
    answers = {}
    for attempt in attempts:
        answer = final_answer(server, attempt)
        if attempt.is_acknowledged and attempt.response.json()["status"] == "processing":
            # If the disk failed just then, that answer was not kept: the same intent with its outcome is as good.
            assert answer.status_code == 200 and answer.json()["id"] == attempt.response.json()["id"]
        elif attempt.is_acknowledged:
            assert answer.content == attempt.response.content, f"{attempt.ref} was answered otherwise before"
        answers[attempt.ref] = answer

    intents = {}
    for intent in client.v1.payment_intents.list({"limit": 100}).auto_paging_iter():
        intents.setdefault(intent.metadata.to_dict().get("ref"), []).append(intent.id)
    for attempt in attempts:
        answer = answers[attempt.ref]
        found = intents.get(attempt.ref, [])
        if answer.status_code == 200:
            assert found == [answer.json()["id"]], f"{attempt.ref} is there as {found}"
        elif answer.status_code == 402:
            # A request that a crash cut off, whose payment was found not to have happened, or was taken back.
            assert not attempt.is_acknowledged and found == [answer.json()["error"]["payment_intent"]["id"]]
        else:
            # A failure of the server that it remembers: what it began is undone or finished, and there at most once.
            assert answer.status_code >= 500 and len(found) <= 1, answer.text[:300]
        for intent_id in found:
            intent = resolved(client, intent_id)
            assert answer.status_code != 402 or intent.status == "requires_payment_method"
            if attempt.is_acknowledged and attempt.response.json()["status"] == "succeeded":
                assert intent.status == "succeeded"
            paid_exactly_as_it_says(client, intent)
