"""Rows of numbers that several processes share."""

import os

import pytest
from prometheus_client import generate_latest

from monitor.metrics.cells import Cells, LayoutError, Rows
from monitor.metrics.gateway import GatewayMetrics


def shown(metrics):
    lines = generate_latest(metrics.registry).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name.removeprefix("sidewatch_gateway_"): float(value) for name, value in pairs}


def in_a_child(work):
    """Do it in a forked process, to its end."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_what_a_forked_process_counts_is_seen_by_the_others():
    rows = Rows(2)
    metrics = GatewayMetrics(rows, 0)
    metrics.seen.inc(2)
    metrics.connect.observe(0.3)

    def work():
        other = GatewayMetrics(rows, 1)
        other.seen.inc(3)
        other.connect.observe(5.0)

    in_a_child(work)
    assert shown(metrics)["exchanges_seen_total"] == 5
    assert shown(metrics)["upstream_connect_seconds_count"] == 2
    assert shown(metrics)["upstream_connect_seconds_sum"] == 5.3


def test_one_process_alone_shares_nothing_with_what_it_forks():
    metrics = GatewayMetrics()
    in_a_child(lambda: metrics.seen.inc(7))
    assert shown(metrics)["exchanges_seen_total"] == 0


def test_a_row_counts_on_where_the_process_before_left_it():
    rows = Rows(2)
    first = GatewayMetrics(rows, 1)
    first.seen.inc(4)
    first.process.publish()
    before = shown(first)["cpu_seconds_total"]
    second = GatewayMetrics(rows, 1)
    second.seen.inc()
    assert shown(second)["exchanges_seen_total"] == 5
    assert shown(second)["cpu_seconds_total"] >= before


def test_gauges_are_those_of_the_living():
    rows = Rows(3)
    here, there, gone = (GatewayMetrics(rows, row) for row in range(3))
    for metrics, depth, up in ((here, 1, 1), (there, 10, 0), (gone, 100, 0)):
        metrics.gauge("queue_depth", "Waiting.", lambda depth=depth: depth)
        metrics.journal_up.set(up)
    gone.open()
    rows.close(2)
    assert shown(here)["queue_depth"] == 1
    assert shown(here)["journal_up"] == 1
    there.open()
    assert shown(here)["queue_depth"] == 11
    assert shown(here)["journal_up"] == 0
    assert shown(here)["processes"] == 2


def test_exchanges_that_died_with_a_process_are_counted_as_lost():
    rows = Rows(2)
    killed = GatewayMetrics(rows, 0)
    killed.seen.inc(10)
    killed.recorded.inc(6)
    killed.dropped["queue_full"].inc(1)
    for _ in range(2):  # the second finds the account in order
        GatewayMetrics(rows, 0).settle()
    assert shown(killed)['exchanges_dropped_total{reason="killed"}'] == 3


def test_processes_must_agree_on_the_layout():
    rows = Rows(2)
    here, there = Cells(rows, 0), Cells(rows, 1)
    here.take("requests")
    here.check()
    there.take("answers")
    with pytest.raises(LayoutError, match="differ"):
        there.check()


def test_a_row_has_an_end():
    cells = Cells()
    with pytest.raises(LayoutError, match="only"):
        cells.take("too many", 1_000_000)


def test_the_lag_is_the_worst_of_the_last_two_windows():
    lag = GatewayMetrics().process.lag
    lag.beat(1_000.0, 0.4)
    lag.beat(1_001.0, 0.1)
    assert worst(lag) == 0.4
    lag.beat(1_016.0, 0.2)  # in the next window, 15 s on
    assert worst(lag) == 0.4
    lag.beat(1_032.0, 0.0)
    assert worst(lag) == 0.2


def worst(lag):
    return lag._worst[0]
