"""What many stories do: pay, and look at the money afterwards."""

import uuid

from support.cards import VISA, card
from support.waiting import eventually


def unique(prefix="ref"):
    return f"{prefix}-{uuid.uuid4().hex[:16]}"


def payment(amount=1000, currency="usd", **more):
    """Parameters of an intent that is confirmed at once, by pm_card_visa if nothing else is said."""
    params = {"amount": amount, "currency": currency, "confirm": True, "payment_method_types": ["card"], **more}
    if "payment_method" not in params and "payment_method_data" not in params:
        params["payment_method"] = "pm_card_visa"
    return params


def pay(client, amount=1000, currency="usd", number=None, **more):
    """Pays, with a raw card number if one is given."""
    if number is not None:
        more["payment_method"] = new_card(client, number)
    return client.v1.payment_intents.create(payment(amount, currency, **more))


def new_card(client, number=VISA, **fields):
    """The id of a payment method for a raw card, of no customer yet."""
    return client.v1.payment_methods.create({"type": "card", "card": card(number, **fields)}).id


def card_by_token(client, token):
    """The id of a payment method for a card behind a token."""
    return client.v1.payment_methods.create({"type": "card", "card": {"token": token}}).id


def saved_card(client, customer, number=VISA):
    """A raw card attached to a customer."""
    return client.v1.payment_methods.attach(new_card(client, number), {"customer": customer})


def charge_of(client, intent):
    """The latest charge of an intent with its balance transaction, once that is there."""

    def settled():
        charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["balance_transaction"]})
        return charge if charge.balance_transaction is not None else None

    return eventually(settled, what=f"the balance transaction of {intent.latest_charge}")


def charges_of(client, intent_id):
    return client.v1.charges.list({"payment_intent": intent_id, "limit": 100}).data


def balance(client, currency):
    """Available and pending together, in minor units."""
    answer = client.v1.balance.retrieve()
    parts = [*answer.available, *answer.pending]
    return sum(part.amount for part in parts if part.currency == currency)


def sum_of_nets(client, currency):
    lines = client.v1.balance_transactions.list({"currency": currency, "limit": 100})
    return sum(line.net for line in lines.auto_paging_iter())


def books_agree(client, currency="usd", within=10.0):
    """Waits until the sum of all nets is what the balance shows, for ever true of a server at rest."""
    eventually(
        lambda: sum_of_nets(client, currency) == balance(client, currency),
        within,
        f"the sum of nets being the balance in {currency}",
    )


def resolved(client, intent_id, within=30.0):
    """The intent once it is no longer `processing`."""

    def out_of_processing():
        intent = client.v1.payment_intents.retrieve(intent_id)
        return intent if intent.status != "processing" else None

    return eventually(out_of_processing, within, f"the outcome of {intent_id} being known")


def paid_exactly_as_it_says(client, intent):
    """One successful charge for a paid intent and none for any other, each with its one line in the balance."""
    charges = charges_of(client, intent.id)
    succeeded = [charge for charge in charges if charge.status == "succeeded"]
    assert not [charge for charge in charges if charge.status == "pending"]
    if intent.status == "succeeded":
        assert [charge.id for charge in succeeded] == [intent.latest_charge]
        assert intent.amount_received == intent.amount == succeeded[0].amount_captured
    else:
        assert intent.amount_received == 0
        assert not [charge for charge in succeeded if charge.captured]
    for charge in charges:
        lines = client.v1.balance_transactions.list({"source": charge.id}).data
        expected = [intent.amount_received] if charge.captured and charge.status == "succeeded" else []
        assert [line.amount for line in lines if line.type == "charge"] == expected
