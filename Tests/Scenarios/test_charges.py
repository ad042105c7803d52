"""Charges as a resource of their own, and what an answer shows of objects that are made with it."""

from concurrent.futures import ThreadPoolExecutor

from support.http import error_of
from support.payments import pay, unique


def test_charges_are_listed_by_transfer_group(client, raw):
    group = unique("group")
    intent = pay(client, transfer_group=group)
    pay(client)
    listed = raw.get("/v1/charges", {"transfer_group": group}).json()
    assert [charge["id"] for charge in listed["data"]] == [intent.latest_charge]


def test_an_unknown_customer_of_a_charge_is_named(raw):
    error = error_of(
        raw.post("/v1/charges", {"amount": 500, "currency": "usd", "customer": "cus_nobody"}), 400,
        code="resource_missing")
    assert error["param"] == "customer"


def test_a_new_payment_shows_what_it_brought_in_when_asked(client):
    intent = pay(client, amount=1000, expand=["latest_charge.balance_transaction", "payment_method"])
    assert intent.latest_charge.balance_transaction.net == 941
    assert intent.payment_method.card.last4 == "4242"


def test_a_capture_shows_its_balance_transaction_when_asked(client):
    intent = pay(client, amount=1000, capture_method="manual")
    captured = client.v1.payment_intents.capture(intent.id, {"expand": ["latest_charge.balance_transaction"]})
    assert captured.latest_charge.balance_transaction.amount == 1000


def test_the_refunds_of_a_charge_are_listed_where_it_says(client, raw):
    intent = pay(client, amount=1000)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    charge = raw.get(f"/v1/charges/{intent.latest_charge}", {"expand[]": "refunds"}).json()
    assert [each["id"] for each in charge["refunds"]["data"]] == [refund.id]
    assert [each["id"] for each in raw.get(charge["refunds"]["url"]).json()["data"]] == [refund.id]


def test_a_capture_and_a_cancellation_at_once_leave_one_of_them(client, raw):
    for _ in range(10):
        intent = pay(client, amount=1000, capture_method="manual")
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(
                lambda action: raw.post(f"/v1/payment_intents/{intent.id}/{action}"),
                ["capture", "cancel", "capture", "cancel"]))
        assert sorted(answer.status_code for answer in answers).count(200) == 1
        assert all(answer.status_code in (200, 400, 429) for answer in answers)
        assert raw.get(f"/v1/payment_intents/{intent.id}").json()["status"] in ("succeeded", "canceled")


def test_a_capture_of_a_charge_repeated_under_its_key_gets_its_answer_again(raw):
    made = raw.post("/v1/charges", {"amount": 700, "currency": "usd", "source": "tok_visa", "capture": False}).json()
    path, key = f"/v1/charges/{made['id']}/capture", {"Idempotency-Key": unique("key")}
    first = raw.post(path, headers=key)
    again = raw.post(path, headers=key)
    assert first.status_code == again.status_code == 200 and first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    error_of(raw.post(path), 400, code="charge_already_captured")
