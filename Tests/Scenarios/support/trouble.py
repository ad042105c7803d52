"""What is asked of a server whose database is in trouble."""

import requests

from support.load import everything_acknowledged_is_there_once
from support.payments import books_agree
from support.private_postgres import PASSWORD
from support.waiting import eventually

READY_SECONDS = 10


def status(server, path):
    """Of a GET without a key."""
    return requests.get(server.url + path, timeout=10).status_code


def becomes_ready(server):
    eventually(lambda: status(server, "/readyz") == 200, READY_SECONDS, "/readyz being 200")


def becomes_unready(server):
    eventually(lambda: status(server, "/readyz") == 503, READY_SECONDS, "/readyz being 503")
    assert status(server, "/healthz") == 200


def refused_to_start(server):
    said = server.refusal()
    assert server.process.returncode == 1, said
    assert PASSWORD not in said, said
    assert len(said.strip().splitlines()) == 1, f"one sentence, not:\n{said}"
    return said


def never_declined(attempts):
    """No answer is a decline: 200, or 503 that says when to come back, or 500 for what is in doubt."""
    for attempt in attempts:
        assert attempt.error is None, attempt.error
        answer = attempt.response
        assert answer.status_code in (200, 500, 503), f"{answer.status_code}: {answer.text[:300]}"
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
        if answer.status_code != 200:
            error = answer.json()["error"]
            assert error["type"] == "api_error" and error["message"]
            assert "127.0.0.1" not in error["message"], "where the database is concerns nobody outside"


def nothing_is_lost(server, client, load):
    load.stop()
    never_declined(load.attempts)
    everything_acknowledged_is_there_once(server, client, load.attempts)
    books_agree(client)
    result = server.verify()
    assert result.returncode == 0, result.stdout + result.stderr


def payments_flow(load, more=10, within=30):
    count = len(load.acknowledged)
    load.wait_for(acknowledged=count + more, within=within)
