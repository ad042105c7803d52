"""A PostgreSQL server with older data than it had, or another time: refused, or lived with, but never believed blindly."""

import contextlib
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import script_cards
from conftest import stripe_client
from support.database import Database
from support.http import Raw, error_of
from support.load import Attempt, Load, everything_acknowledged_is_there_once
from support.nodes import House
from support.payments import books_agree, new_card, pay, payment, resolved
from support.private_postgres import copy_folder
from support.trouble import becomes_ready, becomes_unready, never_declined, status
from support.waiting import eventually

pytestmark = pytest.mark.postgres

LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
HOUR = 3600
TAKEOVER_SECONDS = 8
DUTIES = ("webhooks", "attempts", "advices", "daily")


# Set back


def set_back(postgres, after_the_copy):
    """Stops the database, puts back a copy that is older than what `after_the_copy` does, and starts that."""
    old = postgres.folder / "old"
    postgres.stop("fast")
    copy_folder(postgres.data, old)
    postgres.start()
    after_the_copy()
    postgres.stop("fast")
    postgres.data.rename(postgres.folder / "new")
    old.rename(postgres.data)
    postgres.start()


def test_a_database_that_has_lost_commits_is_refused_until_a_restart(on, postgres):
    server = on(postgres.address()).start()
    client = stripe_client(server)
    kept, lost = pay(client), []

    def pay_more():
        becomes_ready(server)
        lost.append(pay(client))

    set_back(postgres, pay_more)
    becomes_unready(server)
    error = error_of(Raw(server).post("/v1/payment_intents", payment()), 503)
    assert "has lost commits that it acknowledged" in error["message"], error
    # What was acknowledged is not denied, either.
    assert Raw(server).get(f"/v1/payment_intents/{lost[0].id}").status_code == 503
    assert postgres.rows("SELECT count(*) FROM payment_intent")[0][0] == 1
    assert status(server, "/readyz") == 503
    assert server.stop() == 0

    client = stripe_client(server.start())
    becomes_ready(server)
    assert client.v1.payment_intents.retrieve(kept.id).status == "succeeded"
    error_of(Raw(server).get(f"/v1/payment_intents/{lost[0].id}"), 404)
    assert pay(client).status == "succeeded"
    books_agree(client)
    assert server.verify().returncode == 0


def test_a_database_that_has_lost_no_payment_but_other_commits_is_refused_as_well(on, postgres):
    """Nothing of this merchant is missing, only what the process wrote of its leases: who knows what other nodes miss."""
    server = on(postgres.address()).start()
    client = stripe_client(server)
    pay(client)

    def renew_leases():
        expiry = postgres.rows("SELECT max(expires_at) FROM lease")[0][0]
        eventually(lambda: postgres.rows("SELECT max(expires_at) FROM lease")[0][0] > expiry + 500, what="leases being renewed")

    set_back(postgres, renew_leases)
    becomes_unready(server)
    error = error_of(Raw(server).post("/v1/payment_intents", payment()), 503)
    assert "has lost commits that it acknowledged" in error["message"], error
    assert postgres.rows("SELECT count(*) FROM payment_intent")[0][0] == 1


# Out of time


class FakeClock:
    """The clock of one PostgreSQL server, an offset from the true one."""

    def __init__(self, folder, seconds=0):
        if not LIBFAKETIME.exists():
            pytest.skip("libfaketime is not installed: apt-get install libfaketime")
        self.path = folder / "offset"
        self.set(seconds)
        self.environment = {
            "LD_PRELOAD": str(LIBFAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1"}

    def set(self, seconds):
        fresh = self.path.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.chmod(0o644)
        fresh.rename(self.path)


@pytest.fixture
def clock():
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="florin-clock-"))
        stack.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        yield FakeClock(folder)


@pytest.fixture
def house(make_postgres, clock, tmp_path):
    """A house on a database whose clock can be set."""
    postgres = make_postgres(environment=clock.environment).start()
    house = House(tmp_path, Database(postgres.address()))
    yield house
    house.close()


def database_is_ahead(house):
    """By how many seconds the database's clock differs from ours."""
    return float(house.database.rows("SELECT EXTRACT(EPOCH FROM clock_timestamp())")[0][0]) - time.time()


def lease_ends_in(house, name):
    """Seconds until a lease ends by the database's clock."""
    rows = house.database.rows(
        "SELECT expires_at - EXTRACT(EPOCH FROM clock_timestamp()) * 1000 FROM lease WHERE name = %s", [name])
    return float(rows[0][0]) / 1000


JUMPS = pytest.mark.parametrize(("before", "after"), [(0, HOUR), (HOUR, 0)], ids=["forward", "back"])


@JUMPS
def test_leases_survive_a_jump_of_the_database_s_clock(house, clock, webhook_receiver, before, after):
    clock.set(before)
    nodes = house.start(2)
    client = stripe_client(nodes[0])
    hook = client.v1.webhook_endpoints.create({"url": webhook_receiver.url(), "enabled_events": ["payment_intent.succeeded"]})
    loads = [Load(node, threads=2, pause_after_failure=0.05) for node in nodes]
    for load in loads:
        load.wait_for(acknowledged=5)
    clock.set(after)
    assert abs(database_is_ahead(house) - after) < 60
    for load in loads:
        count = len(load.acknowledged)
        load.wait_for(acknowledged=count + 10)
    for duty in DUTIES:
        eventually(lambda duty=duty: house.holder(duty), TAKEOVER_SECONDS, f"somebody having {duty}")
        eventually(lambda duty=duty: abs(lease_ends_in(house, f"duty/{duty}")) < 5, TAKEOVER_SECONDS, f"{duty} being renewed")
    for load in loads:
        load.stop()
        never_declined(load.attempts)
    holder = eventually(lambda: house.holder("webhooks"), TAKEOVER_SECONDS, "a node having the duty")
    survivor = house.other(holder)
    holder.kill()
    client = stripe_client(survivor)
    last = pay(client)
    webhook_receiver.wait_for(about=last.id, within=TAKEOVER_SECONDS)
    everything_acknowledged_is_there_once(survivor, client, loads[0].attempts + loads[1].attempts)
    told = {delivery.object["id"] for delivery in webhook_receiver.received()}
    succeeded = {
        event.data.object.id
        for event in client.v1.events.list({"type": "payment_intent.succeeded", "limit": 100}).auto_paging_iter()
        if event.created > hook.created
    }
    assert succeeded and succeeded <= told
    books_agree(client)
    assert survivor.verify().returncode == 0


@JUMPS
def test_a_node_that_dies_as_the_database_s_clock_jumps_is_taken_over_from(house, clock, before, after):
    clock.set(before)
    first, second = house.start(2, "--network-timeout-ms", "1000")
    client = stripe_client(second)
    attempt = Attempt(more={"payment_method": new_card(client, script_cards.number("slow_answer"))})
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(attempt.send, first)
        eventually(
            lambda: sent.done() or [i for i in client.v1.payment_intents.list().data if i.status == "processing"],
            what="a payment being with the network")
        first.kill()
        clock.set(after)
    assert attempt.error is not None, "the crash is to cut the request off"
    for intent in client.v1.payment_intents.list().data:
        assert resolved(client, intent.id, within=20).status in ("succeeded", "requires_payment_method")
    everything_acknowledged_is_there_once(second, client, [attempt])
    books_agree(client)
    for duty in DUTIES:
        eventually(lambda duty=duty: house.holder(duty) is second, TAKEOVER_SECONDS, f"{duty} being taken over")
