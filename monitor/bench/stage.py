"""What every measurement stands on: a paced upstream, and a contender started before it."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from monitor.bench.contenders import Contender, Start
from monitor.bench.processes import free_port, listening


@contextlib.contextmanager
def upstream(rate: float) -> Iterator[int]:
    """The port of a model server that sends `rate` chunks a second."""
    port = free_port()
    command = [sys.executable, "-m", "monitor.bench.upstream", str(port), str(rate)]
    with (
        tempfile.TemporaryDirectory(prefix="sidewatch-bench-") as folder,
        listening(command, port=port, log=Path(folder) / "upstream.log"),
    ):
        yield port


@contextlib.contextmanager
def started(start: Start, port: int) -> Iterator[tuple[Contender, float]]:
    """A contender in a folder of its own, and the seconds until it accepted connections."""
    with tempfile.TemporaryDirectory(prefix="sidewatch-bench-") as folder:
        began = time.monotonic()
        with start(port, Path(folder)) as contender:
            yield contender, time.monotonic() - began
