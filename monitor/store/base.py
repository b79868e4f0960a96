"""What a store does, whatever holds it. One contract test runs on every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from monitor.access.audit import AuditEntry
from monitor.access.keys import KeyRecord
from monitor.alerts.records import DeadLetter, Delivery
from monitor.baselines.traffic import Traffic
from monitor.errors import MonitorError
from monitor.incidents.bundle import Bundle
from monitor.incidents.detections import DetectionPage, DetectionQuery, KeptDetection, Values
from monitor.incidents.events import IncidentEvent, PastEvent
from monitor.incidents.incident import Incident
from monitor.labels.label import IncidentLabel
from monitor.markers.marker import Marker
from monitor.replies import Reply
from monitor.silences.silence import Silence
from monitor.store.traits import ALL, UNTOLD, Among, Traits
from monitor.surroundings.turns import Turn


class StoreError(MonitorError):
    """The store cannot be reached or refused; the message says which and how to mend it."""


class ConflictError(StoreError):
    """The record was changed by somebody else since it was read: read it again and retry."""


class LeaseLostError(StoreError):
    """Another worker owns the shard now; what was to be written was not."""


IncidentSort = Literal[
    "last_seen",
    "first_seen",
    "updated",
    "score",
    "count",
    "severity",
    "-last_seen",
    "-first_seen",
    "-updated",
    "-score",
    "-count",
    "-severity",
]
"""The field by which a list is sorted, from the smallest on, or with - from the largest on."""


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Filters, order and page of a list of incidents.

    Bounds of times are in seconds since the epoch and included; `since` and `until` are those of
    `last_seen`. `text` lets pass what all its words are said of, in the incident, its notes or its
    bundle; the last word may be unfinished. `cursor` is what the page before returned.
    """

    status: Values = ()
    severity: Values = ()
    detector: Values = ()
    kind: Values = ()
    model: Values = ()
    route: Values = ()
    tenant: Values = ()
    owner: Values = ()
    rule: Values = ()
    verdict: Values = ()
    story: Values = ()
    since: float | None = None
    until: float | None = None
    first_since: float | None = None
    first_until: float | None = None
    updated_since: float | None = None
    updated_until: float | None = None
    text: str = ""
    sort: IncidentSort = "-last_seen"
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of incidents; `cursor` is empty on the last."""

    items: list[Incident]
    cursor: str = ""


class Facets(NamedTuple):
    """What incidents are counted by."""

    status: str
    severity: str
    detector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRecord:
    """What is known of a stored baseline without loading it.

    `name` is unique and never means other data, such as `chat@2`. `size` counts exchanges, `bytes`
    what it takes; `digest` is the hash of its content. `model` is the one whose traffic it is.
    `active` says that traffic is judged by it: that of the models in `used_by`, in which "" stands
    for every model without its own, or that of the narrower parts in `used_for`. `provisional` says
    that it was made of a model's first exchanges and nobody has promoted it since. `details` tells
    what it was made from.
    """

    name: str
    created: float
    size: int
    encoder: str
    model: str = ""
    provisional: bool = False
    active: bool = False
    used_by: list[str] = field(default_factory=list)
    used_for: list[Traffic] = field(default_factory=list)
    digest: str = ""
    bytes: int = 0
    details: dict[str, Any] = field(default_factory=dict)


class Standing(NamedTuple):
    """By what a model's traffic is to be judged: what a person promoted, or else the provisional one."""

    promoted: str | None
    provisional: str | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Ownership of a shard, or of a task by its name, until it expires.

    `token` fences writes of an owner that lost it.
    """

    shard: int | str
    owner: str
    token: int


class Store(Protocol):
    """All writes but `add_counts` and `undo_promotion` are idempotent: they may be made again.

    Times are given by the caller, in seconds since the epoch; a `ttl` is in seconds from the call.
    """

    # Exchanges, redacted, for as long as retention says.
    async def put_exchanges(
        self, records: Sequence[tuple[str, float, bytes]], *, ttl: float
    ) -> None:
        """Keep encoded exchange records by (id, time) for `ttl` seconds; the same id overwrites."""
        ...

    async def put_notices(self, records: Sequence[tuple[str, float, bytes]], *, ttl: float) -> None:
        """As `put_exchanges`, of exchanges still under way: a finished record of the same id stays."""
        ...

    async def get_exchange(self, exchange_id: str) -> bytes | None:
        """The record, or None if it never was or has expired."""
        ...

    async def exchanges(
        self, *, since: float, until: float, limit: int, tenant: str = ""
    ) -> list[bytes]:
        """Up to `limit` records of a time range, both ends included, oldest first; "": of every tenant."""
        ...

    def walk_exchanges(self, *, since: float, until: float) -> AsyncIterator[bytes]:
        """Every record of a time range, both ends included, oldest first, a slice at a time."""
        ...

    async def delete_exchanges(self, ids: Sequence[str]) -> int:
        """Remove records by id; how many there were."""
        ...

    async def put_turns(self, turns: Sequence[Turn], *, ttl: float) -> None:
        """Keep which exchanges belong to a conversation, for `ttl` seconds from the last of it.

        Of one conversation the latest 200 are kept.
        """
        ...

    async def turns(
        self, conversation: str, *, at: float, before: int, after: int
    ) -> tuple[list[str], list[str]]:
        """Ids of the turns up to a time, and of those behind it: the nearest on each side, by time."""
        ...

    # Incidents.
    async def get_incident(self, incident_id: str) -> Incident | None:
        """The incident, or None."""
        ...

    async def latest_incident(self, fingerprint: str) -> Incident | None:
        """The incident of this fingerprint with the latest `last_seen`, whatever its status."""
        ...

    async def save_incident(
        self,
        incident: Incident,
        *,
        expected_version: int,
        counted: Sequence[str] = (),
        events: Sequence[IncidentEvent] = (),
        latest: str | None = None,
    ) -> bool:
        """Write an incident read at `expected_version` (0: a new one) as the next version.

        The stored record's `version` is `expected_version + 1`, whatever the argument's says.
        `counted` are ids of the detections that this change counts; if every one of them was
        counted before, nothing is written and False comes back. `events` tell of this change; they
        are added to the log with it or not at all, whatever id or version theirs say. `latest` is,
        for a new one, the id that `latest_incident` gave of its fingerprint, "" for none: of two
        that open an incident of the same trouble at once, one is told to look again.

        Raises
        ------
        ConflictError
            The stored version is another, some of `counted`, not all, were counted before, or
            another incident of the fingerprint is the latest by now.
        """
        ...

    async def events(self, *, after: str, count: int, wait: float) -> list[IncidentEvent]:
        """Up to `count` events of all incidents behind the id `after` ("": from the oldest kept on).

        While there are none, the answer is held back, for up to `wait` seconds. About the latest
        20,000 events are kept; those of a deleted incident go with it.

        Raises
        ------
        EventIdError
            `after` is not the id of an event.
        """
        ...

    async def latest_event(self) -> str:
        """Id of the latest event, as `after` of what comes next; "" if there is none."""
        ...

    async def events_of(self, incident_id: str, *, limit: int) -> list[PastEvent]:
        """The latest `limit` events of one incident, oldest first; at most the latest 1,000 are kept."""
        ...

    async def is_counted(self, detection_id: str) -> bool:
        """Whether a detection has been counted in some incident."""
        ...

    async def incidents(self, query: IncidentQuery) -> Page:
        """A page of incidents."""
        ...

    async def count_incidents(self) -> dict[Facets, int]:
        """How many incidents there are of each status, severity and detector; no zeros."""
        ...

    async def delete_incident(self, incident_id: str) -> bool:
        """Remove an incident from every list and number; whether there was one."""
        ...

    async def put_detections(self, kept: Sequence[KeptDetection], *, ttl: float, room: int) -> None:
        """Keep detections by their ids for `ttl` seconds; the same id overwrites.

        Of all the latest put are kept, `room` of them at most. To put none lets go of what has had
        its time.
        """
        ...

    async def detections(self, query: DetectionQuery) -> DetectionPage:
        """A page of detections."""
        ...

    async def delete_detections(self, ids: Sequence[str]) -> int:
        """Remove detections by id; how many there were."""
        ...

    async def put_bundle(self, bundle: Bundle) -> None:
        """Keep an incident's debug bundle; overwrites."""
        ...

    async def get_bundle(self, incident_id: str) -> Bundle | None:
        """The bundle, or None."""
        ...

    async def put_label(self, label: IncidentLabel) -> None:
        """Keep what a person said of an incident; the label on the same exchange of it goes."""
        ...

    async def delete_labels(self, incident_id: str) -> int:
        """Remove an incident's labels; how many there were."""
        ...

    async def labels_of(self, incident_id: str) -> list[IncidentLabel]:
        """An incident's labels, oldest first."""
        ...

    async def labels(self, *, since: float, until: float, limit: int) -> list[IncidentLabel]:
        """Up to `limit` labels given in a time range, both ends included, the latest first."""
        ...

    async def delete_bundle(self, incident_id: str) -> bool:
        """Remove a bundle; whether there was one."""
        ...

    async def put_report(
        self, incident_id: str, parts: Mapping[str, bytes], *, at: float, ttl: float, room: int
    ) -> None:
        """Keep an incident's report, by the names of its parts, for `ttl` seconds; overwrites.

        Of all reports the latest by `at` are kept that fit in `room` bytes together; one that does
        not fit, be it this one, is dropped.
        """
        ...

    async def get_report(self, incident_id: str, part: str) -> bytes | None:
        """One part of a report, or None if there is none or it has gone."""
        ...

    async def delete_report(self, incident_id: str) -> bool:
        """Remove every part of a report; whether there was one."""
        ...

    async def similar(
        self,
        vector: bytes,
        *,
        detector: str,
        limit: int,
        exclude: str = "",
        among: Among = ALL,
    ) -> list[tuple[str, float]]:
        """Ids and cosine similarities of the incidents whose vector is nearest, best first.

        `vector` is little-endian float32, unit length, as `put_vector` took it. Only incidents of
        the detector and of the traits that `among` names are looked through, and all of these.
        """
        ...

    async def put_vector(
        self, incident_id: str, detector: str, vector: bytes, traits: Traits = UNTOLD
    ) -> None:
        """Keep the embedding by which an incident is found as similar, with what it is found by."""
        ...

    async def get_vector(self, incident_id: str) -> bytes | None:
        """The embedding last put for an incident, or None."""
        ...

    async def delete_vector(self, incident_id: str) -> bool:
        """Remove an incident's embedding, so that no search finds it; whether there was one."""
        ...

    # Baselines.
    async def put_baseline(self, record: BaselineRecord, data: bytes) -> None:
        """Keep a baseline.

        Raises
        ------
        ConflictError
            The name is taken by other data: baselines are immutable.
        """
        ...

    async def get_baseline(self, name: str) -> tuple[BaselineRecord, bytes] | None:
        """The baseline, or None."""
        ...

    async def baselines(self) -> list[BaselineRecord]:
        """All of them, newest first."""
        ...

    async def promote_baseline(self, name: str, *, model: str, provisional: bool = False) -> None:
        """Make it the active one for a model ("" for every model without its own).

        For a narrower part of traffic, `model` is the `key` of that.
        A provisional one is active only while nobody has promoted any for the model or in general.
        The one before is remembered for `undo_promotion`, up to a hundred times.

        Raises
        ------
        StoreError
            There is no such baseline.
        """
        ...

    async def undo_promotion(self, model: str) -> str:
        """Go back to what was promoted for a model ("": in general) before; the name of that.

        For a narrower part of traffic, `model` is the `key` of that; "" says that it has none now.

        Raises
        ------
        ConflictError
            Nothing was before, or what was has been deleted.
        """
        ...

    async def standing_baselines(self, model: str) -> Standing:
        """What was promoted for a model, or in general; and its provisional one."""
        ...

    async def narrow_baselines(self) -> dict[Traffic, str]:
        """Names of the baselines promoted for parts of models' traffic."""
        ...

    async def active_baseline(self, model: str) -> str | None:
        """Name of the baseline that a model is to be judged by, or None."""
        ...

    async def delete_baseline(self, name: str) -> None:
        """Remove one that is not in use.

        Raises
        ------
        ConflictError
            Traffic is judged by it.
        StoreError
            There is no such baseline.
        """
        ...

    # Who changed what, in a chain that shows if an entry was changed or taken out.
    async def append_audit(self, entry: AuditEntry) -> AuditEntry:
        """Add an entry behind the last one; as it was added, with its hashes."""
        ...

    async def audit(self, *, limit: int) -> list[AuditEntry]:
        """The latest entries, newest first."""
        ...

    def walk_audit(self) -> AsyncIterator[AuditEntry]:
        """Every entry, oldest first; one that cannot be read is there as one without a hash."""
        ...

    # What was done to the service, and what raises no alert meanwhile.
    async def put_marker(self, marker: Marker) -> None:
        """Keep a marker by its id, if it is among the latest 2,000 by time; overwrites."""
        ...

    async def markers(self, *, since: float, until: float, limit: int) -> list[Marker]:
        """Up to `limit` markers of a time range, both ends included, the latest first."""
        ...

    async def put_silence(self, silence: Silence, *, at: float) -> None:
        """Keep a silence by its id; overwrites. What ended 30 days before `at` goes."""
        ...

    async def get_silence(self, silence_id: str) -> Silence | None:
        """The silence, or None."""
        ...

    async def silences(self, *, ending_after: float, limit: int) -> list[Silence]:
        """Up to `limit` silences that end after a time, the last to end first."""
        ...

    # What became of alerts: the latest 1,000 tries, and the latest 1,000 messages that were given up.
    async def put_delivery(self, delivery: Delivery) -> None:
        """Keep what became of a try, by its id, if it is among the latest; overwrites."""
        ...

    async def deliveries(self, *, limit: int) -> list[Delivery]:
        """Up to `limit` tries, the latest first."""
        ...

    async def put_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a message that was given up, by its id, if it is among the latest; overwrites."""
        ...

    async def dead_letters(self, *, limit: int) -> list[DeadLetter]:
        """Up to `limit` messages that were given up, the latest first."""
        ...

    async def drop_dead_letter(self, letter_id: str) -> bool:
        """Remove one; whether there was one."""
        ...

    async def ask_again(self, letter_id: str) -> bool:
        """Ask for one to be sent again; whether there is one."""
        ...

    async def asked_again(self) -> list[DeadLetter]:
        """Those that are to be sent again."""
        ...

    async def forget_alerts(self, incident_ids: Collection[str]) -> int:
        """Remove what tells of these incidents; how many tries and messages that were."""
        ...

    # Keys of the API.
    async def put_key(self, record: KeyRecord) -> None:
        """Keep what is known of a key, by its id; overwrites."""
        ...

    async def get_key(self, key_id: str) -> KeyRecord | None:
        """What is known of a key, or None if there never was one of this id."""
        ...

    async def keys(self) -> list[KeyRecord]:
        """All of them, also those that no longer count, newest first."""
        ...

    # Answers to requests that may be sent again.
    async def claim_reply(self, name: str, reply: Reply, *, ttl: float) -> Reply | None:
        """Keep a reply for `ttl` seconds unless there is one of this name: that one, or None."""
        ...

    async def put_reply(self, name: str, reply: Reply, *, ttl: float) -> None:
        """Keep a reply for `ttl` seconds; overwrites."""
        ...

    async def delete_reply(self, name: str) -> None:
        """Forget a reply, if there is one."""
        ...

    # The watch stage's saved state.
    async def acquire(self, shard: int | str, owner: str, *, ttl: float) -> Lease | None:
        """Become or stay the owner of a shard for `ttl` seconds; None while another is."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give the shard up at once."""
        ...

    async def save_checkpoint(self, lease: Lease, *, position: str, state: bytes) -> None:
        """Keep the state of a shard with its stream position, atomically.

        Raises
        ------
        LeaseLostError
            The lease is no longer held; nothing was written.
        """
        ...

    async def load_checkpoint(self, shard: int | str) -> tuple[str, bytes] | None:
        """Position and state as last saved."""
        ...

    # Whose data was erased.
    async def put_erasure(self, owner: str, *, at: float) -> None:
        """Remember for thirty days that what an owner, by digest, had until then was erased."""
        ...

    async def erasures(self) -> dict[str, float]:
        """When the data of each such owner was last erased."""
        ...

    # How often a key calls, over all processes.
    async def take(self, name: str, *, rate: float, most: float) -> float:
        """Count once under a name: 0 if that may be, or else seconds until it may; then not counted.

        What is left grows by `rate` a second up to `most`, which is at least 1.
        """
        ...

    # Counts that must add up over processes and restarts.
    async def add_counts(self, counts: dict[str, int]) -> None:
        """Add to named totals."""
        ...

    async def counts(self) -> dict[str, int]:
        """All named totals."""
        ...

    async def ping(self) -> None:
        """Raise StoreError unless the store answers."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
