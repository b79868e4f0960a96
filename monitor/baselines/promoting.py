"""Changes of what is normal, each in the audit log: who, when, from which baseline to which."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.audit import AuditEntry
from monitor.baselines.keeping import resolve
from monitor.store.base import BaselineRecord, ConflictError, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, when (seconds since the epoch), and why."""

    by: str
    at: float
    note: str = ""


async def promote(store: Store, reference: str, *, model: str, change: Change) -> BaselineRecord:
    """Judge a model's traffic ("": that of every model without its own) by this baseline.

    Raises
    ------
    BaselineNotFoundError
        There is no such baseline.
    """
    record = await resolve(store, reference)
    before = (await store.standing_baselines(model)).promoted or await store.active_baseline(model)
    await store.promote_baseline(record.name, model=model)
    await _log(store, change, "promote", record.name, model=model, before=before or "")
    return await resolve(store, record.name)


async def undo(store: Store, *, model: str, change: Change) -> BaselineRecord:
    """Go back to what counted before the last promotion for a model.

    Raises
    ------
    ConflictError
        Nothing was promoted before, or it has been deleted.
    """
    before = (await store.standing_baselines(model)).promoted
    name = await store.undo_promotion(model)
    await _log(store, change, "undo", name, model=model, before=before or "")
    return await resolve(store, name)


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
