import subprocess
import sys

import pytest

from monitor.connect import open_journal, open_store
from monitor.journal.memory import MemoryJournal
from monitor.settings import SettingsError, StoreSettings
from monitor.store.memory import MemoryStore

GATEWAY_HAS_NOT = ("numpy", "scipy", "torch", "transformers", "pandas", "fastapi")


async def test_without_a_url_both_are_on_the_embedded_server_of_the_data_directory(tmp_path):
    settings = StoreSettings(data_dir=str(tmp_path), journal_max=2)
    journal, store = await open_journal(settings), await open_store(settings)
    assert await journal.append([b"one", b"two", b"three"]) == 2
    await store.add_counts({"shed": 1})
    await journal.close()
    assert await store.counts() == {"shed": 1}
    await store.close()
    store = await open_store(settings)
    assert await store.counts() == {"shed": 1}
    await store.close()


async def test_a_url_names_the_server(start_server):
    settings = StoreSettings(url=start_server().url)
    journal, store = await open_journal(settings), await open_store(settings)
    await journal.backlog()
    await store.ping()
    await journal.close()
    await store.close()


async def test_memory_is_for_one_process():
    settings = StoreSettings(url="memory://", journal_max=1)
    journal, store = await open_journal(settings), await open_store(settings)
    assert isinstance(journal, MemoryJournal)
    assert isinstance(store, MemoryStore)
    assert await journal.append([b"one", b"two"]) == 1


@pytest.mark.parametrize("opening", [open_journal, open_store])
async def test_a_url_of_another_kind_is_refused(opening):
    with pytest.raises(SettingsError, match=r"store\.url.*redis://HOST:6379/0"):
        await opening(StoreSettings(url="postgres://host"))


def test_a_journal_needs_nothing_that_a_gateway_has_not():
    code = (
        "import asyncio, sys; from monitor.connect import open_journal;"
        "from monitor.settings import StoreSettings;"
        "asyncio.run(open_journal(StoreSettings(url='redis://localhost')));"
        f"print([name for name in {GATEWAY_HAS_NOT} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
