"""A merchant's first hour: a customer, a card, a payment, the same card again, and what it cost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from support.cards import BRANDS, BRAZIL, FUNDS_AT_ONCE, NEXT_YEAR, VISA, card
from support.payments import balance, books_agree, card_by_token, charge_of, charges_of, new_card, pay, saved_card, unique


def test_a_merchant_takes_a_first_payment_and_the_saved_card_pays_again(client):
    customer = client.v1.customers.create({"name": "Ada", "email": "ada@example.com", "metadata": {"plan": "gold"}})
    assert customer.id.startswith("cus_")
    assert (customer.name, customer.email, customer.metadata["plan"]) == ("Ada", "ada@example.com", "gold")

    method = client.v1.payment_methods.create({"type": "card", "card": card()})
    assert method.id.startswith("pm_") and method.customer is None
    attached = client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    assert (attached.id, attached.customer) == (method.id, customer.id)

    first = pay(client, 2000, customer=customer.id, payment_method=method.id, description="Order 1")
    assert first.status == "succeeded"
    assert (first.amount, first.amount_received, first.amount_capturable) == (2000, 2000, 0)
    assert (first.customer, first.payment_method, first.description) == (customer.id, method.id, "Order 1")
    second = pay(client, 3000, customer=customer.id, payment_method=method.id, off_session=True)
    assert second.status == "succeeded" and second.id != first.id

    listed = client.v1.payment_intents.list({"customer": customer.id})
    assert [intent.id for intent in listed.data] == [second.id, first.id]


def test_an_intent_can_be_made_first_and_confirmed_later(client):
    intent = client.v1.payment_intents.create({"amount": 1500, "currency": "usd", "payment_method_types": ["card"]})
    assert intent.status == "requires_payment_method"
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert intent.latest_charge is None

    intent = client.v1.payment_intents.update(intent.id, {"payment_method": "pm_card_visa", "amount": 1600})
    assert (intent.status, intent.amount) == ("requires_confirmation", 1600)
    assert intent.payment_method.startswith("pm_") and intent.payment_method != "pm_card_visa"

    intent = client.v1.payment_intents.confirm(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 1600)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.confirm(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert refusal.value.error.payment_intent.id == intent.id


def test_a_ten_dollar_payment_costs_59_cents(client):
    intent = pay(client, 1000, expand=["latest_charge.balance_transaction"])
    charge = intent.latest_charge
    assert (charge.object, charge.status, charge.paid, charge.captured) == ("charge", "succeeded", True, True)
    assert (charge.amount, charge.amount_captured, charge.payment_intent) == (1000, 1000, intent.id)
    assert (charge.outcome.type, charge.outcome.network_status) == ("authorized", "approved_by_network")

    line = charge_of(client, client.v1.payment_intents.retrieve(intent.id)).balance_transaction
    assert line.id.startswith("txn_")
    assert (line.type, line.reporting_category, line.source) == ("charge", "charge", charge.id)
    assert (line.amount, line.fee, line.net, line.currency) == (1000, 59, 941, "usd")
    assert sum(part.amount for part in line.fee_details) == 59
    assert line.exchange_rate is None and line.status == "pending" and line.available_on > line.created
    assert client.v1.balance_transactions.retrieve(line.id).net == 941


def test_a_card_from_brazil_costs_more(client):
    charge = charge_of(client, pay(client, 1000, number=BRAZIL))
    assert charge.payment_method_details.card.country == "BR"
    assert charge.balance_transaction.fee == 69  # 3.9 % + 30


@pytest.mark.parametrize(
    ("currency", "amount", "fee"),
    [("jpy", 1000, 59), ("kwd", 10_000, 590), ("eur", 1000, 59)],
    ids=["yen without decimals", "dinars with three decimals", "euros"],
)
def test_a_payment_in_another_currency_is_booked_in_that_currency(client, currency, amount, fee):
    before = balance(client, currency)
    charge = charge_of(client, pay(client, amount, currency))
    line = charge.balance_transaction
    assert (charge.currency, charge.amount, line.currency, line.amount) == (currency, amount, currency, amount)
    assert (line.fee, line.net) == (fee, amount - fee)
    assert balance(client, currency) == before + amount - fee
    books_agree(client, currency)


def test_the_balance_grows_by_the_net_of_a_payment(client):
    before = balance(client, "chf")
    charge = charge_of(client, pay(client, 5000, "chf"))
    assert balance(client, "chf") == before + charge.balance_transaction.net
    books_agree(client, "chf")


def test_funds_of_the_bypass_pending_card_are_available_at_once(client):
    line = charge_of(client, pay(client, 4000, "nok", number=FUNDS_AT_ONCE)).balance_transaction
    assert line.status == "available"
    available = {part.currency: part.amount for part in client.v1.balance.retrieve().available}
    assert available["nok"] >= line.net


@pytest.mark.parametrize("name", BRANDS)
def test_every_brand_pays_by_number_by_name_and_by_token(client, name):
    number, brand = BRANDS[name]
    for method in (new_card(client, number), f"pm_card_{name}", card_by_token(client, f"tok_{name}")):
        intent = pay(client, payment_method=method, expand=["latest_charge", "payment_method"])
        assert intent.status == "succeeded"
        used = intent.latest_charge.payment_method_details.card
        assert (used.brand, used.last4) == (brand, number[-4:])
        assert (intent.payment_method.card.brand, intent.payment_method.card.last4) == (brand, number[-4:])
        for funding in ("debit", "prepaid"):
            if name.endswith(funding):
                assert used.funding == intent.payment_method.card.funding == funding


def test_a_card_may_come_inside_the_payment(client):
    for data in (card(), {"token": "tok_visa"}, {"token": client.v1.tokens.create({"card": card()}).id}):
        intent = pay(client, payment_method_data={"type": "card", "card": data}, expand=["payment_method"])
        assert (intent.status, intent.payment_method.card.last4) == ("succeeded", "4242")


def test_a_raw_card_is_described_and_never_shown(raw):
    response = raw.post("/v1/payment_methods", {"type": "card", "card": card(cvc="987", exp_month=3)})
    assert response.status_code == 200 and VISA not in response.text and '"987"' not in response.text
    shown = response.json()["card"]
    assert (shown["brand"], shown["last4"], shown["funding"], shown["country"]) == ("visa", "4242", "credit", "US")
    assert (shown["exp_month"], shown["exp_year"]) == (3, NEXT_YEAR)
    assert shown["fingerprint"]


def test_the_same_card_has_the_same_fingerprint_wherever_it_appears(client, customer):
    saved = saved_card(client, customer.id)
    again = client.v1.payment_methods.create({"type": "card", "card": card(exp_month=1, cvc="999")})
    token = client.v1.tokens.create({"card": card()})
    other = client.v1.payment_methods.create({"type": "card", "card": card("5555555555554444")})
    charge = charge_of(client, pay(client, customer=customer.id, payment_method=saved.id))
    same = {saved.card.fingerprint, again.card.fingerprint, token.card.fingerprint}
    assert same == {charge.payment_method_details.card.fingerprint}
    assert other.card.fingerprint not in same


def test_a_token_is_used_once(client):
    token = client.v1.tokens.create({"card": card()})
    assert token.id.startswith("tok_") and (token.type, token.used) == ("card", False)
    by_token = {"type": "card", "card": {"token": token.id}}
    method = client.v1.payment_methods.create(by_token)
    assert method.card.last4 == "4242"
    assert client.v1.tokens.retrieve(token.id).used
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_methods.create(by_token)
    assert refusal.value.code == "token_already_used"


def test_a_named_card_becomes_a_new_payment_method_each_time(client, customer):
    first = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    second = client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    assert "pm_card_visa" not in (first.id, second.id) and first.id != second.id
    listed = client.v1.customers.payment_methods.list(customer.id, {"type": "card"}).data
    assert [method.id for method in listed] == [second.id, first.id]
    assert client.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data[0].id == second.id
    assert client.v1.customers.payment_methods.retrieve(customer.id, first.id).id == first.id


def test_a_detached_card_leaves_the_customer_and_cannot_come_back(client, customer):
    method = saved_card(client, customer.id)
    detached = client.v1.payment_methods.detach(method.id)
    assert detached.customer is None
    assert client.v1.customers.payment_methods.list(customer.id).data == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError):
        pay(client, payment_method=method.id)


def test_a_saved_card_pays_only_for_its_customer(client, customer):
    method = saved_card(client, customer.id)
    stranger = client.v1.customers.create({})
    for params in ({"customer": stranger.id}, {}):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            pay(client, payment_method=method.id, **params)
        assert refusal.value.http_status == 400
    assert client.v1.payment_intents.list({"customer": stranger.id, "limit": 1}).data == []


def test_setup_future_usage_saves_the_card_when_the_payment_succeeds(client, customer):
    intent = pay(client, number=VISA, customer=customer.id, setup_future_usage="off_session")
    assert intent.setup_future_usage == "off_session"
    assert [m.id for m in client.v1.customers.payment_methods.list(customer.id).data] == [intent.payment_method]
    assert pay(client, customer=customer.id, payment_method=intent.payment_method, off_session=True).status == "succeeded"


def test_automatic_methods_need_a_return_url_unless_redirects_are_off(client):
    base = {"amount": 1000, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create(base)
    assert "return_url" in refusal.value.user_message
    with_url = client.v1.payment_intents.create({**base, "return_url": "https://example.com/done"})
    automatic = {"enabled": True, "allow_redirects": "never"}
    without = client.v1.payment_intents.create({**base, "automatic_payment_methods": automatic})
    assert [with_url.status, without.status] == ["succeeded", "succeeded"]
    assert without.automatic_payment_methods.allow_redirects == "never"


def test_a_charge_can_be_made_without_an_intent(client):
    charge = client.v1.charges.create({"amount": 1000, "currency": "usd", "source": "tok_visa", "description": "Old way"})
    assert (charge.status, charge.paid, charge.payment_intent) == ("succeeded", True, None)
    assert charge.payment_method_details.card.last4 == "4242"
    assert client.v1.charges.retrieve(charge.id, {"expand": ["balance_transaction"]}).balance_transaction.fee == 59


def test_an_update_of_a_charge_changes_what_it_says_and_not_what_it_took(client):
    charge = charge_of(client, pay(client, metadata={"order": "1"}))
    assert charge.metadata["order"] == "1"
    note = {"description": "Shoes", "receipt_email": "ada@example.com", "metadata": {"size": "38"}}
    updated = client.v1.charges.update(charge.id, note)
    assert (updated.description, updated.receipt_email, updated.amount) == ("Shoes", "ada@example.com", charge.amount)
    assert updated.metadata.to_dict() == {"order": "1", "size": "38"}
    assert [each.id for each in charges_of(client, charge.payment_intent)] == [charge.id]


def test_one_intent_is_paid_once_however_many_confirm_it_at_a_time(client):
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_method_types": ["card"], "metadata": {"ref": unique()}})

    def confirm(_):
        try:
            return client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status
        except stripe.StripeError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(confirm, range(8)))
    assert answers.count("succeeded") == 1
    assert set(answers) <= {"succeeded", "payment_intent_unexpected_state", "lock_timeout"}
    assert [charge.status for charge in charges_of(client, intent.id)] == ["succeeded"]
