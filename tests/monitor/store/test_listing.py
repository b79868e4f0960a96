"""Filters, orders and searches of lists, beside a plain pass over all incidents."""

import asyncio
import random
from dataclasses import replace

import pytest

from detectors.base import Evidence
from monitor.incidents.bundle import Bundle
from monitor.incidents.events import IncidentEvent
from monitor.store.base import IncidentQuery, Store, StoreError
from monitor.store.paging import FACETS, RANGES, SORTS, values

ORDERS = [f"{sign}{field}" for field in SORTS for sign in ("", "-")]
RANK = {"info": 0, "warning": 1, "critical": 2}


async def ids(store, **query):
    return [each.id for each in (await store.incidents(IncidentQuery(**query))).items]


async def walk(store, query):
    found, cursor = [], ""
    while True:
        page = await store.incidents(replace(query, cursor=cursor))
        found += [each.id for each in page.items]
        cursor = page.cursor
        if not cursor:
            return found
        assert len(page.items) == query.limit


async def save(store, *incidents):
    for start in range(0, len(incidents), 50):
        some = incidents[start : start + 50]
        await asyncio.gather(*(store.save_incident(each, expected_version=0) for each in some))


def of_chance(rng, n, make_incident):
    seen = float(rng.randrange(400))
    return make_incident(
        f"{n:05}",
        seen=seen,
        first_seen=seen - rng.randrange(50),
        updated=seen + rng.randrange(50) / 4,
        score=rng.randrange(8) / 7,
        count=rng.randrange(1, 30),
        status=rng.choices(("open", "acknowledged", "resolved"), (1, 1, 40))[0],
        severity=rng.choice(tuple(RANK)),
        detector=rng.choice(("safety", "latency", "drift")),
        model=rng.choice(("m", "m:2", "näme with spaces")),
        tenant=rng.choice(("", "acme", "globex")),
        owner=rng.choices(("", "ada", "bob"), (8, 1, 1))[0],
        verdict=rng.choice((None, "true_positive", "false_positive")),
    )


def query_of_chance(rng):
    some = {
        "status": ("open", "acknowledged", "resolved"),
        "severity": tuple(RANK),
        "detector": ("safety", "latency", "drift", "anomaly"),
        "model": ("m", "m:2", "näme with spaces", "other"),
        "tenant": ("", "acme", "globex"),
        "owner": ("", "ada", "bob"),
        "verdict": ("", "true_positive", "false_positive"),
    }
    filters = {
        facet: tuple(rng.sample(some[facet], rng.randint(1, 2)))
        for facet in rng.sample(tuple(some), rng.choice((0, 1, 2, 2, 3)))
    }
    low, high = rng.choice(tuple(RANGES.values()))
    if rng.random() < 0.5:
        filters[low] = float(rng.randrange(400))
    if rng.random() < 0.3:
        filters[high] = filters.get(low, 0.0) + rng.randrange(300)
    return IncidentQuery(sort=rng.choice(ORDERS), limit=rng.choice((1, 7, 50, 400)), **filters)


def expected(incidents, query):
    field = query.sort.removeprefix("-")

    def value(incident):
        if field == "severity":
            return RANK[incident.severity], incident.last_seen, incident.id
        return getattr(incident, field), incident.id

    passed = [
        incident
        for incident in incidents
        if all(
            (getattr(incident, facet, None) or "") in wanted
            for facet in FACETS
            if (wanted := values(getattr(query, facet)))
        )
        and all(
            (getattr(query, low) is None or getattr(query, low) <= getattr(incident, name))
            and (getattr(query, high) is None or getattr(incident, name) <= getattr(query, high))
            for name, (low, high) in RANGES.items()
        )
    ]
    passed.sort(key=value, reverse=query.sort.startswith("-"))
    return [incident.id for incident in passed]


@pytest.mark.parametrize("count", [300, 3_500])
async def test_any_query_finds_what_a_pass_over_all_finds(store: Store, make_incident, count):
    rng = random.Random(count)
    incidents = [of_chance(rng, n, make_incident) for n in range(count)]
    await save(store, *incidents)
    found_some = 0
    for _ in range(60):
        query = query_of_chance(rng)
        told = expected(incidents, query)
        few = replace(query, limit=max(query.limit, len(told) // 6 + 1))
        assert await walk(store, few) == told, query
        found_some += bool(told)
    assert found_some > 30


@pytest.mark.parametrize("sort", ORDERS)
async def test_a_list_is_sorted_by_what_was_asked_for(store: Store, make_incident, sort):
    fields = {
        "a": {"seen": 3.0, "first_seen": 1.0, "score": 0.5, "count": 9, "severity": "info"},
        "b": {"seen": 2.0, "first_seen": 2.0, "score": 0.9, "count": 1, "severity": "critical"},
        "c": {"seen": 9.0, "first_seen": 3.0, "score": 0.5, "count": 2, "severity": "warning"},
    }
    await save(
        store,
        *(make_incident(name, updated=one["seen"] + 1, **one) for name, one in fields.items()),
    )
    ascending = {
        "last_seen": "bac",
        "first_seen": "abc",
        "updated": "bac",
        "score": "acb",
        "count": "bca",
        "severity": "acb",
    }[sort.removeprefix("-")]
    wanted = list(ascending[::-1] if sort.startswith("-") else ascending)
    assert await walk(store, IncidentQuery(sort=sort, limit=1)) == wanted
    assert await walk(store, IncidentQuery(sort=sort, status=("open",), limit=2)) == wanted


async def test_a_change_moves_an_incident_in_every_order(store: Store, make_incident):
    await save(store, make_incident("a", count=1, score=0.1), make_incident("b", count=2))
    grown = make_incident("a", count=7, score=0.99, severity="critical", owner="ada")
    await store.save_incident(grown, expected_version=1)
    for sort in ("-count", "-score", "-severity"):
        assert await ids(store, sort=sort) == ["a", "b"]
    assert await ids(store, owner="ada") == ["a"]
    assert await ids(store, owner=("",)) == ["b"]
    assert await ids(store, owner=("", "ada")) == ["b", "a"]


async def test_a_cursor_goes_on_only_in_its_own_order(store: Store, make_incident):
    await save(store, *(make_incident(str(n), seen=float(n)) for n in range(3)))
    page = await store.incidents(IncidentQuery(limit=1))
    for sort in ("last_seen", "-count"):
        with pytest.raises(StoreError, match="cursor"):
            await store.incidents(IncidentQuery(limit=1, sort=sort, cursor=page.cursor))


def bundle(name, summary, **fields):
    return Bundle(
        incident_id=name,
        created=1.0,
        severity="info",
        severity_reason="",
        category="",
        summary=summary,
        **fields,
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("self", {"a"}),
        ("SELF harm", {"a"}),
        ("self harm spike", set()),
        ("llama-3.1", {"a", "b"}),
        ("lla", {"a", "b"}),
        ("lla acme", set()),
        ("ac", {"b"}),
        ("strasse", {"b"}),
        ("STRASSE Ü", {"b"}),
        ("नमस्ते", {"b"}),
        ("毒", {"b"}),
        ("毒物", {"b"}),
        ("tokens/s", {"a"}),
        ("rolled back", {"a"}),
        ("ignore previous", {"a"}),
        ("0", set()),
        ("!?", set()),
    ],
)
async def test_a_search_finds_incidents_by_their_words(store: Store, make_incident, text, found):
    first = make_incident("a", title="safety: self harm", model="llama-3.1", note="Rolled back.")
    second = make_incident(
        "b", title="Straße über नमस्ते 毒物の作り方", kind="k", model="llama-3.1", tenant="acme"
    )
    await save(store, first, second)
    factors = [Evidence("tokens/s", 1.0), Evidence("phrase", "ignore previous orders")]
    await store.put_bundle(bundle("a", "", contributing_factors=factors))
    assert set(await ids(store, text=text)) == found


async def test_a_search_follows_what_is_said_of_an_incident(store: Store, make_incident):
    incident = make_incident("a", owner="ada", note="first words")
    await save(store, incident)
    await store.put_bundle(bundle("a", "something sudden"))
    assert await ids(store, text="sudden ada") == ["a"]
    changed = replace(incident, owner="bob", note="later words")
    event = IncidentEvent(at=1.0, kind="noted", incident=changed, note="first thoughts")
    await store.save_incident(changed, expected_version=1, events=[event])
    other = replace(event, note="second thoughts")
    await store.save_incident(changed, expected_version=2, events=[other])
    await store.put_bundle(bundle("a", "something gradual"))
    expected = {
        "ada": [],
        "bob": ["a"],
        "sudden": [],
        "gradual": ["a"],
        "first": ["a"],
        "second": ["a"],
        "later": ["a"],
    }
    assert {word: await ids(store, text=word) for word in expected} == expected
    await store.delete_bundle("a")
    assert await ids(store, text="gradual") == []
    assert await ids(store, text="bob") == ["a"]


async def test_a_deleted_incident_is_found_by_no_word_and_no_order(store: Store, make_incident):
    await save(store, make_incident("a", owner="ada"), make_incident("b", owner="adam"))
    await store.put_bundle(bundle("a", "something"))
    await store.delete_bundle("a")
    await store.delete_incident("a")
    assert await ids(store, text="ada") == ["b"]
    for sort in ORDERS:
        assert await ids(store, sort=sort) == ["b"]
    again = make_incident("a", owner="zoe", note="nothing of before")
    await store.save_incident(again, expected_version=0)
    assert await ids(store, text="ada") == ["b"]
    assert await ids(store, text="zo") == ["a"]


async def test_words_filters_and_order_are_combined(store: Store, make_incident):
    incidents = [
        make_incident(
            f"{n:04}",
            seen=float(n),
            score=n % 7 / 7,
            note="even" if n % 2 == 0 else "odd",
            severity=("info", "critical")[n % 3 == 0],
        )
        for n in range(2_600)
    ]
    await save(store, *incidents)
    query = IncidentQuery(text="eve", severity="critical", since=100.0, sort="score", limit=150)
    kept = [x for x in incidents[100:] if int(x.id) % 6 == 0]
    wanted = [x.id for x in sorted(kept, key=lambda x: (x.score, x.id))]
    assert await walk(store, query) == wanted


async def test_of_many_notes_the_words_of_the_latest_are_found(store: Store, make_incident):
    incident = make_incident("a")
    await save(store, incident)
    for n in range(60):
        words = " ".join(f"wörter{n}x{m}" for m in range(10))
        event = IncidentEvent(at=1.0, kind="noted", incident=incident, note=words)
        await store.save_incident(incident, expected_version=n + 1, events=[event])
    assert await ids(store, text="wörter59x0 wörter59x9 wörter55x") == ["a"]
    assert await ids(store, text="wörter59x0 wörter61") == []
