"""Baselines into the store and out of it: a name gets versions, and none of them ever changes."""

from __future__ import annotations

from dataclasses import replace

from detectors.baseline import Baseline
from monitor.baselines.naming import checked_name, latest, split, versioned
from monitor.errors import MonitorError
from monitor.store.base import BaselineRecord, ConflictError, Store

_ATTEMPTS = 20


class BaselineNotFoundError(MonitorError):
    """No file and no stored baseline has this name."""


async def keep(
    store: Store, baseline: Baseline, *, model: str = "", provisional: bool = False
) -> BaselineRecord:
    """Store a baseline as the next version of its name, unless one with its content is there.

    `model` is the one whose traffic it is, "" where it is of several.

    Raises
    ------
    BaselineNameError
        It has a name that the store does not take.
    ConflictError
        Others keep adding versions.
    """
    name, digest, data = checked_name(baseline.name), baseline.digest, baseline.to_bytes()
    for _ in range(_ATTEMPTS):
        known = await store.baselines()
        for record in known:
            if split(record.name)[0] == name and record.digest == digest:
                return record
        reference = versioned(name, latest(name, (record.name for record in known)) + 1)
        record = replace(_record(baseline, digest, len(data)), name=reference, model=model)
        try:
            await store.put_baseline(replace(record, provisional=provisional), data)
        except ConflictError:
            continue
        return replace(record, provisional=provisional)
    raise ConflictError(f"versions of {name} keep being added; try again")


async def resolve(store: Store, reference: str) -> BaselineRecord:
    """The record that a reference such as chat@3 means; a name alone means its latest version.

    Raises
    ------
    BaselineNotFoundError
        There is none; the message names those that there are.
    """
    known = await store.baselines()
    by_name = {record.name: record for record in known}
    found = by_name.get(reference) or by_name.get(versioned(reference, latest(reference, by_name)))
    if found is None:
        names = ", ".join(record.name for record in known[:20]) or "none"
        raise BaselineNotFoundError(f"there is no stored baseline {reference!r}; stored: {names}")
    return found


async def fetch(store: Store, reference: str) -> tuple[BaselineRecord, Baseline]:
    """A stored baseline, named as the store names it.

    Raises
    ------
    BaselineNotFoundError
        There is none of this name.
    DetectorError
        It cannot be read, or another version wrote it.
    """
    record = await resolve(store, reference)
    found = await store.get_baseline(record.name)
    if found is None:
        raise BaselineNotFoundError(f"baseline {record.name} has been deleted")
    return found[0], replace(Baseline.from_bytes(found[1]), name=record.name)


def unversioned(baseline: Baseline) -> Baseline:
    """As it was before the store named it, for a file."""
    return replace(baseline, name=split(baseline.name)[0])


def _record(baseline: Baseline, digest: str, size: int) -> BaselineRecord:
    told = baseline.describe()
    details = {
        key: told[key] for key in ("origin", "first", "last", "models", "routes", "thresholds")
    }
    season = {key: value for key, value in told["season"].items() if key != "by_hour_of_week"}
    return BaselineRecord(
        name=baseline.name,
        created=baseline.created,
        size=baseline.size,
        encoder=baseline.encoder,
        digest=digest,
        bytes=size,
        details=details | {"season": season, "channels": len(baseline.channel_names)},
    )
