import pytest
from found import make_detection, make_drift
from hypothesis import given
from hypothesis import strategies as st

from monitor.grouping.aspects import aspect_of
from monitor.grouping.cause import leading
from monitor.grouping.policy import StoryPolicy
from monitor.grouping.stories import linked, name_of
from monitor.incidents.incident import begin, join

POLICY = StoryPolicy(window=100.0, lasts=1_000.0, findings=3)
SPEED = {"detector": "anomaly", "rule": "anomaly.exchange", "detection_type": "unusual_speed"}
SLOW = {
    "detector": "latency", "rule": "latency.shift", "detection_type": "slower_ttft", "tenant": "",
}  # fmt: skip


def incident(name, at=0.0, *, count=3, until=None, **changed):
    """An incident of that many findings, the first and the last at these times."""
    made = begin(make_detection(at, **changed), incident_id=name, policy_version="p")
    for n in range(1, count):
        made = join(made, make_detection(at if until is None else until, name=f"{n}", **changed))
    return made


def drift(name, at=0.0, **changed):
    return begin(make_drift(at, **changed).detection, incident_id=name, policy_version="p")


def stories(incidents, policy):
    """All the stories in a set of incidents: those linked directly or by others."""
    left = sorted(incidents, key=lambda each: (each.since, each.id))
    found = []
    while left:
        together, left = [left[0]], left[1:]
        for known in together:  # grows while it is walked
            together += [other for other in left if linked(known, other, policy)]
            left = [other for other in left if not linked(known, other, policy)]
        found += [sorted(together, key=lambda each: each.id)] if len(together) > 1 else []
    return found


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (drift("b", 90.0), True),
        (drift("b", 150.0, began=90.0), True),
        (drift("b", 150.0, began=150.0), False),
        (drift("b", 90.0, model="other"), False),
        (incident("b", 90.0, **SPEED), True),
        (incident("b", 90.0, count=2, **SPEED), False),
        (incident("b", 90.0, model="other", detection_type="hate"), True),
        (incident("b", 90.0, model="other", tenant="v", detection_type="hate"), False),
    ],
)
def test_what_begins_together_on_a_model_or_tenant_is_one_story(other, together):
    assert linked(incident("a"), other, POLICY) is together


def test_one_route_links_what_is_said_of_its_traffic():
    slow = incident("a", count=1, **SLOW)
    assert linked(slow, incident("b", 50.0, count=1, **{**SLOW, "model": "other"}), POLICY)
    single = incident("b", 50.0, model="other", tenant="v")
    assert not linked(slow, single, POLICY)


def test_a_swap_of_the_model_is_one_story():
    swapped = [
        incident("a", 5.0, count=1, **SLOW),
        drift("b", 60.0, began=10.0, kind="output_drift", shift="model_change"),
        *(incident(f"c{n}", 20.0 + 30 * n, tenant=f"t{n}", **SPEED) for n in range(4)),
    ]
    (story,) = stories(swapped, POLICY)
    assert len(story) == 6
    assert leading(story)[0].id == "b"


def test_a_lone_finding_joins_what_goes_on_of_its_tenant_and_detector():
    goes_on = incident("a", 0.0, until=500.0)
    lone = {"count": 1, "detection_type": "hate"}
    assert linked(goes_on, incident("b", 599.0, **lone), POLICY)
    assert not linked(goes_on, incident("b", 601.0, **lone), POLICY)
    assert not linked(goes_on, incident("b", 400.0, **lone, tenant="v"), POLICY)
    assert not linked(goes_on, incident("b", 400.0, count=1, **SPEED), POLICY)


def test_odd_exchanges_alone_are_no_story():
    assert not stories([incident("a", count=1), incident("b", count=2, **SPEED)], POLICY)


def test_the_same_for_another_tenant_belongs_while_it_goes_on():
    goes_on = incident("a", 0.0, until=5_000.0)
    assert linked(goes_on, incident("b", 4_000.0, count=1, tenant="v"), POLICY)
    assert not linked(goes_on, incident("b", 5_200.0, count=1, tenant="v"), POLICY)


def test_what_comes_late_belongs_to_trouble_of_the_same_side():
    slow = incident("a", count=1, **SLOW)
    assert linked(slow, incident("b", 900.0, **SPEED), POLICY)
    assert not linked(slow, incident("b", 1_100.0, **SPEED), POLICY)
    assert not linked(slow, incident("b", 900.0), POLICY)


@pytest.mark.parametrize(
    ("made", "aspect"),
    [
        (incident("a"), "asked"),
        (incident("a", rule="safety.response.hate"), "answered"),
        (incident("a", **SPEED), "times"),
        (incident("a", **SLOW), "times"),
        (drift("a"), "asked"),
        (drift("a", kind="output_drift"), "answered"),
        (drift("a", kind="timing_drift"), "times"),
    ],
)
def test_an_incident_is_about_a_side(made, aspect):
    assert aspect_of(made) == aspect


MANY = st.lists(
    st.builds(
        lambda at, more, kind, model, tenant, count: (at, more, kind, model, tenant, count),
        st.integers(0, 2_000),
        st.integers(0, 800),
        st.sampled_from(["hate", "slower_ttft", "unusual_speed", "input_drift"]),
        st.sampled_from(["m", "n"]),
        st.sampled_from(["t", "v"]),
        st.integers(1, 4),
    ),
    max_size=12,
)


def made_of(rows):
    found = []
    for n, (at, more, kind, model, tenant, count) in enumerate(rows):
        name, place = f"i{n:02}", {"model": model, "tenant": tenant}
        if kind == "input_drift":
            found.append(drift(name, float(at), began=float(at), model=model))
        else:
            of = {"slower_ttft": SLOW, "unusual_speed": SPEED}.get(kind, {})
            fields = {**place, **of, "detection_type": kind}
            found.append(incident(name, float(at), count=count, until=float(at + more), **fields))
    return found


@given(MANY, st.randoms())
def test_the_order_of_incidents_does_not_matter(rows, random):
    found = made_of(rows)
    shuffled = random.sample(found, len(found))
    assert stories(shuffled, POLICY) == stories(found, POLICY)


@given(MANY)
def test_linked_is_mutual(rows):
    found = made_of(rows)
    assert all(linked(a, b, POLICY) == linked(b, a, POLICY) for a in found for b in found)


@given(MANY)
def test_no_incident_is_of_two_stories_nor_linked_with_one_outside(rows):
    found = made_of(rows)
    told = stories(found, POLICY)
    places = {each.id: place for place, story in enumerate(told) for each in story}
    assert len(places) == sum(map(len, told))
    for a in found:
        for b in found:
            if linked(a, b, POLICY):
                assert places[a.id] == places[b.id]


def test_a_story_has_the_earliest_name_there_is():
    a, b = incident("b"), incident("a")
    assert name_of([a, b]) == "a"
