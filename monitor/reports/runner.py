"""Starts the process that makes reports, hands it one job after another, and ends it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from monitor.reports import job
from monitor.reports.errors import EXTRA, ReportError
from monitor.reports.facts import Facts
from monitor.reports.job import Job
from monitor.reports.table import Table
from monitor.supervision.child import Tie

_COMMAND = (sys.executable, "-W", "ignore", "-m", "monitor.reports.process")
_LONGEST_ANSWER = 16 * 1024 * 1024
_PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class Made:
    """A finished report: the page, compressed as gzip does, and the summary as JSON."""

    page: bytes
    summary: bytes


@dataclass(frozen=True, slots=True)
class Reference:
    """What a window is compared with. The same `key` is the same table."""

    key: str
    table: Table


def is_available() -> bool:
    """Whether what makes reports is installed; imports nothing of it."""
    return all(find_spec(name) is not None for name in ("evidently", "pandas"))


@dataclass
class Runner:
    """One process for one report at a time, of `seconds` and `memory` bytes at most.

    The process starts with the first report and stays, with what it has imported and the references
    it has read, until `rest`. Callers take turns.
    """

    seconds: float
    memory: int
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _running: _Running | None = None

    async def make(self, reference: Reference | None, window: Table, facts: Facts) -> Made:
        """The report.

        Raises
        ------
        ReportError
            It could not be made; the process is as good as before, or a new one comes next time.
        """
        if not is_available():
            raise ReportError(f"reports need Evidently: {EXTRA}")
        async with self._turn:
            try:
                if self._running is None:
                    self._running = await _start(self.memory)
                async with asyncio.timeout(self.seconds):
                    made = await self._running.make(reference, window, facts)
            except TimeoutError as error:
                await self._end()
                raise ReportError(f"it took longer than {self.seconds:g} s") from error
            except (OSError, EOFError) as error:
                code = await self._end()
                raise ReportError(f"the process that makes them ended with {code}") from error
            except (_BrokenError, asyncio.CancelledError):
                await self._end()
                raise
            return made

    async def rest(self) -> None:
        """End the process; what it held is given back."""
        async with self._turn:
            await self._end()

    async def _end(self) -> int | None:
        running, self._running = self._running, None
        return await running.end() if running else None


class _BrokenError(ReportError):
    """The process cannot go on."""


@dataclass
class _Running:
    process: asyncio.subprocess.Process
    folder: tempfile.TemporaryDirectory[str]
    _references: dict[str, Path] = field(default_factory=dict)

    async def make(self, reference: Reference | None, window: Table, facts: Facts) -> Made:
        folder = Path(self.folder.name)
        compared, page = folder / "window", folder / "page"
        await asyncio.to_thread(compared.write_bytes, await asyncio.to_thread(window.to_bytes))
        other = str(await self._reference(reference)) if reference else ""
        asked = Job(other, str(compared), str(page), facts)
        answer = job.decode_answer(await self._ask(job.encode(asked)))
        if answer.error:
            raise (_BrokenError if answer.broken else ReportError)(answer.error)
        return Made(await asyncio.to_thread(page.read_bytes), bytes(answer.summary))

    async def end(self) -> int | None:
        """End it and clean up; its exit code, which is its own where it was ending already."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self.process.wait()
        if self.process.returncode is None:
            # It is in the middle of a report that nobody waits for.
            self.process.kill()
            await self.process.wait()
        self.folder.cleanup()
        return self.process.returncode

    async def _reference(self, reference: Reference) -> Path:
        """The file of a reference, written once for each process."""
        path = self._references.get(reference.key)
        if path is None:
            name = blake2b(reference.key.encode(), digest_size=12).hexdigest()
            path = Path(self.folder.name) / f"reference-{name}"
            await asyncio.to_thread(
                path.write_bytes, await asyncio.to_thread(reference.table.to_bytes)
            )
            self._references[reference.key] = path
        return path

    async def _ask(self, line: bytes) -> bytes:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + b"\n")
        await self.process.stdin.drain()
        answer = await self.process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise EOFError
        return answer


async def _start(memory: int) -> _Running:
    folder = tempfile.TemporaryDirectory(prefix="sidewatch-report-")
    try:
        return _Running(await _process(memory, folder.name), folder)
    except BaseException:
        folder.cleanup()
        raise


async def _process(memory: int, folder: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *_COMMAND,
        str(memory),
        folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=_environment(folder),
        limit=_LONGEST_ANSWER,
        start_new_session=True,
        preexec_fn=Tie(os.getpid()) if sys.platform == "linux" else None,
    )


def _environment(home: str) -> Mapping[str, str]:
    """Ours, with one thread for what computes, and a home of its own for what a library keeps."""
    told = {"DO_NOT_TRACK": "1", "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    return {**os.environ, **told, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
