"""The checks themselves: one that cannot see a loss proves nothing."""

import psycopg
import pytest

pytestmark = pytest.mark.driver("sql")


def test_a_lost_transfer_is_seen(cluster, books, load):
    payments = load().stop()
    books.check(payments)
    with psycopg.connect(cluster.url(direct=True)) as connection:
        deleted = connection.execute("DELETE FROM drill_transfer WHERE key = %s RETURNING *", (payments[7].key,))
        lost = deleted.fetchone()
    with pytest.raises(AssertionError, match="are lost"):
        books.check(payments)
    with psycopg.connect(cluster.url(direct=True)) as connection:
        connection.execute("INSERT INTO drill_transfer VALUES (%s, %s, %s, %s, %s, %s)", lost)
    books.check(payments)


def test_money_from_nowhere_is_seen(cluster, books, load):
    payments = load().stop()
    with psycopg.connect(cluster.url(direct=True)) as connection:
        connection.execute("UPDATE drill_account SET balance = balance + 1 WHERE id = 3")
    with pytest.raises(AssertionError, match="not the sum"):
        books.check(payments)
    with psycopg.connect(cluster.url(direct=True)) as connection:
        connection.execute("UPDATE drill_account SET balance = balance - 1 WHERE id = 3")
    books.check(payments)
