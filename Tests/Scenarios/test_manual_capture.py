"""Hold now, take later: authorisations, captures, cancellations and increments."""

import pytest
import stripe

from support.payments import balance, books_agree, charge_of, charges_of, pay

UNEXPECTED = "payment_intent_unexpected_state"
INCREMENTABLE = {"payment_method_options": {"card": {"request_incremental_authorization": "if_available"}}}


def hold(client, amount=1000, currency="usd", **more):
    return pay(client, amount, currency, capture_method="manual", **more)


def refusal_of(call, *arguments, code=UNEXPECTED, status=400):
    """The error that a call ends with."""
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        call(*arguments)
    assert refusal.value.http_status == status
    if code is not None:
        assert refusal.value.code == code
    return refusal.value


def test_an_authorisation_holds_the_amount_and_moves_no_money(client):
    before = balance(client, "sek")
    intent = hold(client, 5000, "sek")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 5000, 0)
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, False)
    assert (charge.amount_captured, charge.balance_transaction) == (0, None)
    assert balance(client, "sek") == before
    assert client.v1.balance_transactions.list({"source": charge.id}).data == []


def test_a_full_capture_takes_the_whole_amount(client):
    intent = client.v1.payment_intents.capture(hold(client).id)
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 1000, 0)
    charge = charge_of(client, intent)
    assert (charge.captured, charge.amount_captured) == (True, 1000)
    assert (charge.balance_transaction.amount, charge.balance_transaction.fee) == (1000, 59)


def test_a_partial_capture_takes_a_part_releases_the_rest_and_pays_the_fee_of_the_part(client):
    before = balance(client, "dkk")
    intent = client.v1.payment_intents.capture(hold(client, 1000, "dkk").id, {"amount_to_capture": 600})
    assert (intent.status, intent.amount, intent.amount_received, intent.amount_capturable) == ("succeeded", 1000, 600, 0)
    charge = charge_of(client, intent)
    assert (charge.amount, charge.amount_captured) == (1000, 600)
    line = charge.balance_transaction
    assert (line.amount, line.fee, line.net) == (600, 47, 553)  # 2.9 % of 6.00 is 17.4, and 30
    assert balance(client, "dkk") == before + 553
    books_agree(client, "dkk")


def test_a_second_capture_is_refused(client):
    intent = hold(client)
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 400})
    error = refusal_of(client.v1.payment_intents.capture, intent.id)
    assert error.error.payment_intent.id == intent.id
    assert error.error.payment_intent.status == "succeeded"
    assert len(client.v1.balance_transactions.list({"source": intent.latest_charge}).data) == 1


def test_more_than_was_authorised_cannot_be_captured(client):
    intent = hold(client)
    error = refusal_of(client.v1.payment_intents.capture, intent.id, {"amount_to_capture": 1001}, code=None)
    assert error.param == "amount_to_capture"
    after = client.v1.payment_intents.retrieve(intent.id)
    assert (after.status, after.amount_capturable, after.amount_received) == ("requires_capture", 1000, 0)
    assert client.v1.payment_intents.capture(intent.id).amount_received == 1000


@pytest.mark.parametrize("amount", ["0", "-1", "ten", "1.5"])
def test_an_amount_to_capture_is_a_positive_integer(raw, client, amount):
    intent = hold(client)
    response = raw.post(f"/v1/payment_intents/{intent.id}/capture", {"amount_to_capture": amount})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "parameter_invalid_integer", "amount_to_capture")


def test_what_was_never_authorised_cannot_be_captured(client):
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "capture_method": "manual", "payment_method_types": ["card"]})
    error = refusal_of(client.v1.payment_intents.capture, intent.id)
    assert error.error.payment_intent.status == "requires_payment_method"


def test_an_automatic_payment_cannot_be_captured_again(client):
    refusal_of(client.v1.payment_intents.capture, pay(client).id)


def test_canceling_an_authorisation_releases_it(client):
    before = balance(client, "sek")
    intent = hold(client, 5000, "sek")
    canceled = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "requested_by_customer"})
    assert (canceled.status, canceled.amount_capturable, canceled.amount_received) == ("canceled", 0, 0)
    assert canceled.cancellation_reason == "requested_by_customer" and canceled.canceled_at >= canceled.created
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.captured, charge.amount_captured, charge.balance_transaction) == (False, 0, None)
    assert balance(client, "sek") == before
    refusal_of(client.v1.payment_intents.capture, intent.id)


def test_an_intent_is_canceled_once_and_then_cannot_be_used(client):
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method_types": ["card"]})
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"
    refusal_of(client.v1.payment_intents.cancel, intent.id)
    refusal_of(client.v1.payment_intents.confirm, intent.id, {"payment_method": "pm_card_visa"})
    assert charges_of(client, intent.id) == []


def test_a_paid_intent_cannot_be_canceled(client):
    intent = pay(client)
    error = refusal_of(client.v1.payment_intents.cancel, intent.id)
    assert error.error.payment_intent.status == "succeeded"


def test_a_cancellation_reason_is_one_of_four(client):
    intent = hold(client)
    error = refusal_of(client.v1.payment_intents.cancel, intent.id, {"cancellation_reason": "bored"}, code=None)
    assert error.param == "cancellation_reason"
    for reason in ("duplicate", "fraudulent", "requested_by_customer", "abandoned"):
        canceled = client.v1.payment_intents.cancel(hold(client).id, {"cancellation_reason": reason})
        assert canceled.cancellation_reason == reason


def test_an_increment_raises_the_hold_and_the_new_amount_can_be_captured(client):
    intent = hold(client, 1000, **INCREMENTABLE)
    raised = client.v1.payment_intents.increment_authorization(intent.id, {"amount": 1500})
    assert (raised.status, raised.amount, raised.amount_capturable) == ("requires_capture", 1500, 1500)
    assert raised.latest_charge == intent.latest_charge
    assert client.v1.charges.retrieve(intent.latest_charge).amount == 1500
    captured = client.v1.payment_intents.capture(intent.id)
    assert (captured.status, captured.amount_received) == ("succeeded", 1500)
    assert charge_of(client, captured).balance_transaction.amount == 1500
    assert len(charges_of(client, intent.id)) == 1


def test_an_increment_must_raise_the_amount(client):
    intent = hold(client, 1000, **INCREMENTABLE)
    for amount in (1000, 999):
        error = refusal_of(client.v1.payment_intents.increment_authorization, intent.id, {"amount": amount}, code=None)
        assert error.param == "amount"
    assert client.v1.payment_intents.retrieve(intent.id).amount_capturable == 1000


def test_an_increment_that_was_not_asked_for_is_refused_or_done_but_not_in_between(client):
    """Stripe refuses it, as the card was not asked to allow increments; a server may also allow it."""
    intent = hold(client, 1000)
    try:
        client.v1.payment_intents.increment_authorization(intent.id, {"amount": 1500})
        expected = 1500
    except stripe.InvalidRequestError as error:
        assert error.http_status == 400
        expected = 1000
    after = client.v1.payment_intents.retrieve(intent.id)
    assert (after.status, after.amount, after.amount_capturable) == ("requires_capture", expected, expected)


def test_only_a_held_amount_can_be_raised(client):
    intent = client.v1.payment_intents.capture(hold(client, 1000, **INCREMENTABLE).id)
    refusal_of(client.v1.payment_intents.increment_authorization, intent.id, {"amount": 1500})
    assert client.v1.payment_intents.retrieve(intent.id).amount == 1000


def test_a_charge_held_without_an_intent_is_captured_once(client):
    charge = client.v1.charges.create({"amount": 1000, "currency": "usd", "source": "tok_visa", "capture": False})
    assert (charge.captured, charge.balance_transaction) == (False, None)
    captured = client.v1.charges.capture(charge.id, {"amount": 700})
    assert (captured.captured, captured.amount, captured.amount_captured) == (True, 1000, 700)
    refusal_of(client.v1.charges.capture, charge.id, code="charge_already_captured")


def test_a_held_amount_cannot_be_changed_by_an_update(client):
    intent = hold(client)
    refusal_of(client.v1.payment_intents.update, intent.id, {"amount": 9000}, code=None)
    assert client.v1.payment_intents.retrieve(intent.id).amount == 1000
