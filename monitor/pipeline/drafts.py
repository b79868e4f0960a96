"""Incidents as one shard is about to write them: what joins one is written together."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from monitor.grouping.reach import NOT_KNOWN, ReachBook
from monitor.grouping.severity import regraded
from monitor.grouping.stories import of_traffic
from monitor.incidents.changes import change_stored
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, belongs, fingerprint
from monitor.pipeline.draft import Draft, Filed, draft_of, joined
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.placing import place
from monitor.store.base import ConflictError, StoreError

log = logging.getLogger(__name__)

Written = list[tuple[Incident, Filed]]
"""Incidents as they were written, each with its last finding."""

_KNOWN = 512
_HOMES = 16 * _KNOWN
_PASSED = 30.0
_ATTEMPTS = 20


@dataclass(slots=True)
class _Known:
    """An incident as it was last read or written, when on the worker's clock, and what joins it."""

    incident: Incident
    written: float
    draft: Draft | None = None

    def is_due(self, now: float, every: float) -> bool:
        """Whether to write what joins it; a recording that is caught up with waits no longer either."""
        passed = self.current.last_seen - self.incident.last_seen
        return now - self.written >= every or passed >= _PASSED * every

    @property
    def current(self) -> Incident:
        return self.incident if self.draft is None else self.draft.incident


@dataclass
class Drafts:
    """Files findings by way of drafts, so that a flood costs few writes.

    What opens an incident is written at once, after all that waits. What joins one is written with
    all else that does, an incident once in `every` seconds at most (or, where traffic comes faster
    than it was recorded, in thirty times as many of its own): call `flush` as often, and with `everything` before a
    checkpoint is saved, since only what is stored is filed. Findings that were counted before change
    nothing. One that cannot be told costs no other its incident, and is counted as a failure.
    """

    filer: IncidentFiler
    every: float = 1.0
    clock: Callable[[], float] = time.monotonic
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _homes: dict[str, str] = field(default_factory=dict)

    async def put(self, several: Iterable[Filed]) -> Written:
        """Take findings, in the order of their times; what was written by then.

        Raises
        ------
        StoreError
            The store does not answer, or others keep changing an incident.
        """
        written: Written = []
        for filed in sorted(several, key=lambda each: (each.detection.at, each.detection.id)):
            written += await self._guarded(self._put(filed), filed)
        return written + await self.flush()

    async def flush(self, *, everything: bool = False) -> Written:
        """Write the drafts that are due, or every one; what was written.

        Raises
        ------
        StoreError
            As `put`.
        """
        now = self.clock()
        written: Written = []
        for known in list(self._known.values()):
            if known.draft and (everything or known.is_due(now, self.every)):
                written += await self._flushed(known, known.draft)
        return written

    async def review(self, book: ReachBook, *, at: float) -> list[Incident]:
        """Let severities follow what fades; `at` is now on the exchanges' clock. What was changed.

        Raises
        ------
        StoreError
            As `put`.
        """
        changed = []
        for known in list(self._known.values()):
            incident = self._reviewed(known.incident, book, at)
            if incident.severity == known.incident.severity:
                continue
            stored = await change_stored(
                self.filer.store,
                incident.id,
                lambda as_it_is: self._reviewed(as_it_is, book, at),
                Signature("", at),
            )
            if stored is None:
                self._forget(incident.id)
            else:
                known.incident = stored
                changed.append(stored)
        return changed

    def _reviewed(self, incident: Incident, book: ReachBook, at: float) -> Incident:
        reach = book.now(incident.fingerprint, incident.model, at=at)
        # What is about traffic states its reach itself, and is over when its rule says so.
        if incident.status == "resolved" or reach == NOT_KNOWN or of_traffic(incident):
            return incident
        return regraded(incident, reach, self.filer.policy.incidents.severity, at=at)

    async def _flushed(self, known: _Known, draft: Draft) -> Written:
        """Write a draft; if that fails for one of its findings, each by itself."""
        try:
            return await self._save(known)
        except StoreError:
            raise
        except Exception:
            log.exception("findings of rule %s could not be filed together", draft.incident.rule)
        self._forget(draft.incident.id)
        written: Written = []
        for filed in draft.filed:
            written += await self._guarded(self._alone(filed), filed)
        return written

    async def _alone(self, filed: Filed) -> Written:
        incident = await self.filer.file_again([filed])
        return [] if incident is None else [(incident, filed)]

    async def _put(self, filed: Filed) -> Written:
        detection, policy = filed.detection, self.filer.policy.incidents
        name = fingerprint(detection)
        known = self._known.get(self._homes.get(name, ""))
        if known is None or not belongs(known.current, detection, policy):
            return await self._find(filed, name)
        self._join(known, filed)
        return []

    def _join(self, known: _Known, filed: Filed) -> None:
        if known.draft is None:
            known.draft = draft_of(known.incident, filed, self.filer.policy)
        elif all(each.detection.id != filed.detection.id for each in known.draft.filed):
            known.draft = joined(known.draft, filed, self.filer.policy)

    async def _find(self, filed: Filed, name: str) -> Written:
        """Look the incident of a finding up in the store, as what is known takes it no more."""
        before = self._known.get(self._homes.get(name, ""))
        if before is not None and before.draft is not None:
            await self._save(before)
        if await self.filer.store.is_counted(filed.detection.id):
            return []
        home, filed = await place(self.filer.store, filed, self.filer.policy.incidents)
        if home is not None and home.id in self._known:
            known = self._known[home.id]
            if belongs(known.current, filed.detection, self.filer.policy.incidents):
                self._remember(name, known)
                self._join(known, filed)
                return []
            if known.draft is not None:
                await self._save(known)
        draft = draft_of(home, filed, self.filer.policy)
        # What it may be linked with has to be in the store as far as it has come.
        written = await self.flush(everything=True) if draft.before is None else []
        known = _Known(draft.before or draft.incident, float("-inf"), draft)
        self._remember(name, known)
        return written + await self._save(known) if draft.before is None else []

    async def _save(self, known: _Known) -> Written:
        draft, known.draft = known.draft, None
        for _ in range(_ATTEMPTS):
            if draft is None:
                break
            try:
                incident = await self.filer.save(draft)
            except ConflictError:
                draft = await self._again(draft)
                continue
            if incident is None:
                draft = None
                break
            known.incident, known.written = incident, self.clock()
            return [(incident, draft.filed[-1])]
        self._forget(known.incident.id)
        if draft is not None:
            raise ConflictError(f"incident {known.incident.id} keeps changing; trying again later")
        return []

    async def _again(self, draft: Draft) -> Draft | None:
        """The draft as it is after others changed its incident; None once nothing is left of it."""
        store, policy = self.filer.store, self.filer.policy.incidents
        left = [each for each in draft.filed if not await store.is_counted(each.detection.id)]
        stored = await store.get_incident(draft.incident.id)
        anew, others = None, []
        for each in left:
            current = anew.incident if anew else stored
            if current is None or not belongs(current, each.detection, policy):
                others.append(each)
            elif anew is None:
                anew = draft_of(current, each, self.filer.policy)
            else:
                anew = joined(anew, each, self.filer.policy)
        await self.filer.file_again(others)
        return anew

    async def _guarded(self, doing: Awaitable[Written], filed: Filed) -> Written:
        try:
            return await doing
        except StoreError:
            raise
        except Exception:
            self.filer.metrics.failures.labels("filing").inc()
            log.exception("a finding of rule %s could not be filed", filed.detection.rule)
            return []

    def _remember(self, name: str, known: _Known) -> None:
        """Keep an incident in mind; of too many the oldest goes that has nothing to write."""
        if len(self._homes) > _HOMES:
            self._homes.clear()  # they are found again in the store
        self._homes[name] = known.incident.id
        self._known[known.incident.id] = known
        if len(self._known) > _KNOWN:
            idle = (each for each, other in self._known.items() if other.draft is None)
            self._forget(next(idle, ""))

    def _forget(self, incident_id: str) -> None:
        self._known.pop(incident_id, None)
        self._homes = {name: home for name, home in self._homes.items() if home != incident_id}
