"""Where a baseline named on the command line comes from, and where a new one goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from detectors.baseline import Baseline
from monitor.connect import connected_store
from monitor.errors import MonitorError
from monitor.settings import StoreSettings
from monitor.store.base import BaselineRecord, Store


class BaselineNotFoundError(MonitorError):
    """No file and no stored baseline has this name."""


def find_baseline(name: str, settings: StoreSettings) -> Baseline:
    """The baseline of a file, or of the store if there is no such file.

    Raises
    ------
    BaselineNotFoundError
        There is neither.
    DetectorError
        The file is not a baseline of this version.
    """
    path = Path(name)
    if path.is_file():
        return Baseline.from_bytes(path.read_bytes())
    if path.suffix or path.name != name:
        raise BaselineNotFoundError(
            f"{name}: there is no such file; make one with "
            f"`sidewatch baseline build EXCHANGES.jsonl --out {name}`"
        )
    return Baseline.from_bytes(asyncio.run(_stored(name, settings)))


async def _stored(name: str, settings: StoreSettings) -> bytes:
    async with connected_store(settings) as store:
        found = await store.get_baseline(name)
        if found is None:
            names = ", ".join(record.name for record in await store.baselines()) or "none"
            raise BaselineNotFoundError(
                f"there is no file and no stored baseline {name!r}; stored: {names}"
            )
        return found[1]


async def keep(store: Store, baseline: Baseline, *, model: str, promote: bool) -> None:
    """Store a baseline under its name, and make it the active one if asked to."""
    record = BaselineRecord(
        name=baseline.name,
        created=baseline.created,
        size=baseline.size,
        encoder=baseline.encoder,
        model=model,
    )
    await store.put_baseline(record, baseline.to_bytes())
    if promote:
        await store.promote_baseline(baseline.name, model=model)
