"""A server that cannot start, or cannot write, says why in words and harms nothing."""

import resource
import signal
import socket
import subprocess

import pytest

from conftest import stripe_client
from support.http import Raw
from support.load import Load, everything_acknowledged_is_there_once
from support.payments import books_agree, pay
from support.server import Florin, binary
from support.small_disk import SmallDisk
from support.waiting import eventually


@pytest.mark.embedded
def test_a_second_server_on_the_same_folder_is_turned_away(own_server, tmp_path):
    client = stripe_client(own_server.start())
    second = Florin(own_server.folder, logs=tmp_path / "second")
    said = second.refusal()
    assert str(own_server.folder) in said and ("another process" in said.lower() or "in use" in said.lower())
    assert pay(client).status == "succeeded"


def test_a_port_that_is_taken_is_named(own_server):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = own_server.refusal(port)
    assert str(port) in said and "in use" in said.lower()
    assert pay(stripe_client(own_server.start(port))).status == "succeeded"


@pytest.mark.embedded
def test_a_damaged_database_is_named_and_left_as_it_is(own_server):
    pay(stripe_client(own_server.start()))
    assert own_server.stop() == 0
    whole = {path: path.read_bytes() for path in own_server.folder.rglob("*") if path.is_file()}
    databases = [path for path, content in whole.items() if content.startswith(b"SQLite format 3")]
    assert databases, f"no database in {own_server.folder}"
    for path in databases:
        # Without its log, which has good copies of the pages that are spoiled.
        for companion in ("-wal", "-shm"):
            path.with_name(path.name + companion).unlink(missing_ok=True)
        damaged = b"\xa5" * 4096 + whole[path][4096:]
        path.write_bytes(damaged)
        said = own_server.refusal()
        assert path.name in said and ("damaged" in said.lower() or "corrupt" in said.lower() or "not a database" in said.lower())
        assert path.read_bytes() == damaged
        for each, content in whole.items():
            each.write_bytes(content)
    assert pay(stripe_client(own_server.start())).status == "succeeded"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    server = Florin(tmp_path / "file" / "data", logs=tmp_path / "logs")
    assert str(tmp_path / "file") in server.refusal()


# A disk that takes nothing more


@pytest.fixture
def small_disk(tmp_path):
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.close()


@pytest.fixture
def server_on_small_disk(small_disk, tmp_path):
    server = Florin(small_disk.folder / "data", logs=tmp_path)
    yield server
    server.kill()


def refused_without_harm(attempts):
    for attempt in attempts:
        answer = attempt.response
        assert answer.status_code in (500, 503), answer.text[:300]
        assert answer.json()["error"]["message"] and answer.headers["Request-Id"]


@pytest.mark.embedded
def test_a_full_disk_refuses_payments_without_harm_and_they_work_again_when_there_is_space(small_disk, server_on_small_disk):
    server = server_on_small_disk
    client = stripe_client(server.start())
    assert pay(client).status == "succeeded"
    small_disk.fill()
    load = Load(server, threads=2, pause_after_failure=0.05)
    eventually(lambda: len(load.failed) >= 5, 30, "payments being refused")
    assert Raw(server).get("/v1/balance").status_code == 200, "reading still works"
    small_disk.free()
    count = len(load.acknowledged)
    eventually(lambda: len(load.acknowledged) > count + 3, 30, "payments working again")
    load.stop()

    assert server.is_running
    assert not load.unanswered, load.unanswered[0].error
    refused_without_harm(load.failed)
    everything_acknowledged_is_there_once(server, client, load.attempts)
    books_agree(client)
    assert server.stop() == 0
    client = stripe_client(server.start())
    everything_acknowledged_is_there_once(server, client, load.attempts)
    books_agree(client)


@pytest.mark.embedded
def test_a_disk_that_fails_to_write_loses_no_acknowledged_payment(own_server):
    """No file may grow any more: writes fail as on a broken disk. A server may want a restart after that."""
    # The signal that comes with the error is ignored, as it is by anyone who expects the error.
    ignore = {"restore_signals": False, "preexec_fn": lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN)}
    client = stripe_client(own_server.start(**ignore))
    assert pay(client).status == "succeeded"
    load = Load(own_server, threads=2, pause_after_failure=0.05)
    load.wait_for(acknowledged=5)
    largest = max(path.stat().st_size for path in own_server.folder.rglob("*") if path.is_file())
    hard = resource.prlimit(own_server.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(own_server.process.pid, resource.RLIMIT_FSIZE, (largest, hard))
    eventually(lambda: len(load.failed) >= 5 or not own_server.is_running, 30, "payments being refused")
    load.stop()
    refused_without_harm(load.failed)
    own_server.kill()
    client = stripe_client(own_server.start())
    everything_acknowledged_is_there_once(own_server, client, load.attempts)
    books_agree(client)
    assert pay(client).status == "succeeded"


def test_an_unknown_option_is_named(tmp_path):
    command = [str(binary()), "serve", "--data", str(tmp_path / "data"), "--colour", "red"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert result.returncode > 0 and "--colour" in result.stderr + result.stdout
    assert not (tmp_path / "data").exists()
