"""Many streams of a real client at once: none lost, broken or reordered."""

import asyncio

import pytest
from wire import event

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("default")]

WORDS = [f"word{number} " for number in range(30)]


async def test_64_streams_of_the_openai_client_at_once(gateway, upstream):
    import openai

    acknowledged: dict[bytes, asyncio.Event] = {}

    async def speak(peer):
        """The second chunk waits until this client has said that it has the first."""
        while True:
            _, body = await peer.request()
            name = body.partition(b'"user-')[2].partition(b'"')[0]
            await peer.begin_stream()
            for place, word in enumerate(WORDS):
                if place == 1:
                    await acknowledged[name].wait()
                await peer.chunk(event(word))
            await peer.chunk(b"data: [DONE]\n\n")
            await peer.end_stream()

    running = await gateway(await upstream(speak))

    async def ask(client, name: str) -> list[str]:
        came = acknowledged[name.encode()] = asyncio.Event()
        stream = await client.chat.completions.create(
            model="m", stream=True, messages=[{"role": "user", "content": f"user-{name}"}]
        )
        words = []
        async for chunk in stream:
            words.append(chunk.choices[0].delta.content)
            came.set()
        return words

    async with openai.AsyncOpenAI(
        base_url=f"{running.url}/v1", api_key="none", max_retries=0
    ) as client:
        answers = await asyncio.gather(*(ask(client, str(number)) for number in range(64)))
    assert answers == [WORDS] * 64
    exchanges = await running.exchanges(64)
    assert {exchange.prompt for exchange in exchanges} == {f"user-{n}" for n in range(64)}
    assert [exchange.answer for exchange in exchanges] == ["".join(WORDS)] * 64


async def test_streams_of_a_real_model_at_once(llama_server, gateway):
    import openai

    running = await gateway(llama_server.url)

    async def ask(client, number: int) -> str:
        stream = await client.chat.completions.create(
            model="m",
            stream=True,
            max_tokens=6,
            seed=number,
            messages=[{"role": "user", "content": f"Count to {number}."}],
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    async with openai.AsyncOpenAI(
        base_url=f"{running.url}/v1", api_key="none", max_retries=0
    ) as client:
        answers = await asyncio.gather(*(ask(client, number) for number in range(16)))
    exchanges = await running.exchanges(16)
    assert sorted(exchange.answer for exchange in exchanges) == sorted(answers)
