"""Cards that are refused: what the merchant hears, what is kept, and that another card still pays."""

import datetime

import pytest
import stripe

from support.cards import AUTHENTICATION_REQUIRED, DECLINES, FAILS_LATER, RADAR_BLOCK, VISA, card
from support.payments import balance, card_by_token, charge_of, charges_of, new_card, pay, payment, unique

CHARGE_DECLINES = [*DECLINES, FAILS_LATER]
every_decline = pytest.mark.parametrize("decline", CHARGE_DECLINES, ids=str)


def by_number(client, decline):
    return payment(payment_method=new_card(client, decline.number))


def by_name(client, decline):
    return payment(payment_method=f"pm_card_{decline.name}")


def by_token(client, decline):
    return payment(payment_method=card_by_token(client, f"tok_{decline.name}"))


def declined(call, *arguments):
    """The CardError that a call ends with."""
    with pytest.raises(stripe.CardError) as refusal:
        call(*arguments)
    assert refusal.value.http_status == 402
    assert refusal.value.error.type == "card_error"
    assert refusal.value.request_id.startswith("req_")
    return refusal.value


def check_codes(error, decline):
    """`error` is an error object of an answer, as a dict."""
    assert error["code"] == decline.code
    assert error["message"]
    if decline.decline_code is not None:
        assert error["decline_code"] == decline.decline_code
    elif decline.code != "card_declined":
        assert error.get("decline_code", decline.code) == decline.code
    if decline.advice is not None:
        assert error["advice_code"] == decline.advice
    assert error.get("param") == decline.param


@pytest.mark.parametrize("way", [by_number, by_name, by_token], ids=["by number", "by name", "by token"])
@every_decline
def test_a_decline_names_its_reason_and_keeps_the_failed_attempt(client, decline, way):
    refusal = declined(client.v1.payment_intents.create, way(client, decline))
    error = refusal.json_body["error"]
    check_codes(error, decline)
    assert error["payment_method"]["card"]["last4"] == decline.number[-4:]

    inside = error["payment_intent"]
    assert (inside["object"], inside["status"]) == ("payment_intent", "requires_payment_method")
    intent = client.v1.payment_intents.retrieve(inside["id"]).to_dict()
    assert intent["status"] == "requires_payment_method"
    assert (intent["payment_method"], intent["amount_received"]) == (None, 0)
    kept = intent["last_payment_error"]
    check_codes(kept, decline)
    assert (kept["type"], kept["charge"]) == ("card_error", error["charge"])
    assert kept["payment_method"]["card"]["last4"] == decline.number[-4:]

    assert intent["latest_charge"] == error["charge"]
    charge = client.v1.charges.retrieve(error["charge"])
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == ("failed", False, False, 0)
    assert charge.failure_code == decline.code and charge.failure_message
    assert (charge.outcome.type, charge.outcome.network_status) == (decline.outcome, decline.network_status)
    assert charge.balance_transaction is None
    assert client.v1.balance_transactions.list({"source": charge.id}).data == []


def test_a_fraudulent_card_is_blocked_before_the_network_hears_of_it(client):
    refusal = declined(client.v1.payment_intents.create, by_name(client, RADAR_BLOCK))
    check_codes(refusal.json_body["error"], RADAR_BLOCK)
    outcome = client.v1.charges.retrieve(refusal.error.charge).outcome
    assert (outcome.type, outcome.network_status, outcome.risk_level) == ("blocked", "not_sent_to_network", "highest")


@every_decline
def test_another_card_pays_the_intent_that_was_declined(client, decline):
    ref = unique()
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_method_types": ["card"], "metadata": {"ref": ref}})
    refusal = declined(client.v1.payment_intents.confirm, intent.id, {"payment_method": f"pm_card_{decline.name}"})
    assert refusal.error.payment_intent.id == intent.id
    assert client.v1.payment_intents.retrieve(intent.id).last_payment_error.code == decline.code

    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 1000, None)
    assert paid.latest_charge != refusal.error.charge and paid.metadata["ref"] == ref
    attempts = charges_of(client, intent.id)
    assert [(charge.id, charge.status) for charge in attempts] == [
        (paid.latest_charge, "succeeded"), (refusal.error.charge, "failed")]
    assert charge_of(client, paid).balance_transaction.net == 941


def test_a_decline_moves_no_money(client):
    before = balance(client, "pln")
    declined(client.v1.payment_intents.create, payment(5000, "pln", payment_method="pm_card_visa_chargeDeclined"))
    assert balance(client, "pln") == before


def test_a_declined_authorisation_holds_nothing(client):
    params = payment(payment_method=new_card(client, DECLINES[0].number), capture_method="manual")
    refusal = declined(client.v1.payment_intents.create, params)
    intent = client.v1.payment_intents.retrieve(refusal.error.payment_intent.id)
    assert (intent.status, intent.amount_capturable) == ("requires_payment_method", 0)


def test_the_same_card_may_be_declined_again_and_every_attempt_is_kept(client):
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method_types": ["card"]})
    failed = [
        declined(client.v1.payment_intents.confirm, intent.id, {"payment_method": "pm_card_visa_chargeDeclined"}).error.charge
        for _ in range(3)
    ]
    assert [charge.id for charge in charges_of(client, intent.id)] == failed[::-1]


def test_a_charge_without_an_intent_is_declined_and_kept_too(client):
    params = {"amount": 1000, "currency": "usd", "source": "tok_visa_chargeDeclinedInsufficientFunds"}
    refusal = declined(client.v1.charges.create, params)
    assert (refusal.code, refusal.error.decline_code) == ("card_declined", "insufficient_funds")
    charge = client.v1.charges.retrieve(refusal.error.charge)
    assert (charge.status, charge.failure_code, charge.payment_intent) == ("failed", "card_declined", None)


@pytest.mark.parametrize("name", AUTHENTICATION_REQUIRED)
def test_a_card_that_wants_authentication_is_declined_until_florin_can_ask_for_it(client, name):
    number = AUTHENTICATION_REQUIRED[name]
    for params in (payment(payment_method=new_card(client, number)), payment(payment_method=f"pm_card_{name}", off_session=True)):
        refusal = declined(client.v1.payment_intents.create, params)
        assert refusal.code == "authentication_required"
        intent = client.v1.payment_intents.retrieve(refusal.error.payment_intent.id)
        assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", "authentication_required")


# Cards that do not even come into being

LAST_YEAR = datetime.date.today().year - 1
WRONG_CARDS = {
    "a number with a wrong check digit": ({"number": "4242424242424241"}, "incorrect_number", "number"),
    "month 13": ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
    "a year that is over": ({"exp_year": LAST_YEAR}, "invalid_expiry_year", "exp_year"),
    "a security code of two digits": ({"cvc": "99"}, "invalid_cvc", "cvc"),
}


@pytest.mark.parametrize("wrong", WRONG_CARDS)
@pytest.mark.parametrize("through", ["payment method", "token"])
def test_a_card_that_cannot_be_is_refused_when_it_is_made(client, wrong, through):
    fields, code, param = WRONG_CARDS[wrong]
    data = card(**fields)
    if through == "payment method":
        refusal = declined(client.v1.payment_methods.create, {"type": "card", "card": data})
    else:
        refusal = declined(client.v1.tokens.create, {"card": data})
    assert refusal.code == code
    assert refusal.param == param or refusal.param.endswith(f"[{param}]")
    assert data["number"] not in refusal.http_body


def test_a_card_of_this_very_month_is_still_good(client):
    today = datetime.datetime.now(datetime.timezone.utc)
    method = new_card(client, exp_month=today.month, exp_year=today.year)
    assert pay(client, payment_method=method).status == "succeeded"


def test_a_year_may_be_given_in_two_digits(client):
    method = client.v1.payment_methods.create({"type": "card", "card": card(exp_year=(LAST_YEAR + 3) % 100)})
    assert method.card.exp_year == LAST_YEAR + 3


# Saving a card asks the issuer

@pytest.mark.parametrize("decline", DECLINES, ids=str)
def test_a_declining_card_cannot_be_saved(client, customer, decline):
    for method in (new_card(client, decline.number), f"pm_card_{decline.name}"):
        refusal = declined(client.v1.payment_methods.attach, method, {"customer": customer.id})
        check_codes(refusal.json_body["error"], decline)
    assert client.v1.customers.payment_methods.list(customer.id).data == []


def test_the_card_that_fails_later_can_be_saved_and_then_fails_every_charge(client, customer):
    method = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    assert method.customer == customer.id
    for _ in range(2):
        saved = payment(customer=customer.id, payment_method=method.id, off_session=True)
        refusal = declined(client.v1.payment_intents.create, saved)
        assert refusal.code == "card_declined"
    assert [m.id for m in client.v1.customers.payment_methods.list(customer.id).data] == [method.id]
    assert pay(client, customer=customer.id, number=VISA).status == "succeeded"
