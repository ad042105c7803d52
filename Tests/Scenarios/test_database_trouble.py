"""A PostgreSQL server that is away, full, slow, set back or out of time: a clear word, no wrong answer, and on again."""

import contextlib
import shutil
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

import script_cards
from conftest import stripe_client
from support.authority import Authority
from support.database import with_parameters
from support.http import Raw, error_of
from support.load import Attempt, Load, everything_acknowledged_is_there_once
from support.payments import books_agree, new_card, pay, resolved
from support.private_postgres import PASSWORD, free_port, give_to_server, work_folder
from support.small_disk import SmallDisk
from support.trouble import (
    becomes_ready, becomes_unready, never_declined, nothing_is_lost, payments_flow, refused_to_start, status)
from support.waiting import eventually

pytestmark = pytest.mark.postgres


@pytest.fixture
def disk_of_server():
    """A disk where the server's user may go, which those in pytest's folders are not."""
    folder = work_folder("florin-disk-")
    try:
        disk = SmallDisk(folder / "disk", megabytes=96)
    except BaseException:
        shutil.rmtree(folder)
        raise
    give_to_server(disk.folder)
    yield disk
    disk.close()
    shutil.rmtree(folder)


# At the start


def test_no_server_is_named_with_host_and_port(on):
    port = free_port()
    said = refused_to_start(on(f"postgres://florin:{PASSWORD}@127.0.0.1:{port}/florin"))
    assert "127.0.0.1" in said and str(port) in said and "refused" in said, said


def test_a_host_that_does_not_exist_is_named(on):
    said = refused_to_start(on(f"postgres://florin:{PASSWORD}@nowhere.invalid:5432/florin"))
    assert "nowhere.invalid" in said, said


def test_a_wrong_password_is_said_and_not_shown(on, postgres):
    said = refused_to_start(on(postgres.address(password="Wrong-Password-1")))
    assert "password authentication failed" in said and "florin" in said and "Wrong-Password-1" not in said, said


def test_a_database_that_does_not_exist_is_named(on, postgres):
    said = refused_to_start(on(postgres.address().replace("/postgres", "/nobodys")))
    assert "nobodys" in said and "does not exist" in said, said


def test_an_address_that_is_none_is_refused_without_showing_it(on):
    server = on(f"postgres://florin:{PASSWORD}@[127.0.0.1/florin")
    said = server.refusal()
    assert PASSWORD not in said and "address of the database" in said, said
    said = refused_to_start(on(f"postgres://florin:{PASSWORD}@127.0.0.1:http/florin"))
    assert '"http"' in said, said


def test_a_user_who_may_make_nothing_is_told_so(on, postgres):
    postgres.execute("CREATE ROLE visitor LOGIN PASSWORD 'visitor'")
    said = refused_to_start(on(postgres.address(user="visitor", password="visitor")))
    assert "permission denied" in said, said


def test_verify_full_wants_a_certificate_that_it_trusts(on, make_postgres, tmp_path):
    postgres = make_postgres()
    authority, stranger = Authority(tmp_path / "ca"), Authority(tmp_path / "stranger", "stranger")
    trusted = ["sslmode=verify-full", f"sslrootcert={authority.certificate}"]
    postgres.start()
    said = refused_to_start(on(postgres.address(*trusted)))
    assert "does not support SSL" in said, said

    postgres.stop()
    for path in authority.issue(postgres.data, "IP:127.0.0.1"):
        give_to_server(path)
    postgres.set(ssl="on", ssl_cert_file="'server.pem'", ssl_key_file="'server.key'")
    postgres.start()
    said = refused_to_start(on(postgres.address("sslmode=verify-full", f"sslrootcert={stranger.certificate}")))
    assert "certificate verify failed" in said, said
    said = refused_to_start(on(postgres.address(*trusted, host="localhost")))
    assert "does not match host name" in said, said

    server = on(postgres.address(*trusted)).start()
    assert pay(stripe_client(server)).status == "succeeded"
    sessions = postgres.rows(
        "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'florin'")
    assert sessions and all(ssl for ssl, in sessions)


@pytest.mark.parametrize("schema", ["main", "vault"])
def test_a_schema_from_the_future_is_left_as_it_is(on, postgres, schema):
    first = on(postgres.address()).start()
    pay(stripe_client(first))
    first.stop()
    schemas = {name for name, in postgres.rows("SELECT DISTINCT schema FROM florin_schema")}
    assert schema in schemas, schemas
    postgres.execute("INSERT INTO florin_schema (schema, step, number, applied_at) VALUES (%s, '99-of-tomorrow', 99, 0)", [schema])
    said = refused_to_start(first)
    assert f"127.0.0.1:{postgres.port}" in said and ("newer version" in said or "later version" in said), said
    postgres.execute("DELETE FROM florin_schema WHERE step = '99-of-tomorrow'")
    assert pay(stripe_client(first.start())).status == "succeeded"


# Connections


@contextlib.contextmanager
def all_connections_taken(postgres):
    taken = []
    try:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                taken.append(postgres.connect())
        yield
    finally:
        for connection in taken:
            connection.close()


def test_a_server_without_a_free_connection_is_said_so_at_the_start(on, make_postgres):
    postgres = make_postgres(max_connections=12, superuser_reserved_connections=0).start()
    server = on(postgres.address())
    with all_connections_taken(postgres):
        said = refused_to_start(server)
        assert "too many clients" in said and f"127.0.0.1:{postgres.port}" in said.replace('", port ', ":"), said
    eventually(lambda: postgres.connect().close() is None, what="a free connection")
    assert pay(stripe_client(server.start())).status == "succeeded"


def test_the_connection_limit_reached_while_running_declines_nothing_and_passes(on, make_postgres):
    postgres = make_postgres(max_connections=25, superuser_reserved_connections=0).start()
    server = on(postgres.address()).start()
    client = stripe_client(server)
    assert pay(client).status == "succeeded"
    attempts = []
    with postgres.connect() as other:
        sessions = other.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'florin'").fetchall()
        for session in sessions:
            with all_connections_taken(postgres):
                other.execute("SELECT pg_terminate_backend(%s)", session)
                gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
                eventually(lambda gone=gone, session=session: other.execute(gone, session).fetchone()[0])
                # Its place is taken before Florin comes back, or it has it again.
                with all_connections_taken(postgres):
                    attempts += [Attempt().send(server) for _ in range(3)]
            # Nobody pays: it finds out by itself that all is well again.
            becomes_ready(server)
            assert pay(client).status == "succeeded"
    never_declined(attempts)
    assert {503} <= {attempt.response.status_code for attempt in attempts}, "the limit was not met"
    everything_acknowledged_is_there_once(server, client, attempts)
    books_agree(client)
    assert server.verify().returncode == 0


def test_connections_that_are_cut_under_load_lose_nothing(on, postgres):
    server = on(postgres.address()).start()
    load = Load(server, threads=6, pause_after_failure=0.05)
    load.wait_for(acknowledged=10)
    for _ in range(12):
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'florin'")
        payments_flow(load, more=3)
    nothing_is_lost(server, stripe_client(server), load)
    becomes_ready(server)


# Away, and back


def test_a_database_that_is_gone_and_comes_back_loses_and_declines_nothing(on, postgres):
    server = on(postgres.address()).start()
    assert status(server, "/readyz") == 200
    load = Load(server, threads=4, pause_after_failure=0.05)
    load.wait_for(acknowledged=20)
    postgres.stop("immediate")
    becomes_unready(server)
    error = error_of(Raw(server).get("/v1/balance"), 503)
    assert PASSWORD not in str(error)
    postgres.start()
    becomes_ready(server)
    payments_flow(load)
    assert server.starts == 1 and server.is_running
    nothing_is_lost(server, stripe_client(server), load)
    assert PASSWORD not in server.output()


def test_payments_that_come_while_the_database_is_gone_are_refused_at_once(on, postgres):
    server = on(postgres.address()).start()
    client = stripe_client(server)
    assert pay(client).status == "succeeded"
    postgres.stop("immediate")
    load = Load(server, threads=4, pause_after_failure=0.05)
    eventually(lambda: len(load.failed) >= 20, 10, "payments being refused")
    assert {attempt.response.status_code for attempt in load.failed} == {503}
    becomes_unready(server)
    postgres.start()
    becomes_ready(server)
    payments_flow(load)
    nothing_is_lost(server, client, load)


@pytest.mark.slow
def test_a_database_that_is_gone_for_long_has_every_request_answered(on, postgres):
    """Whoever was paying at that moment is told within a minute that it is in doubt, and what came of it under his key."""
    server = on(postgres.address()).start()
    load = Load(server, threads=4, pause_after_failure=0.05)
    load.wait_for(acknowledged=20)
    postgres.stop("immediate")
    becomes_unready(server)
    eventually(lambda: len(load.failed) >= 8, 60, "payments being refused")
    postgres.start()
    becomes_ready(server)
    payments_flow(load)
    nothing_is_lost(server, stripe_client(server), load)


def test_a_server_that_is_stopped_in_order_while_the_database_is_gone_ends(on, postgres):
    server = on(postgres.address()).start()
    pay(stripe_client(server))
    postgres.stop("immediate")
    becomes_unready(server)
    assert server.stop() == 0
    postgres.start()
    assert pay(stripe_client(server.start())).status == "succeeded"


def test_a_database_that_goes_while_payments_are_with_the_network_books_them_when_it_is_back(on, postgres):
    server = on(postgres.address(), "--network-timeout-ms", "3000").start()
    client = stripe_client(server)
    cards = [new_card(client, script_cards.number("slow_answer")) for _ in range(4)]
    attempts = [Attempt(more={"payment_method": card}) for card in cards]
    with ThreadPoolExecutor(len(attempts)) as pool:
        sent = [pool.submit(attempt.send, server) for attempt in attempts]
        eventually(
            lambda: len([i for i in client.v1.payment_intents.list().data if i.status == "processing"]) == len(attempts)
            or any(each.done() for each in sent), what="payments being with the network")
        postgres.stop("immediate")
        becomes_unready(server)
        eventually(lambda: "attempt not booked" in server.output(), 20, "an answer of the network that cannot be booked")
        eventually(lambda: "attempt not resolved yet" in server.output(), 20, "an attempt that cannot be resolved yet")
        postgres.start()
        becomes_ready(server)
    never_declined(attempts)
    for intent in client.v1.payment_intents.list().data:
        assert resolved(client, intent.id, within=20).status == "succeeded"
    everything_acknowledged_is_there_once(server, client, attempts)
    books_agree(client)
    assert server.verify().returncode == 0


# Slow


def test_a_statement_that_takes_too_long_is_no_decline_and_passes(on, postgres):
    server = on(postgres.address()).start()
    assert server.stop() == 0
    # Where the tables are there already, and long enough for a busy machine.
    server.address = with_parameters(postgres.address(), options="-cstatement_timeout=200")
    client = stripe_client(server.start())
    assert pay(client).status == "succeeded"
    card = new_card(client, script_cards.number("slow_answer"))
    under_way = Attempt(more={"payment_method": card})
    with postgres.connect() as other, ThreadPoolExecutor(1) as pool:
        sent = pool.submit(under_way.send, server)
        eventually(
            lambda: sent.done() or [i for i in client.v1.payment_intents.list().data if i.status == "processing"],
            what="a payment being with the network")
        with other.transaction():
            other.execute("SELECT * FROM event_head WHERE merchant = 1 FOR UPDATE")
            refused = [Attempt().send(server) for _ in range(3)]
            sent.result()
    assert {attempt.response.status_code for attempt in refused} == {503}
    never_declined([*refused, under_way])
    assert pay(client).status == "succeeded"
    becomes_ready(server)
    everything_acknowledged_is_there_once(server, client, [*refused, under_way])
    books_agree(client)


# A full disk


@pytest.mark.slow
@pytest.mark.parametrize("log_is_there", [True, False], ids=["with its log", "without its log"])
def test_a_database_on_a_full_disk_declines_nothing_and_goes_on_when_there_is_space(
    on, make_postgres, disk_of_server, log_is_there
):
    disk = disk_of_server
    postgres = make_postgres(folder=disk.folder / "postgres", min_wal_size="32MB", max_wal_size="32MB")
    if not log_is_there:
        postgres.move_log(make_postgres().folder / "pg_wal")
    postgres.start()
    server = on(postgres.address()).start()
    load = Load(server, threads=4, pause_after_failure=0.05)
    load.wait_for(acknowledged=10)
    disk.fill()
    if log_is_there:
        # A new file of the log is needed at once, and not after thousands of payments.
        with contextlib.suppress(psycopg.Error):
            for _ in range(4):
                postgres.execute("SELECT pg_switch_wal()")
    eventually(lambda: len(load.failed) >= 5, 60, "payments being refused")
    disk.enlarge(256)
    if not log_is_there:
        assert postgres.is_running
    elif not postgres.is_running:
        postgres.start()
    becomes_ready(server)
    payments_flow(load)
    nothing_is_lost(server, stripe_client(server), load)
