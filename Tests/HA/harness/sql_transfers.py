"""The cluster without Florin: double-entry transfers in SQL. Tells a fault of the stack from one of the server.

A transfer is one transaction under a key. One that is repeated is answered only after a write of its own: the row that
it finds may not be on the standby yet, and the commit of that write waits until it is.
"""

import psycopg

from harness.load import InDoubt

ACCOUNTS = 64
CONNECT_SECONDS = 2
TCP_USER_TIMEOUT_MS = 3000

SCHEMA = """
    CREATE TABLE IF NOT EXISTS drill_account (id int PRIMARY KEY, balance bigint NOT NULL);
    CREATE TABLE IF NOT EXISTS drill_transfer (
        key text PRIMARY KEY, run text NOT NULL, source int NOT NULL, target int NOT NULL, amount bigint NOT NULL,
        repeated int NOT NULL DEFAULT 0);
"""


def connect(url, **options):
    return psycopg.connect(url, connect_timeout=CONNECT_SECONDS, tcp_user_timeout=TCP_USER_TIMEOUT_MS, **options)


class Payer:
    def __init__(self, url):
        self._url = url
        self._connection = None
        self._notices = []

    def pay(self, payment):
        try:
            if self._connection is None:
                self._connection = connect(self._url)
                self._connection.add_notice_handler(lambda notice: self._notices.append(notice.message_primary))
            self._notices.clear()
            self._transfer(payment)
            # A wait for the standby that was cancelled is reported as a commit, with a warning: it is none.
            if any("synchronous replication" in notice for notice in self._notices):
                raise InDoubt(self._notices[0])
            return payment.amount
        except psycopg.Error as error:
            self.close()
            raise InDoubt(f"{error.sqlstate}: {error}") from None

    def _transfer(self, payment):
        source, target = payment.number % ACCOUNTS, (payment.number * 7 + 1) % ACCOUNTS
        with self._connection.transaction():
            inserted = self._connection.execute(
                "INSERT INTO drill_transfer (key, run, source, target, amount) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (key) DO NOTHING",
                (payment.key, payment.run, source, target, payment.amount))
            if inserted.rowcount == 0:
                self._connection.execute(
                    "UPDATE drill_transfer SET repeated = repeated + 1 WHERE key = %s", (payment.key,))
                return
            # In the order of their numbers, so that two transfers never wait for each other.
            for account, change in sorted([(source, -payment.amount), (target, payment.amount)]):
                self._connection.execute(
                    "UPDATE drill_account SET balance = balance + %s WHERE id = %s", (change, account))

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SQLTransfers:
    name = "sql"

    def __init__(self, database):
        self._database = database

    def open(self):
        with connect(self._database) as connection:
            connection.execute(SCHEMA)
            connection.execute(
                "INSERT INTO drill_account SELECT id, 0 FROM generate_series(0, %s) id ON CONFLICT DO NOTHING",
                (ACCOUNTS - 1,))

    def close(self):
        pass

    def payer(self):
        return Payer(self._database)

    def check(self, payments):
        with connect(self._database) as connection:
            rows = connection.execute(
                "SELECT key, amount FROM drill_transfer WHERE run = %s", (payments[0].run,)).fetchall()
            wrong = connection.execute("""
                SELECT count(*) FROM drill_account account WHERE balance <>
                    coalesce((SELECT sum(amount) FROM drill_transfer WHERE target = account.id), 0) -
                    coalesce((SELECT sum(amount) FROM drill_transfer WHERE source = account.id), 0)
                """).fetchone()[0]
            total = connection.execute("SELECT sum(balance) FROM drill_account").fetchone()[0]
        there = dict(rows)
        known = {payment.key: payment.outcome for payment in payments}
        lost = [key for key in known if key not in there]
        assert not lost, f"{len(lost)} acknowledged transfers are lost, the first one: {lost[0]}"
        assert there == known, "there are transfers that nobody asked for, or other amounts"
        assert wrong == 0, f"{wrong} accounts have a balance that is not the sum of their transfers"
        assert total == 0, f"money came from nowhere: {total}"
