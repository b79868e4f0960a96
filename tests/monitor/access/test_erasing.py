from dataclasses import dataclass

import msgspec
import numpy as np
import pytest
from incidents import make_incident

from detectors.observation import Observation
from monitor.access.audit import first_broken
from monitor.access.erasing import erase
from monitor.access.owner import Owner, OwnerError
from monitor.alerts.composing import compose
from monitor.alerts.lines import Outgoing
from monitor.alerts.records import delivery_of, letter_of
from monitor.alerts.told import told
from monitor.exchange.model import Exchange
from monitor.incidents.bundle import Bundle, SimilarViolation
from monitor.incidents.detections import DetectionQuery, KeptDetection
from monitor.journal.base import Scored
from monitor.journal.memory import MemoryJournal
from monitor.journal.redis import RedisJournal
from monitor.pipeline.codec import encode_observation
from monitor.record import ExchangeRecord
from monitor.store.base import IncidentQuery
from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore

NOW = 1_000.0
PEOPLE = (("acme", "ann"), ("acme", "bob"), ("globex", "ann"), ("globex", "cyd"))
ANN = Owner(user="ann")


@dataclass
class Kept:
    """A store and a journal with the same of everybody."""

    store: object
    journal: object

    async def everything(self):
        """All that is kept, as text, but for the audit log."""
        page = await self.store.incidents(IncidentQuery(limit=500))
        names = [f"i-{tenant}-{user}" for tenant, user in PEOPLE] + ["shared"]
        found = [await self.store.exchanges(since=0.0, until=9e9, limit=999), page.items]
        for name in names:
            found += [
                await self.store.get_bundle(name),
                await self.store.get_vector(name),
                await self.store.get_report(name, "html"),
                await self.store.labels_of(name),
            ]
        found.append(await self.store.deliveries(limit=99))
        found.append(await self.store.dead_letters(limit=99))
        found.append((await self.store.detections(DetectionQuery(limit=99))).items)
        found.append(await self.journal.observations(0, after="", count=99, wait=0))
        found.append(await self.journal.read("later", count=99, wait=0))
        return repr(found)


@pytest.fixture
async def kept(backend, empty_server):
    if backend == "memory":
        store, journal = MemoryStore(), MemoryJournal()
    else:
        url = empty_server(backend)
        store, journal = RedisStore(url), RedisJournal(url)
    for tenant, user in PEOPLE:
        await put(store, journal, tenant, user)
    waiting = [Exchange(id=f"x-{t}-{u}", ts=NOW, tenant=t, user=u) for t, u in PEOPLE]
    await journal.append([msgspec.json.encode(exchange) for exchange in waiting])
    shared = make_incident(
        "shared", fingerprint="f", exchange_ids=[f"x-{t}-{u}" for t, u in PEOPLE]
    )
    await store.save_incident(shared, expected_version=0)
    similar = [
        SimilarViolation(
            incident_id=f"i-{tenant}-{user}",
            similarity=0.9,
            title=f"of {tenant}-{user}",
            status="open",
            last_seen=NOW,
        )
        for tenant, user in PEOPLE
    ]
    await store.put_bundle(make_bundle("shared", similar_violations=similar))
    yield Kept(store, journal)
    await store.close()
    await journal.close()


async def put(store, journal, tenant, user):
    """An exchange that waits and one that was scored; an incident of it with all that goes along."""
    name = f"{tenant}-{user}"
    exchange = Exchange(id=f"x-{name}", ts=NOW, tenant=tenant, user=user)
    await journal.append([msgspec.json.encode(exchange)])
    (entry,) = await journal.read("worker", count=9, wait=0)
    observation = Observation(
        id=f"x-{name}", at=NOW, tenant=tenant, user=user, prompt_embedding=np.float32([1, 0])
    )
    await journal.commit([Scored(entry, name, 0, encode_observation(observation))])
    record = msgspec.json.encode(ExchangeRecord(exchange=exchange))
    await store.put_exchanges([(exchange.id, NOW, record)], ttl=3_600.0)
    incident = make_incident(
        f"i-{name}", fingerprint=name, tenant=tenant, exchange_ids=[exchange.id]
    )
    await store.save_incident(incident, expected_version=0)
    bundle = make_bundle(incident.id, exchange=msgspec.to_builtins(exchange))
    await store.put_bundle(bundle)
    await store.put_vector(incident.id, "safety", np.float32([1, 0]).tobytes())
    await store.put_detections(
        [detection(name, incident.id, tenant), detection(name, "shared", tenant)],
        ttl=3_600.0,
        room=99,
    )
    await tell(store, incident)
    await store.put_report(incident.id, {"html": name.encode()}, at=NOW, ttl=99.0, room=1 << 20)


async def tell(store, incident):
    """A message about an incident, tried and given up."""
    message = compose(
        [told(incident)],
        message_id=f"m-{incident.tenant}",
        at=NOW,
        status="firing",
        route="all",
        key="k",
        count=1,
    )
    channel = f"to-{incident.fingerprint}"
    outgoing = Outgoing(channel=channel, message=message, since=NOW, next_at=NOW)
    await store.put_delivery(delivery_of(outgoing, "dead", at=NOW))
    await store.put_dead_letter(letter_of(outgoing, at=NOW))


def detection(name, incident_id, tenant):
    return KeptDetection(
        id=f"{incident_id}:x-{name}",
        at=NOW,
        incident_id=incident_id,
        detector="safety",
        kind="self_harm",
        rule="r",
        severity="info",
        score=0.9,
        threshold=0.5,
        model="m",
        exchange_id=f"x-{name}",
        tenant=tenant,
    )


def make_bundle(name, **fields):
    return Bundle(
        incident_id=name,
        created=NOW,
        severity="info",
        severity_reason="",
        category="",
        summary="",
        **fields,
    )


@pytest.mark.parametrize(
    ("owner", "theirs"),
    [
        (Owner(tenant="acme"), {"acme-ann", "acme-bob"}),
        (ANN, {"acme-ann", "globex-ann"}),
        (Owner(tenant="acme", user="ann"), {"acme-ann"}),
        (Owner(tenant="nobody"), set()),
    ],
)
async def test_nothing_of_the_owner_is_found_and_all_of_the_others_is(kept, owner, theirs):
    done = await erase(kept.store, kept.journal, owner, by="ada", at=NOW)
    found = await kept.everything()
    for tenant, user in PEOPLE:
        name = f"{tenant}-{user}"
        assert (name in found) is (name not in theirs), name
    one_each = dict.fromkeys(
        ("waiting", "observations", "exchanges", "incidents", "bundles", "vectors", "reports"),
        len(theirs),
    )
    assert done.erased == {
        **one_each,
        "dead": 0,
        "labels": 0,
        "changed": bool(theirs),
        "detections": 2 * len(theirs),
        "alerts": 2 * len(theirs),
    }
    assert done.left == {"exchanges": 0, "incidents": 0}
    assert done.again is False


async def test_an_erasure_leaves_an_entry_without_the_name(kept):
    done = await erase(kept.store, kept.journal, ANN, by="ada", at=NOW)
    entries = await kept.store.audit(limit=9)
    assert [(e.action, e.subject, e.by) for e in entries] == [("data.erase", ANN.digest, "ada")]
    assert entries[0].hash == done.entry
    assert entries[0].details["exchanges"] == "2"
    assert "ann" not in repr(entries)
    assert first_broken(entries) is None


async def test_what_a_worker_holds_is_erased_and_said_to_be_worth_another_look(kept):
    held = await kept.journal.read("worker", count=99, wait=0)
    done = await erase(kept.store, kept.journal, ANN, by="ada", at=NOW)
    assert done.again is True
    assert done.erased["waiting"] == 2
    scored = [Scored(entry, entry.position, 1, b"") for entry in held]
    assert await kept.journal.commit(scored) == 2
    assert (await erase(kept.store, kept.journal, ANN, by="ada", at=NOW + 1)).again is False


async def test_an_incident_whose_exchanges_have_expired_is_known_by_its_bundle(kept):
    await kept.store.delete_exchanges([f"x-{tenant}-{user}" for tenant, user in PEOPLE])
    done = await erase(kept.store, kept.journal, ANN, by="ada", at=NOW)
    assert done.erased["incidents"] == 2


def test_nobody_is_not_an_owner():
    with pytest.raises(OwnerError):
        Owner()
