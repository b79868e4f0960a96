"""Alerts in the worker: what is set up wrong is said before anything is loaded."""

import pytest

from monitor.alerts.errors import AlertError
from monitor.alerts.settings import AlertSettings, ChannelSettings
from monitor.journal.memory import MemoryJournal
from monitor.pipeline.worker import work
from monitor.settings import Settings
from monitor.store.memory import MemoryStore


async def test_a_worker_without_the_secret_of_a_channel_does_not_start():
    ops = ChannelSettings(kind="webhook", url="env:NO_SUCH_VARIABLE")
    settings = Settings(alerts=AlertSettings(channels={"ops": ops}))
    with pytest.raises(AlertError, match=r"alerts\.channels\.ops\.url: nothing is in env:NO_SUCH"):
        await work(settings, MemoryJournal(limit=10), MemoryStore())
