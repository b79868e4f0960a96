"""The whole OpenAPI document against a served API over a real store, by requests that fit and do not.

What is generated is told by the document alone, so a route that is added is tried as well.
"""

import asyncio
import threading
from dataclasses import replace

import msgspec
import numpy as np
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from incidents import make_incident
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from api.app import create_app
from monitor.access.issuing import issue
from monitor.exchange.model import Exchange
from monitor.incidents.bundle import Bundle
from monitor.incidents.detections import KeptDetection
from monitor.incidents.events import Signature, events_between
from monitor.journal.memory import MemoryJournal
from monitor.record import ExchangeRecord
from monitor.settings import ApiSettings, Settings
from monitor.store.base import BaselineRecord
from monitor.store.redis import RedisStore

EXAMPLES = 15
HELD = {"incident_id": ["i1", "i2"], "exchange_id": ["x1"], "name": ["b1"]}
"""Names of what there is, as generated ones name nothing."""
LEFT_OUT = {
    # Rules between fields, such as that since is not later than until, are not told by a schema.
    "positive_data_acceptance",
    # What is named may be gone: others erase it meanwhile.
    "use_after_free",
    "ensure_resource_availability",
    # Who may do what has a test of its own, over every route.
    "ignored_auth",
    "object_level_authorization",
}
NOW = 1_764_000_000.5


def score_all(exchanges):
    return [
        {
            "id": x.id,
            "prompt": {"unsafe": 0.2, "flagged": False, "categories": {}},
            "response": None,
        }
        for x in exchanges
    ]


async def fill(store):
    for name in HELD["incident_id"]:
        incident = make_incident(name, fingerprint=f"f-{name}", exchange_ids=["x1"], note="seen")
        events = events_between(None, incident, Signature("", NOW))
        await store.save_incident(incident, expected_version=0, events=events)
        await store.put_vector(name, "safety", np.float32([1, 0]).tobytes())
        bundle = Bundle(
            incident_id=name,
            created=1.0,
            severity="info",
            severity_reason="",
            category="self_harm",
            summary="A prompt asks for self harm.",
        )
        await store.put_bundle(bundle)
        kept = KeptDetection(
            id=f"r:{name}",
            at=1.0,
            incident_id=name,
            detector="safety",
            kind="self_harm",
            rule="r",
            severity="info",
            score=0.9,
            threshold=0.5,
            model="m",
        )
        await store.put_detections([kept], ttl=3_600.0, room=99)
    record = msgspec.json.encode(ExchangeRecord(exchange=Exchange(id="x1", ts=1.0)))
    await store.put_exchanges([("x1", 1.0, record)], ttl=3_600.0)
    await store.put_baseline(BaselineRecord(name="b1", created=1.0, size=5, encoder="e"), b"data")


class Served:
    """An API on a loopback port, in a thread of its own."""

    def __init__(self, store_url):
        self._store_url = store_url
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join(60)

    async def _serve(self):
        store, journal = RedisStore(self._store_url), MemoryJournal(limit=100)
        await store._link.call("FLUSHALL")
        await fill(store)
        key, _ = await issue(store, name="admin", scope="admin", by="ada", at=NOW)
        self.headers = {"Authorization": f"Bearer {key}"}
        asked = replace(Settings(), api=ApiSettings(require_key=True, rate_limit=0.0))
        app = create_app(store, journal, asked, score_all)
        self.document = app.openapi()
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
        bound = self._server.config.bind_socket()
        bound.listen()
        self.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        self._ready.set()
        await self._server.serve([bound])
        bound.close()
        await store.close()
        await journal.close()


@pytest.fixture(scope="module")
def served(valkey_url):
    with Served(valkey_url) as running:
        yield running


def checks():
    load_all_checks()
    return [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in LEFT_OUT]


def tried(operation, served, mode):
    """Sends generated requests for an operation; raises what is wrong with the answers."""
    wanted = checks()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def send(case, data):
        for name, held in HELD.items():
            fits = mode is GenerationMode.POSITIVE and name in case.path_parameters
            if fits and data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(held))
        if operation.path == "/api/v1/events":
            case.query["seconds"] = 0.02  # as it would not end
        case.call_and_validate(base_url=served.url, headers=served.headers, checks=wanted)

    send()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_route_answers_as_the_document_says(served, mode):
    document = schemathesis.openapi.from_dict(served.document)
    operations = [result.ok() for result in document.get_all_operations()]
    assert len(operations) == sum(map(len, served.document["paths"].values()))
    wrong = []
    for operation in operations:
        try:
            tried(operation, served, mode)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # it takes nothing, so nothing can be wrong
        except BaseExceptionGroup as error:
            wrong += [f"{operation.label}: {each}" for each in error.exceptions]
        except Exception as error:
            wrong.append(f"{operation.label}: {type(error).__name__} {error}")
    assert not wrong, "\n\n".join(wrong)
