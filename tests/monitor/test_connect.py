import subprocess
import sys

import pytest

from monitor.connect import open_journal, open_store, spool_place
from monitor.journal.memory import MemoryJournal
from monitor.settings import Settings, SettingsError, SpoolSettings, StoreSettings
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


def place_of(url="redis://h:6379/0", **spool):
    store = StoreSettings(url=url, data_dir="/data")
    return spool_place(Settings(store=store, spool=SpoolSettings(**spool)))


def test_the_spool_is_in_the_data_directory_or_where_it_is_said_to_be():
    assert str(place_of().root) == "/data/spool"
    assert str(place_of(folder="/elsewhere").root) == "/elsewhere"


def test_where_nothing_would_be_left_to_spool_for_there_is_no_spool():
    assert place_of(max_bytes=0) is None
    assert place_of(url="memory://") is None


def test_another_password_is_the_same_store_to_the_spool():
    first, second = (place_of(f"redis://user:{word}@h:6379/0") for word in ("old", "new"))
    assert first == second
    assert "old" not in first.store
    assert place_of("redis://h:6379/1").store != place_of("redis://h:6379/2").store


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
