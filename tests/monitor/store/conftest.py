import pytest
from incidents import make_incident

from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore


@pytest.fixture
async def store(backend, empty_server):
    opened = MemoryStore() if backend == "memory" else RedisStore(empty_server(backend))
    yield opened
    await opened.close()


@pytest.fixture(name="make_incident")
def incident_maker():
    return make_incident
