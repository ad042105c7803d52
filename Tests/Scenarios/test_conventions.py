"""What every SDK relies on: keys, versions, request ids, parameters and errors."""

import base64
import re

import pytest
import stripe

from conftest import stripe_client
from support.cards import card
from support.http import Raw, error_of
from support.payments import pay, payment, unique

DEFAULT_ANSWERS = [("GET", "/v1/customers"), ("POST", "/v1/customers"), ("GET", "/v1/customers/cus_no"), ("GET", "/v1/nowhere")]


# Keys


def test_a_request_without_a_key_is_unauthorised(raw):
    response = raw.get("/v1/customers", key="")
    error_of(response, 401, type="invalid_request_error")
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Stripe"'


WRONG_KEYS = ["nonsense", "sk_test_", "sk_test_0123456789abcdefghijklmnopqrstuvwxyz", "sk_live_0123456789abcdefghij"]


@pytest.mark.parametrize("key", WRONG_KEYS)
def test_an_unknown_or_malformed_key_is_unauthorised_and_not_shown(raw, key):
    response = raw.post("/v1/customers", {"name": "Ada"}, key=key)
    error_of(response, 401, type="invalid_request_error")
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Stripe"'
    assert len(key) < 12 or key not in response.text


@pytest.mark.parametrize("header", ["Bearer", "Bearer  ", "Digest x", "Basic !!!", "Basic " + base64.b64encode(b":").decode()])
def test_a_malformed_authorization_header_is_unauthorised(raw, header):
    error_of(raw.get("/v1/customers", headers={"Authorization": header}), 401, type="invalid_request_error")


def test_the_key_may_come_as_a_user_name(server, raw):
    basic = "Basic " + base64.b64encode(f"{server.secret_key}:".encode()).decode()
    assert raw.get("/v1/balance", headers={"Authorization": basic}).status_code == 200


def test_the_sdk_sees_an_authentication_error(server):
    with pytest.raises(stripe.AuthenticationError) as refusal:
        stripe_client(server, key="sk_test_wrong").v1.balance.retrieve()
    assert refusal.value.request_id.startswith("req_")


def test_a_publishable_key_makes_tokens_and_confirms_what_it_has_the_secret_of(server, client):
    public = Raw(server, key=server.publishable_key)
    token = public.post("/v1/tokens", {"card": card()})
    assert token.status_code == 200
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method_types": ["card"]})
    secret = {"client_secret": intent.client_secret}
    assert public.get(f"/v1/payment_intents/{intent.id}", secret).json()["status"] == "requires_payment_method"
    by_token = {"payment_method_data": {"type": "card", "card": {"token": token.json()["id"]}}}
    confirmed = public.post(f"/v1/payment_intents/{intent.id}/confirm", {**secret, **by_token})
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "succeeded")


def test_a_publishable_key_reaches_nothing_else(server, client):
    public = Raw(server, key=server.publishable_key)
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method_types": ["card"]})
    attempts = [
        public.get("/v1/customers"),
        public.get("/v1/balance"),
        public.post("/v1/payment_intents", payment()),
        public.post("/v1/refunds", {"payment_intent": intent.id}),
        public.get(f"/v1/payment_intents/{intent.id}"),
        public.get(f"/v1/payment_intents/{intent.id}", {"client_secret": f"{intent.id}_secret_guess"}),
        public.post(f"/v1/payment_intents/{intent.id}/confirm", {"payment_method": "pm_card_visa"}),
    ]
    for response in attempts:
        assert response.status_code in (400, 401, 403, 404), response.text
        assert response.json()["error"]["message"] and intent.client_secret not in response.text
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_an_account_may_act_for_itself_and_for_no_stranger(client):
    own = client.v1.accounts.retrieve_current()
    assert own.id.startswith("acct_") and own.object == "account"
    assert client.v1.balance.retrieve({}, {"stripe_account": own.id}).object == "balance"
    with pytest.raises(stripe.PermissionError) as refusal:
        client.v1.balance.retrieve({}, {"stripe_account": "acct_1032D82eZvKYlo2C"})
    # The SDK gives this class no `code` of its own; the error object has it.
    assert (refusal.value.http_status, refusal.value.error.code) == (403, "account_invalid")


# Versions and request ids


def test_an_answer_names_the_version_it_was_written_in(raw):
    assert re.match(r"\d{4}-\d\d-\d\d", raw.get("/v1/balance").headers["Stripe-Version"])
    for version in ("2020-08-27", "2026-10-28.endive", "2025-10-29.clover"):
        response = raw.get("/v1/balance", headers={"Stripe-Version": version})
        assert (response.status_code, response.headers["Stripe-Version"]) == (200, version)


def test_an_unknown_version_is_refused(raw):
    for version in ("2031-01-01", "latest", "2026-10-28.nothing"):
        response = raw.get("/v1/balance", headers={"Stripe-Version": version})
        error_of(response, 400, type="invalid_request_error", code=None, param=None)


def test_every_answer_has_a_request_id_of_its_own(raw):
    answers = [raw.request(method, path) for method, path in DEFAULT_ANSWERS for _ in range(3)] + [raw.get("/v1/balance", key="")]
    ids = [answer.headers["Request-Id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"req_[0-9A-Za-z]+", each) for each in ids)


def test_answers_are_json_with_the_id_and_object_first(raw):
    for method, path in DEFAULT_ANSWERS:
        assert raw.request(method, path).headers["Content-Type"].split(";")[0] == "application/json"
    assert list(raw.post("/v1/customers").json())[:2] == ["id", "object"]


# Paths and ids


@pytest.mark.parametrize("path", ["/v1/florins", "/v1", "/v1/customers/cus_1/shoes/2", "/v3/customers"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_named(raw, method, path):
    error = error_of(raw.request(method, path), 404, type="invalid_request_error")
    assert error["message"].startswith(f"Unrecognized request URL ({method}: {path})")


@pytest.mark.parametrize(
    ("method", "path", "param"),
    [
        ("GET", "/v1/customers/cus_x", "id"),
        ("POST", "/v1/customers/cus_x", "id"),
        ("DELETE", "/v1/customers/cus_x", "id"),
        ("GET", "/v1/charges/ch_x", "id"),
        ("GET", "/v1/refunds/re_x", "id"),
        ("GET", "/v1/events/evt_x", "id"),
        ("GET", "/v1/balance_transactions/txn_x", "id"),
        ("GET", "/v1/payment_intents/pi_x", "intent"),
        ("POST", "/v1/payment_intents/pi_x/confirm", "intent"),
        ("POST", "/v1/payment_intents/pi_x/capture", "intent"),
        ("POST", "/v1/payment_intents/pi_x/cancel", "intent"),
    ],
)
def test_an_id_that_does_not_exist_in_the_path_is_not_found(raw, method, path, param):
    error = error_of(raw.request(method, path), 404, type="invalid_request_error", code="resource_missing", param=param)
    assert error["message"].startswith("No such ") and path.split("/")[3] in error["message"]


def test_an_id_that_does_not_exist_among_the_parameters_is_a_bad_request(raw, customer):
    missing = raw.post("/v1/payment_methods/pm_x/attach", {"customer": customer.id})
    error_of(missing, 404, code="resource_missing", param="payment_method")
    for change, param in [({"customer": "cus_x"}, "customer"), ({"payment_method": "pm_x"}, "payment_method")]:
        error = error_of(raw.post("/v1/payment_intents", payment(**change)), 400, code="resource_missing", param=param)
        assert error["message"].startswith("No such ") and f"'{change[param]}'" in error["message"]
    stranger = raw.post("/v1/payment_methods/pm_card_visa/attach", {"customer": "cus_x"})
    error_of(stranger, 400, code="resource_missing", param="customer")


def test_an_id_of_another_kind_is_not_found(raw, client):
    intent = pay(client)
    error_of(raw.get(f"/v1/charges/{intent.id}"), 404, code="resource_missing")
    error_of(raw.get(f"/v1/payment_intents/{intent.latest_charge}"), 404, code="resource_missing")


def test_a_deleted_customer_leaves_only_its_id(raw, client):
    email = f"{unique()}@example.com"
    customer = client.v1.customers.create({"email": email, "payment_method": "pm_card_visa"})
    gone = {"id": customer.id, "object": "customer", "deleted": True}
    assert raw.delete(f"/v1/customers/{customer.id}").json() == gone
    assert raw.get(f"/v1/customers/{customer.id}").json() == gone
    assert raw.get("/v1/customers", {"email": email}).json()["data"] == []
    error_of(raw.delete(f"/v1/customers/{customer.id}"), 404, code="resource_missing")
    error_of(raw.post(f"/v1/customers/{customer.id}", {"name": "Ada"}), 404, code="resource_missing")
    error_of(raw.post("/v1/payment_intents", payment(customer=customer.id)), 400, code="resource_missing", param="customer")


def test_the_sdk_shows_the_whole_error(client):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.customers.retrieve("cus_x")
    error = refusal.value
    assert (error.http_status, error.code, error.param) == (404, "resource_missing", "id")
    assert error.user_message == "No such customer: 'cus_x'"
    assert error.request_id == error.headers["Request-Id"]
