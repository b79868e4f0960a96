"""The process that makes reports, the real one: with Evidently, and without a network."""

import asyncio
import gzip
import os
import re
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from running_sidewatch import until

from monitor.reports.errors import ReportError
from monitor.reports.facts import Facts
from monitor.reports.runner import Runner
from monitor.reports.safety import SafetySummary
from monitor.reports.scores import Scored, table
from monitor.reports.summary import Summary

CONFINED = """
import os, socket, sys
from monitor.reports.process import confine
confine(2**31)
print(os.getpriority(os.PRIO_PROCESS, 0) > 0)
for reach in (
    lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1]))),
    lambda: socket.getaddrinfo("example.org", 80),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
):
    try:
        reach()
    except PermissionError:
        print("refused")
"""
ORPHAN = """
import asyncio, os, sys
from monitor.reports.errors import ReportError
from monitor.reports.facts import Facts
from monitor.reports.runner import Runner
from monitor.reports.scores import table

async def main():
    runner = Runner(60, 2**31)
    try:
        await runner.make(None, table([]), Facts(kind="safety"))
    except ReportError:
        pass
    print(runner._running.process.pid, runner._running.folder.name, flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""
LOADS = re.compile(
    r"""<(?:script|link|img|iframe)[^>]*\b(?:src|href)\s*=\s*["']?(?!data:)""", re.IGNORECASE
)


async def test_a_report_tells_what_moved_on_a_page_that_needs_nothing_else(
    runner, reference, moved, facts
):
    made = await runner.make(reference, moved, facts)
    summary = msgspec.json.decode(made.summary, type=Summary)
    page = gzip.decompress(made.page).decode()

    named = {each.name: each for each in summary.columns if each.moved}
    assert set(named) == {"prompt_log_length", "prompt_distance", "prompt_language"}
    assert named["prompt_language"].window["de"] == 0.5
    assert (
        named["prompt_log_length"].window["median"]
        > 1.5 * named["prompt_log_length"].reference["median"]
    )
    assert summary.exchanges == {"reference": 400, "window": 120}
    assert (summary.moved, summary.facts) == (3, facts)

    assert "Drift of m&lt;b&gt;" in page
    assert "m<b>" not in page
    assert "Prompt: words" in page
    assert "never to be kept" not in page
    assert LOADS.findall(page.partition("<body>")[0]) == []
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert page.index("http-equiv") < page.index("<style")

    await scores_are_reported_with_what_labels_say(runner)
    await trouble_costs_only_its_own_report(runner, reference, moved, facts)


async def scores_are_reported_with_what_labels_say(runner):
    """Half of what scores 0.8 is unsafe; the even ones are flagged."""
    window = table(
        [
            Scored(
                at=float(n),
                scores={"prompt": {"unsafe": 0.8 if n % 2 else 0.1, "hate": 0.05}},
                flagged={"prompt": bool(n % 2)},
                labels={"prompt": n % 4 == 1} if n < 40 else {},
            )
            for n in range(50)
        ]
    )
    made = await runner.make(None, window, Facts(kind="safety"))
    prompt = msgspec.json.decode(made.summary, type=SafetySummary).sides["prompt"]
    assert (prompt.scored, prompt.flagged, prompt.flagged_share) == (50, 25, 0.5)
    assert prompt.categories["hate"] == pytest.approx({"mean": 0.05, "p95": 0.05, "max": 0.05})
    assert (prompt.labelled.texts, prompt.labelled.unsafe) == (40, 10)
    assert [(each.texts, each.positive) for each in prompt.labelled.bins] == [(20, 0.0), (20, 0.5)]
    assert prompt.labelled.expected_error == pytest.approx((0.1 + 0.3) / 2)
    page = gzip.decompress(made.page).decode()
    assert "Prompt: probability of hate" in page
    assert "prompt: 25 of 50 flagged (50.0%)" in page


async def trouble_costs_only_its_own_report(runner, reference, moved, facts):
    """Further jobs of the same process, which imports Evidently once."""
    process = runner._running.process.pid
    small = replace(moved, values=moved.values[:9], at=moved.at[:9])
    with pytest.raises(ReportError, match="needs 30 finished exchanges in its window and got 9"):
        await runner.make(reference, small, facts)
    strange = replace(moved, names=tuple(f"other_{n}" for n in range(len(moved.names))), nominal={})
    strange = replace(strange, prompt_embeddings=moved.prompt_embeddings[:, :0])
    strange = replace(strange, response_embeddings=moved.response_embeddings[:, :0])
    with pytest.raises(ReportError, match="no column in common"):
        await runner.make(reference, strange, facts)

    again = await runner.make(reference, moved, msgspec.structs.replace(facts, kind="latency"))
    summary = msgspec.json.decode(again.summary, type=Summary)
    assert {each.name for each in summary.columns} == {"log_output_tokens", "log_ttft"}
    assert summary.moved == 0
    assert runner._running.process.pid == process

    folder = Path(runner._running.folder.name)
    assert len(list(folder.glob("reference-*"))) == 1
    await runner.rest()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_a_report_that_takes_too_long_is_given_up(reference, moved, facts):
    runner = Runner(seconds=0.01, memory=2**31)
    with pytest.raises(ReportError, match=r"longer than 0\.01 s"):
        await runner.make(reference, moved, facts)
    assert runner._running is None


async def test_without_memory_there_is_no_report_and_no_process_left(reference, moved, facts):
    runner = Runner(seconds=60, memory=300 * 2**20)
    with pytest.raises(ReportError, match=r"reports\.memory|ended with"):
        await runner.make(reference, moved, facts)
    assert runner._running is None


async def test_a_process_that_is_killed_is_replaced(runner, reference, moved, facts):
    asked = asyncio.create_task(runner.make(reference, moved, facts))
    async with asyncio.timeout(30):
        while runner._running is None:
            await asyncio.sleep(0.01)
    runner._running.process.kill()
    with pytest.raises(ReportError, match="ended with -9"):
        await asked
    small = replace(moved, values=moved.values[:9], at=moved.at[:9])
    with pytest.raises(ReportError, match="needs 30"):
        await runner.make(reference, small, facts)


def test_what_makes_reports_reaches_no_network_and_stands_back():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", CONFINED, port], capture_output=True, text=True, check=True
        )
    assert done.stdout.split() == ["True", *["refused"] * 3]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends when its input does")
def test_with_whoever_started_it_the_process_goes_and_its_folder():
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN], capture_output=True, text=True, check=False
    )
    pid, folder = done.stdout.split()
    assert folder.startswith(tempfile.gettempdir())
    until(lambda: not Path(folder).exists(), what="the folder is gone")
    until(lambda: not Path(f"/proc/{pid}").exists(), what="the process is gone")
