import pytest

from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore


@pytest.fixture(params=["memory", "valkey"])
async def store(request, empty_server):
    url = None if request.param == "memory" else empty_server(request.param)
    opened = RedisStore(url) if url else MemoryStore()
    yield opened
    await opened.close()
