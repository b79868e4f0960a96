"""The process that makes reports: `python -m monitor.reports.process BYTES FOLDER`, jobs on standard input.

It lives behind everything else: lowest priority but one, BYTES of memory at most, and no way to any
network, whatever a library in it would like to tell to whom. When whoever started it is gone, it goes
too, and FOLDER with it.
"""

from __future__ import annotations

import gzip
import os
import resource
import signal
import sys
import traceback
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO

from monitor.reports import job
from monitor.reports.errors import ReportError
from monitor.reports.job import Answer, Job
from monitor.reports.making import make
from monitor.reports.safety import SafetySummary, make_safety
from monitor.reports.summary import Summary
from monitor.reports.table import Table

_NICE = 15
_NETWORK = frozenset({"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"})
_LEVEL = 6


def main() -> None:
    """Answer jobs until there are no more, or until the kernel tells that the parent has died."""
    memory, folder = int(sys.argv[1]), sys.argv[2]
    signal.signal(signal.SIGTERM, partial(_leave, folder))
    confine(memory)
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)
    rmtree(folder, ignore_errors=True)


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """One answer for each job, in order."""
    for line in jobs:
        answers.write(job.encode(_answer(job.decode_job(line))) + b"\n")
        answers.flush()


def confine(memory: int) -> None:
    """Take little, reach nowhere. Where a system knows no such limit, it goes without."""
    os.nice(_NICE)
    sys.addaudithook(_stay_off_the_network)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(asked: Job) -> Answer:
    """The report, or the reason why there is none, which names no exchange."""
    try:
        page, summary = _made(asked)
        Path(asked.page).write_bytes(gzip.compress(page.encode(), _LEVEL))
    except ReportError as error:
        return Answer(error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a library raises, also for want of memory
        traceback.print_exc()
        kind = type(error).__name__
        return Answer(error=f"{kind} while it was made; is reports.memory enough?", broken=True)
    return Answer(summary=job.raw(summary))


def _made(asked: Job) -> tuple[str, Summary | SafetySummary]:
    window = _read(asked.window)
    if asked.facts.kind == "safety":
        return make_safety(window, asked.facts)
    return make(_table(asked.reference), window, asked.facts)


@lru_cache(maxsize=4)
def _table(path: str) -> Table:
    """References are read once: several reports in a row mostly have the same one."""
    return _read(path)


def _read(path: str) -> Table:
    return Table.from_bytes(Path(path).read_bytes())


def _leave(folder: str, *_: object) -> None:
    rmtree(folder, ignore_errors=True)
    os._exit(0)


def _stay_off_the_network(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _NETWORK:
        raise PermissionError(f"{event}: a report is made without a network")


if __name__ == "__main__":
    main()
