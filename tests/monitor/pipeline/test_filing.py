import re

import pytest
from exchanges import HARM, make_exchange
from prometheus_client import CollectorRegistry

from detectors.safety import builtin
from detectors.text.embedding import StaticEncoder
from monitor.incidents.detections import DetectionQuery
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.watch import WatchStage
from monitor.policy import Policy
from monitor.record import encode_record, make_record
from monitor.silences.silence import Silence
from monitor.store.base import IncidentQuery, StoreError
from monitor.store.memory import MemoryStore


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def filer(store):
    return IncidentFiler(store, Policy(), WorkerMetrics(CollectorRegistry()))


async def found(stage, store, number, prompt=HARM):
    """The first finding on an exchange of that prompt, whose record is stored."""
    exchange = make_exchange(number, prompt=prompt)
    (x,) = stage.score([exchange])
    record = make_record(exchange, x, mode="redacted", policy="p")
    await store.put_exchanges([(exchange.id, exchange.ts, encode_record(record))], ttl=60)
    _, findings = WatchStage(Policy(), lambda _model: None).observe(x)
    return findings[0]


async def all_incidents(store):
    return (await store.incidents(IncidentQuery())).items


async def test_a_finding_opens_an_incident_and_the_next_one_joins_it(stage, store, filer):
    await filer.file(await found(stage, store, 1))
    await filer.file(await found(stage, store, 2))
    (incident,) = await all_incidents(store)
    assert (incident.count, incident.exchange_ids) == (2, ["x00001", "x00002"])


async def test_the_same_finding_again_changes_nothing(stage, store, filer):
    finding = await found(stage, store, 1)
    assert await filer.file(finding) is not None
    assert await filer.file(finding) is None
    (incident,) = await all_incidents(store)
    assert incident.count == 1


async def test_a_finding_past_the_cool_down_opens_another(stage, store, filer):
    await filer.file(await found(stage, store, 1))
    await filer.file(await found(stage, store, 1 + int(Policy().incidents.cooldown) + 2))
    assert len(await all_incidents(store)) == 2


async def test_the_bundle_tells_what_why_and_what_to_do(stage, store, filer):
    incident = await filer.file(await found(stage, store, 1), baseline="monday")
    bundle = await store.get_bundle(incident.id)
    assert bundle.exchange["request"]["messages"][0]["content"] == HARM
    assert bundle.category == incident.kind
    assert bundle.contributing_factors
    assert bundle.scores["safety"]["prompt.unsafe"] > 0.5
    assert [action.what for action in bundle.recommended_actions]
    assert all("{" not in action.how for action in bundle.recommended_actions)
    assert bundle.versions["baseline"] == "monday"
    assert bundle.versions["policy"] == Policy().version


async def test_a_bundle_names_earlier_incidents_about_the_like(stage, store, filer):
    first = await filer.file(await found(stage, store, 1))
    later = 1 + int(Policy().incidents.cooldown) + 2
    second = await filer.file(
        await found(stage, store, later, prompt=HARM.replace("pipe bomb", "big bomb"))
    )
    similar = (await store.get_bundle(second.id)).similar_violations
    assert similar[0].incident_id == first.id
    assert similar[0].similarity > 0.8


async def test_personal_data_does_not_reach_the_bundle(stage, store, filer):
    finding = await found(stage, store, 1, prompt=f"{HARM} Answer to ada@example.org please.")
    incident = await filer.file(finding)
    bundle = await store.get_bundle(incident.id)
    assert "ada@example.org" not in str(bundle)
    assert bundle.redacted == ["pii.email"]


async def test_opening_and_growing_are_in_the_log_and_repeating_is_not(stage, store, filer):
    findings = [await found(stage, store, number) for number in range(1, 13)]
    for finding in [*findings, *findings]:
        await filer.file(finding)
    events = await store.events(after="", count=100, wait=0.0)
    assert [(event.kind, event.incident.count) for event in events] == [("opened", 1), ("grew", 10)]
    assert {(event.incident_id, event.by) for event in events} == {(events[0].incident_id, "")}


async def test_an_incident_that_opens_under_a_silence_is_recorded_as_silenced(stage, store, filer):
    first, later = await found(stage, store, 1), await found(stage, store, 2)
    begun = first.detection.at - 1.0
    silence = Silence(
        id="s", created=begun, until=begun + 9.0, by="ada", reason="r", detector="safety"
    )
    await store.put_silence(silence, at=begun)
    incident = await filer.file(first)
    await filer.file(later)
    told = [(event.kind, event.details) for event in await store.events_of(incident.id, limit=9)]
    assert told == [("opened", {}), ("silenced", {"silences": "s"})]
    counted = filer.metrics.silenced.labels("safety", incident.severity)._value.get()
    assert counted == 1.0


async def test_each_finding_is_kept_by_itself_with_its_incident(stage, store, filer):
    for number in (1, 2, 2):
        await filer.file(await found(stage, store, number))
    (incident,) = await all_incidents(store)
    kept = (await store.detections(DetectionQuery(sort="at"))).items
    assert [each.exchange_id for each in kept] == ["x00001", "x00002"]
    assert {each.incident_id for each in kept} == {incident.id}
    assert kept[0].rule == incident.rule
    assert kept[0].evidence


async def test_an_incident_is_filed_though_its_detections_cannot_be_kept(stage, store, filer):
    async def full(*_, **__):
        raise StoreError("OOM command not allowed")

    store.put_detections = full
    assert await filer.file(await found(stage, store, 1)) is not None
    assert len(await all_incidents(store)) == 1


async def test_the_bundle_tells_which_models_scored(stage, store, filer):
    filer.models = stage.versions
    incident = await filer.file(await found(stage, store, 1))
    versions = (await store.get_bundle(incident.id)).versions
    assert re.fullmatch(r"built-in [0-9a-f]{12}", versions["safety_models"])
    assert versions["embedding"] == stage.encoder.name
    assert {"sidewatch", "policy", "baseline"} <= set(versions)


def test_one_stage_and_both_are_told_apart_by_their_version():
    classifiers = builtin.load(StaticEncoder.load(), both=False)
    one = builtin.judge_version(classifiers)
    assert one == builtin.screen_version()
    both = builtin.load(StaticEncoder.load())
    assert builtin.judge_version(both) != one
