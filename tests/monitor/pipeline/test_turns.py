"""What a worker keeps of conversations: enough to find what was said around an exchange."""

from exchanges import make_exchange
from prometheus_client import CollectorRegistry

from monitor.exchange import jsonl
from monitor.journal.memory import MemoryJournal
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.scoring import ScoreLoop
from monitor.settings import Settings
from monitor.store.memory import MemoryStore
from monitor.surroundings.same_conversation import same_conversation


async def test_what_was_said_before_and_after_is_found_once_it_is_scored(stage):
    journal, store = MemoryJournal(limit=100), MemoryStore()
    metrics = WorkerMetrics(CollectorRegistry())
    loop = ScoreLoop(stage, journal, store, Settings(), metrics, "one")
    of = [{"conversation": "c", "tenant": "acme"}] * 3 + [
        {"conversation": "c", "tenant": "globex"},
        {"conversation": "other", "tenant": "acme"},
        {"tenant": "acme"},
    ]
    exchanges = [make_exchange(number, **whose) for number, whose in enumerate(of)]
    await journal.append([jsonl.encode(each) for each in exchanges])
    assert await loop.step() == len(exchanges)
    around = await same_conversation(store, exchanges[1])
    assert [each["id"] for each in around] == [exchanges[0].id, exchanges[2].id]
    assert await same_conversation(store, exchanges[5]) == []
