from dataclasses import replace

import pytest
from found import START, make_detection, make_drift
from hypothesis import given
from hypothesis import strategies as st

from monitor.grouping.policy import SeverityPolicy
from monitor.grouping.reach import NOT_KNOWN, Reach
from monitor.grouping.severity import grade, regraded, single
from monitor.incidents.incident import RANK, begin, join

POLICY = SeverityPolicy()
SEVERITIES = st.sampled_from(["info", "warning", "critical"])
REACHES = st.builds(
    Reach,
    share=st.none() | st.floats(0, 1),
    tenants=st.integers(0, 1_000),
    users=st.integers(0, 1_000),
    pace=st.none() | st.floats(0, 6),
)


def incident_of(*detections):
    incident = begin(detections[0], incident_id="i", policy_version="p")
    for other in detections[1:]:
        incident = join(incident, other)
    return incident


@pytest.mark.parametrize(
    ("reach", "severity"),
    [
        (NOT_KNOWN, "warning"),
        (Reach(share=0.3), "warning"),
        (Reach(share=0.3, users=10), "critical"),
        (Reach(share=0.06, tenants=3, users=10), "critical"),
        (Reach(share=0.06, users=10, pace=1.9), "warning"),
        (Reach(share=0.06, users=10, pace=2.0), "critical"),
        (Reach(share=0.3, users=10, pace=0.5), "warning"),
    ],
)
def test_a_warning_becomes_critical_by_how_far_it_reaches(reach, severity):
    incident = incident_of(make_detection(score=0.6))
    assert grade(incident, reach, POLICY, at=START).severity == severity


def test_the_reason_gives_every_point():
    incident = incident_of(make_detection(score=0.99))
    reach = Reach(share=0.3, tenants=4, users=12, pace=3.0)
    assert grade(incident, reach, POLICY, at=START).reason == (
        "critical: a finding of severity warning, 30% of the traffic (+2), "
        "scored 0.99 against 0.5 (+1), 4 tenants (+1), 12 users (+1), "
        "3.0 times the pace of the last half hour (+1); 8 points"
    )


def test_whom_traffic_as_a_whole_touches_makes_drift_no_graver():
    incident = incident_of(make_drift().detection)
    assert grade(incident, Reach(0.1, 1_000, 1_000), POLICY, at=START).severity == "warning"


@given(SEVERITIES, REACHES)
def test_it_never_is_less_than_what_was_found(found, reach):
    incident = incident_of(make_detection(severity=found))
    assert RANK[grade(incident, reach, POLICY, at=START).severity] >= RANK[found]


@given(SEVERITIES, REACHES, REACHES, st.floats(0, 10_000))
def test_whoever_asks_twice_is_told_the_same(found, before, reach, later):
    incident = regraded(incident_of(make_detection(severity=found)), before, POLICY, at=START)
    once = regraded(incident, reach, POLICY, at=START + later)
    assert regraded(once, reach, POLICY, at=START + later).severity == once.severity


def test_it_falls_when_what_raised_it_is_over_but_not_at_once():
    incident = regraded(incident_of(make_detection()), Reach(share=0.3, users=20), POLICY, at=START)
    assert incident.severity == "critical"
    soon = grade(incident, NOT_KNOWN, POLICY, at=START + POLICY.hold - 1)
    assert (soon.severity, soon.reason.startswith("critical, as it was until lately")) == (
        "critical",
        True,
    )
    assert grade(incident, NOT_KNOWN, POLICY, at=START + POLICY.hold).severity == "warning"


def test_it_does_not_flap_about_the_line():
    policy = replace(POLICY, rising=0.5)
    incident = incident_of(make_detection(score=0.6))
    above, below = Reach(share=0.3, users=20), Reach(share=0.06, users=20, pace=3.0)
    told = []
    for n in range(10):
        reach = below if n % 2 else above
        incident = regraded(incident, reach, policy, at=START + 700.0 * n)
        told.append(incident.severity)
    assert told == ["critical"] * 10


def test_what_has_happened_stays_as_grave():
    found = make_detection(severity="critical"), make_detection(9_000)
    incident = regraded(incident_of(*found), NOT_KNOWN, POLICY, at=START + 9_000)
    assert incident.severity == "critical"


def test_a_state_that_mends_is_less_grave():
    slow = {"detector": "latency", "rule": "latency.ttft", "detection_type": "ttft"}
    bad = make_detection(severity="critical", **slow)
    better = make_detection(POLICY.hold + 1, **slow)
    incident = regraded(incident_of(bad), NOT_KNOWN, POLICY, at=bad.at)
    assert incident.severity == "critical"
    incident = regraded(join(incident, better), NOT_KNOWN, POLICY, at=better.at)
    assert incident.severity == "warning"


def test_the_policy_says_how_grave_a_kind_is():
    policy = SeverityPolicy(kinds={"safety": "info", "safety.self_harm": "critical"})
    assert single("warning", "safety", "self_harm", policy) == "critical"
    assert single("warning", "safety", "hate", policy) == "info"
    assert single("warning", "drift", "input_drift", policy) == "warning"


def test_the_furthest_reach_is_kept():
    incident = incident_of(make_detection())
    for reach in (Reach(0.4, 3, 9), Reach(0.1, 5, 2), NOT_KNOWN):
        incident = regraded(incident, reach, POLICY, at=START)
    assert (incident.share, incident.tenants, incident.users) == (0.4, 5, 9)


@pytest.mark.parametrize(
    "impossible", [{"warning": 0.0}, {"warning": 3.0, "critical": 2.0}, {"shares": [5.0]}]
)
def test_an_impossible_policy_is_refused(impossible):
    with pytest.raises(ValueError, match="must be"):
        SeverityPolicy(**impossible)
