"""What people do with messages that were given up; each goes into the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.access.noting import note

if TYPE_CHECKING:
    from monitor.store.base import Store


async def send_again(store: Store, letter_id: str, *, by: str, at: float) -> bool:
    """Have a dead letter sent again by whoever delivers; whether there is one.

    `at` is in seconds since the epoch.
    """
    there = await store.ask_again(letter_id)
    if there:
        await note(store, "alert.retry", letter_id, by=by, at=at)
    return there


async def throw_away(store: Store, letter_id: str, *, by: str, at: float) -> bool:
    """Remove a dead letter for good; whether there was one."""
    there = await store.drop_dead_letter(letter_id)
    if there:
        await note(store, "alert.drop", letter_id, by=by, at=at)
    return there
