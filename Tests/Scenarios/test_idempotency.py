"""The same request twice is one request: Idempotency-Key, to the letter."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.cards import card
from support.http import Raw, error_of
from support.payments import charges_of, payment, unique
from support.waiting import eventually


@pytest.fixture
def key():
    return unique("key")


def is_replay(response, first):
    """The same status and bytes, named as a replay of the first request, under a request id of its own."""
    assert (response.status_code, response.content) == (first.status_code, first.content)
    assert response.headers["Idempotent-Replayed"] == "true"
    assert response.headers["Original-Request"] == first.headers["Request-Id"]
    assert response.headers["Request-Id"] != first.headers["Request-Id"]
    assert response.headers["Idempotency-Key"] == first.headers["Idempotency-Key"]
    return True


def test_the_first_answer_names_itself_as_the_original(raw, key):
    response = raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=key)
    assert response.status_code == 200
    assert response.headers["Original-Request"] == response.headers["Request-Id"]
    assert response.headers["Idempotency-Key"] == key
    assert response.headers.get("Idempotent-Replayed", "false") != "true"
    assert response.headers["Stripe-Should-Retry"] == "false"


def test_a_repeat_is_answered_with_the_same_bytes_even_when_the_object_has_changed(raw, client, key):
    first = raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=key)
    customer = first.json()["id"]
    client.v1.customers.update(customer, {"name": "Grace"})
    assert is_replay(raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=key), first)
    client.v1.customers.delete(customer)
    assert is_replay(raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=key), first)
    assert raw.get(f"/v1/customers/{customer}").json()["deleted"]


def test_a_repeated_payment_is_one_payment(raw, client, customer, key):
    params = payment(customer=customer.id)
    first = raw.post("/v1/payment_intents", params, idempotency_key=key)
    assert (first.status_code, first.json()["status"]) == (200, "succeeded")
    for _ in range(3):
        assert is_replay(raw.post("/v1/payment_intents", params, idempotency_key=key), first)
    assert [intent.id for intent in client.v1.payment_intents.list({"customer": customer.id}).data] == [first.json()["id"]]
    assert len(client.v1.charges.list({"customer": customer.id}).data) == 1


def test_a_repeated_refund_capture_or_confirmation_happens_once(raw, client, customer):
    held = raw.post("/v1/payment_intents", payment(customer=customer.id, capture_method="manual")).json()["id"]
    steps = [
        (f"/v1/payment_intents/{held}/capture", {"amount_to_capture": 900}),
        ("/v1/refunds", {"payment_intent": held, "amount": 100}),
    ]
    for path, params in steps:
        key = unique("key")
        first = raw.post(path, params, idempotency_key=key)
        assert first.status_code == 200
        assert is_replay(raw.post(path, params, idempotency_key=key), first)
    assert len(client.v1.refunds.list({"payment_intent": held}).data) == 1
    assert charges_of(client, held)[0].amount_refunded == 100


@pytest.mark.parametrize("change", ["another value", "one more parameter", "one fewer"])
def test_other_parameters_under_a_key_are_refused_and_change_nothing(raw, client, customer, key, change):
    params = payment(customer=customer.id, description="Order 1")
    first = raw.post("/v1/payment_intents", params, idempotency_key=key)
    assert first.status_code == 200
    other = {
        "another value": {**params, "amount": 2000},
        "one more parameter": {**params, "receipt_email": "ada@example.com"},
        "one fewer": {name: value for name, value in params.items() if name != "description"},
    }[change]
    response = raw.post("/v1/payment_intents", other, idempotency_key=key)
    error_of(response, 400, type="idempotency_error", code=None)
    assert len(client.v1.payment_intents.list({"customer": customer.id}).data) == 1
    assert is_replay(raw.post("/v1/payment_intents", params, idempotency_key=key), first)


def test_another_card_number_under_a_key_is_noticed(raw, key):
    first = raw.post("/v1/payment_methods", {"type": "card", "card": card()}, idempotency_key=key)
    assert first.status_code == 200
    # Another CVC may go unnoticed: nothing that could be compared with it may be kept.
    other = card("5555555555554444")
    response = raw.post("/v1/payment_methods", {"type": "card", "card": other}, idempotency_key=key)
    error_of(response, 400, type="idempotency_error", code=None)
    assert is_replay(raw.post("/v1/payment_methods", {"type": "card", "card": card()}, idempotency_key=key), first)


def test_another_path_under_a_key_is_refused_and_changes_nothing(raw, client, key):
    email = f"{unique()}@example.com"
    first = raw.post("/v1/customers", {"email": email}, idempotency_key=key)
    customer = first.json()["id"]
    response = raw.post(f"/v1/customers/{customer}", {"email": email}, idempotency_key=key)
    error_of(response, 400, type="idempotency_error", code=None)
    response = raw.post("/v1/payment_intents", payment(customer=customer), idempotency_key=key)
    error_of(response, 400, type="idempotency_error", code=None)
    assert client.v1.payment_intents.list({"customer": customer}).data == []
    assert [each.id for each in client.v1.customers.list({"email": email}).data] == [customer]


def test_a_request_refused_by_validation_does_not_use_up_its_key(raw, customer, key):
    wrong = payment(customer=customer.id, amount=0)
    for _ in range(2):
        refused = raw.post("/v1/payment_intents", wrong, idempotency_key=key)
        error_of(refused, 400, code="parameter_invalid_integer")
        assert refused.headers.get("Idempotent-Replayed", "false") != "true"
    right = raw.post("/v1/payment_intents", payment(customer=customer.id), idempotency_key=key)
    assert right.status_code == 200
    assert right.headers["Original-Request"] == right.headers["Request-Id"]


def test_a_decline_is_remembered_and_not_tried_again(raw, client, customer, key):
    params = payment(customer=customer.id, payment_method="pm_card_visa_chargeDeclined")
    first = raw.post("/v1/payment_intents", params, idempotency_key=key)
    error_of(first, 402, code="card_declined")
    assert first.headers["Original-Request"] == first.headers["Request-Id"]
    assert is_replay(raw.post("/v1/payment_intents", params, idempotency_key=key), first)
    assert len(client.v1.charges.list({"customer": customer.id}).data) == 1


def test_the_sdk_keeps_a_key_of_its_own_for_each_post(client):
    first = client.v1.customers.create({"name": "Ada"})
    second = client.v1.customers.create({"name": "Ada"})
    assert first.id != second.id
    keys = [each.last_response.headers["Idempotency-Key"] for each in (first, second)]
    assert keys[0] != keys[1]


def test_a_key_given_through_the_sdk_answers_the_same_object(client, key):
    first, second = (client.v1.customers.create({"name": "Ada"}, {"idempotency_key": key}) for _ in range(2))
    assert first.id == second.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"


def test_reading_ignores_the_key(raw, client, customer, key):
    path = f"/v1/customers/{customer.id}"
    assert raw.get(path, headers={"Idempotency-Key": key}).json()["name"] == "Ada Byron"
    client.v1.customers.update(customer.id, {"name": "Grace"})
    again = raw.get(path, headers={"Idempotency-Key": key})
    assert again.json()["name"] == "Grace" and "Idempotent-Replayed" not in again.headers


def test_a_key_has_at_most_255_characters(raw):
    longest = unique("key").ljust(255, "k")
    first = raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=longest)
    assert first.status_code == 200
    assert is_replay(raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=longest), first)
    error_of(raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=longest + "k"), 400)


def test_fifty_requests_at_once_with_one_key_are_one_payment(server, client, customer, key):
    params = payment(customer=customer.id, amount=7700)

    def send(_):
        return Raw(server).post("/v1/payment_intents", params, idempotency_key=key)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))

    paid = [answer for answer in answers if answer.status_code == 200]
    met = [answer for answer in answers if answer.status_code != 200]
    assert paid, "nobody was answered"
    assert len({answer.content for answer in paid}) == 1
    originals = [answer for answer in paid if answer.headers.get("Idempotent-Replayed") != "true"]
    assert len(originals) == 1
    assert {answer.headers["Original-Request"] for answer in paid} == {originals[0].headers["Request-Id"]}
    for answer in met:
        error_of(answer, 409, code="idempotency_key_in_use")

    assert is_replay(eventually(lambda: send(0)), originals[0])
    assert [(charge.amount, charge.status) for charge in client.v1.charges.list({"customer": customer.id}).data] == [
        (7700, "succeeded")]
    assert len(client.v1.payment_intents.list({"customer": customer.id}).data) == 1
