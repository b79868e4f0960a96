"""What surrounds an incident, as it is now: for its bundle, when somebody asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.exchange.model import Exchange
from monitor.incidents.outcomes import with_outcomes
from monitor.incidents.timeline import read_timeline
from monitor.surroundings.before import changed_before
from monitor.surroundings.same_conversation import same_conversation

if TYPE_CHECKING:
    from monitor.incidents.bundle import Bundle, PriorChange
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store


async def with_surroundings(
    store: Store, bundle: Bundle, incident: Incident, *, tenant: str = ""
) -> Bundle:
    """The bundle with its timeline, what changed before, what became of the like, and the conversation.

    With `tenant`, of what changed only what is told of that tenant.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    similar, changed, moments, conversation = await asyncio.gather(
        with_outcomes(store, bundle.similar_violations),
        changed_before(store, incident),
        read_timeline(store, incident, bundle, tenant=tenant),
        _conversation(store, bundle.exchange),
    )
    changed = _still_known(changed, bundle.changed_before)
    return replace(
        bundle,
        similar_violations=similar,
        changed_before=[each for each in changed if not tenant or each.tenant == tenant],
        timeline=moments,
        conversation=conversation,
    )


def _still_known(now: Sequence[PriorChange], then: Sequence[PriorChange]) -> list[PriorChange]:
    """What is known now, and what was seen in exchanges that have expired since."""
    if any(each.kind == "traffic" for each in now):
        return list(now)
    return [*now, *(each for each in then if each.kind == "traffic")]


async def _conversation(store: Store, plain: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not plain or not plain.get("conversation"):
        return []
    return await same_conversation(store, msgspec.convert(plain, Exchange))
