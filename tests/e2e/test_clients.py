"""The official clients through the gateway, against real servers: they get what they get directly."""

import asyncio

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("default")]

CHAT = {
    "messages": [
        {"role": "system", "content": "You are brief."},
        {"role": "user", "content": "Name three colours."},
    ],
    "max_tokens": 12,
    "temperature": 0,
    "seed": 7,
}
MESSAGES = {
    "messages": [{"role": "user", "content": "Name three colours."}],
    "system": "You are brief.",
    "max_tokens": 12,
    "extra_body": {"temperature": 0, "seed": 7},
}


def said(completion) -> tuple:
    choice = completion.choices[0]
    text = choice.message.content if hasattr(choice, "message") else choice.text
    return text, choice.finish_reason, completion.usage.completion_tokens


def said_in(chunks) -> tuple:
    """Text, finish reason and output tokens of a stream."""
    text, reason, tokens = "", None, None
    for chunk in chunks:
        tokens = chunk.usage.completion_tokens if chunk.usage else tokens
        for choice in chunk.choices:
            delta = choice.delta.content if hasattr(choice, "delta") else choice.text
            text += delta or ""
            reason = choice.finish_reason or reason
    return text, reason, tokens


def recorded(exchange) -> tuple:
    return exchange.answer, exchange.response.finish_reason, exchange.usage.output_tokens


def check_times(exchange, *, stream: bool) -> None:
    timing = exchange.timing
    assert 0 < timing.duration < 60
    assert timing.connect is not None
    assert exchange.request.stream is stream
    if stream:
        assert 0 < timing.ttft <= timing.duration
        assert timing.chunks > 1
        assert 0 <= timing.max_gap <= timing.duration


async def openai_chat(url, model, *, stream):
    import openai

    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        if not stream:
            return said(await client.chat.completions.create(model=model, **CHAT))
        options = {"stream": True, "stream_options": {"include_usage": True}}
        answer = await client.chat.completions.create(model=model, **CHAT, **options)
        return said_in([chunk async for chunk in answer])


async def openai_chat_sync(url, model, *, stream):
    import openai

    def call():
        with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
            if not stream:
                return said(client.chat.completions.create(model=model, **CHAT))
            options = {"stream": True, "stream_options": {"include_usage": True}}
            return said_in(client.chat.completions.create(model=model, **CHAT, **options))

    return await asyncio.to_thread(call)


async def openai_completions(url, model, *, stream):
    import openai

    ask = {"prompt": "The sea is", "max_tokens": 12, "temperature": 0, "seed": 7}
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        if not stream:
            return said(await client.completions.create(model=model, **ask))
        options = {"stream": True, "stream_options": {"include_usage": True}}
        answer = await client.completions.create(model=model, **ask, **options)
        return said_in([chunk async for chunk in answer])


async def anthropic_messages(url, model, *, stream):
    import anthropic

    async with anthropic.AsyncAnthropic(base_url=url, api_key="none", max_retries=0) as client:
        if not stream:
            message = await client.messages.create(model=model, **MESSAGES)
        else:
            async with client.messages.stream(model=model, **MESSAGES) as answer:
                message = await answer.get_final_message()
    return message.content[0].text, message.stop_reason, message.usage.output_tokens


async def anthropic_messages_sync(url, model, *, stream):
    import anthropic

    def call():
        with anthropic.Anthropic(base_url=url, api_key="none", max_retries=0) as client:
            if not stream:
                message = client.messages.create(model=model, **MESSAGES)
            else:
                with client.messages.stream(model=model, **MESSAGES) as answer:
                    message = answer.get_final_message()
        return message.content[0].text, message.stop_reason, message.usage.output_tokens

    return await asyncio.to_thread(call)


OPENAI = [openai_chat, openai_chat_sync, openai_completions]
ANTHROPIC = [anthropic_messages, anthropic_messages_sync]


async def same_answer_and_one_exchange(call, server, gateway, *, stream):
    direct = await call(server.url, server.model, stream=stream)
    running = await gateway(server.url)
    relayed = await call(running.url, server.model, stream=stream)
    assert relayed == direct
    exchange = await running.only_exchange()
    assert recorded(exchange) == relayed
    assert exchange.model == server.model
    assert exchange.response.status == 200
    assert exchange.error is None
    assert exchange.unparsed is None
    assert exchange.usage.input_tokens > 0
    check_times(exchange, stream=stream)
    return exchange


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("call", OPENAI)
async def test_openai_gets_what_it_gets_directly(call, model_server, gateway, stream):
    exchange = await same_answer_and_one_exchange(call, model_server, gateway, stream=stream)
    asked = "The sea is" if call is openai_completions else "Name three colours."
    assert exchange.prompt == asked


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("call", ANTHROPIC)
async def test_anthropic_gets_what_it_gets_directly(call, llama_server, gateway, stream):
    exchange = await same_answer_and_one_exchange(call, llama_server, gateway, stream=stream)
    assert exchange.prompt == "Name three colours."
    assert exchange.system == "You are brief."


async def test_an_error_of_the_server_reaches_the_client_unchanged(transformers_server, gateway):
    import openai

    running = await gateway(transformers_server.url)
    with pytest.raises(openai.BadRequestError):
        await openai_chat(running.url, "no-such-model", stream=False)
    exchange = await running.only_exchange()
    assert exchange.response.status == 400
    assert exchange.error == "upstream_error"
