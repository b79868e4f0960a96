"""Changes of what is normal, each in the audit log: who, when, from which baseline to which."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.access.audit import AuditEntry
from monitor.baselines.keeping import resolve
from monitor.baselines.traffic import Traffic
from monitor.store.base import BaselineRecord, ConflictError, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, when (seconds since the epoch), and why."""

    by: str
    at: float
    note: str = ""


async def promote(
    store: Store, reference: str, *, traffic: Traffic, change: Change
) -> BaselineRecord:
    """Judge this traffic by a baseline.

    That of no model is the traffic of every model without its own. A narrow part is watched by this
    one besides the whole.

    Raises
    ------
    BaselineNotFoundError
        There is no such baseline.
    """
    record = await resolve(store, reference)
    before = await in_use(store, traffic)
    await store.promote_baseline(record.name, model=traffic.key)
    await _log(store, change, "promote", record.name, **_told(traffic), before=before)
    return await resolve(store, record.name)


async def in_use(store: Store, traffic: Traffic) -> str:
    """Name of the baseline that this traffic is judged by; "" while there is none."""
    if traffic.is_narrow:
        return (await store.narrow_baselines()).get(traffic, "")
    return await store.active_baseline(traffic.model) or ""


async def undo(store: Store, *, traffic: Traffic, change: Change) -> BaselineRecord | None:
    """Go back to what counted before the last promotion for this traffic.

    None if a narrow part had none before: it is then no longer watched by itself.

    Raises
    ------
    ConflictError
        Nothing was promoted before, or it has been deleted.
    """
    before = await in_use(store, traffic)
    name = await store.undo_promotion(traffic.key)
    await _log(store, change, "undo", name or before, **_told(traffic), before=before)
    return await resolve(store, name) if name else None


async def delete(store: Store, reference: str, *, change: Change) -> BaselineRecord:
    """Remove one version; a name alone is refused where it has several.

    Raises
    ------
    BaselineNotFoundError
        There is no such baseline.
    ConflictError
        It is in use, or the name has several versions.
    """
    record = await resolve(store, reference)
    if record.name != reference and not record.name.endswith("@1"):
        raise ConflictError(f"{reference} has several versions; name one, such as {record.name}")
    await store.delete_baseline(record.name)
    await _log(store, change, "delete", record.name, model=record.model)
    return record


async def log_kept(store: Store, record: BaselineRecord, change: Change) -> None:
    """Note that a person put a baseline into the store."""
    await _log(store, change, "keep", record.name, model=record.model)


def _told(traffic: Traffic) -> dict[str, str]:
    return {"model": traffic.model, "route": traffic.route, "tenant": traffic.tenant}


async def _log(store: Store, change: Change, action: str, name: str, **told: str) -> None:
    details = {**told, "note": change.note}
    entry = AuditEntry(
        at=change.at,
        by=change.by,
        action=f"baseline.{action}",
        subject=name,
        details={key: value for key, value in details.items() if value},
    )
    await store.append_audit(entry)
