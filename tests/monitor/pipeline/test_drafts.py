"""Findings on their way into incidents: grouped, counted once, written seldom."""

from itertools import pairwise

import pytest
from found import START, direction, make_drift, make_finding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from monitor.grouping.reach import ReachBook
from monitor.incidents.changes import change_stored
from monitor.incidents.incident import recover, resolve
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.draft import Filed
from monitor.pipeline.drafts import Drafts
from monitor.pipeline.filing import IncidentFiler
from monitor.policy import IncidentPolicy, Policy
from monitor.store.base import IncidentQuery, StoreError
from monitor.store.memory import MemoryStore

POLICY = Policy(incidents=IncidentPolicy(cooldown=100.0, reopen=1_000.0))
HATE = {"rule": "safety.prompt.hate", "detection_type": "hate"}
ODD = {"rule": "anomaly.exchange", "detector": "anomaly", "detection_type": "repetition"}
SLOW = {"rule": "latency.ttft", "detector": "latency", "detection_type": "ttft", "tenant": ""}


class Counting(MemoryStore):
    """A store that counts what is written, and may fail."""

    def __init__(self):
        super().__init__()
        self.writes = 0
        self.away = False

    async def save_incident(self, *args, **kwargs):
        if self.away:
            raise StoreError("away")
        self.writes += 1
        return await super().save_incident(*args, **kwargs)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def store():
    return Counting()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def drafts(store, clock):
    return drafts_of(store, every=1.0, clock=clock)


def drafts_of(store, **how):
    return Drafts(IncidentFiler(store, POLICY, WorkerMetrics(CollectorRegistry())), **how)


async def put(drafts, *findings):
    return await drafts.put([Filed(finding) for finding in findings])


async def stored(store):
    found = (await store.incidents(IncidentQuery(limit=500))).items
    return sorted(found, key=lambda each: each.id)


async def filed(batches):
    """All incidents after these batches of findings, as plain as they compare."""
    store = MemoryStore()
    drafts = drafts_of(store, every=0.0)
    for batch in batches:
        await put(drafts, *batch)
    await drafts.flush(everything=True)
    return [
        (one.id, one.count, one.first_seen, one.last_seen, one.story, one.after, one.exchange_ids)
        for one in await stored(store)
    ]


def finding_of(row):
    number, (at, kind, tenant, angle) = row
    if kind == "drift":
        return make_drift(at, began=at)
    of = {"hate": HATE, "odd": ODD, "slow": SLOW}.get(kind, {})
    return make_finding(at, angle=angle, **{"name": f"x{number:03}-{kind}", "tenant": tenant, **of})


FOUND = st.lists(
    st.tuples(
        st.integers(0, 600),
        st.sampled_from(["self_harm", "hate", "odd", "slow", "drift"]),
        st.sampled_from(["t", "v"]),
        st.sampled_from([0.0, 30.0, 90.0]),
    ),
    min_size=1,
    max_size=15,
).map(lambda rows: [finding_of(row) for row in enumerate(rows)])
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(FOUND, st.randoms())
async def test_any_order_of_the_same_findings_gives_the_same_incidents(found, random):
    shuffled = random.sample(found, len(found))
    assert await filed([shuffled]) == await filed([found])


@QUICK
@given(FOUND, st.data())
async def test_wherever_the_stream_is_cut_the_incidents_are_the_same(found, data):
    found = sorted(found, key=lambda each: (each.detection.at, each.detection.id))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(found)), max_size=5)))
    places = [0, *cuts, len(found)]
    batches = [found[a:b] for a, b in pairwise(places)]
    assert await filed(batches) == await filed([found])


@QUICK
@given(FOUND, st.randoms())
async def test_whatever_comes_again_is_counted_once(found, random):
    store = MemoryStore()
    batches = [random.sample(found, random.randint(0, len(found))) for _ in range(4)]
    for batch in [*batches, found]:
        drafts = drafts_of(store, every=0.0)  # as after a crash: all is read again
        await put(drafts, *batch)
    assert sum(one.count for one in await stored(store)) == len({x.detection.id for x in found})


@QUICK
@given(st.permutations(range(8)))
async def test_one_incident_is_the_same_however_late_its_findings_come(order):
    found = [make_finding(60.0 * n, score=0.5 + n / 20) for n in range(8)]
    store = MemoryStore()
    drafts = drafts_of(store, every=0.0)
    # The first to come keeps the others within the cool-down of what there is.
    begun = sorted(order, key=lambda n: abs(n - order[0]))
    for n in begun:
        await put(drafts, found[n])
    (one,) = await stored(store)
    assert (one.count, one.first_seen, one.last_seen, one.score) == (
        *(8, START, START + 420.0, 0.85),
    )


async def test_a_thousand_copies_are_one_incident_with_a_count_and_a_sample(store, drafts, clock):
    for n in range(1_000):
        clock.now = n / 250  # 250 a second
        await put(drafts, make_finding(clock.now, name=f"x{n}"))
    await drafts.flush(everything=True)
    (one,) = await stored(store)
    assert (one.count, len(one.exchange_ids)) == (1_000, 20)
    assert store.writes <= 6


async def test_what_waits_is_written_before_another_incident_opens(store, drafts):
    await put(drafts, *(make_finding(n) for n in range(3)), make_finding(3, angle=90, **HATE))
    assert {(one.kind, one.count) for one in await stored(store)} == {("self_harm", 3), ("hate", 1)}
    first, _ = await stored(store)
    assert [one.story for one in await stored(store)] == [first.id, first.id]


async def test_a_thousand_copies_at_once_are_two_writes(store, drafts):
    await put(drafts, *(make_finding(n / 250, name=f"x{n}") for n in range(1_000)))
    await drafts.flush(everything=True)
    (one,) = await stored(store)
    assert (one.count, store.writes) == (1_000, 2)


async def test_what_waits_is_written_when_it_is_due(store, drafts, clock):
    for n in range(3):
        await put(drafts, make_finding(n))
    assert [one.count for one in await stored(store)] == [1]
    clock.now = 1.0
    await drafts.flush()
    assert [one.count for one in await stored(store)] == [3]


async def test_what_is_caught_up_with_does_not_wait(store, drafts):
    for n in range(3):
        await put(drafts, make_finding(40.0 * n))
    assert [one.count for one in await stored(store)] == [3]


async def test_what_was_not_written_is_found_again(store, drafts):
    found = [make_finding(n) for n in range(5)]
    await put(drafts, *found)
    store.away = True
    with pytest.raises(StoreError):
        await drafts.flush(everything=True)
    store.away = False
    await put(drafts_of(store, every=0.0), *found)
    assert [one.count for one in await stored(store)] == [5]


async def test_a_change_by_hand_meanwhile_is_kept(store, drafts):
    await put(drafts, make_finding())
    (one,) = await stored(store)
    await change_stored(store, one.id, lambda now: resolve(now, at=START + 1, owner="ada"))
    await put(drafts, make_finding(2), make_finding(3))
    await drafts.flush(everything=True)
    old, new = await stored(store)
    assert (old.status, old.owner, old.count) == ("resolved", "ada", 1)
    assert (new.status, new.count, new.after) == ("open", 2, old.id)


async def test_what_was_over_by_itself_goes_on_when_it_comes_back_soon(store, drafts):
    await put(drafts, make_finding(**SLOW))
    (one,) = await stored(store)
    await change_stored(store, one.id, lambda now: recover(now, at=START + 50, reason="Quick."))
    await put(drafts, make_finding(900, **SLOW))
    await drafts.flush(everything=True)
    (again,) = await stored(store)
    assert (again.status, again.count, again.reopened) == ("open", 2, 1)
    kinds = [event.kind for event in await store.events_of(one.id, limit=10)]
    assert sorted(kinds) == ["opened", "recovered", "reopened"]


async def test_what_was_over_by_itself_long_ago_is_another_incident(store, drafts):
    await put(drafts, make_finding(**SLOW))
    (one,) = await stored(store)
    await change_stored(store, one.id, lambda now: recover(now, at=START + 50, reason="Quick."))
    await put(drafts, make_finding(1_051, **SLOW))
    assert [each.after for each in await stored(store)] == ["", one.id]


async def test_the_same_attack_in_other_words_joins_though_it_has_another_category(store, drafts):
    await put(drafts, make_finding(), make_finding(1, angle=30, route="/other", **HATE))
    await drafts.flush(everything=True)
    (one,) = await stored(store)
    assert (one.kind, one.count) == ("self_harm", 2)


@pytest.mark.parametrize(
    "other",
    [
        {"angle": 60},
        {"tenant": "v"},
        {"model": "n"},
        {"rule": "safety.response.hate"},
        {"at": 101.0},
    ],
)
async def test_another_attack_is_another_incident(store, drafts, other):
    fields = {"at": 1.0, "angle": 0.0, **HATE, **other}
    await put(drafts, make_finding(), make_finding(fields.pop("at"), **fields))
    assert len(await stored(store)) == 2


async def test_a_finding_that_cannot_be_told_costs_no_other_its_incident(store, drafts):
    broken = make_finding(1, **HATE, angle=90)
    broken.observation.unscored["prompt"] = direction  # no bundle can hold it
    object.__setattr__(broken.detection, "evidence", None)
    await put(drafts, broken, make_finding(2))
    (one,) = await stored(store)
    assert one.kind == "self_harm"
    assert drafts.filer.metrics.failures.labels("filing")._value.get() == 1


async def test_what_is_written_together_is_not_lost_with_one_that_cannot_be_told(store, drafts):
    await put(drafts, make_finding())
    broken = make_finding(2, severity="critical")
    object.__setattr__(broken.detection, "evidence", None)  # no bundle can hold it
    await put(drafts, make_finding(1), broken)
    await drafts.flush(everything=True)
    (one,) = await stored(store)
    assert one.count == 2
    assert drafts.filer.metrics.failures.labels("filing")._value.get() == 1


async def test_what_begins_together_is_linked_and_told(store, drafts):
    drift = make_drift(100, began=0, kind="output_drift", shift="model_change")
    await put(drafts, make_finding(0, **SLOW), drift)
    slow, changed = await stored(store)
    assert slow.story == changed.story == slow.id
    kinds = [event.kind for event in await store.events_of(changed.id, limit=10)]
    assert "linked" in kinds


async def test_what_is_about_traffic_is_a_story_and_one_odd_exchange_is_not(store, drafts):
    await put(drafts, make_drift(), make_finding(0, model="n"))
    changed, odd = sorted(await stored(store), key=lambda one: one.detector)
    assert (changed.story, odd.story) == (changed.id, "")


async def test_an_incident_that_holds_two_stories_together_makes_them_one(store, drafts):
    window = POLICY.incidents.story.window
    slow = {**SLOW, "route": ""}
    await put(drafts, make_finding(0, **slow), make_drift(0, kind="output_drift"))
    late = 1.5 * window
    await put(
        drafts,
        *(make_finding(late + n, **ODD, model="n", name=f"a{n}") for n in range(3)),
        make_drift(late, began=late, model="n"),
    )
    await drafts.flush(everything=True)
    told = {one.story for one in await stored(store)}
    assert (len(told), "" in told) == (2, False)
    await put(drafts, *(make_finding(0.75 * window + n, **HATE, name=f"b{n}") for n in range(3)))
    await drafts.flush(everything=True)
    assert {one.story for one in await stored(store)} == {min(told)}


async def test_severity_rises_with_what_is_touched_and_falls_when_it_fades(store, drafts):
    book = ReachBook()
    at = 0.0
    for n in range(300):
        finding = make_finding(at := 2.0 * n, name=f"x{n}", user=f"u{n % 20}", score=0.6)
        (reach,) = book.take(finding.observation, [finding.detection])
        await drafts.put([Filed(finding, reach=reach)])
    await drafts.flush(everything=True)
    (one,) = await stored(store)
    assert (one.severity, one.users) == ("critical", 20)
    for n in range(300):
        x = make_finding(at + 10.0 * n).observation
        book.take(x, [])
    (fallen,) = await drafts.review(book, at=START + at + 3_000.0)
    assert fallen.severity == "warning"
    told = [event.details for event in await store.events_of(one.id, limit=10)]
    assert {"before": "critical", "after": "warning"} in told


async def test_a_flood_of_tenants_is_one_incident_beyond_the_first(store, drafts):
    most = POLICY.incidents.tenants
    await put(drafts, *(make_finding(n / 10, tenant=f"t{n}", **ODD) for n in range(200)))
    await drafts.flush(everything=True)
    found = await stored(store)
    (wide,) = (one for one in found if not one.tenant)
    assert len(found) == most + 1
    assert (wide.route, wide.count) == ("", 200 - most)


async def test_a_tenant_with_an_incident_keeps_it_in_a_flood(store, drafts):
    await put(drafts, *(make_finding(n / 10, tenant=f"t{n}", **ODD) for n in range(50)))
    await put(drafts, make_finding(50, tenant="t3", **ODD))
    await drafts.flush(everything=True)
    assert [one.count for one in await stored(store) if one.tenant == "t3"] == [2]


async def test_tenants_one_after_the_other_are_no_flood(store, drafts):
    apart = POLICY.incidents.cooldown / POLICY.incidents.tenants + 1
    await put(drafts, *(make_finding(apart * n, tenant=f"t{n}", **ODD) for n in range(40)))
    assert len(await stored(store)) == 40
