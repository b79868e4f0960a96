"""A wrapped callable does what it did, and each call becomes one exchange."""

import asyncio
import threading

import pytest

from monitor.exchange import jsonl
from monitor.gateway.wrapper import watch
from monitor.journal.memory import MemoryJournal

PROMPT = "Name a colour."
CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}]


def recorded(watched, journal):
    watched.close()
    entries = asyncio.run(journal.read("test", count=100, wait=0.0))
    return [jsonl.decode(entry.data) for entry in entries]


@pytest.fixture
def journal():
    return MemoryJournal()


def test_a_plain_function(journal):
    def answer(prompt, *, loud=False):
        return "RED" if loud else "red"

    watched = watch(answer, journal=journal, model="tiny")
    assert watched(PROMPT, loud=True) == "RED"
    (exchange,) = recorded(watched, journal)
    assert (exchange.prompt, exchange.answer, exchange.model) == (PROMPT, "RED", "tiny")
    assert (exchange.route, exchange.dialect, exchange.request.stream) == (
        "answer",
        "python",
        False,
    )
    assert exchange.timing.duration >= 0
    assert exchange.timing.ttft is None


def test_a_generator_is_timed_piece_by_piece(journal):
    def answer(messages):
        yield from ("re", "d")

    watched = watch(answer, journal=journal)
    assert list(watched(messages=CHAT)) == ["re", "d"]
    (exchange,) = recorded(watched, journal)
    assert (exchange.system, exchange.prompt, exchange.answer) == ("Be brief.", PROMPT, "red")
    assert exchange.request.stream
    assert exchange.timing.chunks == 2
    assert exchange.timing.ttft <= exchange.timing.duration


def test_async_functions_and_async_generators(journal):
    async def answer(prompt):
        return {"text": "red"}

    async def stream(prompt):
        for piece in ("bl", "ue"):
            yield piece

    one, two = watch(answer, journal=journal), watch(stream, journal=journal)

    async def use():
        plain = await one(PROMPT)
        one.close()  # each has a thread of its own: this one's exchange comes first
        return plain, [piece async for piece in two(PROMPT)]

    assert asyncio.run(use()) == ({"text": "red"}, ["bl", "ue"])
    assert [each.answer for each in recorded(two, journal)] == ["red", "blue"]


def test_an_exception_is_passed_on_and_recorded(journal):
    def answer(prompt):
        raise ZeroDivisionError

    def stream(prompt):
        yield "half"
        raise ZeroDivisionError

    one, two = watch(answer, journal=journal), watch(stream, journal=journal)
    with pytest.raises(ZeroDivisionError):
        one(PROMPT)
    one.close()  # each has a thread of its own: this one's exchange comes first
    with pytest.raises(ZeroDivisionError):
        list(two(PROMPT))
    first, second = recorded(two, journal)
    assert (first.error, first.response) == ("upstream_error", None)
    assert (second.error, second.answer) == ("upstream_error", "half")


def test_a_stream_given_up_is_recorded_as_far_as_it_came(journal):
    def stream(prompt):
        while True:
            yield "on "

    watched = watch(stream, journal=journal)
    pieces = watched(PROMPT)
    next(pieces)
    next(pieces)
    pieces.close()
    (exchange,) = recorded(watched, journal)
    assert (exchange.error, exchange.answer) == ("client_closed", "on on ")


def test_what_cannot_be_read_is_passed_on_and_said_so(journal):
    class Odd:
        def __getattr__(self, name):
            raise RuntimeError

    odd = Odd()
    watched = watch(lambda prompt: odd, journal=journal)
    assert watched(odd) is odd
    (exchange,) = recorded(watched, journal)
    assert exchange.unparsed == "shape"


def test_a_journal_that_blocks_does_not_block_the_caller():
    free = threading.Event()

    class Slow(MemoryJournal):
        async def append(self, records):
            await asyncio.to_thread(free.wait)
            return await super().append(records)

    journal = Slow()
    watched = watch(lambda prompt: "red", journal=journal)
    assert [watched(PROMPT) for _ in range(50)] == ["red"] * 50
    free.set()
    assert len(recorded(watched, journal)) == 50


def test_after_closing_it_records_on(journal):
    watched = watch(lambda prompt: "red", journal=journal)
    watched(PROMPT)
    watched.close()
    watched(PROMPT)
    assert len(recorded(watched, journal)) == 2


def test_a_journal_that_cannot_be_opened_stops_nobody(caplog):
    watched = watch(lambda prompt: "red", store="nonsense://")
    assert watched(PROMPT) == "red"
    watched.close()
    assert "cannot be opened" in caplog.text


@pytest.mark.e2e
@pytest.mark.filterwarnings("default")
def test_a_transformers_pipeline_and_generate(journal, tmp_path):
    pytest.importorskip("transformers")
    import tiny_llama
    from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

    tiny_llama.make(tmp_path)
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    speak = pipeline("text-generation", model=model, tokenizer=tokenizer)
    options = {"max_new_tokens": 6, "do_sample": False}
    watched = watch(speak, journal=journal)
    full = watched("The sea is", **options)[0]["generated_text"]
    chat = watched(CHAT, **options)[0]["generated_text"][-1]["content"]
    generate = watch(model.generate, journal=journal, tokenizer=tokenizer)
    ids = generate(**tokenizer("The sea is", return_tensors="pt"), **options)
    watched.close()
    first, second, third = recorded(generate, journal)
    assert "The sea is" + first.answer == full
    assert second.answer == chat
    assert second.system == "Be brief."
    assert (third.prompt, third.usage.input_tokens) == ("The sea is", 3)
    assert third.usage.output_tokens == ids.shape[-1] - 3
    assert third.answer == first.answer.strip()
    assert {first.model, third.model} == {str(tmp_path)}
