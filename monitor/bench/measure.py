"""The figures of one contender in one round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import uvloop

from monitor.bench import BenchError, load, machine
from monitor.bench.contenders import Contender
from monitor.bench.loading import Plan, forget, spent, streamed, unrecorded

STALL = 0.25
"""Seconds between two chunks of a stream above which it has stalled for its reader."""
_FAR_TOO_MUCH = 3.0  # cores; the estimate is high, since few chunks come at once
_EASY = 0.6
_PROBE_STREAMS, _PROBE_SECONDS = 16, 2.0
_FIRST_TOKEN_SECONDS = 5.0
_SETTLE_SECONDS = 1.0

Figures = dict[str, float]


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(contender: Contender, plan: Plan, *, step: Callable[[str], None]) -> Figures:
    """All figures of a contender that has just been started.

    One that would need three cores or more for the streams of the plan gets as many as keep it at
    0.6 of a core, so that its times are not those of a queue; `streams` says how many.

    Raises
    ------
    BenchError
        It does not relay what is asked of it.
    """
    warm(contender, plan)
    figures: Figures = {"rest_mb": machine.resident_bytes(contender.pids()) / 1e6}
    step("how much it can take")
    most = _bearable(contender, plan)
    step("time to first token")
    figures |= _first_tokens(contender, plan, min(plan.first_token_streams, most))
    step("streams")
    figures |= _streams(contender, plan, min(plan.streams, most))
    step("plain requests")
    figures |= _plain(contender, plan)
    time.sleep(_SETTLE_SECONDS)
    figures["after_mb"] = machine.resident_bytes(contender.pids()) / 1e6
    if contender.store_port is not None:
        figures["unrecorded"] = unrecorded(contender.target.port)
    return figures


def warm(contender: Contender, plan: Plan) -> None:
    """Let it answer a little of each kind.

    Raises
    ------
    BenchError
        It does not relay what is asked of it.
    """
    plain = uvloop.run(load.plain(contender.target, 2, seconds=0.3))
    seen = streamed(contender, plan, _PROBE_STREAMS, seconds=_PROBE_SECONDS, spread=0.5)
    if plain.failed or not all(each.chunks for each in seen):
        raise BenchError(
            f"{contender.name} does not relay: {plain.failed} of {len(plain.times)} plain requests "
            f"failed, {sum(not each.chunks for each in seen)} of {len(seen)} streams came to nothing"
        )


def _bearable(contender: Contender, plan: Plan) -> int:
    """The streams that it may get: all, or what leaves it room."""
    before = machine.cpu_seconds(contender.pids())
    seen = streamed(contender, plan, _PROBE_STREAMS, seconds=_PROBE_SECONDS, spread=0.5)
    chunks = max(1, sum(each.chunks for each in seen))
    each = (machine.cpu_seconds(contender.pids()) - before) / chunks * plan.rate
    if each * plan.streams <= _FAR_TOO_MUCH:
        return plan.streams
    return max(1, int(_EASY / each))


def _first_tokens(contender: Contender, plan: Plan, at_once: int) -> Figures:
    """Short streams that begin evenly over time, so that about `at_once` run at any moment."""
    seconds = min(_FIRST_TOKEN_SECONDS, plan.seconds)
    seen = streamed(contender, plan, int(at_once * seconds), seconds=1.0, spread=seconds)
    times = [1e3 * each.ttft for each in seen if each.chunks]
    return {
        "ttft_streams": at_once,
        "ttft_p50_ms": statistics.median(times),
        "ttft_p99_ms": percentile(times, 0.99),
    }


def _streams(contender: Contender, plan: Plan, count: int) -> Figures:
    """CPU for each relayed chunk, memory for each stream, and whether any stream suffered."""
    forget(contender)
    rest = machine.resident_bytes(contender.pids())
    began = spent(contender)
    peaks: list[int] = []
    seen = streamed(contender, plan, count, seconds=plan.seconds, spread=1.0, peaks=peaks)
    own, store, generator, wall = (
        now - then for now, then in zip(spent(contender), began, strict=True)
    )
    chunks = max(1, sum(each.chunks for each in seen))
    peak = max(peaks, default=rest)
    return {
        "streams": count,
        "cpu_us_per_chunk": 1e6 * own / chunks,
        "store_cpu_us_per_chunk": 1e6 * store / chunks,
        "generator_cores": generator / wall,
        "load_mb": peak / 1e6,
        "kb_per_stream": max(0, peak - rest) / count / 1e3,
        **suffering(seen, plan.chunks(plan.seconds)),
        **_token_times(seen),
    }


def suffering(seen: list[load.Streamed], wanted: int) -> Figures:
    """Streams that lost something, streams that stalled, and the longest gap in milliseconds."""
    return {
        "lost_streams": sum(not each.whole or each.chunks != wanted for each in seen),
        "stalled_streams": sum(each.longest_gap > STALL for each in seen),
        "longest_gap_ms": 1e3 * max(each.longest_gap for each in seen),
    }


def _token_times(seen: list[load.Streamed]) -> Figures:
    """How long chunks were under way from the upstream's write to the client's read."""
    times = sorted(taken / 1e6 for each in seen for taken in each.under_way)
    return {"token_p50_ms": statistics.median(times), "token_p99_ms": percentile(times, 0.99)}


def _plain(contender: Contender, plan: Plan) -> Figures:
    """Small plain requests: how many a core carries."""
    forget(contender)
    before = machine.cpu_seconds(contender.pids())
    seconds = plan.seconds / 2
    counted = uvloop.run(load.plain(contender.target, plan.plain_connections, seconds=seconds))
    cpu = machine.cpu_seconds(contender.pids()) - before
    figures: Figures = {
        "plain_p50_ms": 1e3 * statistics.median(counted.times),
        "plain_p99_ms": 1e3 * percentile(counted.times, 0.99),
        "plain_failed": counted.failed,
        "plain_rps": len(counted.times) / seconds,
    }
    if cpu:
        figures["plain_rps_per_core"] = len(counted.times) / cpu
    return figures
