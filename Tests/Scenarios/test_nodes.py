"""Several servers on one database are one house: the same money, the same answers, and work that others take over."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests
import stripe

import script_cards
from conftest import stripe_client
from support.database import Database, shared_address
from support.http import Raw, error_of
from support.load import Attempt, Load, everything_acknowledged_is_there_once, final_answer
from support.nodes import House
from support.payments import balance, books_agree, charges_of, new_card, pay, resolved, saved_card
from support.server import Florin
from support.waiting import eventually

pytestmark = pytest.mark.postgres

# A lease of a second, a look at it each quarter of one, and five seconds that a process that stands still may hold up others.
TAKEOVER_SECONDS = 12
QUICK_NETWORK = ("--network-timeout-ms", "1000")


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path, Database(shared_address()))
    yield house
    house.close()


def status(node, path):
    """Of a GET without a key."""
    return requests.get(node.url + path, timeout=10).status_code


def everything_holds(node):
    result = node.verify()
    assert result.returncode == 0, result.stdout + result.stderr


def pays_soon(client):
    """A payment, once none is refused with 503 any more."""

    def pays():
        try:
            return pay(client)
        except stripe.APIError as error:
            assert error.http_status != 503, error
            raise

    return eventually(pays, TAKEOVER_SECONDS, "a payment being taken")


def hook_for(client, receiver):
    return client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})


def events_since(client, hook):
    """Ids of all events from an endpoint's making on, in their order."""
    events = client.v1.events.list({"limit": 100, "created": {"gte": hook.created}}).auto_paging_iter()
    return [event.id for event in events][::-1]


def delivered(receiver):
    """Ids in the order of their first arrival, and how often each came."""
    counts = {}
    for delivery in receiver.received():
        counts[delivery.event["id"]] = counts.get(delivery.event["id"], 0) + 1
    return counts


def delivered_in_order(client, hook, receiver, within=15.0):
    """Waits until every event has been delivered, in their order, and answers how often each one was."""

    def all_of_them():
        events = events_since(client, hook)
        counts = delivered(receiver)
        # Of the second in which the endpoint was made there may be some from before it.
        missing = [event for event in events[events.index(next(iter(counts))) :] if event not in counts] if counts else events
        assert counts and not missing, f"{len(missing)} of {len(events)} events are missing, the first is {missing[0]}"
        assert list(counts) == events[-len(counts) :], "they came in another order"
        return counts

    return eventually(all_of_them, within, "all events having been delivered in order")


# One house


def test_payments_through_both_nodes_are_in_one_set_of_books(house):
    first, second = house.start(2)
    loads = [Load(node, threads=2) for node in (first, second)]
    for load in loads:
        load.wait_for(acknowledged=20)
    for load in loads:
        load.stop()
        assert not load.failed and not load.unanswered, (load.failed + load.unanswered)[0]
    attempts = loads[0].attempts + loads[1].attempts
    # Each is asked for at the other node than the one that took it.
    everything_acknowledged_is_there_once(second, stripe_client(first), loads[0].attempts)
    everything_acknowledged_is_there_once(first, stripe_client(second), loads[1].attempts)
    clients = [stripe_client(node) for node in (first, second)]
    books_agree(clients[0])
    assert balance(clients[0], "usd") == balance(clients[1], "usd") > 0
    assert len(clients[1].v1.payment_intents.list({"limit": 100}).data) == min(100, len(attempts))
    everything_holds(first)


def test_one_key_at_both_nodes_at_the_same_time_is_one_charge(house):
    nodes = house.start(2)
    client = stripe_client(nodes[0])
    together = Barrier(2)

    def send(node, attempt):
        together.wait()
        return Attempt(ref=attempt.ref, key=attempt.key).send(node)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(15):
            attempt = Attempt()
            sent = [each.result() for each in [pool.submit(send, node, attempt) for node in nodes]]
            assert not [each.error for each in sent if each.error]
            statuses = sorted(each.response.status_code for each in sent)
            assert statuses in ([200, 200], [200, 409]), [each.response.text[:300] for each in sent]
            answers = {final_answer(node, attempt).content for node in nodes}
            answers |= {each.response.content for each in sent if each.is_acknowledged}
            assert len(answers) == 1, answers
            intent = final_answer(nodes[0], attempt).json()
            assert [charge.status for charge in charges_of(client, intent["id"])] == ["succeeded"]
    everything_holds(nodes[0])


def test_what_one_node_made_the_other_shows_changes_and_gives_back(house):
    first, second = (stripe_client(node) for node in house.start(2))
    customer = first.v1.customers.create({"name": "Ada"})
    card = saved_card(second, customer.id)
    paid = pay(first, 3000, customer=customer.id, payment_method=card.id, off_session=True)
    held = pay(first, 2000, capture_method="manual")
    assert second.v1.payment_intents.list({"limit": 2}).data[1].id == paid.id
    refund = second.v1.refunds.create({"payment_intent": paid.id, "amount": 1000})
    assert first.v1.charges.retrieve(paid.latest_charge).amount_refunded == 1000
    assert first.v1.refunds.list({"payment_intent": paid.id}).data[0].id == refund.id
    assert second.v1.payment_intents.capture(held.id).amount_received == 2000
    assert first.v1.payment_intents.retrieve(held.id).status == "succeeded"
    refused = Raw(house.nodes[0]).post("/v1/refunds", {"payment_intent": paid.id, "amount": 2001})
    error_of(refused, 400)
    books_agree(second)
    everything_holds(house.nodes[0])


# Work that one does at a time


def test_every_event_of_both_nodes_is_delivered_once_and_in_order(house, webhook_receiver):
    nodes = house.start(2)
    client = stripe_client(nodes[0])
    hook = hook_for(client, webhook_receiver)
    loads = [Load(node, threads=3) for node in nodes]
    for load in loads:
        load.wait_for(acknowledged=25)
    for load in loads:
        load.stop()
    counts = delivered_in_order(client, hook, webhook_receiver)
    assert set(counts.values()) == {1}
    assert len(counts) >= 3 * 50


def test_webhooks_go_on_within_seconds_when_their_node_is_killed(house, webhook_receiver):
    house.start(2)
    node = eventually(lambda: house.holder("webhooks"), what="a node having the duty")
    survivor = house.other(node)
    client = stripe_client(survivor)
    hook = hook_for(client, webhook_receiver)
    before = pay(stripe_client(node))
    webhook_receiver.wait_for(type="payment_intent.succeeded", about=before.id)
    last = events_since(client, hook)[-1]
    eventually(lambda: client.v1.events.retrieve(last).pending_webhooks == 0, what="the deliveries being on record")
    node.kill()
    after = pay(client)
    webhook_receiver.wait_for(type="payment_intent.succeeded", about=after.id, within=TAKEOVER_SECONDS)
    assert house.holder("webhooks") is survivor
    assert set(delivered_in_order(client, hook, webhook_receiver).values()) == {1}


def test_a_node_that_stops_in_order_hands_its_duties_over_at_once(house, webhook_receiver):
    nodes = [house.node(), None]
    nodes[0].lease_ms = 12_000
    nodes[0].start()
    nodes[1] = house.node()
    nodes[1].lease_ms = 12_000
    nodes[1].start()
    node = eventually(lambda: house.holder("webhooks"), what="a node having the duty")
    survivor = house.other(node)
    client = stripe_client(survivor)
    hook_for(client, webhook_receiver)
    assert node.stop() == 0
    begun = time.monotonic()
    after = pay(client)
    webhook_receiver.wait_for(type="payment_intent.succeeded", about=after.id, within=TAKEOVER_SECONDS)
    assert time.monotonic() - begun < 8, "it does not wait for the end of the lease"


def test_what_a_killed_node_left_unsettled_the_other_resolves(house):
    first, second = house.start(2, *QUICK_NETWORK)
    client = stripe_client(second)
    names = ("silent", "approve_then_silent", "late_answer", "slow_answer")
    attempts = [Attempt(more={"payment_method": new_card(client, script_cards.number(name))}) for name in names]

    def under_way():
        return len([intent for intent in client.v1.payment_intents.list().data if intent.status == "processing"])

    with ThreadPoolExecutor(len(attempts)) as pool:
        sent = [pool.submit(attempt.send, first) for attempt in attempts]
        eventually(lambda: under_way() == len(attempts) or any(each.done() for each in sent), what="payments under way")
        left = under_way()
        first.kill()
    assert left > 0
    for intent in client.v1.payment_intents.list().data:
        assert resolved(client, intent.id, within=20).status in ("succeeded", "requires_payment_method")
    everything_acknowledged_is_there_once(second, client, attempts)
    books_agree(client)
    everything_holds(second)


def test_a_killed_node_loses_nothing_under_load_and_comes_back(house):
    first, second = house.start(2)
    loads = [Load(first), Load(second, threads=2)]
    for load in loads:
        load.wait_for(acknowledged=15)
    first.kill()
    loads[0].stop()
    count = len(loads[1].acknowledged)
    loads[1].wait_for(acknowledged=count + 10)
    first.start()
    loads[1].stop()
    assert not loads[1].failed and not loads[1].unanswered
    client = stripe_client(second)
    everything_acknowledged_is_there_once(first, client, loads[0].attempts + loads[1].attempts)
    books_agree(client)
    everything_holds(second)


@pytest.mark.slow
def test_a_node_that_slept_past_its_lease_writes_nothing_wrong_and_takes_part_again(house, webhook_receiver):
    house.start(2)
    sleeper = eventually(lambda: house.holder("webhooks"), what="a node having the duty")
    awake = house.other(sleeper)
    client = stripe_client(awake)
    hook = hook_for(client, webhook_receiver)
    loads = [Load(sleeper, threads=3), Load(awake, threads=1)]
    for load in loads:
        load.wait_for(acknowledged=5)
    os.kill(sleeper.process.pid, signal.SIGSTOP)
    try:
        for duty in ("webhooks", "attempts", "advices", "daily"):
            eventually(lambda duty=duty: house.holder(duty) is awake, TAKEOVER_SECONDS, f"{duty} being taken over")
        # It may have lost its seat while the sleeper held it up.
        while_asleep = pays_soon(client)
        webhook_receiver.wait_for(type="payment_intent.succeeded", about=while_asleep.id, within=TAKEOVER_SECONDS)
        # A third node takes the sleeper's seat, the first that is free.
        third = house.node().start()
        assert pays_soon(stripe_client(third)).status == "succeeded"
    finally:
        os.kill(sleeper.process.pid, signal.SIGCONT)
    count = len(loads[0].acknowledged)
    loads[0].wait_for(acknowledged=count + 10)
    for load in loads:
        load.stop()
        assert not load.unanswered, load.unanswered[0].error
        assert {each.response.status_code for each in load.failed} <= {503}, load.failed[0].response.text

    assert status(sleeper, "/readyz") == 200
    everything_acknowledged_is_there_once(awake, client, loads[0].attempts + loads[1].attempts)
    delivered_in_order(client, hook, webhook_receiver)
    books_agree(client)
    everything_holds(awake)
    # It takes the duties again when nobody else is there.
    awake.kill()
    third.kill()
    last = pays_soon(stripe_client(sleeper))
    webhook_receiver.wait_for(type="payment_intent.succeeded", about=last.id, within=TAKEOVER_SECONDS)


# Roles and seats


def test_nodes_do_what_their_roles_say(house, webhook_receiver):
    front = house.node("--roles", "api", *QUICK_NETWORK).start()
    client = stripe_client(front)
    hook_for(client, webhook_receiver)
    silent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "confirm": True, "payment_method_types": ["card"],
         "payment_method": new_card(client, script_cards.number("silent"))})
    paid = pay(client)
    assert (silent.status, paid.status) == ("processing", "succeeded")
    assert {house.holder(duty) for duty in ("webhooks", "attempts", "advices", "daily")} == {None}
    assert webhook_receiver.received() == []

    back = house.node("--roles", "webhooks,jobs", *QUICK_NETWORK).start()
    for path, answer in [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/v1/balance", 404), ("/v1/charges", 404)]:
        assert status(back, path) == answer, path
    error_of(Raw(back).post("/v1/payment_intents", {"amount": 1000, "currency": "usd"}), 404)
    webhook_receiver.wait_for(type="payment_intent.succeeded", about=paid.id)
    resolved(client, silent.id, within=20)
    assert {house.holder(duty) for duty in ("webhooks", "attempts", "advices", "daily")} == {back}


def test_the_same_node_number_twice_is_refused_until_the_first_is_gone(house):
    first = house.node("--node", "3").start()
    second = house.node("--node", "3")
    said = second.refusal()
    assert second.process.returncode == 1
    assert "Another process runs as node 3" in said, said
    assert pay(stripe_client(first)).status == "succeeded"
    first.kill()
    second.start()
    assert pay(stripe_client(second)).status == "succeeded"


def test_an_eleventh_node_is_refused(house):
    house.start(1)
    house.database.execute(
        "INSERT INTO lease (merchant, name, version, owner, expires_at) "
        "SELECT 0, 'node/' || n, 1, 'elsewhere:1 x', (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint + 50000 "
        "FROM generate_series(1, 9) n")
    eleventh = house.node()
    said = eleventh.refusal()
    assert eleventh.process.returncode == 1
    assert "All 10 nodes" in said, said


# The key of the vault


def test_a_node_without_the_key_of_the_vault_is_refused(house):
    first, = house.start(1)
    second = house.node(has_key=False)
    said = second.refusal()
    assert second.process.returncode == 1
    assert str(second.folder / "vault.key") in said and "missing" in said, said
    assert not (second.folder / "vault.key").exists(), "no new key hides that the right one is missing"
    (second.folder / "vault.key").write_bytes((first.folder / "vault.key").read_bytes())
    (second.folder / "vault.key").chmod(0o600)
    second.start()
    assert pay(stripe_client(second)).status == "succeeded"


def test_a_node_with_another_key_of_the_vault_is_refused(house, tmp_path):
    first, = house.start(1)
    elsewhere = Florin(tmp_path / "elsewhere" / "data").start()
    elsewhere.discard()
    second = house.node(has_key=False)
    (second.folder / "vault.key").write_bytes((elsewhere.folder / "vault.key").read_bytes())
    (second.folder / "vault.key").chmod(0o600)
    said = second.refusal()
    assert second.process.returncode == 1
    assert str(second.folder / "vault.key") in said, said
    assert pay(stripe_client(first), number="4242424242424242").status == "succeeded"


def test_a_vault_on_a_database_of_its_own_has_the_cards_and_the_other_has_none(house):
    vault = Database(shared_address())
    try:
        node = house.node("--vault-database", vault.address).start()
        client = stripe_client(node)
        assert pay(client, number="4242424242424242").status == "succeeded"
        assert "vault_card" in vault.tables() and vault.rows("SELECT count(*) FROM vault_card")[0][0] > 0
        assert "vault_card" not in house.database.tables()
        assert "charge" not in vault.tables()
    finally:
        node.kill()
        vault.drop()
