"""Parameters: unknown, missing, empty, of the wrong type; amounts; metadata."""

import pytest

from support.http import error_of
from support.payments import pay, payment

UNPAID = {"amount": 1000, "currency": "usd", "payment_method_types": ["card"]}


@pytest.mark.parametrize(
    ("method", "path", "params", "param"),
    [
        ("POST", "/v1/customers", {"shoe": "42"}, "shoe"),
        ("POST", "/v1/customers", {"address": {"planet": "Mars"}}, "address[planet]"),
        ("POST", "/v1/customers", {"shipping": {"name": "Ada", "address": {"planet": "Mars"}}}, "shipping[address][planet]"),
        ("POST", "/v1/payment_intents", {**UNPAID, "tip": "5"}, "tip"),
        ("POST", "/v1/payment_intents", {**UNPAID, "payment_method_options": {"card": {"colour": "red"}}},
         "payment_method_options[card][colour]"),
        ("POST", "/v1/tokens", {"card": {"number": "4242424242424242", "shoe": "42"}}, "card[shoe]"),
        ("GET", "/v1/customers", {"shoe": "42"}, "shoe"),
        ("GET", "/v1/payment_intents", {"status": "succeeded"}, "status"),
        ("GET", "/v1/charges", {"created": {"shoe": "42"}}, "created[shoe]"),
        ("GET", "/v1/balance", {"shoe": "42"}, "shoe"),
    ],
)
def test_an_unknown_parameter_is_named_in_brackets(raw, method, path, params, param):
    error = error_of(raw.request(method, path, params), 400, type="invalid_request_error", code="parameter_unknown", param=param)
    assert param in error["message"]


def test_an_unknown_parameter_stops_the_payment(raw, client, customer):
    response = raw.post("/v1/payment_intents", payment(customer=customer.id, tip="5"))
    error_of(response, 400, code="parameter_unknown", param="tip")
    assert client.v1.payment_intents.list({"customer": customer.id}).data == []


@pytest.mark.parametrize(
    ("path", "params", "param"),
    [
        ("/v1/payment_intents", {"currency": "usd"}, "amount"),
        ("/v1/payment_intents", {"amount": "1000"}, "currency"),
        ("/v1/payment_methods", {"type": "card", "card": {"exp_month": "1", "exp_year": "2040"}}, "card[number]"),
        ("/v1/payment_methods/pm_card_visa/attach", {}, "customer"),
        ("/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/"}, "enabled_events"),
    ],
)
def test_a_missing_parameter_is_named(raw, path, params, param):
    error_of(raw.post(path, params), 400, type="invalid_request_error", code="parameter_missing", param=param)


def test_an_empty_value_is_not_a_value(raw):
    for param in ("amount", "currency"):
        response = raw.post("/v1/payment_intents", {**UNPAID, param: ""})
        error_of(response, 400, code="parameter_invalid_empty", param=param)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"metadata": "everything"}, "metadata"),
        ({"confirm": "maybe"}, "confirm"),
        ({"payment_method_types": "card"}, "payment_method_types"),
        ({"capture_method": "sometimes"}, "capture_method"),
        ({"setup_future_usage": "never"}, "setup_future_usage"),
        ({"currency": "xxx"}, "currency"),
        ({"currency": "dollars"}, "currency"),
        ({"shipping": "soon"}, "shipping"),
        ({"customer": {"id": "cus_1"}}, "customer"),
        ({"amount": {"value": "5"}}, "amount"),
        ({"automatic_payment_methods": {"enabled": "perhaps"}}, "automatic_payment_methods[enabled]"),
        ({"expand": "customer"}, "expand"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_value_of_the_wrong_kind_is_named(raw, change, param):
    params = {**UNPAID, **change}
    if "automatic_payment_methods" in change:
        del params["payment_method_types"]
    error_of(raw.post("/v1/payment_intents", params), 400, type="invalid_request_error", param=param)


# Form bodies


def test_arrays_and_hashes_may_be_written_in_every_way_the_sdks_do(raw):
    bodies = [
        b"amount=1000&currency=usd&payment_method_types[0]=card&metadata[a]=1",
        b"amount=1000&currency=usd&payment_method_types[]=card&metadata[a]=1",
        b"amount=1000&currency=usd&payment_method_types%5B0%5D=card&metadata%5Ba%5D=1",
        b"currency=USD&amount=1000&metadata[a]=1&payment_method_types%5B%5D=card",
    ]
    for body in bodies:
        answer = raw.post("/v1/payment_intents", body=body).json()
        assert (answer["amount"], answer["currency"]) == (1000, "usd")
        assert (answer["payment_method_types"], answer["metadata"]) == (["card"], {"a": "1"})


def test_text_of_any_language_comes_back_as_it_was_sent(raw, client):
    name = 'Ada "Lovelace" Łódź 日本語 🎉 a+b & c=d\t\\ </script>'
    customer = raw.post("/v1/customers", {"name": name, "metadata": {"ключ": name}}).json()
    assert (customer["name"], customer["metadata"]) == (name, {"ключ": name})
    assert client.v1.customers.retrieve(customer["id"]).name == name


def test_a_plus_is_a_space(raw):
    assert raw.post("/v1/customers", body=b"name=Ada+Byron%2BKing").json()["name"] == "Ada Byron+King"


def test_an_empty_text_unsets_a_value(raw):
    customer = raw.post("/v1/customers", {"name": "Ada", "phone": "1", "address": {"city": "Rome"}}).json()
    cleared = raw.post(f"/v1/customers/{customer['id']}", {"name": "", "address": ""}).json()
    assert (cleared["name"], cleared["address"], cleared["phone"]) == (None, None, "1")


# Amounts


@pytest.mark.parametrize("amount", ["0", "-1", "1.5", "ten", "1e3", "0x10", "99999999999999999999"])
def test_an_amount_is_a_positive_integer(raw, amount):
    response = raw.post("/v1/payment_intents", {**UNPAID, "amount": amount})
    error = error_of(response, 400, type="invalid_request_error", param="amount")
    codes = {"parameter_invalid_integer"} | ({"amount_too_large"} if len(amount) > 8 else set())
    assert error["code"] in codes


@pytest.mark.parametrize(("amount", "currency"), [(49, "usd"), (49, "jpy"), (29, "gbp")])
def test_an_amount_below_half_a_dollar_is_too_small(raw, amount, currency):
    response = raw.post("/v1/payment_intents", {**UNPAID, "amount": amount, "currency": currency})
    error_of(response, 400, code="amount_too_small", param="amount")
    assert raw.post("/v1/payment_intents", {**UNPAID, "amount": amount + 1, "currency": currency}).status_code == 200


def test_an_amount_has_at_most_eight_digits(raw, client):
    response = raw.post("/v1/payment_intents", {**UNPAID, "amount": 100_000_000})
    error_of(response, 400, code="amount_too_large", param="amount")
    assert pay(client, 99_999_999).amount_received == 99_999_999


# Metadata


def test_metadata_is_merged_key_by_key(raw):
    customer = raw.post("/v1/customers", {"metadata": {"a": "1", "b": "2"}}).json()
    path = f"/v1/customers/{customer['id']}"
    assert raw.post(path, {"metadata": {"b": "3", "c": "4"}}).json()["metadata"] == {"a": "1", "b": "3", "c": "4"}
    assert raw.post(path, {"metadata": {"a": ""}}).json()["metadata"] == {"b": "3", "c": "4"}
    assert raw.post(path, {"name": "Ada"}).json()["metadata"] == {"b": "3", "c": "4"}
    assert raw.post(path, {"metadata": ""}).json()["metadata"] == {}


def test_metadata_has_fifty_keys_of_forty_characters_and_values_of_five_hundred(raw):
    fifty = {f"key{n}": "v" for n in range(50)}
    customer = raw.post("/v1/customers", {"metadata": fifty}).json()
    assert customer["metadata"] == fifty
    error_of(raw.post(f"/v1/customers/{customer['id']}", {"metadata": {"one_more": "v"}}), 400, type="invalid_request_error")
    bounds = [("k" * 40, "v", "k" * 41, "v"), ("k", "v" * 500, "k", "v" * 501), ("k", "日" * 500, "k", "日" * 501)]
    for key, value, long_key, long_value in bounds:
        accepted, refused = {key: value}, {long_key: long_value}
        assert raw.post("/v1/customers", {"metadata": accepted}).json()["metadata"] == accepted
        error_of(raw.post("/v1/customers", {"metadata": refused}), 400, type="invalid_request_error")


def test_metadata_of_an_intent_is_copied_to_its_charge(client):
    intent = pay(client, metadata={"order": "1"})
    client.v1.payment_intents.update(intent.id, {"metadata": {"order": "2"}})
    assert client.v1.charges.retrieve(intent.latest_charge).metadata["order"] == "1"
