"""All checks, in the order in which a person would look."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from monitor.doctor.check import Check, Examine, examine
from monitor.settings import Settings

_PARTS = {
    "packages": "monitor.doctor.packages",
    "machine": "monitor.doctor.machine",
    "store": "monitor.doctor.server",
    "judging": "monitor.doctor.judging",
    "roles": "monitor.doctor.roles",
    "alerts": "monitor.doctor.alerts",
}


async def run(settings: Settings) -> list[Check]:
    """Every check; a part whose packages are missing is found as bad."""
    return [
        check
        for name, module in _PARTS.items()
        for check in await examine(name, _looking(module), settings)
    ]


def _looking(module: str) -> Examine:
    async def look(settings: Settings) -> Sequence[Check]:
        looking: Examine = importlib.import_module(module).look
        return await looking(settings)

    return look
