"""Streams that repeat themselves become incidents while they run."""

import asyncio
import contextlib
import json
import threading
import urllib.request
from http.client import HTTPException

import pytest
from running_sidewatch import get, metric, until
from wire import event

pytestmark = pytest.mark.e2e

LOOP = "and then we went on to the next house, "
SAID = "over and over again "


def question(**fields):
    turns = [{"role": "user", "content": "Tell me of the journey."}]
    return json.dumps({"model": "m", "stream": True, "messages": turns, **fields}).encode()


class Reader(threading.Thread):
    """A client that reads a stream to its end, or until it is told to leave."""

    def __init__(self, url, body):
        super().__init__(daemon=True)
        self.request = urllib.request.Request(
            f"{url}/v1/chat/completions", data=body, headers={"content-type": "application/json"}
        )
        self.leave = threading.Event()
        self.ended = threading.Event()
        self.start()

    def run(self):
        cut = contextlib.suppress(OSError, HTTPException)  # by a test that fails
        with cut, urllib.request.urlopen(self.request, timeout=60) as answer:
            while not self.leave.is_set() and answer.read1(4_096):
                pass
        self.ended.set()


def stored(sidewatch, incident):
    return get(f"{sidewatch.api}/api/v1/exchanges/{incident['exchange_ids'][0]}")


async def test_a_loop_is_one_incident_before_and_after_its_stream_ends(sidewatch, upstream):
    enough = asyncio.Event()

    async def loop(peer):
        await peer.request()
        await peer.begin_stream()
        for _ in range(200):
            await peer.chunk(event(LOOP))
        await enough.wait()
        await peer.chunk(event("home."))
        await peer.end_stream()

    await asyncio.to_thread(sidewatch.up, await upstream(loop))
    reader = Reader(sidewatch.gateway, question())
    (incident,) = await asyncio.to_thread(
        until, lambda: sidewatch.incidents(detector="anomaly"), what="an incident"
    )
    assert not reader.ended.is_set()
    assert incident["kind"] == "repetition"
    record = await asyncio.to_thread(stored, sidewatch, incident)
    assert record["exchange"]["state"] == "running"
    assert record["exchange"]["response"]["text"].endswith(LOOP)

    enough.set()
    await asyncio.to_thread(reader.join)
    await asyncio.to_thread(
        until,
        lambda: "home." in stored(sidewatch, incident)["exchange"]["response"]["text"],
        what="the finished exchange",
    )
    scored = f"{sidewatch.worker}/metrics"
    await asyncio.to_thread(
        until, lambda: metric(scored, "sidewatch_exchanges_scored_total") == 2, what="both scored"
    )
    (same,) = await asyncio.to_thread(sidewatch.incidents, detector="anomaly")
    assert (same["id"], same["count"]) == (incident["id"], 1)


def test_a_real_model_that_loops_is_found_before_it_stops(sidewatch, llama_server):
    sidewatch.up(llama_server.url)
    grammar = f'root ::= "{SAID}"+'
    # The grammar would let the model end after any round, and sampling it does now and then.
    body = question(grammar=grammar, max_tokens=4_000, ignore_eos=True)
    reader = Reader(sidewatch.gateway, body)
    (incident,) = until(
        lambda: sidewatch.incidents(detector="anomaly"), what="an incident", timeout=120
    )
    assert not reader.ended.is_set()
    assert incident["kind"] == "repetition"
    assert SAID * 3 in stored(sidewatch, incident)["exchange"]["response"]["text"]
    reader.leave.set()
    reader.join()
