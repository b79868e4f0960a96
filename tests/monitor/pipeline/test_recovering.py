"""What is over is resolved, and nothing else."""

import pytest
from incidents import make_incident

from detectors.base import Recovery
from monitor.baselines.traffic import Traffic
from monitor.pipeline.recovering import recovered, replaced
from monitor.store.memory import MemoryStore

OVER = Recovery("drift.input", "drift", "m", 2_000.0, "No sign of it.")


@pytest.fixture
async def store():
    """Incidents of drift, of input and output, of two models, in every status."""
    opened = MemoryStore()
    drift = {"detector": "drift", "kind": "input_drift", "rule": "drift.input"}
    for name, fields in {
        "open": {},
        "acked": {"status": "acknowledged", "owner": "ada", "note": "Looking."},
        "done": {"status": "resolved", "note": "Fixed."},
        "output": {"rule": "drift.output"},
        "other": {"model": "n"},
        "unnamed": {"model": ""},
        "safety": {"detector": "safety", "rule": "drift.input"},
    }.items():
        incident = make_incident(name, fingerprint=name, **{**drift, **fields})
        await opened.save_incident(incident, expected_version=0)
    return opened


async def resolved(store):
    names = ("open", "acked", "done", "output", "other", "unnamed", "safety")
    return {n for n in names if (await store.get_incident(n)).status == "resolved"} - {"done"}


async def test_a_recovery_resolves_the_incidents_of_its_rule_and_model(store):
    assert {each.id for each in await recovered(store, OVER)} == {"open", "acked"}
    assert await resolved(store) == {"open", "acked"}
    assert (await store.get_incident("done")).note == "Fixed."
    assert await recovered(store, OVER) == []


async def test_what_people_noted_stays(store):
    await recovered(store, OVER)
    acked = await store.get_incident("acked")
    assert (acked.owner, acked.note) == ("ada", "Looking. No sign of it.")
    assert acked.updated == 2_000.0


async def test_another_baseline_ends_all_drift_of_its_model(store):
    await replaced(store, Traffic("m"), "chat@2", at=3_000.0)
    assert await resolved(store) == {"open", "acked", "output"}
    assert "chat@2" in (await store.get_incident("output")).note


async def test_a_model_without_a_name_is_not_every_model(store):
    await replaced(store, Traffic(""), "chat@2", at=3_000.0)
    assert await resolved(store) == {"unnamed"}


async def test_a_recovery_of_one_kind_leaves_the_others_of_its_rule():
    opened = MemoryStore()
    for kind in ("budget_ttft", "budget_errors"):
        rule = {"detector": "latency", "kind": kind, "rule": "latency.budget", "route": "/r"}
        await opened.save_incident(
            make_incident(kind, fingerprint=kind, **rule), expected_version=0
        )
    over = Recovery(
        "latency.budget", "latency", "m", 2_000.0, "No.", "/r", detection_type="budget_ttft"
    )
    assert [each.id for each in await recovered(opened, over)] == ["budget_ttft"]
