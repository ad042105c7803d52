"""Faults under load: the outage is short, nothing acknowledged is lost, and nothing is there twice."""

import os
import time

import pytest

from harness import report

KILLS = int(os.environ.get("FLORIN_HA_KILLS", "3"))

GAP_LIMIT_SECONDS = 30
# How long it may take until payments are taken again; the limit above is what is asked.
RECOVERY_SECONDS = 90
PAYMENTS_BEFORE = 200
PAYMENTS_AFTER = 200
# A primary that lost its etcd would give up within ttl (20 s) and a little.
WATCH_ETCD_SECONDS = 25
WITHOUT_STANDBY_SECONDS = 12


def survive(cluster, books, load, name, fault, watch_seconds=0.0):
    """Injects a fault under load, goes on paying until the cluster is whole again, and checks all payments."""
    paying = load()
    paying.wait_for(PAYMENTS_BEFORE)
    begun = time.monotonic()
    node = fault()
    done = time.monotonic()
    paying.wait_for(PAYMENTS_AFTER, since=done, within=RECOVERY_SECONDS)
    time.sleep(max(0.0, begun + watch_seconds - time.monotonic()))
    cluster.heal()
    paying.wait_for(PAYMENTS_AFTER, since=time.monotonic(), within=RECOVERY_SECONDS)
    payments = paying.stop()
    row = report.Row(name, node, paying.longest_gap(since=begun), len(payments), len(paying.in_doubt()))
    report.ROWS.append(row)
    books.check(payments)
    row.is_checked = True
    assert row.gap < GAP_LIMIT_SECONDS, f"no payment was acknowledged for {row.gap:.1f} s"


@pytest.mark.parametrize("number", range(1, KILLS + 1))
def test_the_primary_is_killed(cluster, books, load, number):
    survive(cluster, books, load, f"SIGKILL of PostgreSQL, {number}", lambda: cluster.do("kill-primary"))


def test_the_primary_is_cut_off(cluster, books, load):
    survive(cluster, books, load, "network cut", lambda: cluster.do("cut-node"))


def test_the_primary_freezes(cluster, books, load):
    survive(cluster, books, load, "SIGSTOP", lambda: cluster.do("pause-node"))


def test_the_primary_loses_its_power(cluster, books, load):
    survive(cluster, books, load, "machine lost", lambda: cluster.do("kill-node"))


def test_a_standby_loses_its_power(cluster, books, load):
    """The synchronous one: commits wait until Patroni has made the other one synchronous."""
    synchronous = next(row["node"] for row in cluster.nodes() if row["sync"] == "yes")
    survive(cluster, books, load, "sync standby lost", lambda: cluster.do("kill-node", synchronous))


def test_the_leader_of_etcd_is_stopped(cluster, books, load):
    survive(cluster, books, load, "etcd leader killed", lambda: cluster.do("stop-etcd-leader"), WATCH_ETCD_SECONDS)


def test_a_planned_switchover(cluster, books, load):
    def switch():
        before = cluster.primary()
        cluster.do("switchover")
        return before

    survive(cluster, books, load, "switchover", switch)


def test_without_a_standby_nothing_is_acknowledged(cluster, books, load):
    """What would exist on one machine only is not taken; once a standby is back, it is."""
    paying = load()
    paying.wait_for(PAYMENTS_BEFORE)
    standbys = cluster.standbys()
    for standby in standbys:
        cluster.do("pause-node", standby)
    alone = time.monotonic()
    time.sleep(WITHOUT_STANDBY_SECONDS)
    # A commit whose standby was stopped an instant after it had confirmed may still be answered.
    late = paying.known_since(alone + 0.5)
    back = time.monotonic()
    for standby in standbys:
        cluster.do("resume-node", standby)
    paying.wait_for(PAYMENTS_AFTER, since=back, within=RECOVERY_SECONDS)
    cluster.heal()
    payments = paying.stop()
    assert late == 0, f"{late} payments were acknowledged that no standby had"
    # Here the gap is what is wanted; what counts is how soon it ends.
    gap = paying.first_known_after(back) - back
    row = report.Row("standbys resumed", ",".join(standbys), gap, len(payments), len(paying.in_doubt()))
    report.ROWS.append(row)
    books.check(payments)
    row.is_checked = True
