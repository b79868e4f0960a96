"""The gateway beside nginx and no proxy, in one run on one machine.

`python -m benchmarks.gateway.run [--out benchmarks/results] [--seconds 10] [--only sidewatch]`
writes `gateway-DATE.json` and `.md`. CPU is that of the proxy's own processes, from the kernel's
books, so a busy machine disturbs it less than it disturbs the latencies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.gateway import contenders, load

RESULTS = Path(__file__).parents[1] / "results"
RATE = 50
STREAMS = 256
TTFT_STREAMS = 64
PLAIN_CONNECTIONS = 16
GAP_LIMIT = 0.25


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(contender: contenders.Contender, chunks: int, seconds: float) -> dict[str, Any]:
    """All figures of one contender."""
    uvloop.run(load.plain(contender.port, 2, seconds=0.3))
    figures: dict[str, Any] = {"idle_mb": contender.memory() / 1e6}
    figures |= measure_ttft(contender)
    figures |= measure_streams(contender, chunks)
    figures |= measure_plain(contender, seconds)
    figures["after_mb"] = contender.memory() / 1e6
    return figures


def measure_ttft(contender: contenders.Contender) -> dict[str, float]:
    """Time to first token, streams starting evenly over two seconds, while others run."""
    seen = uvloop.run(load.streams(contender.port, TTFT_STREAMS, spread=2.0))
    times = [1e3 * each.ttft for each in seen]
    return {"ttft_p50_ms": statistics.median(times), "ttft_p99_ms": percentile(times, 0.99)}


def measure_streams(contender: contenders.Contender, chunks: int) -> dict[str, Any]:
    """CPU for each relayed chunk, memory for each stream, and whether any stream suffered."""
    before, rest = contender.cpu(), contender.memory()
    peaks: list[int] = []

    async def run() -> list[load.Streamed]:
        watching = asyncio.create_task(_watch_memory(contender, peaks))
        seen = await load.streams(contender.port, STREAMS, spread=1.0)
        watching.cancel()
        return seen

    seen = uvloop.run(run())
    relayed = sum(each.chunks for each in seen)
    return {
        "cpu_us_per_chunk": 1e6 * (contender.cpu() - before) / relayed,
        "kb_per_stream": max(0, max(peaks) - rest) / STREAMS / 1e3,
        "lost_streams": sum(not each.whole or each.chunks != chunks - 1 for each in seen),
        "stalled_streams": sum(each.longest_gap > GAP_LIMIT for each in seen),
        "longest_gap_ms": 1e3 * max(each.longest_gap for each in seen),
    }


async def _watch_memory(contender: contenders.Contender, peaks: list[int]) -> None:
    while True:
        peaks.append(contender.memory())
        await asyncio.sleep(0.25)


def measure_plain(contender: contenders.Contender, seconds: float) -> dict[str, Any]:
    """Small plain requests: how many a core carries."""
    before = contender.cpu()
    counted = uvloop.run(load.plain(contender.port, PLAIN_CONNECTIONS, seconds=seconds))
    cpu = contender.cpu() - before
    figures: dict[str, Any] = {
        "plain_p50_ms": 1e3 * statistics.median(counted.times),
        "plain_p99_ms": 1e3 * percentile(counted.times, 0.99),
        "plain_failed": counted.failed,
        "plain_rps": len(counted.times) / seconds,
    }
    if cpu:
        figures["plain_rps_per_core"] = len(counted.times) / cpu
    return figures


def table(results: dict[str, dict[str, Any]]) -> str:
    """The figures as Markdown."""
    names = list(results)
    keys = list(dict.fromkeys(key for figures in results.values() for key in figures))
    rows = ["| figure | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for key in keys:
        cells = (results[name].get(key) for name in names)
        shown = ("" if cell is None else f"{cell:.4g}" for cell in cells)
        rows.append(f"| {key} | " + " | ".join(shown) + " |")
    return "\n".join(rows) + "\n"


def ratios(results: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The budget's rows: Sidewatch over nginx, and what it adds to no proxy."""
    if not {"direct", "nginx", "sidewatch"} <= results.keys():
        return {}
    bare, nginx, own = results["direct"], results["nginx"], results["sidewatch"]
    return {
        "cpu_per_chunk_over_nginx": own["cpu_us_per_chunk"] / nginx["cpu_us_per_chunk"],
        "plain_rps_per_core_over_nginx": own["plain_rps_per_core"] / nginx["plain_rps_per_core"],
        "ttft_added_p50_ms": own["ttft_p50_ms"] - bare["ttft_p50_ms"],
        "ttft_added_p99_ms": own["ttft_p99_ms"] - bare["ttft_p99_ms"],
    }


def run(seconds: float, only: str | None) -> dict[str, dict[str, Any]]:
    """Measure every contender in turn before one upstream."""
    chunks = int(RATE * seconds)
    port = contenders.free_port()
    server = str(Path(__file__).with_name("upstream.py"))
    results = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        contenders.process(sys.executable, server, *map(str, (port, RATE, chunks)), port=port),
    ):
        place = Path(folder)
        place.chmod(0o777)
        for make in (
            lambda: contenders.direct(port),
            lambda: contenders.nginx(port, place),
            lambda: contenders.sidewatch(port, place),
        ):
            began = time.monotonic()
            with make() as contender:
                if only not in {None, contender.name}:
                    continue
                ready = time.monotonic() - began
                results[contender.name] = measure(contender, chunks, seconds)
                results[contender.name]["ready_s"] = ready
    return results


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", choices=["direct", "nginx", "sidewatch"])
    arguments = parser.parse_args()
    results = run(arguments.seconds, arguments.only)
    compared = ratios(results)
    text = table(results) + "\n" + "".join(f"- {k}: {v:.3g}\n" for k, v in compared.items())
    print(text)
    if arguments.only is None:
        day = datetime.now(UTC).date().isoformat()
        machine = {
            "cores": os.cpu_count(),
            "load": os.getloadavg(),
            "python": sys.version.split()[0],
        }
        machine["system"] = platform.platform()
        whole = {"machine": machine, "results": results, "ratios": compared}
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / f"gateway-{day}.json").write_text(json.dumps(whole, indent=1) + "\n")
        (arguments.out / f"gateway-{day}.md").write_text(f"# Gateway, {day}\n\n{text}")


if __name__ == "__main__":
    main()
