"""Setting and ending silences, and noting each in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from detectors.base import DetectorName, Severity
from monitor.access.noting import note
from monitor.errors import MonitorError
from monitor.silences.silence import MATCHED, Silence, silenced

if TYPE_CHECKING:
    from monitor.incidents.events import Signature
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store

LONGEST = 90 * 86_400.0
"""Seconds that a silence may last: one that is to last longer is a matter for the policy."""
MOST = 1_000
"""Silences that may be in force, or still to come, at the same time."""


_KNOWN = {"detector": get_args(DetectorName), "severity": get_args(Severity)}


class SilenceError(MonitorError):
    """There cannot be such a silence; the message says why."""


async def begin_silence(store: Store, silence: Silence) -> Silence:
    """Keep a new silence.

    Raises
    ------
    SilenceError
        It asks for nothing, gives no reason, lasts too long or not at all, or there are too many.
    """
    _check(silence)
    if len(await store.silences(ending_after=silence.created, limit=MOST)) >= MOST:
        raise SilenceError(f"{MOST} silences are in force already; end some of them first")
    await store.put_silence(silence, at=silence.created)
    await note(
        store,
        "silence.begin",
        silence.id,
        by=silence.by,
        at=silence.created,
        reason=silence.reason,
        until=f"{silence.until:.0f}",
        **silence.matchers(),
    )
    return silence


async def end_silence(store: Store, silence_id: str, signature: Signature) -> Silence | None:
    """End a silence now; as it is then, None if there is none. One that has ended stays as it is."""
    silence = await store.get_silence(silence_id)
    if silence is None or silence.until <= signature.at:
        return silence
    ended = replace(silence, until=signature.at)
    await store.put_silence(ended, at=signature.at)
    await note(
        store, "silence.end", silence_id, by=signature.by, at=signature.at, reason=signature.note
    )
    return ended


async def with_silences(store: Store, incidents: Sequence[Incident], at: float) -> list[Incident]:
    """The incidents as they are shown: with the silences under which they raise no alert."""
    silences = await store.silences(ending_after=at, limit=MOST)
    return [replace(each, silenced_by=silenced(each, silences, at)) for each in incidents]


def _check(silence: Silence) -> None:
    if not silence.matchers():
        raise SilenceError(f"say what to silence: at least one of {', '.join(MATCHED)}")
    for name, known in _KNOWN.items():
        asked = getattr(silence, name)
        if asked and asked not in known:
            raise SilenceError(f"there is no {name} {asked!r}; one of {', '.join(known)}")
    if not silence.reason.strip():
        raise SilenceError("say why: whoever misses an alert will ask")
    if not silence.created < silence.until <= silence.created + LONGEST:
        raise SilenceError(
            f"a silence ends after it begins, and within {LONGEST / 86_400:.0f} days"
        )
