"""Without a primary a server is alive and not ready, says so quickly, and comes back by itself."""

import time

import pytest

from harness.florin_payments import REQUEST_SECONDS
from support.waiting import eventually

# Patroni gives up its primary once it could not reach etcd for retry_timeout.
DEMOTION_SECONDS = 60
NOT_READY_SECONDS = 30
READY_SECONDS = 30
ASKED_TIMES = 10

pytestmark = pytest.mark.driver("florin")


def test_without_a_primary_it_is_alive_and_not_ready(cluster, books, load):
    server = books.server
    assert server.get("/readyz")[0] == 200
    assert server.get("/healthz")[0] == 200
    paying = load()
    paying.wait_for(100)

    leader, *others = sorted(row["node"] for row in cluster.nodes())
    for node in others:
        cluster.do("stop-etcd", node)
    eventually(lambda: not cluster.has_primary(), DEMOTION_SECONDS, "the primary stepping down without etcd's majority")
    eventually(lambda: server.get("/readyz")[0] == 503, NOT_READY_SECONDS, "GET /readyz answering 503")

    deadline = time.monotonic() + ASKED_TIMES
    while time.monotonic() < deadline:
        status, seconds = server.get("/readyz")
        assert status == 503, "there is no primary, and yet it says that it is ready"
        assert seconds < REQUEST_SECONDS
        assert server.get("/healthz")[0] == 200
        time.sleep(0.2)
    assert server.is_running, server.output_tail()

    cluster.do("start-etcd")
    eventually(cluster.has_primary, DEMOTION_SECONDS, "a primary being there again")
    back = time.monotonic()
    eventually(lambda: server.get("/readyz")[0] == 200, READY_SECONDS, "GET /readyz answering 200 again")
    paying.wait_for(100, since=back, within=READY_SECONDS)
    cluster.heal()
    books.check(paying.stop())
