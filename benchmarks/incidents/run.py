"""Whether a day with five planted troubles ends as five stories, and its bundles name the causes.

    python -m benchmarks.incidents.run --data FOLDER [--exchanges 20000] [--baseline 6000]

The day goes through the worker's own stages twice: with journal and store in memory, and with both
on an embedded Valkey. Baselines are built from a day before on which nothing was planted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.drift.traffic import Traffic
from benchmarks.incidents.day import DAY, START
from benchmarks.incidents.through import Remembering, baselines, through
from benchmarks.incidents.told import DayTold, table, told
from benchmarks.incidents.troubles import ASSISTANT, DESK, troubles, usual_day
from monitor.connect import connected_journal, connected_store
from monitor.journal.base import Journal
from monitor.journal.memory import MemoryJournal
from monitor.pipeline.score import ScoreStage
from monitor.settings import StoreSettings
from monitor.store.base import Store
from monitor.store.memory import MemoryStore

RESULTS = Path(__file__).resolve().parents[1] / "results"
_READ = """\
One slow replica of three (02:00 to 04:00), an attack by one tenant (07:00 to 08:00), other and slower
answers of one model (11:00 to 13:00), German at a help desk (15:00 to 17:00), answers in loops (20:00 to
21:30); 10 tenants, 400 users, 2 models, texts out of the developer data. *Named*: bundles of the story that
have the planted cause among their first three factors. What is of no story was found on ordinary
exchanges, nearly all by the safety detector, in prompts and answers alike; nothing more was planted."""


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[tuple[Journal, Store]]:
    """Journal and store, of this process or of an embedded server."""
    if kind == "memory":
        yield MemoryJournal(), MemoryStore()
        return
    with tempfile.TemporaryDirectory() as folder:
        settings = StoreSettings(data_dir=folder)
        async with connected_journal(settings) as journal, connected_store(settings) as store:
            yield journal, store


async def measure(data: Path, exchanges: int, ordinary: int) -> dict[str, tuple[DayTold, float]]:
    """Give by kind of store what was told of the day, and the seconds it took."""
    traffic = Traffic(data, Path("none"))
    before = list(usual_day(traffic, seed=7, start=START - DAY).exchanges(ordinary))
    day = replace(usual_day(traffic, seed=8, start=START), troubles=troubles(traffic))
    known = list(baselines((DESK, ASSISTANT), before))
    stage = Remembering(ScoreStage.load())
    found = {}
    for kind in ("memory", "Valkey"):
        begun = time.monotonic()
        async with opened(kind) as (journal, store):
            incidents = await through(
                day.exchanges(exchanges), stage=stage, known=known, journal=journal, store=store
            )
            found[kind] = await told(store, day, incidents), time.monotonic() - begun
        print(f"{kind}\n{table(found[kind][0])}\n", flush=True)
    return found


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--exchanges", type=int, default=20_000)
    parser.add_argument("--baseline", type=int, default=6_000)
    asked = parser.parse_args()
    found = asyncio.run(measure(asked.data, asked.exchanges, asked.baseline))
    day = datetime.now(UTC).date().isoformat()
    parts = [
        f"# A day of {asked.exchanges:,} exchanges with five planted troubles, {day}\n\n{_READ}\n",
        *(f"Journal and store: {kind}.\n\n{table(one)}\n" for kind, (one, _) in found.items()),
    ]
    kept = {kind: {**asdict(one), "seconds": took} for kind, (one, took) in found.items()}
    (RESULTS / f"incidents-day-{day}.md").write_text("\n".join(parts))
    (RESULTS / f"incidents-day-{day}.json").write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
