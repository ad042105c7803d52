"""Giving money back: in parts, never more than was taken, once, and what happens when the bank cannot."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from support.cards import FAILING_REFUND, PENDING_REFUND
from support.http import Raw, error_of
from support.payments import balance, books_agree, charge_of, pay
from support.waiting import eventually

RESOLUTION_SECONDS = 30


def test_a_full_refund_gives_everything_back_and_the_fee_is_kept(client):
    before = balance(client, "nzd")
    intent = pay(client, 1000, "nzd")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.id.startswith("re_")
    assert (refund.status, refund.amount, refund.currency) == ("succeeded", 1000, "nzd")
    assert (refund.charge, refund.payment_intent, refund.reason) == (intent.latest_charge, intent.id, None)

    line = client.v1.balance_transactions.retrieve(refund.balance_transaction)
    assert (line.type, line.reporting_category, line.source) == ("refund", "refund", refund.id)
    assert (line.amount, line.fee, line.net, line.fee_details) == (-1000, 0, -1000, [])
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.refunded, charge.amount_refunded, charge.amount_captured) == (True, 1000, 1000)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert balance(client, "nzd") == before - 59
    books_agree(client, "nzd")


def test_partial_refunds_add_up_and_the_last_one_takes_what_is_left(client):
    intent = pay(client, 1000)
    amounts, states = [], []
    for params in ({"amount": 300}, {"amount": 200}, {}):
        amounts.append(client.v1.refunds.create({"charge": intent.latest_charge, **params}).amount)
        charge = client.v1.charges.retrieve(intent.latest_charge)
        states.append((charge.amount_refunded, charge.refunded))
    assert amounts == [300, 200, 500]
    assert states == [(300, False), (500, False), (1000, True)]
    listed = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert [refund.amount for refund in listed] == [500, 200, 300]


def test_more_than_is_left_cannot_be_given_back(client, raw):
    intent = pay(client, 1000)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 700})
    response = raw.post("/v1/refunds", {"payment_intent": intent.id, "amount": 301})
    error_of(response, 400, type="invalid_request_error", param="amount", code=None)
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 700
    assert len(client.v1.refunds.list({"charge": intent.latest_charge}).data) == 1


def test_what_was_captured_in_part_is_refunded_in_part(client, raw):
    intent = pay(client, 1000, capture_method="manual")
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 400})
    error_of(raw.post("/v1/refunds", {"payment_intent": intent.id, "amount": 401}), 400, param="amount")
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 400


def test_a_refunded_charge_is_not_refunded_again(client, raw):
    intent = pay(client)
    client.v1.refunds.create({"charge": intent.latest_charge})
    for params in ({"charge": intent.latest_charge}, {"payment_intent": intent.id}, {"payment_intent": intent.id, "amount": 1}):
        error_of(raw.post("/v1/refunds", params), 400, code="charge_already_refunded")
    assert len(client.v1.refunds.list({"payment_intent": intent.id}).data) == 1


def test_what_was_not_captured_or_not_paid_cannot_be_refunded(client, raw):
    held = pay(client, capture_method="manual")
    unpaid = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method_types": ["card"]})
    with pytest.raises(stripe.CardError) as declined:
        pay(client, payment_method="pm_card_visa_chargeDeclined")
    for params in ({"payment_intent": held.id}, {"payment_intent": unpaid.id}, {"charge": declined.value.error.charge}):
        error_of(raw.post("/v1/refunds", params), 400, type="invalid_request_error")
        assert client.v1.refunds.list(params).data == []
    assert client.v1.payment_intents.retrieve(held.id).amount_capturable == 1000


def test_a_refund_names_what_it_gives_back(raw):
    error_of(raw.post("/v1/refunds", {"amount": 100}), 400, type="invalid_request_error")
    error_of(raw.post("/v1/refunds", {"charge": "ch_nothing"}), 400, code="resource_missing", param="charge")
    error_of(raw.post("/v1/refunds", {"payment_intent": "pi_nothing"}), 400, code="resource_missing", param="payment_intent")


@pytest.mark.parametrize("amount", ["0", "-5", "1.5", "some"])
def test_an_amount_to_refund_is_a_positive_integer(client, raw, amount):
    intent = pay(client)
    response = raw.post("/v1/refunds", {"payment_intent": intent.id, "amount": amount})
    error_of(response, 400, code="parameter_invalid_integer", param="amount")


def test_a_refund_may_say_its_reason(client, raw):
    intent = pay(client, 1000)
    for reason in ("duplicate", "fraudulent", "requested_by_customer"):
        refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100, "reason": reason})
        assert refund.reason == reason
    response = raw.post("/v1/refunds", {"payment_intent": intent.id, "amount": 100, "reason": "mood"})
    error_of(response, 400, param="reason")
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 300


def test_only_the_metadata_of_a_refund_can_be_changed(client, raw):
    intent = pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100, "metadata": {"case": "1"}})
    updated = client.v1.refunds.update(refund.id, {"metadata": {"agent": "Ada"}})
    assert updated.metadata.to_dict() == {"case": "1", "agent": "Ada"}
    assert client.v1.refunds.retrieve(refund.id).metadata.to_dict() == {"case": "1", "agent": "Ada"}
    error_of(raw.post(f"/v1/refunds/{refund.id}", {"amount": 50}), 400, code="parameter_unknown", param="amount")


def test_a_charge_shows_its_refunds_when_asked(client):
    intent = pay(client)
    refunds = [client.v1.refunds.create({"charge": intent.latest_charge, "amount": n}).id for n in (100, 200)]
    charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert [refund.id for refund in charge.refunds.data] == refunds[::-1]
    expanded = client.v1.refunds.retrieve(refunds[0], {"expand": ["charge", "payment_intent", "balance_transaction"]})
    assert (expanded.charge.id, expanded.payment_intent.id) == (intent.latest_charge, intent.id)
    assert expanded.balance_transaction.net == -100


def test_refunds_at_the_same_time_never_give_back_more_than_was_taken(server, client):
    intent = pay(client, 1000)

    def refund(_):
        return Raw(server).post("/v1/refunds", {"payment_intent": intent.id, "amount": 400}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(refund, range(8)))
    assert answers.count(200) == 2 and set(answers) <= {200, 400, 409, 429}
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 800
    assert [refund.amount for refund in client.v1.refunds.list({"payment_intent": intent.id}).data] == [400, 400]
    books_agree(client)


def test_a_refund_that_the_bank_cannot_pay_out_fails_later_and_the_money_comes_back(client):
    before = balance(client, "aud")
    charge = charge_of(client, pay(client, 1000, "aud", number=FAILING_REFUND))
    refund = client.v1.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"

    def failed():
        again = client.v1.refunds.retrieve(refund.id)
        return again if again.status == "failed" else None

    after = eventually(failed, RESOLUTION_SECONDS, "the refund failing")
    assert after.failure_reason
    back = client.v1.balance_transactions.retrieve(after.failure_balance_transaction)
    assert (back.type, back.amount, back.fee, back.net) == ("refund_failure", 1000, 0, 1000)
    assert balance(client, "aud") == before + charge.balance_transaction.net
    books_agree(client, "aud")


def test_a_pending_refund_succeeds_by_itself(client):
    before = balance(client, "cad")
    charge = charge_of(client, pay(client, 1000, "cad", number=PENDING_REFUND))
    refund = client.v1.refunds.create({"charge": charge.id})
    assert refund.status == "pending"
    eventually(lambda: client.v1.refunds.retrieve(refund.id).status == "succeeded", RESOLUTION_SECONDS, "the refund")
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 1000
    assert balance(client, "cad") == before - 59
    books_agree(client, "cad")


def test_a_refund_to_a_card_cannot_be_canceled(client, raw):
    done = client.v1.refunds.create({"payment_intent": pay(client).id})
    pending = client.v1.refunds.create({"payment_intent": pay(client, number=PENDING_REFUND).id})
    for refund in (done, pending):
        error_of(raw.post(f"/v1/refunds/{refund.id}/cancel"), 400, type="invalid_request_error")
        assert client.v1.refunds.retrieve(refund.id).status in ("succeeded", "pending")


def test_a_charge_made_without_an_intent_is_refunded_by_its_charge(client):
    charge = client.v1.charges.create({"amount": 1000, "currency": "usd", "source": "tok_visa"})
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 250})
    assert (refund.payment_intent, refund.charge, refund.amount) == (None, charge.id, 250)
