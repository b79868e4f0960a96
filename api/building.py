"""Makes baselines in a process of its own: it takes seconds of processor time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from api.problems import ProblemError
from detectors.baseline import Baseline
from detectors.origin import Origin
from monitor.baselines.building import Selection, build
from monitor.exchange.model import Exchange
from monitor.policy import Policy


@dataclass
class BuildDesk:
    """One baseline at a time; who asks meanwhile is told to come again."""

    policy: Policy
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def build(
        self, exchanges: list[Exchange], name: str, origin: Origin, selection: Selection
    ) -> Baseline:
        """A baseline of these exchanges.

        Raises
        ------
        ProblemError
            429 while another is being made.
        DetectorError
            Too few of the exchanges went through.
        """
        if self._busy.locked():
            raise ProblemError(
                429, "another baseline is being made; try again", headers={"Retry-After": "5"}
            )
        make = partial(build, exchanges, name, self.policy, origin=origin, selection=selection)
        async with self._busy:
            # Not forked: a fork of a process with threads may hold a lock that nobody will free.
            pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, make)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
