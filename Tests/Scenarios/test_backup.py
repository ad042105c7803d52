"""Backups: encrypted, made while payments go on, and good only when they have been restored and verified."""

import json
import sqlite3
import subprocess

import pytest

from conftest import stripe_client
from support.archiving_postgres import ArchivingPostgres, programs
from support.cards import card, with_check_digit
from support.load import Load
from support.pan_scanner import PanScanner
from support.payments import books_agree, pay
from support.server import Florin, binary
from support.waiting import eventually

# Of a bank that is nobody's, so that it is in no table of the server itself.
NUMBER = with_check_digit("424242001234567")
SECONDS = 120


def florin(*arguments):
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS)


class Backups:
    """A place for the backups of one server, and a key apart from them."""

    def __init__(self, folder):
        self.repository, self.key, self.restored = folder / "backups", folder / "key" / "backup.key", folder / "restored"
        self.key.parent.mkdir(mode=0o700)

    def make(self, server, *more):
        done = florin("backup", "--data", server.folder, "--to", self.repository, "--key", self.key, "--json", *more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["path"]

    def restore(self, path, *more, key=None):
        return florin("restore", "--from", path, "--to", self.restored, "--key", key or self.key, *more)

    @property
    def is_empty(self):
        return not self.restored.exists() or not list(self.restored.iterdir())


@pytest.fixture
def backups(tmp_path):
    return Backups(tmp_path)


@pytest.fixture
def backup(own_server, backups):
    """One backup of a server with one payment."""
    client = stripe_client(own_server.start())
    intent = pay(client, payment_method_data={"type": "card", "card": card(NUMBER)})
    return backups.make(own_server), intent


@pytest.mark.embedded
def test_a_backup_made_under_load_has_every_payment_acknowledged_before_it(own_server, backups, tmp_path):
    own_server.start()
    load = Load(own_server)
    load.wait_for(acknowledged=40)
    before = [attempt.response.json()["id"] for attempt in load.acknowledged]
    path = backups.make(own_server, "--with-vault-key")
    at_the_end = len(load.acknowledged)
    load.wait_for(acknowledged=at_the_end + 10)
    load.stop()
    assert not load.failed and not load.unanswered, "the backup is to hold nobody up"
    done = backups.restore(path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything holds" in done.stdout and "are good" in done.stdout
    own_server.stop()

    other = Florin(backups.restored, logs=tmp_path / "other")
    try:
        client = stripe_client(other.start())
        there = {intent.id for intent in client.v1.payment_intents.list({"limit": 100}).auto_paging_iter()}
        assert not set(before) - there
        books_agree(client)
        assert pay(client).status == "succeeded"
    finally:
        other.kill()


@pytest.mark.embedded
def test_a_restored_card_can_be_charged_with_the_vault_key_kept_apart(own_server, backups, tmp_path):
    client = stripe_client(own_server.start())
    customer = client.v1.customers.create({"name": "Ada"})
    method = client.v1.payment_methods.create({"type": "card", "card": card(NUMBER)})
    client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    path = backups.make(own_server)
    own_server.kill()
    done = backups.restore(path, "--vault-key", own_server.folder / "vault.key")
    assert done.returncode == 0, done.stderr
    other = Florin(backups.restored, logs=tmp_path / "other")
    try:
        client = stripe_client(other.start())
        assert pay(client, customer=customer.id, payment_method=method.id, off_session=True).status == "succeeded"
    finally:
        other.kill()


@pytest.mark.embedded
def test_the_vault_key_is_in_a_backup_only_when_it_was_asked_for(own_server, backups, tmp_path):
    own_server.start()
    pay(stripe_client(own_server), payment_method_data={"type": "card", "card": card(NUMBER)})
    done = backups.restore(backups.make(own_server))
    assert done.returncode == 0 and "vault.key is not in the backup" in done.stdout
    files = {path.name: path.stat().st_mode & 0o777 for path in backups.restored.iterdir()}
    assert {"florin.sqlite", "vault.sqlite", "sandbox.json"} <= files.keys() and "vault.key" not in files
    assert set(files.values()) == {0o600} and backups.restored.stat().st_mode & 0o777 == 0o700
    backups.restored = tmp_path / "again"
    done = backups.restore(backups.make(own_server, "--with-vault-key"))
    assert done.returncode == 0 and (backups.restored / "vault.key").exists()


@pytest.mark.embedded
def test_the_wrong_vault_key_is_found(own_server, backups, tmp_path):
    own_server.start()
    pay(stripe_client(own_server), payment_method_data={"type": "card", "card": card(NUMBER)})
    path = backups.make(own_server)
    other = Florin(tmp_path / "other").start()
    other.stop()
    done = backups.restore(path, "--vault-key", other.folder / "vault.key")
    assert done.returncode == 2 and "DO NOT USE" in done.stdout
    assert [path.name for path in backups.restored.iterdir()] == ["unverified"]


@pytest.mark.embedded
def test_no_card_number_and_nothing_in_clear_is_in_a_backup(own_server, backup, backups):
    findings = list(PanScanner([NUMBER], ["123"]).findings_below(backups.repository))
    assert not findings
    content = b"".join(path.read_bytes() for path in backups.repository.rglob("*") if path.is_file())
    clear = [b"SQLite format 3", b"ustar", backup[1].id.encode(), own_server.secret_key.encode(), b"merchant", b"CREATE TABLE"]
    assert not [text for text in clear if text in content]
    left = [path.name for path in own_server.folder.iterdir() if "copy" in path.name]
    assert not left and all(path.stat().st_mode & 0o077 == 0 for path in backups.repository.rglob("*"))


@pytest.mark.embedded
@pytest.mark.parametrize("damage", ["a flipped bit", "a missing end", "a longer end", "another head"])
def test_a_damaged_backup_is_refused_and_nothing_is_left(backup, backups, damage):
    path = backup[0]
    content = bytearray(open(path, "rb").read())
    if damage == "a flipped bit":
        content[len(content) // 2] ^= 1
    elif damage == "a missing end":
        del content[-100:]
    elif damage == "a longer end":
        content += b"\0"
    else:
        content = content.replace(b'"kind":"folder"', b'"kind":"base"  ', 1)
    with open(path, "wb") as file:
        file.write(content)
    done = backups.restore(path)
    assert done.returncode == 1 and str(path) in done.stderr, done.stdout + done.stderr
    assert "damaged" in done.stderr or "cut off" in done.stderr
    assert backups.is_empty
    listed = florin("backups", "--in", backups.repository, "--key", backups.key, "--check")
    assert listed.returncode == 2 and ("damaged" in listed.stdout or "cut off" in listed.stdout)


@pytest.mark.embedded
def test_a_backup_whose_books_do_not_hold_is_not_called_good(own_server, backups):
    pay(stripe_client(own_server.start()))
    own_server.stop()
    with sqlite3.connect(own_server.folder / "florin.sqlite") as database:
        database.execute("DELETE FROM event WHERE sequence = 1")
    done = backups.restore(backups.make(own_server))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "do not hold" in done.stdout and "DO NOT USE" in done.stdout
    assert not (backups.restored / "florin.sqlite").exists()


@pytest.mark.embedded
def test_another_key_is_refused(own_server, backup, backups, tmp_path):
    other = tmp_path / "other.key"
    done = florin("backup", "--data", own_server.folder, "--to", tmp_path / "elsewhere", "--key", other)
    assert done.returncode == 0 and "NEW BACKUP KEY" in done.stderr and "NOTHING can be restored" in done.stderr
    assert other.stat().st_mode & 0o777 == 0o600
    done = backups.restore(backup[0], key=other)
    assert done.returncode == 1 and "was sealed with the key" in done.stderr and backups.is_empty


@pytest.mark.embedded
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_reach_is_refused(own_server, backup, backups, mode):
    backups.key.chmod(mode)
    for command in (
        ("backup", "--data", own_server.folder, "--to", backups.repository),
        ("restore", "--from", backup[0], "--to", backups.restored),
        ("backups", "--in", backups.repository),
    ):
        done = florin(*command, "--key", backups.key)
        assert done.returncode == 1 and "chmod 600" in done.stderr


@pytest.mark.embedded
def test_a_key_among_the_backups_is_refused(own_server, backups):
    own_server.start()
    done = florin("backup", "--data", own_server.folder, "--to", backups.repository, "--key", backups.repository / "a.key")
    assert done.returncode == 1 and "Keep it elsewhere" in done.stderr
    assert not list(backups.repository.iterdir())


@pytest.mark.embedded
def test_a_folder_with_something_in_it_is_not_restored_into(backup, backups):
    backups.restored.mkdir()
    (backups.restored / "florin.sqlite").write_text("precious")
    done = backups.restore(backup[0])
    assert done.returncode == 1 and "not empty" in done.stderr
    assert (backups.restored / "florin.sqlite").read_text() == "precious"


@pytest.mark.embedded
def test_the_backups_are_listed(own_server, backup, backups):
    backups.make(own_server)
    done = florin("backups", "--in", backups.repository, "--key", backups.key)
    assert done.returncode == 0 and done.stdout.count("data folder") == 2 and done.stdout.count("opens") == 2


# PostgreSQL


needs_postgres = pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")


@pytest.fixture
def postgres():
    server = ArchivingPostgres()
    yield server
    server.close()


@pytest.fixture
def paying(postgres, tmp_path):
    """A server on PostgreSQL with one base backup, which archives its log from then on."""
    postgres.start()
    server = Florin(tmp_path / "node", address=postgres.url)
    server.start()
    done = postgres.florin("backup", "--database", postgres.url, "--to", postgres.repository, "--key", postgres.key)
    assert "read back and is whole" in done.stdout
    yield server
    server.kill()


def restore_server(postgres, to, *more):
    return florin("restore", "--from", postgres.repository, "--to", to, "--key", postgres.key, *more)


def is_archived(postgres, name):
    return (postgres.repository / "wal" / f"{name}.sealed").exists()


def intents_in(postgres, data, tmp_path):
    """The intents of restored files, asked of a server on them."""
    postgres.control("stop", "--mode", "immediate")
    for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
        assert (data / name).exists()
    postgres.data = data
    postgres.control("start", "--log", postgres.folder / "restored.log")
    return set(postgres.sql("SELECT id FROM payment_intent").split())


@needs_postgres
@pytest.mark.slow
def test_a_server_is_restored_to_a_moment_between_two_payments(paying, postgres, tmp_path):
    client = stripe_client(paying)
    first = pay(client, 1100)
    moment = postgres.sql("SELECT clock_timestamp() AT TIME ZONE 'UTC'") + "+00"
    second = pay(client, 2200)
    name = postgres.archive_all()
    eventually(lambda: is_archived(postgres, name), 60, "the log being archived")
    paying.kill()

    restored = postgres.folder / "restored"
    done = restore_server(postgres, restored, "--at", moment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything holds" in done.stdout and "are good" in done.stdout
    assert not (restored / "recovery.signal").exists() and not (restored / "unverified").exists()
    there = intents_in(postgres, restored, tmp_path)
    assert first.id in there and second.id not in there


@needs_postgres
@pytest.mark.slow
def test_without_a_moment_all_of_the_archive_is_restored(paying, postgres, tmp_path):
    client = stripe_client(paying)
    paid = [pay(client, 1000 + n).id for n in range(5)]
    name = postgres.archive_all()
    eventually(lambda: is_archived(postgres, name), 60, "the log being archived")
    paying.kill()
    restored = postgres.folder / "restored"
    done = restore_server(postgres, restored)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(paid) <= intents_in(postgres, restored, tmp_path)


@needs_postgres
@pytest.mark.slow
def test_a_damaged_log_is_not_taken_for_its_end(paying, postgres):
    pay(stripe_client(paying))
    name = postgres.archive_all()
    eventually(lambda: is_archived(postgres, name), 60, "the log being archived")
    path = postgres.repository / "wal" / f"{name}.sealed"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    restored = postgres.folder / "restored"
    done = restore_server(postgres, restored)
    assert done.returncode == 1 and "damaged" in done.stderr, done.stdout + done.stderr
    assert not list(restored.iterdir())


@needs_postgres
@pytest.mark.slow
def test_a_moment_before_the_first_backup_and_one_that_the_archive_does_not_reach_are_refused(paying, postgres):
    restored = postgres.folder / "restored"
    done = restore_server(postgres, restored, "--at", "2020-01-01 00:00:00+00")
    assert done.returncode == 1 and "nothing before it" in done.stderr
    done = restore_server(postgres, restored, "--at", "2099-01-01 00:00:00+00")
    assert done.returncode == 1 and "recovery ended before configured recovery target" in done.stderr, done.stderr
    assert not list(restored.iterdir())


@needs_postgres
@pytest.mark.slow
def test_nothing_of_a_server_is_in_clear_in_its_backups(paying, postgres):
    client = stripe_client(paying)
    intent = pay(client, payment_method_data={"type": "card", "card": card(NUMBER)})
    name = postgres.archive_all()
    eventually(lambda: is_archived(postgres, name), 60, "the log being archived")
    content = b"".join(path.read_bytes() for path in postgres.repository.rglob("*") if path.is_file())
    assert not [text for text in (b"ustar", b"PG_VERSION", intent.id.encode(), b"payment_intent") if text in content]
    assert not list(PanScanner([NUMBER], ["123"]).findings_below(postgres.repository))


@needs_postgres
@pytest.mark.slow
def test_a_file_of_the_log_is_archived_once_and_fetched_as_it_was(paying, postgres):
    name = postgres.archive_all()
    eventually(lambda: is_archived(postgres, name), 60, "the log being archived")
    place = ["--key", postgres.key]
    fetched = postgres.folder / name
    assert postgres.florin("fetch-wal", name, fetched, "--from", postgres.repository, *place).returncode == 0
    again = postgres.florin("archive-wal", fetched, "--to", postgres.repository, *place, check=False)
    assert again.returncode == 0, again.stderr
    content = bytearray(fetched.read_bytes())
    content[-1] ^= 1
    fetched.write_bytes(content)
    other = postgres.florin("archive-wal", fetched, "--to", postgres.repository, *place, check=False)
    assert other.returncode == 1 and "other content" in other.stderr
    absent = postgres.florin("fetch-wal", "0" * 24, fetched, "--from", postgres.repository, *place, check=False)
    assert absent.returncode == 1
    (postgres.repository / "wal" / f"{name}.sealed").rename(postgres.repository / "wal" / f"{'0' * 24}.sealed")
    renamed = postgres.florin("fetch-wal", "0" * 24, fetched, "--from", postgres.repository, *place, check=False)
    assert renamed.returncode == 200 and "renamed" in renamed.stderr
