"""Where a baseline named on the command line comes from."""

from __future__ import annotations

import asyncio
from pathlib import Path

from detectors.baseline import Baseline
from monitor.baselines.keeping import BaselineNotFoundError, fetch
from monitor.connect import connected_store
from monitor.settings import StoreSettings

__all__ = ["BaselineNotFoundError", "find_baseline", "from_file"]


def find_baseline(name: str, settings: StoreSettings) -> Baseline:
    """The baseline of a file, or of the store if there is no such file.

    Raises
    ------
    BaselineNotFoundError
        There is neither.
    DetectorError
        The file is not a baseline of this version.
    """
    found = from_file(name)
    return found or asyncio.run(_stored(name, settings))


def from_file(name: str) -> Baseline | None:
    """The baseline of a file; None where the name is one for the store.

    Raises
    ------
    BaselineNotFoundError
        It can only be a file's name, and there is no such file.
    DetectorError
        The file is not a baseline of this version.
    """
    path = Path(name)
    if path.is_file():
        return Baseline.from_bytes(path.read_bytes())
    if path.name != name or (path.suffix and not _has_version(path.suffix)):
        raise BaselineNotFoundError(
            f"{name}: there is no such file; make one with "
            f"`sidewatch baseline build EXCHANGES.jsonl --out {name}`"
        )
    return None


def _has_version(suffix: str) -> bool:
    """Whether what looks like a file's suffix is the end of a stored name, as in llama-3.1@2."""
    return "@" in suffix


async def _stored(name: str, settings: StoreSettings) -> Baseline:
    async with connected_store(settings) as store:
        return (await fetch(store, name))[1]
