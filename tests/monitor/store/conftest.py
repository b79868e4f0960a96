import pytest

from monitor.incidents import Incident
from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore


@pytest.fixture
async def store(backend, empty_server):
    opened = MemoryStore() if backend == "memory" else RedisStore(empty_server(backend))
    yield opened
    await opened.close()


@pytest.fixture
def make_incident():
    def make(name: str = "i1", *, seen: float = 1_000.0, **fields) -> Incident:
        values = {
            "id": name,
            "fingerprint": "f",
            "detector": "safety",
            "kind": "self_harm",
            "rule": "safety_prompt",
            "severity": "warning",
            "title": "safety: self harm on m — „ü“ \x00",
            "model": "m",
            "first_seen": seen,
            "last_seen": seen,
            "score": 0.93,
            "threshold": 0.5,
        }
        return Incident(**(values | fields))

    return make
