"""`florin verify` names what was changed by other hands than Florin's."""

import sqlite3

import pytest

from conftest import stripe_client
from support.payments import pay


def change(server, statement):
    """Does a statement on the database of a stopped server."""
    if server.database is not None:
        assert server.database.execute(statement) == 1
        return
    connection = sqlite3.connect(server.folder / "florin.sqlite")
    with connection:
        assert connection.execute(statement).rowcount == 1
    connection.close()


LAST_POSTING = "WHERE book = 1 AND number = 0 AND sequence = (SELECT max(sequence) FROM ledger_transaction WHERE book = 1)"


def test_an_untouched_installation_holds(own_server):
    client = stripe_client(own_server.start())
    paid = pay(client)
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 100})
    assert own_server.stop() == 0
    result = own_server.verify()
    assert (result.returncode, "everything holds" in result.stdout) == (0, True), result.stdout + result.stderr


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"UPDATE ledger_posting SET amount = amount + 1 {LAST_POSTING}", "ledger."),
        (f"DELETE FROM ledger_posting {LAST_POSTING}", "ledger."),
        ("UPDATE ledger_account SET balance = balance + 1 WHERE book = 1 AND account = 1", "ledger."),
        ("DELETE FROM charge WHERE id = (SELECT max(id) FROM charge)", "ledger.reference"),
    ],
    ids=["an amount", "a posting", "a balance", "a charge"],
)
def test_a_row_that_was_tampered_with_is_found_and_named(own_server, statement, named):
    client = stripe_client(own_server.start())
    for _ in range(3):
        pay(client)
    assert own_server.stop() == 0
    change(own_server, statement)
    result = own_server.verify()
    assert result.returncode == 2, result.stdout + result.stderr
    assert named in result.stdout, result.stdout
