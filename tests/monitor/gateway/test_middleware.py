"""The middleware records what a FastAPI application answers, and leaves it as it is."""

import asyncio
import contextlib

import pytest
from wire import CHAT, CLOSE, body_of, event, post

from monitor.exchange import jsonl
from monitor.gateway.middleware import Sidewatch
from monitor.journal.memory import MemoryJournal


def application(journal, **options):
    import fastapi
    from fastapi.responses import StreamingResponse

    app = fastapi.FastAPI()
    app.add_middleware(Sidewatch, journal=journal, **options)

    @app.post("/v1/chat/completions")
    async def chat(request: fastapi.Request):
        asked = await request.json()
        if asked["model"] == "broken":
            raise ZeroDivisionError
        if not asked.get("stream"):
            return {"choices": [{"index": 0, "message": {"content": "plain"}}]}

        async def stream():
            yield event("one ")
            if asked["model"] == "endless":
                await asyncio.sleep(3600)
            yield event("two")

        return StreamingResponse(stream(), media_type="text/event-stream")

    @app.post("/other")
    async def other():
        return {}

    return app


@contextlib.asynccontextmanager
async def served(app):
    """The application under uvicorn on a real socket; its port."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def ask(port, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


async def recorded(journal):
    entries = await journal.read("test", count=100, wait=0.0)
    return [jsonl.decode(entry.data) for entry in entries]


async def test_plain_and_streamed_answers_are_recorded():
    journal = MemoryJournal()
    async with served(application(journal)) as port:
        plain = await ask(port, post(CHAT.replace(b"true", b"false"), head=CLOSE))
        stream = await ask(port, post(CHAT, head=CLOSE + b"x-sidewatch-tenant: acme\r\n"))
    first, second = await recorded(journal)
    assert b"plain" in body_of(plain)
    assert b"x-sidewatch-id: " + first.id.encode() in plain
    assert event("two") in stream
    assert (first.prompt, first.answer, first.error) == ("hi", "plain", None)
    assert (second.answer, second.timing.chunks, second.tenant) == ("one two", 2, "acme")
    assert 0 <= second.timing.ttft <= second.timing.duration


async def test_other_paths_are_left_alone():
    journal = MemoryJournal()
    async with served(application(journal)) as port:
        answer = await ask(port, post(b"{}", path=b"/other", head=CLOSE))
    assert b"x-sidewatch-id" not in answer
    assert await recorded(journal) == []


async def test_an_application_that_raises_is_recorded_and_still_raises():
    journal = MemoryJournal()
    async with served(application(journal)) as port:
        answer = await ask(port, post(CHAT.replace(b'"m"', b'"broken"'), head=CLOSE))
    (exchange,) = await recorded(journal)
    assert answer.startswith(b"HTTP/1.1 500")
    assert exchange.error == "upstream_error"
    assert exchange.prompt == "hi"


async def test_a_client_that_leaves_is_recorded_with_what_was_said():
    journal = MemoryJournal()
    async with served(application(journal)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(CHAT.replace(b'"m"', b'"endless"')))
        await reader.readuntil(event("one "))
        writer.close()
        (entry,) = await journal.read("test", count=1, wait=10.0)
    exchange = jsonl.decode(entry.data)
    assert exchange.error == "client_closed"
    assert exchange.answer == "one "


def test_it_wants_a_journal_or_a_store():
    with pytest.raises(ValueError, match="journal= or store="):
        Sidewatch(None)
