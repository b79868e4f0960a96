from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Detection
from monitor.incidents.incident import (
    TransitionError,
    acknowledge,
    begin,
    belongs,
    fingerprint,
    join,
    recover,
    resolve,
)
from monitor.policy import IncidentPolicy

POLICY = IncidentPolicy(cooldown=60.0)


def detection(at=0.0, *, score=1.0, severity="warning", exchange_id="", **changed):
    fields = {
        "rule": "r", "detector": "safety", "detection_type": "self_harm", "score": score,
        "threshold": 0.5, "evidence": (), "at": at, "model": "m", "severity": severity,
        "exchange_id": exchange_id or f"x{at}",
    }  # fmt: skip
    return Detection(**{**fields, **changed})


def incident_of(*detections):
    incident = begin(detections[0], incident_id="i", policy_version="p")
    for other in detections[1:]:
        incident = join(incident, other)
    return incident


@pytest.mark.parametrize("name", ["rule", "detection_type", "model", "route", "tenant"])
def test_what_differs_in_any_of_these_is_other_trouble(name):
    assert fingerprint(detection()) != fingerprint(detection(**{name: "other"}))


def test_time_score_and_exchange_do_not_make_other_trouble():
    assert fingerprint(detection(1.0, score=2.0)) == fingerprint(detection(9.0, exchange_id="y"))


def test_a_detection_within_the_cool_down_joins():
    incident = incident_of(detection(100.0))
    assert belongs(incident, detection(160.0), POLICY)
    assert not belongs(incident, detection(161.0), POLICY)


def test_a_resolved_incident_takes_no_more():
    incident = resolve(incident_of(detection(100.0)), at=101.0)
    assert not belongs(incident, detection(102.0), POLICY)


def test_the_order_of_detections_does_not_matter():
    found = [
        detection(3.0, score=0.7),
        detection(1.0, score=0.9, severity="critical"),
        detection(2.0, score=0.8, severity="info"),
    ]
    formed = {
        (i.count, i.first_seen, i.last_seen, i.score, *sorted(i.found.items()))
        for i in (incident_of(*order) for order in permutations(found))
    }
    severities = (("critical", 1.0), ("info", 2.0), ("warning", 3.0))
    assert formed == {(3, 1.0, 3.0, 0.9, *severities)}


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_the_sample_of_exchanges_is_bounded_and_keeps_the_first_and_the_latest(times):
    incident = incident_of(*(detection(at, exchange_id=str(n)) for n, at in enumerate(times)))
    assert len(incident.exchange_ids) <= 20
    assert incident.exchange_ids[0] == "0"
    assert incident.exchange_ids[-1] == str(len(times) - 1)
    assert incident.count == len(times)


def test_acknowledging_keeps_who_has_it_and_what_was_said():
    incident = acknowledge(incident_of(detection()), at=5.0, owner="ada", note="looking")
    assert (incident.status, incident.owner, incident.note) == ("acknowledged", "ada", "looking")
    assert resolve(incident, at=6.0).owner == "ada"


def test_a_resolved_incident_cannot_be_acknowledged():
    with pytest.raises(TransitionError, match="resolved"):
        acknowledge(resolve(incident_of(detection()), at=1.0), at=2.0)


def test_a_drift_lasts_until_it_is_resolved():
    drift = detection(detector="drift")
    incident = incident_of(drift)
    assert belongs(incident, detection(1e6, detector="drift"), POLICY)
    assert not belongs(resolve(incident, at=1.0), detection(2.0, detector="drift"), POLICY)


def test_what_is_over_by_itself_keeps_what_was_noted():
    noted = acknowledge(incident_of(detection()), at=1.0, owner="ada", note="Looking.")
    over = recover(noted, at=2.0, reason="No sign of it.")
    assert (over.status, over.owner, over.note) == ("resolved", "ada", "Looking. No sign of it.")
    with pytest.raises(TransitionError):
        recover(over, at=3.0, reason="Again.")


def test_what_is_over_by_itself_goes_on_if_it_comes_back_soon():
    over = recover(incident_of(detection(100.0)), at=500.0, reason="Quiet.")
    reopen = IncidentPolicy(cooldown=60.0, reopen=1_000.0)
    assert belongs(over, detection(1_500.0), reopen)
    assert not belongs(over, detection(1_501.0), reopen)


def test_old_traffic_that_is_read_late_is_not_swallowed_by_an_end_that_came_meanwhile():
    """A backlog of last year, watched now: incidents end by the wall's clock while it is read."""
    over = recover(incident_of(detection(100.0)), at=1e9, reason="Quiet.")
    assert belongs(over, detection(160.0), POLICY)
    assert not belongs(over, detection(161.0), POLICY)
