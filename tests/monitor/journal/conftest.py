import pytest

from monitor.journal.memory import MemoryJournal

LIMIT = 50


@pytest.fixture(params=["memory"])
async def journal(request):
    opened = MemoryJournal(limit=LIMIT)
    yield opened
    await opened.close()


@pytest.fixture
def limit():
    return LIMIT
