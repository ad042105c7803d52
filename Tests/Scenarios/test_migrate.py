"""Moving house: an installation goes from its folder to PostgreSQL, whole, however often the move is cut off."""

import contextlib
import os
import subprocess
import uuid
from urllib.parse import urlsplit

import pytest

from conftest import stripe_client
from support.http import Raw
from support.payments import balance, books_agree, pay, payment, unique
from support.server import Florin, binary
from support.waiting import eventually

SERVER = os.environ.get("FLORIN_TEST_DATABASE")
MOVE_SECONDS = 120
REFUSAL_SECONDS = 20
LISTS = ("payment_intents", "charges", "refunds", "balance_transactions", "customers", "events")

pytestmark = [pytest.mark.postgres, pytest.mark.on_folder]


def psql(url, sql):
    """What a statement answers: one line for each row."""
    command = ["psql", url, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def database():
    name = "florin_" + uuid.uuid4().hex[:12]
    psql(SERVER, f"CREATE DATABASE {name}")
    yield urlsplit(SERVER)._replace(path="/" + name).geturl()
    psql(SERVER, f"DROP DATABASE {name} WITH (FORCE)")


class OnDatabase(Florin):
    """`florin serve` with the books in PostgreSQL."""

    def __init__(self, folder, database, logs):
        super().__init__(folder, logs)
        self.database = database

    def launch(self, port=0, **popen):
        self.starts += 1
        self.logs.mkdir(parents=True, exist_ok=True)
        command = [str(binary()), "serve", "--data", str(self.folder), "--database", self.database]
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen(
                [*command, "--port", str(port)], stdin=subprocess.DEVNULL, stdout=out, stderr=err, **popen)
        return self.process


@pytest.fixture
def moved_server(own_server, database, tmp_path):
    """A server on the database, not yet started, with the folder of `own_server`."""
    server = OnDatabase(own_server.folder, database, tmp_path / "moved")
    yield server
    server.kill()


def florin(*arguments):
    command = [str(binary()), *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=MOVE_SECONDS)


def move(folder, database):
    """A move under way."""
    command = [str(binary()), "migrate", "--from", str(folder), "--to", database]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def refusal(server):
    """What a start that must fail prints."""
    server.launch()
    assert server.wait(REFUSAL_SECONDS) == 1, server.output_tail()
    return server.output()


@contextlib.contextmanager
def nobody_can_add_to(table, database):
    """Holds up whoever adds rows to a table, until the end of the block."""
    session = subprocess.Popen(["psql", database, "-Xq"], stdin=subprocess.PIPE, text=True)
    try:
        session.stdin.write(f"BEGIN; LOCK TABLE {table} IN SHARE MODE;\n")
        session.stdin.flush()
        held = f"SELECT 1 FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'ShareLock' AND granted"
        eventually(lambda: psql(database, held), what=f"the lock on {table}")
        yield
    finally:
        session.stdin.close()
        session.wait()


def waiting(database):
    """How many sessions wait for somebody's lock."""
    return int(psql(database, "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"))


def kill_when_held_up(moving, database, sessions):
    eventually(lambda: waiting(database) == sessions or moving.poll() is not None, 30, "the move being held up")
    assert moving.poll() is None, moving.communicate()[0]
    moving.kill()
    moving.wait()


def everything(client):
    """All objects of the lists, as they are told."""
    return {
        name: [each.to_dict() for each in getattr(client.v1, name).list({"limit": 100}).auto_paging_iter()]
        for name in LISTS
    }


def some_business(client):
    """Payments and refunds in two currencies, a saved card, and an amount that is held."""
    customer = client.v1.customers.create({"name": "Ada Ünïcode", "metadata": {"note": "a?b $1 'c'"}})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    paid = [pay(client, 1000 + number, currency) for number in range(10) for currency in ("usd", "eur")]
    for intent in paid[:6]:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    client.v1.refunds.create({"payment_intent": paid[7].id})
    held = pay(client, 2000, capture_method="manual", customer=customer.id, payment_method=method.id)
    for currency in ("usd", "eur"):
        books_agree(client, currency)
    return customer, method, held


def test_a_move_that_is_killed_twice_brings_everything(own_server, moved_server, database):
    client = stripe_client(own_server.start())
    customer, method, held = some_business(client)
    params, key = payment(amount=4300), unique("key")
    answer = Raw(own_server).post("/v1/payment_intents", params, idempotency_key=key).content
    before = everything(client)
    money = {currency: balance(client, currency) for currency in ("usd", "eur")}
    busy = florin("migrate", "--from", own_server.folder, "--to", database)
    assert busy.returncode == 1 and "Another process" in busy.stderr
    assert own_server.stop() == 0

    # Makes the tables, so that one can be locked.
    assert florin("verify", "--database", database).returncode == 0
    with nobody_can_add_to("charge", database):
        kill_when_held_up(move(own_server.folder, database), database, sessions=1)
        copied = int(psql(database, "SELECT sum(row_count) FROM florin_import"))
        assert copied > 0, "the move was killed in its middle"
        assert "florin migrate" in refusal(moved_server)
        # The first one's transaction is still under way in the server, and will be committed.
        kill_when_held_up(move(own_server.folder, database), database, sessions=2)
        last = move(own_server.folder, database)
        eventually(lambda: waiting(database) == 3 or last.poll() is not None, 30, "the last move being held up")
    said, _ = last.communicate(timeout=MOVE_SECONDS)
    assert last.returncode == 0, said
    assert "✓" in said and "✗" not in said and "trial balance, USD" in said

    moved = stripe_client(moved_server.start())
    assert everything(moved) == before
    assert {currency: balance(moved, currency) for currency in money} == money
    again = Raw(moved_server).post("/v1/payment_intents", params, idempotency_key=key)
    assert again.content == answer and again.headers["Idempotent-Replayed"] == "true"
    assert moved.v1.payment_intents.capture(held.id).amount_received == 2000
    assert pay(moved, customer=customer.id, payment_method=method.id, off_session=True).status == "succeeded"
    books_agree(moved)
    assert moved_server.stop() == 0
    verified = florin("verify", "--data", own_server.folder, "--database", database)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_folder_that_has_moved_is_refused_and_says_the_way_back(own_server, database):
    pay(stripe_client(own_server.start()))
    assert own_server.stop() == 0
    done = florin("migrate", "--from", own_server.folder, "--to", database)
    assert done.returncode == 0, done.stdout + done.stderr
    said = refusal(own_server)
    assert "--database" in said and str(own_server.folder / "moved-to-database") in said
    assert florin("migrate", "--from", own_server.folder, "--to", database).returncode == 0, "it is done already"
    (own_server.folder / "moved-to-database").unlink()
    assert pay(stripe_client(own_server.start())).status == "succeeded"


def test_a_database_with_another_installation_is_left_alone(own_server, database, tmp_path):
    theirs = OnDatabase(tmp_path / "theirs", database, tmp_path / "logs")
    try:
        paid = pay(stripe_client(theirs.start()))
        pay(stripe_client(own_server.start()))
        assert own_server.stop() == 0
        refused = florin("migrate", "--from", own_server.folder, "--to", database)
        assert refused.returncode == 1 and "already holds an installation" in refused.stderr
        client = stripe_client(theirs)
        assert [intent.id for intent in client.v1.payment_intents.list().data] == [paid.id]
        assert theirs.stop() == 0
        assert pay(stripe_client(theirs.start())).status == "succeeded"
    finally:
        theirs.kill()
    assert pay(stripe_client(own_server.start())).status == "succeeded", "the folder is as it was"


def test_what_cannot_be_an_address_is_a_wrong_command_line(tmp_path):
    assert florin("migrate", "--from", tmp_path, "--to", "postgres://[").returncode == 64
    nowhere = florin("migrate", "--from", tmp_path / "none", "--to", "postgres://florin@127.0.0.1:9/x")
    assert nowhere.returncode == 1 and "no such file" in nowhere.stderr
