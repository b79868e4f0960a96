import pytest

from monitor.journal.memory import MemoryJournal
from monitor.journal.redis import RedisJournal

LIMIT = 50


@pytest.fixture
async def journal(backend, empty_server):
    if backend == "memory":
        opened = MemoryJournal(limit=LIMIT)
    else:
        opened = RedisJournal(empty_server(backend), limit=LIMIT)
    yield opened
    await opened.close()


@pytest.fixture
def limit():
    return LIMIT
