"""Fixtures: one cluster for all tests, whole again before each of them, and who pays on it."""

import os
import shutil
import tempfile
import uuid
from pathlib import Path

import pytest

from harness import report
from harness.cluster import Cluster
from harness.florin_payments import FlorinPayments
from harness.load import Load
from harness.sql_transfers import SQLTransfers

DRIVER = os.environ.get("FLORIN_HA_DRIVER", "florin")
BASE_PORT = os.environ.get("FLORIN_HA_BASE", "15500")
VIA_HAPROXY = os.environ.get("FLORIN_HA_VIA", "pgbouncer") == "haproxy"


def pytest_collection_modifyitems(config, items):
    """Leaves out the tests that ask for the other driver."""
    others = [item for item in items if (mark := item.get_closest_marker("driver")) and DRIVER not in mark.args]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def pytest_configure(config):
    config.addinivalue_line("markers", "driver(name): only with this FLORIN_HA_DRIVER")


def pytest_terminal_summary(terminalreporter):
    if report.ROWS:
        terminalreporter.section(f"failover under load ({DRIVER})")
        terminalreporter.write_line(report.table())


@pytest.fixture(scope="session")
def work_folder():
    """Everything this run writes. In /tmp and passable, for PostgreSQL has a user of its own."""
    folder = Path(tempfile.mkdtemp(prefix="florin-ha-"))
    folder.chmod(0o711)
    yield folder
    if os.environ.get("FLORIN_HA_KEEP") == "1":
        print(f"\nkept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_cluster(work_folder):
    cluster = Cluster(work_folder / "cluster")
    try:
        cluster.do("start", "--base", BASE_PORT)
        yield cluster
    finally:
        if (cluster.folder / "cluster.json").exists():
            cluster.do("stop")


@pytest.fixture
def cluster(shared_cluster):
    try:
        shared_cluster.heal()
    except AssertionError as failure:
        # Each further test would wait for minutes, and say the same.
        pytest.exit(f"the cluster does not become whole again: {failure}", returncode=1)
    return shared_cluster


@pytest.fixture(scope="session")
def shared_books(work_folder, shared_cluster):
    database = shared_cluster.url(direct=VIA_HAPROXY)
    if DRIVER == "sql":
        return SQLTransfers(database)
    return FlorinPayments(work_folder / "florin" / "data", database, work_folder / "florin")


@pytest.fixture
def books(cluster, shared_books):
    shared_books.open()
    yield shared_books
    shared_books.close()


@pytest.fixture
def load(books):
    """Starts paying; what a failed test leaves running is stopped."""
    started = []

    def start(**options):
        started.append(Load(books, run=uuid.uuid4().hex[:12], **options))
        started[-1].wait_for(50)
        return started[-1]

    yield start
    for each in started:
        each.abandon()
