"""Store and journal at 100,000 incidents: list pages, similar, memory, throughput.

    python -m benchmarks.store.run [--store URL] [--incidents N] [--out FOLDER/NAME]

Without a URL it measures the embedded server, in a temporary folder. A server given by URL is
emptied first. Times are of single calls, one after another, as a caller sees them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from redis.asyncio import Redis

from detectors.base import Evidence
from monitor.embedded import EmbeddedValkey
from monitor.exchange.ident import ulid
from monitor.incidents.bundle import Action, Bundle, SimilarViolation
from monitor.incidents.events import Signature, events_between
from monitor.incidents.incident import Incident
from monitor.journal.base import Scored
from monitor.journal.redis import RedisJournal
from monitor.link import PREFIX
from monitor.store.base import IncidentQuery
from monitor.store.paging import FACETS, SORTS, facet_of
from monitor.store.redis import RedisStore
from monitor.store.traits import Among, Traits

WIDTH = 256
DAY = 86_400.0
START = 1_763_000_000.0
AT_ONCE = 64
KINDS = {
    "safety": ("violence", "self_harm", "harassment", "prompt_injection"),
    "latency": ("ttft", "tpot", "stalled"),
    "drift": ("input_drift", "output_drift"),
    "anomaly": ("repetition", "novelty", "truncated"),
}


def make_incident(n: int, rng: random.Random) -> Incident:
    """One of a month's incidents: five models, twenty tenants, most of them resolved."""
    detector = rng.choices(list(KINDS), (6, 3, 1, 2))[0]
    seen = START + rng.random() * 30 * DAY
    model = f"model-{rng.randrange(5)}"
    return Incident(
        id=ulid(seen),
        fingerprint=f"{rng.randrange(20_000):016x}",
        detector=detector,  # type: ignore[arg-type]
        kind=rng.choice(KINDS[detector]),
        rule=f"{detector}_rule",
        severity=rng.choices(("info", "warning", "critical"), (3, 6, 1))[0],  # type: ignore[arg-type]
        title=f"{detector}: {'rarity' if n % 5_000 == 0 else 'something'} on {model}",
        owner=f"person-{rng.randrange(30)}",
        story=f"story-{rng.randrange(5_000)}",
        model=model,
        route="/v1/chat/completions",
        tenant=f"tenant-{rng.randrange(20)}",
        status=rng.choices(("open", "acknowledged", "resolved"), (1, 1, 18))[0],  # type: ignore[arg-type]
        first_seen=seen - 60,
        last_seen=seen,
        score=rng.random(),
        threshold=0.5,
        count=1 + n % 40,
        exchange_ids=[ulid(seen) for _ in range(min(20, 1 + n % 40))],
        policy="0123456789ab",
        updated=seen,
    )


def make_bundle(incident: Incident) -> Bundle:
    """A bundle of ordinary size: an exchange of some 600 characters, five factors."""
    text = "This stands for a sentence of a conversation. " * 6
    return Bundle(
        incident_id=incident.id,
        created=incident.updated,
        severity=incident.severity,
        severity_reason="score 0.93 against a threshold of 0.5",
        category=incident.kind,
        summary=incident.title,
        contributing_factors=[Evidence(f"factor {n}", 0.5, 0.1, 1.0, "s") for n in range(5)],
        exchange={"id": "x", "request": {"messages": [{"role": "user", "content": text}]}},
        scores={name: dict.fromkeys(kinds, 0.123456) for name, kinds in KINDS.items()},
        similar_violations=[
            SimilarViolation(
                incident_id=incident.id,
                similarity=0.91,
                title=incident.title,
                status="resolved",
                last_seen=incident.last_seen,
            )
        ]
        * 3,
        recommended_actions=[Action(what="Block it", why="It repeats", how="policy.toml")] * 2,
    )


async def each(items: list[Any], call: Callable[[Any], Awaitable[object]]) -> float:
    """Make a call for every item, `AT_ONCE` at a time; the seconds it took."""
    started = time.perf_counter()
    for first in range(0, len(items), AT_ONCE):
        await asyncio.gather(*(call(item) for item in items[first : first + AT_ONCE]))
    return time.perf_counter() - started


async def timed(call: Callable[[], Awaitable[object]], *, turns: int = 100) -> dict[str, float]:
    """Quick end, median and slow end of a call's time, in milliseconds."""
    times = []
    for _ in range(turns):
        started = time.perf_counter()
        await call()
        times.append(1000 * (time.perf_counter() - started))
    return {
        "p5_ms": round(float(np.percentile(times, 5)), 3),
        "p50_ms": round(statistics.median(times), 3),
        "p99_ms": round(float(np.percentile(times, 99)), 3),
    }


async def open_incident(store: RedisStore, incident: Incident) -> None:
    """As the worker does, with the event that tells of it and the detection that it counts."""
    events = events_between(None, incident, Signature("", incident.updated))
    await store.save_incident(incident, expected_version=0, events=events, counted=[incident.id])


async def median_usage(client: Any, prefix: str, incidents: list[Incident]) -> int:
    """What MEMORY USAGE says of one incident's key, in bytes; the median of 200."""
    names = [f"{PREFIX}:{prefix}:{one.id}" for one in incidents[:200]]
    return round(statistics.median([await client.memory_usage(name) or 0 for name in names]))


async def put_vector(store: RedisStore, incident: Incident, vector: bytes) -> None:
    """All of one detector, so that each is looked through."""
    traits = Traits(incident.kind, incident.model, incident.tenant)
    await store.put_vector(incident.id, "safety", vector, traits)


async def used_memory(client: Any) -> int:
    """Bytes that the server's data takes."""
    return int((await client.info("memory"))["used_memory"])


async def fill(store: RedisStore, client: Any, incidents: list[Incident]) -> dict[str, Any]:
    """Write incidents, bundles and vectors; how fast, and what they take."""
    before = await used_memory(client)
    seconds = await each(incidents, lambda one: open_incident(store, one))
    records = await used_memory(client)
    await each(incidents, lambda one: store.put_bundle(make_bundle(one)))
    bundles = await used_memory(client)
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((len(incidents), WIDTH)).astype("<f4")
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    pairs = list(zip(incidents, matrix, strict=True))
    vectors_s = await each(pairs, lambda pair: put_vector(store, pair[0], pair[1].tobytes()))
    vectors = await used_memory(client)
    number = len(incidents)
    return {
        "save_incident_per_second": round(number / seconds),
        "put_vector_per_second": round(number / vectors_s),
        "bytes_per_incident_with_indexes": round((records - before) / number),
        "of_these_the_record": await median_usage(client, "incident", incidents),
        "of_these_its_events": await median_usage(client, "events", incidents),
        "of_these_its_words": await median_usage(client, "words-of", incidents),
        "bytes_per_bundle": round((bundles - records) / number),
        "bytes_per_vector": round((vectors - bundles) / number),
        "server_megabytes": round(vectors / 1e6),
    }


def queries(incidents: list[Incident]) -> dict[str, IncidentQuery]:
    """List pages of 50: each filter, each order, words, and the worst that several can ask for."""
    middle = sorted(each.last_seen for each in incidents)[len(incidents) // 2]
    one = incidents[0]
    week = {"since": middle, "until": middle + 7 * DAY}
    asked = {
        "first page": IncidentQuery(),
        "page in the middle": IncidentQuery(until=middle),
        "status and severity": IncidentQuery(status="open", severity="critical"),
        "four filters": IncidentQuery(
            status="open", severity="warning", model="model-1", tenant="tenant-7"
        ),
        "three of five models": IncidentQuery(model=("model-0", "model-1", "model-2")),
        "kind and tenant, one week": IncidentQuery(kind="violence", tenant="tenant-3", **week),
        "two filters that exclude each other": IncidentQuery(detector="latency", kind="violence"),
        "by score, of a tenant and a week": IncidentQuery(sort="-score", tenant="tenant-3", **week),
        "a common word": IncidentQuery(text="something"),
        "a rare word, with one it never is with": IncidentQuery(text="rarity something"),
        "a word that is begun": IncidentQuery(text="rari"),
        "a common word, of a tenant, by score": IncidentQuery(
            text="something", tenant="tenant-3", sort="-score"
        ),
        "words that nothing has": IncidentQuery(text="nothing of this"),
    }
    asked |= {
        f"by {name}": IncidentQuery(sort=sort)  # type: ignore[arg-type]
        for name in SORTS
        for sort in (name, f"-{name}")
    }
    return asked | {
        f"filter {facet}": IncidentQuery(**{facet: value})
        for facet in FACETS
        if (value := facet_of(one, facet))
    }


async def pages(store: RedisStore, incidents: list[Incident]) -> dict[str, dict[str, float]]:
    """Times of each of these, and how many incidents are on the page."""
    found = {}
    for name, query in queries(incidents).items():
        page = await store.incidents(query)
        found[name] = {"found": len(page.items)} | await timed(lambda q=query: store.incidents(q))
    return found


async def lookups(store: RedisStore, incidents: list[Incident]) -> dict[str, dict[str, float]]:
    """The calls that the worker and a page of one incident make."""
    rng = np.random.default_rng(2)
    probe = rng.standard_normal(WIDTH).astype("<f4")
    vector = (probe / np.linalg.norm(probe)).astype("<f4").tobytes()
    started = time.perf_counter()
    await store.similar(vector, detector="safety", limit=10)
    cold = 1000 * (time.perf_counter() - started)
    chosen = random.Random(3)
    tenant = Among(tenant=("tenant-3",))
    narrow = Among(("violence",), ("model-1",), ("tenant-3",))

    async def change() -> None:
        stored = await store.get_incident(chosen.choice(incidents).id)
        assert stored
        changed = replace(stored, last_seen=stored.last_seen + 1, count=stored.count + 1)
        await store.save_incident(changed, expected_version=stored.version)

    return {
        "similar, first in a process": {"p50_ms": round(cold, 1)},
        "similar": await timed(lambda: store.similar(vector, detector="safety", limit=10)),
        "similar, of one tenant": await timed(
            lambda: store.similar(vector, detector="safety", limit=10, among=tenant)
        ),
        "similar, of one tenant, model and kind": await timed(
            lambda: store.similar(vector, detector="safety", limit=10, among=narrow)
        ),
        "latest incident of a fingerprint": await timed(
            lambda: store.latest_incident(chosen.choice(incidents).fingerprint)
        ),
        "bundle": await timed(lambda: store.get_bundle(chosen.choice(incidents).id)),
        "read and save a change": await timed(change),
    }


async def journal_rates(journal: RedisJournal, *, records: int, batch: int) -> dict[str, float]:
    """Exchanges of 2 kB through the journal, by one gateway and one worker in turn."""
    data = [os.urandom(2_000) for _ in range(batch)]
    rounds = records // batch
    times = {"append": 0.0, "read": 0.0, "commit": 0.0, "observations": 0.0}
    for number in range(rounds):
        marks = [time.perf_counter()]
        await journal.append(data)
        marks.append(time.perf_counter())
        entries = await journal.read("bench", count=batch, wait=0)
        marks.append(time.perf_counter())
        scored = [
            Scored(entry, f"{number}-{n}", n % 4, entry.data) for n, entry in enumerate(entries)
        ]
        await journal.commit(scored)
        marks.append(time.perf_counter())
        for shard in range(4):
            seen = await journal.observations(shard, after="", count=batch, wait=0)
            await journal.forget(shard, through=seen[-1][0])
        marks.append(time.perf_counter())
        for name, start, end in zip(times, marks, marks[1:], strict=False):
            times[name] += end - start
    rates = {f"{name}_per_second": round(records / seconds) for name, seconds in times.items()}
    return rates | {"whole_path_per_second": round(records / sum(times.values()))}


async def measure(url: str, number: int) -> dict[str, Any]:
    """All figures of one server."""
    rng = random.Random(0)
    incidents = [make_incident(n, rng) for n in range(number)]
    store, journal = RedisStore(url), RedisJournal(url)
    async with Redis.from_url(url) as client:
        await client.flushall()
        server = await client.info("server")
        result: dict[str, Any] = {
            "server": server.get("valkey_version") or server["redis_version"],
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
            "incidents": number,
            "journal": await journal_rates(journal, records=19_200, batch=64),
            "fill": await fill(store, client, incidents),
            "pages": await pages(store, incidents),
            "lookups": await lookups(store, incidents),
        }
    await store.close()
    await journal.close()
    result["process_megabytes"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    return result


def as_text(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        f"# Store and journal at {result['incidents']:,} incidents",
        "",
        f"Server {result['server']}; {result['machine']}. Vectors have {WIDTH} components.",
        "Made by `python -m benchmarks.store.run`. Times are of one call as a caller sees it; on a busy",
        "machine the quickest twentieth (p5) tells most of what it costs.",
    ]
    for part in ("pages", "lookups"):
        lines += ["", f"| {part} | p5 ms | p50 ms | p99 ms | found |", "|---|---|---|---|---|"]
        lines += [
            f"| {name} | {row.get('p5_ms', '')} | {row['p50_ms']} | {row.get('p99_ms', '')} | {row.get('found', '')} |"
            for name, row in result[part].items()
        ]
    for part in ("fill", "journal"):
        lines += ["", f"| {part} | |", "|---|---|"]
        lines += [f"| {name.replace('_', ' ')} | {row:,} |" for name, row in result[part].items()]
    return "\n".join([*lines, ""])


async def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="")
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.store:
        result = await measure(given.store, given.incidents)
    else:
        with tempfile.TemporaryDirectory() as folder:
            async with EmbeddedValkey(folder) as server:
                result = await measure(server.url, given.incidents)
    print(as_text(result))
    if given.out:
        given.out.with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        given.out.with_suffix(".md").write_text(as_text(result), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
