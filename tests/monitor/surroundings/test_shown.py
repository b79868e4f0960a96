"""A bundle as it is shown: with its incident's severity and story as they are now."""

from dataclasses import replace

import pytest
from found import make_drift, make_finding
from prometheus_client import CollectorRegistry

from detectors.base import Evidence
from monitor.incidents.changes import change_stored
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.filing import IncidentFiler
from monitor.policy import Policy
from monitor.store.memory import MemoryStore
from monitor.surroundings.shown import as_now

SLOW = {
    "rule": "latency.shift", "detector": "latency", "detection_type": "slow_replica",
    "evidence": (Evidence("slow_upstream", "replica-2"), Evidence("upstream_times", 3.0, 1.0)),
    "tenant": "",
}  # fmt: skip
SPEED = {"rule": "anomaly.exchange", "detector": "anomaly", "detection_type": "unusual_speed"}


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def filer(store):
    return IncidentFiler(store, Policy(), WorkerMetrics(CollectorRegistry()))


async def story_of(filer):
    """Ids of a slow replica, the drift of times with it, and what two tenants saw of it."""
    findings = [
        make_finding(0, **SLOW),
        make_drift(60, kind="timing_drift", shift="timing_change"),
        *(make_finding(70 + n, tenant="t", **SPEED) for n in range(3)),
        make_finding(90, tenant="v", **SPEED),
    ]
    filed = [await filer.file(finding) for finding in findings]
    return {(each.kind, each.tenant): each.id for each in filed}


async def shown(store, incident_id, **how):
    return await as_now(store, await store.get_bundle(incident_id), **how)


async def test_a_bundle_lists_what_began_together_the_cause_first(store, filer):
    ids = await story_of(filer)
    bundle = await shown(store, ids["unusual_speed", "v"])
    assert bundle.story.others == 3
    assert [each.incident_id for each in bundle.story.incidents] == [
        ids["slow_replica", ""],
        ids["timing_drift", ""],
        ids["unusual_speed", "t"],
    ]
    assert bundle.story.incidents[0].cause == "slow_upstream replica-2; upstream_times 3"


async def test_the_cause_is_among_the_first_factors_behind_the_incident_s_own(store, filer):
    ids = await story_of(filer)
    own, first, second, *_ = (await shown(store, ids["unusual_speed", "v"])).contributing_factors
    assert own.name == "prompt self_harm"
    assert (first.name, first.value, first.unit) == (
        "began together: latency: slow replica on m /r",
        "slow_upstream replica-2; upstream_times 3",
        ids["slow_replica", ""],
    )
    assert second.name.startswith("began together: drift: timing drift")


async def test_a_change_is_told_by_its_kind_first(store, filer):
    ids = await story_of(filer)
    bundle = await store.get_bundle(ids["timing_drift", ""])
    assert bundle.contributing_factors[0].value == "timing_change"


async def test_a_tenant_sees_of_a_story_what_is_its_own(store, filer):
    ids = await story_of(filer)
    bundle = await shown(store, ids["unusual_speed", "v"], tenant="v")
    assert bundle.story is None
    assert [each.name for each in bundle.contributing_factors] == ["prompt self_harm"]


async def test_the_severity_is_that_of_now_with_its_reason(store, filer):
    incident = await filer.file(make_finding())
    await change_stored(
        store,
        incident.id,
        lambda now: replace(now, severity="critical", severity_reason="critical: as said"),
    )
    bundle = await shown(store, incident.id)
    assert (bundle.severity, bundle.severity_reason) == ("critical", "critical: as said")


async def test_an_incident_that_has_gone_leaves_its_bundle_as_it_was_made(store, filer):
    incident = await filer.file(make_finding())
    bundle = await store.get_bundle(incident.id)
    await store.delete_incident(incident.id)
    assert await as_now(store, bundle) == bundle
