import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from alert_receivers import AlertmanagerServer, HttpReceiver, MailReceiver
from incidents import make_incident
from prometheus_client import CollectorRegistry

from monitor.alerts.channels.opening import open_channels
from monitor.alerts.deliverer import Deliverer
from monitor.alerts.settings import AlertSettings, ChannelSettings, RouteSettings
from monitor.incidents.events import Signature, events_between
from monitor.metrics.alerts import AlertMetrics
from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore

SHORTLY = 30.0


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1_764_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", "valkey"])
async def store(request, empty_server):
    opened = MemoryStore() if request.param == "memory" else RedisStore(empty_server("valkey"))
    yield opened
    await opened.close()


@pytest.fixture
def receiver():
    opened = HttpReceiver()
    yield opened
    opened.close()


@pytest.fixture
def mail():
    opened = MailReceiver()
    yield opened
    opened.close()


@pytest.fixture
def alertmanager(tmp_path):
    opened = AlertmanagerServer(tmp_path)
    yield opened
    opened.close()


@dataclass
class Story:
    """Incidents of a store, and those who deliver what is told of them."""

    store: object
    clock: Clock
    settings: AlertSettings = field(default_factory=AlertSettings)

    def tell_to(self, channels=None, *, give_up=21_600.0, failing_after=600.0, link="", **route):
        """Send everything to these channels, without waiting unless the route says so."""
        route = {"channels": list(channels), "group_wait": 0.0, "group_interval": 0.0, **route}
        self.settings = AlertSettings(
            channels=channels,
            routes=[RouteSettings(**route)],
            give_up=give_up,
            failing_after=failing_after,
            link=link,
        )

    def deliverer(self, name="one", *, lease=60.0, wait=0.0):
        registry = CollectorRegistry()
        metrics = AlertMetrics(registry, channels=list(self.settings.channels))
        return Deliverer(
            self.store,
            self.settings,
            open_channels(self.settings),
            metrics,
            name=name,
            lease=lease,
            wait=wait,
            clock=self.clock,
        )

    async def save(self, name="i1", **fields):
        """Save an incident as somebody changed it, with its events."""
        before = await self.store.get_incident(name)
        if before is None:
            fields = {"fingerprint": f"f-{name}", "seen": self.clock.now, **fields}
            after = make_incident(name, **fields)
        else:
            after = replace(before, **fields)
        await self.store.save_incident(
            after,
            expected_version=before.version if before else 0,
            events=events_between(before, after, Signature("ada", self.clock.now)),
        )
        return after


@pytest.fixture
def story(store, clock):
    return Story(store, clock)


async def turns(deliverer, until, *, others=()):
    """Let a deliverer work until something is so."""
    async with asyncio.timeout(SHORTLY):
        while not (value := until()):
            await deliverer.step()
            for other in others:
                await other.step()
            await asyncio.sleep(0.01)
    return value


async def settle(deliverer, count=5):
    """Let a deliverer have a few turns, each with what is being sent at its end."""
    for _ in range(count):
        await deliverer.step()
        if deliverer._round is not None:
            await deliverer._round._sending.wait()


@pytest.fixture(name="turns")
def turning():
    return turns


@pytest.fixture(name="settle")
def settling():
    return settle


def webhook(receiver, **more):
    return ChannelSettings(kind="webhook", url=receiver.url, **more)


@pytest.fixture(name="webhook")
def webhook_maker():
    return webhook


@asynccontextmanager
async def running(deliverer):
    """A deliverer as the worker runs it."""
    task = asyncio.create_task(deliverer.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture(name="running")
def runner():
    return running
