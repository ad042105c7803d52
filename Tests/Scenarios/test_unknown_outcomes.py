"""Unknown is not failed: when the issuer's answer does not come, a payment is found out about, and never made twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

import script_cards
from conftest import stripe_client
from support.http import Raw
from support.payments import books_agree, charges_of, new_card, paid_exactly_as_it_says, pay, payment, resolved, unique
from support.waiting import eventually

RESOLUTION_SECONDS = 30
MANUAL = ("silent", "approve_then_silent", "disconnect_after_acting")
DECIDED = {"succeeded", "requires_payment_method"}


@pytest.fixture(scope="module")
def attempts(worker_server):
    """One payment with each card, all at once: a rail waits for its time limit before it gives up."""
    worker_server.keep_running()

    def attempt(name, **more):
        method = new_card(stripe_client(worker_server), script_cards.number(name))
        params = payment(payment_method=method, metadata={"ref": unique()}, **more)
        key = unique("key")
        return params, key, Raw(worker_server).post("/v1/payment_intents", params, idempotency_key=key)

    wanted = {(name, "automatic_async"): (name, {}) for name in script_cards.UNKNOWN_OUTCOMES}
    wanted |= {(name, "manual"): (name, {"capture_method": "manual"}) for name in MANUAL}
    with ThreadPoolExecutor(len(wanted)) as pool:
        futures = {which: pool.submit(attempt, name, **more) for which, (name, more) in wanted.items()}
        return {which: future.result() for which, future in futures.items()}


@pytest.fixture(params=script_cards.UNKNOWN_OUTCOMES)
def attempted(request, attempts):
    return attempts[request.param, "automatic_async"]


def test_an_unknown_outcome_is_not_answered_as_a_decline(attempted):
    response = attempted[2]
    assert response.status_code == 200, f"{response.status_code}: {response.text[:500]}"
    intent = response.json()
    assert intent["status"] in DECIDED | {"processing"}
    if intent["status"] == "processing":
        assert (intent["amount_received"], intent["last_payment_error"], intent["next_action"]) == (0, None, None)
        assert intent["payment_method"] is not None


def test_an_unknown_outcome_becomes_known_and_the_money_agrees(client, attempted):
    intent = resolved(client, attempted[2].json()["id"], RESOLUTION_SECONDS)
    assert intent.status in DECIDED
    paid_exactly_as_it_says(client, intent)
    books_agree(client)


def test_the_request_repeated_is_the_same_payment(client, raw, attempted):
    params, key, first = attempted
    intent = resolved(client, first.json()["id"], RESOLUTION_SECONDS)
    again = raw.post("/v1/payment_intents", params, idempotency_key=key)
    assert (again.status_code, again.json()["id"]) == (200, intent.id)
    assert again.content == first.content
    assert len(charges_of(client, intent.id)) == 1


def test_a_payment_that_was_taken_back_can_be_made_with_another_card(client, attempted):
    intent = resolved(client, attempted[2].json()["id"], RESOLUTION_SECONDS)
    if intent.status == "requires_payment_method":
        paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert (paid.status, paid.amount_received) == ("succeeded", intent.amount)
    intent = client.v1.payment_intents.retrieve(intent.id)
    paid_exactly_as_it_says(client, intent)


@pytest.mark.parametrize("name", MANUAL)
def test_an_authorisation_with_an_unknown_outcome_is_held_or_it_is_not(client, attempts, name):
    response = attempts[name, "manual"][2]
    assert response.status_code == 200, response.text[:500]
    intent = resolved(client, response.json()["id"], RESOLUTION_SECONDS)
    assert intent.status in ("requires_capture", "requires_payment_method")
    held = intent.amount if intent.status == "requires_capture" else 0
    assert (intent.amount_capturable, intent.amount_received) == (held, 0)
    if held:
        intent = client.v1.payment_intents.capture(intent.id)
    paid_exactly_as_it_says(client, intent)


@pytest.mark.parametrize("name", ["duplicate_answer", "slow_answer"])
def test_an_answer_that_comes_twice_or_takes_its_time_is_one_payment(client, name):
    intent = pay(client, number=script_cards.number(name))
    assert intent.status == "succeeded"
    paid_exactly_as_it_says(client, intent)
    assert len(charges_of(client, intent.id)) == 1


def test_a_capture_whose_answer_is_lost_takes_the_money_once(client):
    held = pay(client, 2000, capture_method="manual", number=script_cards.number("capture_answer_lost"))
    assert held.status == "requires_capture"
    client.v1.payment_intents.capture(held.id)
    intent = resolved(client, held.id, RESOLUTION_SECONDS)
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 2000, 0)
    paid_exactly_as_it_says(client, intent)
    books_agree(client)


def test_a_refund_whose_answer_is_lost_gives_the_money_back_once(client):
    paid = pay(client, 2000, number=script_cards.number("refund_answer_lost"))
    refund = client.v1.refunds.create({"payment_intent": paid.id, "amount": 700})
    assert refund.status in ("pending", "succeeded")
    eventually(lambda: client.v1.refunds.retrieve(refund.id).status == "succeeded", RESOLUTION_SECONDS, "the refund")
    assert client.v1.charges.retrieve(paid.latest_charge).amount_refunded == 700
    assert [line.amount for line in client.v1.balance_transactions.list({"source": refund.id}).data] == [-700]
    assert client.v1.refunds.create({"payment_intent": paid.id}).amount == 1300
    books_agree(client)


def test_while_the_outcome_is_unknown_nothing_else_can_be_done_to_the_intent(server, client):
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method_types": ["card"]})
    method = new_card(client, script_cards.number("silent"))

    def confirm():
        return stripe_client(server).v1.payment_intents.confirm(intent.id, {"payment_method": method})

    with ThreadPoolExecutor(1) as pool:
        confirmation = pool.submit(confirm)
        # While it is under way, or still unknown after its answer; `done` ends the wait if it was decided at once.
        seen = None
        while seen != "processing" and not (confirmation.done() and seen in DECIDED):
            seen = client.v1.payment_intents.retrieve(intent.id).status
        if seen == "processing":
            for call in (client.v1.payment_intents.cancel, client.v1.payment_intents.confirm, client.v1.payment_intents.capture):
                try:
                    call(intent.id)
                    done = True
                except stripe.InvalidRequestError as error:
                    done, code = False, error.code
                still = client.v1.payment_intents.retrieve(intent.id)
                if still.status != "processing":
                    break  # Decided meanwhile: what was allowed then is another story.
                assert not done and code == "payment_intent_unexpected_state"
        confirmation.result()
    intent = resolved(client, intent.id, RESOLUTION_SECONDS)
    assert intent.status in DECIDED | {"canceled"}
    paid_exactly_as_it_says(client, intent)


def test_the_outcome_is_told_to_the_merchant_once(client, attempted):
    intent = resolved(client, attempted[2].json()["id"], RESOLUTION_SECONDS)
    told = [
        event.type
        for event in client.v1.events.list({"type": "payment_intent.*", "limit": 100}).auto_paging_iter()
        if event.data.object.id == intent.id
    ]
    assert told.count("payment_intent.created") == 1
    assert told.count("payment_intent.succeeded") == (1 if intent.status == "succeeded" else 0)


def test_ordinary_payments_work_while_and_after_the_link_is_lost(client):
    for name in ("disconnect_before_acting", "disconnect_after_acting", "garbled_answer"):
        pay(client, number=script_cards.number(name))
        assert pay(client).status in ("succeeded", "processing")
    paid = [resolved(client, pay(client).id, RESOLUTION_SECONDS) for _ in range(5)]
    assert paid[-1].status == "succeeded"
    for intent in paid:
        paid_exactly_as_it_says(client, intent)
