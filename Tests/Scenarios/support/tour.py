"""A tour over every endpoint, and a client that writes down every answer on the way."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import stripe

from support.cards import card
from support.http import TIMEOUT
from support.payments import pay, payment


@dataclass
class Answer:
    method: str
    path: str
    status: int
    body: dict

    def __str__(self):
        return f"{self.method} {self.path} {self.status}"


class RecordingClient(stripe.RequestsClient):
    def __init__(self):
        super().__init__(timeout=TIMEOUT)
        self.answers = []

    def request(self, method, url, headers, post_data=None):
        body, status, headers = super().request(method, url, headers, post_data)
        self.answers.append(Answer(method.upper(), urlsplit(url).path, status, json.loads(body)))
        return body, status, headers


def refused(call, *arguments):
    try:
        call(*arguments)
    except stripe.StripeError:
        return
    raise AssertionError("this should have been refused")


def tour(client, receiver_url):
    """Calls every operation at least once, with as many fields set as they take."""
    v1 = client.v1
    address = {"line1": "1 Via Appia", "line2": "B", "city": "Rome", "postal_code": "00100", "country": "IT", "state": "RM"}
    shipping = {"name": "Ada", "phone": "+39", "address": address}

    v1.accounts.retrieve_current()
    hook = v1.webhook_endpoints.create({"url": receiver_url, "enabled_events": ["*"], "description": "Tour"})
    v1.webhook_endpoints.retrieve(hook.id)
    v1.webhook_endpoints.update(hook.id, {"metadata": {"a": "1"}})
    v1.webhook_endpoints.list()

    customer = v1.customers.create(
        {"name": "Ada", "email": "ada@example.com", "phone": "+39", "description": "Tour", "address": address,
         "shipping": shipping, "preferred_locales": ["it"], "metadata": {"a": "1"}})
    empty = v1.customers.create({})
    v1.customers.update(customer.id, {"name": "Ada B."})
    v1.customers.retrieve(customer.id)
    v1.customers.list({"limit": 3})
    v1.customers.search({"query": "email:'ada@example.com'"})

    token = v1.tokens.create({"card": card(name="Ada", address_line1="1 Via Appia", address_zip="00100")})
    v1.tokens.retrieve(token.id)
    billing = {"name": "Ada", "email": "ada@example.com", "phone": "+39", "address": address}
    method = v1.payment_methods.create({"type": "card", "card": card(), "billing_details": billing, "metadata": {"a": "1"}})
    v1.payment_methods.create({"type": "card", "card": {"token": token.id}})
    v1.payment_methods.attach(method.id, {"customer": customer.id})
    v1.payment_methods.update(method.id, {"metadata": {"b": "2"}, "card": {"exp_month": 6}})
    v1.payment_methods.retrieve(method.id)
    v1.payment_methods.list({"customer": customer.id})
    v1.customers.payment_methods.list(customer.id)
    v1.customers.payment_methods.retrieve(customer.id, method.id)
    v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})

    unpaid = v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    v1.payment_intents.cancel(unpaid.id, {"cancellation_reason": "abandoned"})
    full = v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "customer": customer.id, "payment_method": method.id, "description": "Tour",
         "payment_method_types": ["card"], "receipt_email": "ada@example.com", "shipping": shipping,
         "statement_descriptor_suffix": "TOUR", "metadata": {"a": "1"}, "transfer_group": "tour"})
    v1.payment_intents.update(full.id, {"description": "Grand tour"})
    paid = v1.payment_intents.confirm(full.id)
    v1.payment_intents.retrieve(
        full.id, {"expand": ["customer", "payment_method", "latest_charge.balance_transaction", "latest_charge.refunds"]})
    held = pay(client, 1000, capture_method="manual",
               payment_method_options={"card": {"request_incremental_authorization": "if_available"}})
    v1.payment_intents.increment_authorization(held.id, {"amount": 1200})
    v1.payment_intents.capture(held.id, {"amount_to_capture": 900})
    v1.payment_intents.list({"limit": 5, "expand": ["data.latest_charge"]})
    v1.payment_intents.search({"query": "status:'succeeded'", "limit": 3})

    refused(v1.payment_intents.create, payment(payment_method="pm_card_visa_chargeDeclined", customer=empty.id))
    refused(v1.payment_intents.create, payment(payment_method="pm_card_radarBlock"))
    refused(v1.payment_intents.create, payment(amount=1))
    refused(v1.payment_intents.capture, paid.id)
    refused(v1.payment_methods.create, {"type": "card", "card": card("4242424242424241")})
    refused(v1.customers.retrieve, "cus_nobody")

    charge = v1.charges.create(
        {"amount": 1000, "currency": "usd", "source": "tok_visa", "capture": False, "description": "Tour"})
    v1.charges.capture(charge.id)
    v1.charges.update(charge.id, {"metadata": {"a": "1"}})
    v1.charges.retrieve(charge.id, {"expand": ["balance_transaction", "refunds"]})
    v1.charges.list({"limit": 5})
    v1.charges.search({"query": "status:'succeeded'", "limit": 3})

    refund = v1.refunds.create({"payment_intent": paid.id, "amount": 500, "reason": "duplicate", "metadata": {"a": "1"}})
    v1.refunds.create({"charge": charge.id})
    v1.refunds.update(refund.id, {"metadata": {"b": "2"}})
    v1.refunds.retrieve(refund.id, {"expand": ["balance_transaction", "charge"]})
    v1.refunds.list({"limit": 5})
    refused(v1.refunds.cancel, refund.id)

    v1.balance.retrieve()
    lines = v1.balance_transactions.list({"limit": 5, "expand": ["data.source"]})
    v1.balance_transactions.retrieve(lines.data[0].id)
    events = v1.events.list({"limit": 100})
    v1.events.retrieve(events.data[0].id)

    v1.payment_methods.detach(method.id)
    v1.customers.delete(empty.id)
    v1.customers.retrieve(empty.id)
    v1.webhook_endpoints.delete(hook.id)
