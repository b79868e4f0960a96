"""Reads the model servers' metrics: now and then, and closely while there is trouble."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from detectors.base import Detection
from monitor.metrics.worker import WorkerMetrics
from monitor.upstreams.history import History, Page
from monitor.upstreams.reading import ReadingError, read_page

log = logging.getLogger(__name__)

_LONGEST = 4_194_304
_TIMEOUT = 2.0
_CLOSELY = 5.0
_TROUBLE = 600.0


class Scraper:
    """Keeps a short history of every server, and adds to findings what it says.

    Reads every `every` seconds, and every five for ten minutes from a finding on. A server that
    does not answer costs nothing but a count; it is asked again at the next turn.
    """

    def __init__(self, urls: Sequence[str], metrics: WorkerMetrics, *, every: float) -> None:
        self._histories = {url: History(urlsplit(url).netloc) for url in urls}
        self._metrics = metrics
        self._every = every
        self._trouble_until = 0.0
        self._wake = asyncio.Event()
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self.read(older_than=0.0)
            closely = time.monotonic() < self._trouble_until
            self._wake.clear()
            try:
                async with asyncio.timeout(min(_CLOSELY, self._every) if closely else self._every):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def read(self, *, older_than: float) -> None:
        """Read the servers whose newest page is older than so many seconds, all at once."""
        now = time.monotonic()
        due = [url for url, known in self._histories.items() if now - known.newest > older_than]
        await asyncio.gather(*(self._read(url) for url in due))

    async def explain(self, detection: Detection) -> Detection:
        """The detection with what the servers say now, against what they said before.

        Only a latency finding is explained. It takes two seconds at most, where a server hangs.
        """
        if detection.detector != "latency":
            return detection
        if time.monotonic() >= self._trouble_until:
            self._wake.set()
        self._trouble_until = time.monotonic() + _TROUBLE
        await self.read(older_than=_CLOSELY)
        said = [e for history in self._histories.values() for e in history.evidence()]
        return replace(detection, evidence=(*detection.evidence, *said))

    async def _read(self, url: str) -> None:
        try:
            page = await asyncio.to_thread(fetch, url)
            numbers = read_page(page)
        except (OSError, HTTPException, ReadingError) as error:
            self._metrics.scrapes.labels("failed").inc()
            if url not in self._failing:
                self._failing.add(url)
                log.warning("the model server's metrics cannot be read: %s", error)
            return
        self._failing.discard(url)
        self._metrics.scrapes.labels("read").inc()
        self._histories[url].add(Page(time.monotonic(), numbers))


def fetch(url: str) -> bytes:
    """What is at a URL, 4 MiB of it at most.

    Raises
    ------
    OSError, http.client.HTTPException
        It does not answer in time, or not with 200.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=_TIMEOUT)
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("GET", target, headers={"accept": "text/plain, application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise HTTPException(f"{parts.netloc} answered {response.status}")
        return response.read(_LONGEST)
    finally:
        connection.close()
