"""What the world is told: events, endpoints, signatures, retries and order."""

import pytest
import stripe

from support.http import error_of
from support.payments import pay, unique
from support.waiting import eventually

FIRST_RETRY_SECONDS = 90


NOBODY_THERE = "http://127.0.0.1:9/hook"


def test_an_endpoint_is_made_changed_listed_and_removed(raw, endpoint):
    made = endpoint(["charge.succeeded"], url=NOBODY_THERE, description="Shop", metadata={"a": "1"})
    assert made.id.startswith("we_") and made.secret.startswith("whsec_")
    assert (made.status, made.enabled_events, made.description) == ("enabled", ["charge.succeeded"], "Shop")

    read = raw.get(f"/v1/webhook_endpoints/{made.id}").json()
    assert "secret" not in read and read["metadata"] == {"a": "1"}
    changed = raw.post(f"/v1/webhook_endpoints/{made.id}", {"enabled_events": ["*"], "disabled": True}).json()
    assert "secret" not in changed
    assert (changed["enabled_events"], changed["status"], changed["url"]) == (["*"], "disabled", made.url)
    listed = raw.get("/v1/webhook_endpoints", {"limit": 100}).json()
    assert made.id in [each["id"] for each in listed["data"]] and "whsec_" not in str(listed)

    deleted = raw.delete(f"/v1/webhook_endpoints/{made.id}")
    assert deleted.json() == {"id": made.id, "object": "webhook_endpoint", "deleted": True}
    error_of(raw.get(f"/v1/webhook_endpoints/{made.id}"), 404, code="resource_missing")
    error_of(raw.delete(f"/v1/webhook_endpoints/{made.id}"), 404, code="resource_missing")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"url": "somewhere"}, "url"),
        ({"url": "ftp://127.0.0.1/"}, "url"),
        ({"enabled_events": ["no.such_event"]}, "enabled_events"),
    ],
    ids=["a url that is none", "another scheme", "an event that does not exist"],
)
def test_an_endpoint_that_could_not_work_is_refused(raw, change, param):
    params = {"url": NOBODY_THERE, "enabled_events": ["charge.failed"], **change}
    response = raw.post("/v1/webhook_endpoints", params)
    if response.status_code == 200:
        raw.delete(f"/v1/webhook_endpoints/{response.json()['id']}")
    error = error_of(response, 400, type="invalid_request_error")
    assert error["param"].startswith(param)
    missing = {name: value for name, value in params.items() if name != param}
    error_of(raw.post("/v1/webhook_endpoints", missing), 400, code="parameter_missing", param=param)


def test_a_delivery_is_signed_and_the_sdk_reads_it(client, endpoint, webhook_receiver):
    hook = endpoint(["payment_intent.succeeded"])
    intent = pay(client, metadata={"order": "77"})
    delivery = webhook_receiver.wait_for(type="payment_intent.succeeded", about=intent.id)[0]
    event = delivery.verified(hook.secret)
    assert (event.object, event.type, event.livemode) == ("event", "payment_intent.succeeded", False)
    assert (event.data.object.id, event.data.object.metadata["order"]) == (intent.id, "77")
    assert event.request.id.startswith("req_") and event.request.idempotency_key
    assert delivery.headers["content-type"].startswith("application/json")
    with pytest.raises(stripe.SignatureVerificationError):
        delivery.verified("whsec_" + "0" * 32)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(delivery.body.replace(b"77", b"78"), delivery.signature, hook.secret)


def test_the_events_of_a_payment_arrive_in_their_order(client, endpoint, webhook_receiver):
    endpoint(["*"])
    intents = [pay(client).id for _ in range(5)]
    webhook_receiver.wait_for(type="payment_intent.succeeded", about=intents[-1])

    def about_them():
        expected = [
            (event.id, event.type)
            for event in client.v1.events.list({"limit": 100}).data[::-1]
            if event.data.object.to_dict().get("id") in intents or event.data.object.to_dict().get("payment_intent") in intents
        ]
        wanted = {id for id, _ in expected}
        arrived = [(d.event["id"], d.type) for d in webhook_receiver.received() if d.event["id"] in wanted]
        assert arrived == expected
        return expected

    expected = eventually(about_them, what="all events having arrived in order")
    types = [type for _, type in expected]
    assert types.count("payment_intent.created") == types.count("payment_intent.succeeded") == 5
    assert types.count("charge.succeeded") == 5


def test_every_change_is_told_once_with_what_it_was_before(client, endpoint, webhook_receiver):
    endpoint(["customer.created", "customer.updated", "customer.deleted"])
    customer = client.v1.customers.create({"name": "Ada"})
    client.v1.customers.update(customer.id, {"name": "Grace", "metadata": {"a": "1"}})
    client.v1.customers.delete(customer.id)
    told = webhook_receiver.wait_for(3, about=customer.id)
    assert [delivery.type for delivery in told] == ["customer.created", "customer.updated", "customer.deleted"]
    assert [delivery.object["name"] for delivery in told] == ["Ada", "Grace", "Grace"]
    assert told[1].event["data"]["previous_attributes"]["name"] == "Ada"
    assert "previous_attributes" not in told[0].event["data"]


def test_declines_refunds_captures_and_cancellations_are_told(client, endpoint, webhook_receiver):
    endpoint(["*"])
    with pytest.raises(stripe.CardError) as declined:
        pay(client, payment_method="pm_card_visa_chargeDeclined")
    held = pay(client, capture_method="manual")
    captured = client.v1.payment_intents.capture(held.id)
    refund = client.v1.refunds.create({"payment_intent": held.id, "amount": 100})
    canceled = client.v1.payment_intents.cancel(pay(client, capture_method="manual").id)
    for kind, about in [
        ("payment_intent.payment_failed", declined.value.error.payment_intent.id),
        ("charge.failed", declined.value.error.charge),
        ("payment_intent.amount_capturable_updated", held.id),
        ("charge.captured", captured.latest_charge),
        ("charge.refunded", captured.latest_charge),
        ("refund.created", refund.id),
        ("payment_intent.canceled", canceled.id),
    ]:
        assert len(webhook_receiver.wait_for(type=kind, about=about)) == 1


def test_an_endpoint_hears_only_of_what_it_wants(client, endpoint, webhook_receiver):
    endpoint(["customer.created"], "/customers")
    endpoint(["charge.succeeded", "charge.failed"], "/charges")
    endpoint(["*"], "/all")
    customer = client.v1.customers.create({})
    intent = pay(client, customer=customer.id)
    last = client.v1.customers.create({})
    for path in ("/customers", "/all"):
        webhook_receiver.wait_for(path=path, about=last.id)
    webhook_receiver.wait_for(path="/charges", about=intent.latest_charge)
    assert {d.type for d in webhook_receiver.received(path="/customers")} == {"customer.created"}
    assert {d.type for d in webhook_receiver.received(path="/charges")} == {"charge.succeeded"}
    assert {"customer.created", "payment_intent.succeeded", "charge.succeeded"} <= {
        d.type for d in webhook_receiver.received(path="/all")}


def test_a_disabled_or_removed_endpoint_hears_nothing_more(client, endpoint, webhook_receiver):
    disabled, removed = endpoint(["*"], "/disabled"), endpoint(["*"], "/removed")
    endpoint(["*"], "/witness")
    client.v1.webhook_endpoints.update(disabled.id, {"disabled": True})
    client.v1.webhook_endpoints.delete(removed.id)
    first, last = client.v1.customers.create({}), client.v1.customers.create({})
    webhook_receiver.wait_for(path="/witness", about=last.id)
    assert webhook_receiver.received(path="/disabled", about=first.id) == []
    assert webhook_receiver.received(path="/removed", about=first.id) == []


def test_an_endpoint_hears_of_nothing_from_before_it_was_made(client, endpoint, webhook_receiver):
    before = client.v1.customers.create({})
    endpoint(["*"])
    after = client.v1.customers.create({})
    webhook_receiver.wait_for(about=after.id)
    assert webhook_receiver.received(about=before.id) == []


def test_a_delivery_that_was_refused_is_made_again_and_signed_anew(client, endpoint, webhook_receiver):
    attempts = []

    def refuse_the_first(delivery):
        attempts.append(delivery)
        return 500 if len(attempts) == 1 else 200

    webhook_receiver.answer = refuse_the_first
    hook = endpoint(["customer.created"])
    customer = client.v1.customers.create({})
    first = webhook_receiver.wait_for(about=customer.id)[0]
    event_id = first.event["id"]
    assert client.v1.events.retrieve(event_id).pending_webhooks == 1

    first, second = webhook_receiver.wait_for(2, about=customer.id, within=FIRST_RETRY_SECONDS)
    assert first.event["id"] == second.event["id"]
    assert (first.answered, second.answered) == (500, 200)
    assert first.signature != second.signature
    for delivery in (first, second):
        assert delivery.verified(hook.secret).id == event_id
    eventually(lambda: client.v1.events.retrieve(event_id).pending_webhooks == 0, what="the event being delivered")


def test_an_endpoint_that_fails_does_not_hold_up_another(client, endpoint, webhook_receiver):
    webhook_receiver.answer = lambda delivery: 500 if delivery.path == "/broken" else 200
    endpoint(["customer.created"], "/broken")
    endpoint(["customer.created"], "/sound")
    customers = [client.v1.customers.create({}).id for _ in range(3)]
    webhook_receiver.wait_for(3, path="/sound")
    assert [d.object["id"] for d in webhook_receiver.received(path="/sound")] == customers


def test_an_endpoint_where_nobody_is_does_not_hold_up_another(client, endpoint, webhook_receiver):
    endpoint(["customer.created"], url=NOBODY_THERE)
    endpoint(["customer.created"], "/sound")
    for _ in range(3):
        customer = client.v1.customers.create({})
        webhook_receiver.wait_for(path="/sound", about=customer.id, within=5)


def test_events_are_listed_by_type_and_read_again_unchanged(client):
    customer = client.v1.customers.create({"name": unique("Ada")})

    def of_this_customer(**params):
        events = client.v1.events.list({"limit": 100, **params}).data
        return [event for event in events if event.data.object.to_dict().get("id") == customer.id]

    event = eventually(lambda: of_this_customer(type="customer.created"))[0]
    client.v1.customers.update(customer.id, {"name": "Grace"})
    eventually(lambda: of_this_customer(type="customer.updated"))
    assert [e.type for e in of_this_customer(type="customer.*")] == ["customer.updated", "customer.created"]
    assert of_this_customer(types=["customer.created", "charge.failed"])[0].id == event.id
    assert of_this_customer(type="charge.failed") == []
    again = client.v1.events.retrieve(event.id)
    assert (again.data.object.name, again.type) == (customer.name, "customer.created")
    assert {e.type.split(".")[0] for e in client.v1.events.list({"type": "customer.*", "limit": 100}).data} == {"customer"}


def test_a_request_that_was_refused_tells_nothing(client, raw):
    marker = unique()
    error_of(raw.post("/v1/customers", {"name": marker, "shoe": "42"}), 400, code="parameter_unknown")
    last = client.v1.customers.create({})
    eventually(lambda: any(e.data.object.to_dict().get("id") == last.id for e in client.v1.events.list({"limit": 20}).data))
    assert not [e for e in client.v1.events.list({"limit": 20}).data if e.data.object.to_dict().get("name") == marker]
