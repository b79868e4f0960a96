"""One thing that was looked at, and what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.errors import MonitorError
from monitor.settings import Settings

log = logging.getLogger(__name__)

Verdict = Literal["good", "warning", "bad", "absent"]

_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one thing. `mend` says what to do about a warning or about what is bad.

    `absent` is what is not set up, or does not run, and need not.
    """

    name: str
    verdict: Verdict
    found: str
    mend: str = ""


Examine = Callable[[Settings], Awaitable[Sequence[Check]]]


async def examine(name: str, look: Examine, settings: Settings) -> Sequence[Check]:
    """The checks of one part; what goes wrong with looking is found as bad, and costs no other part."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await look(settings)
    except TimeoutError:
        return [Check(name, "bad", f"no answer within {_PATIENCE:.0f} s")]
    except MonitorError as error:
        return [Check(name, "bad", str(error))]
    except Exception as error:
        log.debug("looking at %s", name, exc_info=True)
        return [Check(name, "bad", f"{type(error).__name__}: {error}")]
