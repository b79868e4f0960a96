import asyncio
from dataclasses import replace

import pytest

from monitor.incidents.bundle import Bundle
from monitor.store.base import ConflictError, IncidentQuery, Store, StoreError

FILTERS = {
    "status": ("open", "resolved"),
    "severity": ("warning", "critical"),
    "detector": ("safety", "drift"),
    "kind": ("self_harm", "violence"),
    "model": ("m", "m:2"),
    "route": ("/v1/chat/completions", "/v1/completions"),
    "tenant": ("acme", "näme with spaces"),
}


def bundle(incident_id="i1", summary="what happened"):
    return Bundle(
        incident_id=incident_id,
        created=1.5,
        severity="critical",
        severity_reason="score",
        category="self_harm",
        summary=summary,
        scores={"safety": {"self_harm": 0.93}},
        exchange={"id": "x", "request": {"messages": []}},
    )


async def ids(store, **query):
    return [each.id for each in (await store.incidents(IncidentQuery(**query))).items]


async def walk(store, query):
    pages, cursor = [], ""
    while True:
        page = await store.incidents(replace(query, cursor=cursor))
        pages.append([each.id for each in page.items])
        cursor = page.cursor
        if not cursor:
            return pages


async def test_an_incident_comes_back_as_it_was_saved(store: Store, make_incident):
    incident = make_incident(seen=1_764_000_000.123456, exchange_ids=["a", "b"], note="n")
    assert await store.save_incident(incident, expected_version=0)
    assert await store.get_incident("i1") == replace(incident, version=1)
    assert await store.get_incident("other") is None


async def test_a_change_writes_the_next_version(store: Store, make_incident):
    await store.save_incident(make_incident(), expected_version=0)
    read = await store.get_incident("i1")
    assert await store.save_incident(replace(read, count=2), expected_version=1)
    assert await store.get_incident("i1") == replace(read, count=2, version=2)


async def test_a_change_of_an_old_version_is_refused(store: Store, make_incident):
    await store.save_incident(make_incident(), expected_version=0)
    for stale in (0, 2):
        with pytest.raises(ConflictError):
            await store.save_incident(make_incident(count=9), expected_version=stale)
    assert (await store.get_incident("i1")).count == 1


async def test_two_writers_lose_no_update(store: Store, make_incident):
    await store.save_incident(make_incident(count=0), expected_version=0)

    async def add_one():
        while True:
            read = await store.get_incident("i1")
            try:
                await store.save_incident(
                    replace(read, count=read.count + 1), expected_version=read.version
                )
            except ConflictError:
                continue
            return

    async def writer():
        for _ in range(50):
            await add_one()

    await asyncio.gather(writer(), writer())
    assert (await store.get_incident("i1")).count == 100


async def test_a_detection_is_counted_once(store: Store, make_incident):
    assert not await store.is_counted("d1")
    assert await store.save_incident(make_incident(), expected_version=0, counted=["d1"])
    assert await store.is_counted("d1")
    again = make_incident(count=2)
    assert not await store.save_incident(again, expected_version=1, counted=["d1"])
    assert (await store.get_incident("i1")).count == 1


async def test_a_detection_counted_in_one_incident_opens_no_other(store: Store, make_incident):
    await store.save_incident(make_incident(), expected_version=0, counted=["d1"])
    assert not await store.save_incident(make_incident("i2"), expected_version=0, counted=["d1"])
    assert await store.get_incident("i2") is None


async def test_detections_of_which_some_are_counted_are_refused(store: Store, make_incident):
    await store.save_incident(make_incident(), expected_version=0, counted=["d1"])
    with pytest.raises(ConflictError):
        await store.save_incident(make_incident(), expected_version=1, counted=["d1", "d2"])
    assert not await store.is_counted("d2")


async def test_what_a_conflict_refused_is_not_counted(store: Store, make_incident):
    await store.save_incident(make_incident(), expected_version=0)
    with pytest.raises(ConflictError):
        await store.save_incident(make_incident(), expected_version=7, counted=["d1"])
    assert not await store.is_counted("d1")


async def test_the_latest_incident_is_the_one_seen_last(store: Store, make_incident):
    assert await store.latest_incident("f") is None
    await store.save_incident(make_incident("new", seen=20.0), expected_version=0)
    await store.save_incident(make_incident("old", seen=10.0), expected_version=0)
    await store.save_incident(
        make_incident("other", seen=30.0, fingerprint="g"), expected_version=0
    )
    assert (await store.latest_incident("f")).id == "new"
    old = make_incident("old", seen=40.0, status="resolved")
    await store.save_incident(old, expected_version=1)
    assert (await store.latest_incident("f")).id == "old"


async def test_the_list_is_newest_first(store: Store, make_incident):
    for name, seen in (("a", 2.0), ("b", 3.0), ("c", 1.0)):
        await store.save_incident(make_incident(name, seen=seen), expected_version=0)
    assert await ids(store) == ["b", "a", "c"]
    await store.save_incident(make_incident("c", seen=9.0), expected_version=1)
    assert await ids(store) == ["c", "b", "a"]


async def test_an_empty_list_has_no_next_page(store: Store):
    page = await store.incidents(IncidentQuery())
    assert (page.items, page.cursor) == ([], "")


@pytest.mark.parametrize("field", FILTERS)
async def test_each_filter_lets_its_own_pass(store: Store, make_incident, field):
    for value in FILTERS[field]:
        await store.save_incident(make_incident(value, **{field: value}), expected_version=0)
    for value in FILTERS[field]:
        assert await ids(store, **{field: value}) == [value]
    assert await ids(store, **{field: "nothing"}) == []


async def test_filters_are_combined(store: Store, make_incident):
    for n in range(40):
        incident = make_incident(
            f"{n:02}",
            seen=float(n),
            status=("open", "resolved")[n % 2],
            severity=("info", "warning", "critical")[n % 3],
            tenant=("acme", "other")[n % 5 == 0],
        )
        await store.save_incident(incident, expected_version=0)
    expected = [f"{n:02}" for n in range(39, -1, -1) if n % 2 and n % 3 == 2 and n % 5]
    query = IncidentQuery(status="resolved", severity="critical", tenant="acme", limit=2)
    assert [name for page in await walk(store, query) for name in page] == expected
    assert await ids(store, status="resolved", severity="critical", since=20.0, until=30.0) == [
        "29",
        "23",
    ]


async def save_many(store, incidents):
    await asyncio.gather(*(store.save_incident(each, expected_version=0) for each in incidents))


async def test_matches_that_are_rare_and_old_are_found_page_by_page(store: Store, make_incident):
    old = [
        make_incident(f"old{n}", seen=float(n // 2), status="resolved", severity="critical")
        for n in range(7)
    ]
    many = [
        make_incident(
            f"{n:04}",
            seen=10.0 + n // 400,
            status=("resolved", "open")[n % 2],
            severity=("warning", "critical")[n % 2],
        )
        for n in range(2_400)
    ]
    await save_many(store, [*old, *many])
    both = IncidentQuery(status="resolved", severity="critical", limit=3)
    pages = [["old6", "old5", "old4"], ["old3", "old2", "old1"], ["old0"]]
    assert await walk(store, both) == pages
    assert await walk(store, replace(both, since=1.0)) == [pages[0], ["old3", "old2"]]
    assert await walk(store, replace(both, until=1.5)) == [["old3", "old2", "old1"], ["old0"]]
    assert await ids(store, status="resolved", severity="critical", model="other") == []


async def test_a_page_goes_on_behind_an_incident_that_has_moved(store: Store, make_incident):
    await save_many(store, [make_incident(f"{n:04}", seen=1.0) for n in range(1_500)])
    page = await store.incidents(IncidentQuery(limit=1_300))
    last = page.items[-1]
    await store.save_incident(replace(last, last_seen=2.0), expected_version=1)
    rest = await ids(store, limit=1_300, cursor=page.cursor, status="open")
    assert rest == [f"{n:04}" for n in range(199, -1, -1)]


async def test_a_changed_incident_leaves_the_lists_it_no_longer_belongs_to(
    store: Store, make_incident
):
    await store.save_incident(make_incident(tenant="acme"), expected_version=0)
    changed = make_incident(status="resolved", severity="critical")
    await store.save_incident(changed, expected_version=1)
    assert await ids(store, status="open") == []
    assert await ids(store, severity="warning") == []
    assert await ids(store, tenant="acme") == []
    assert await ids(store, status="resolved", severity="critical") == ["i1"]


async def test_incidents_are_counted_by_status_severity_and_detector(store: Store, make_incident):
    assert await store.count_incidents() == {}
    for n in range(3):
        await store.save_incident(make_incident(str(n)), expected_version=0, counted=[f"d{n}"])
    await store.save_incident(make_incident("x", detector="drift"), expected_version=0)
    await store.save_incident(make_incident("again"), expected_version=0, counted=["d0"])
    with pytest.raises(ConflictError):
        await store.save_incident(make_incident("0", status="resolved"), expected_version=7)
    await store.save_incident(make_incident("1", count=2), expected_version=1)
    changed = make_incident("2", status="resolved", severity="critical")
    await store.save_incident(changed, expected_version=1)
    assert await store.count_incidents() == {
        ("open", "warning", "safety"): 2,
        ("open", "warning", "drift"): 1,
        ("resolved", "critical", "safety"): 1,
    }


async def test_a_time_range_includes_both_ends(store: Store, make_incident):
    for n in range(5):
        await store.save_incident(make_incident(str(n), seen=float(n)), expected_version=0)
    assert await ids(store, since=1.0, until=3.0) == ["3", "2", "1"]
    assert await ids(store, since=3.5) == ["4"]
    assert await ids(store, until=0.5, status="open") == ["0"]


@pytest.mark.parametrize("filters", [{}, {"status": "open"}, {"status": "open", "model": "m"}])
async def test_pages_join_without_gap_or_repeat(store: Store, make_incident, filters):
    for n in range(23):
        await store.save_incident(make_incident(f"{n:02}", seen=n // 9), expected_version=0)
    pages = await walk(store, IncidentQuery(limit=5, **filters))
    assert [name for page in pages for name in page] == [f"{n:02}" for n in range(22, -1, -1)]
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]


async def test_the_last_full_page_has_no_cursor(store: Store, make_incident):
    for n in range(4):
        await store.save_incident(make_incident(str(n), seen=n), expected_version=0)
    assert [len(page) for page in await walk(store, IncidentQuery(limit=2))] == [2, 2]


async def test_new_incidents_do_not_shift_the_next_page(store: Store, make_incident):
    for n in range(6):
        await store.save_incident(make_incident(str(n), seen=n), expected_version=0)
    first = await store.incidents(IncidentQuery(limit=3))
    for n in range(6, 9):
        await store.save_incident(make_incident(str(n), seen=n), expected_version=0)
    assert await ids(store, limit=3, cursor=first.cursor) == ["2", "1", "0"]


@pytest.mark.parametrize("cursor", ["nonsense", "nan_x", "1.0", "_x"])
async def test_a_cursor_of_another_make_is_refused(store: Store, cursor):
    with pytest.raises(StoreError, match="cursor"):
        await store.incidents(IncidentQuery(cursor=cursor))


async def test_a_bundle_is_kept_and_overwritten(store: Store):
    assert await store.get_bundle("i1") is None
    await store.put_bundle(bundle())
    await store.put_bundle(bundle(summary="newer"))
    assert await store.get_bundle("i1") == bundle(summary="newer")


async def test_of_two_that_open_an_incident_of_the_same_trouble_one_looks_again(
    store: Store, make_incident
):
    async def open_one(name, latest, **fields):
        incident = make_incident(name, **fields)
        return await store.save_incident(incident, expected_version=0, latest=latest)

    assert await open_one("a", "")
    with pytest.raises(ConflictError):
        await open_one("b", "")
    assert await open_one("c", "", fingerprint="another")
    assert await open_one("b", "a", seen=2_000.0)
    with pytest.raises(ConflictError):
        await open_one("d", "a")
    changed = make_incident("a", count=2)
    assert await store.save_incident(changed, expected_version=1, latest="whatever")
    assert {each.id for each in (await store.incidents(IncidentQuery())).items} == {"a", "b", "c"}
