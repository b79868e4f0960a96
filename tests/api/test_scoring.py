import asyncio
import threading
import time
from collections import Counter

import pytest
from broken_encoder import cut_off, with_vocabulary
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from served_app import served

from api.problems import ProblemError
from api.scoring.desk import ScoreDesk
from api.scoring.scorer import LazyScorer
from api.scoring.standing import FAILED_BATCHES, REST, STUCK, Standing
from detectors.safety import builtin, weights
from detectors.safety.policy import SafetyPolicy
from detectors.text.embedding import StaticEncoder
from monitor.exchange.model import Exchange, Message, Request, Response
from monitor.metrics.scoring import ScoringMetrics
from monitor.pipeline.score import ScoreStage

PATH = "/api/v1/score"
WORDS = [
    "river",
    "stone",
    "apple",
    "cloud",
    "music",
    "winter",
    "garden",
    "letter",
    "bridge",
    "coffee",
]


def exchanges(count, name="x"):
    return [Exchange(id=f"{name}{i}", ts=0.0, response=Response(text="a")) for i in range(count)]


def lines(asked, **fields):
    return [{"id": x.id, "prompt": None, "response": {"unsafe": 0.1}, **fields} for x in asked]


class Gate:
    """A scorer that works when it is let; it keeps what it was given."""

    def __init__(self):
        self.batches = []
        self.error = None
        self.begun, self.may_end = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, asked):
        self.batches.append([x.id for x in asked])
        self.begun.release()
        self.may_end.acquire()
        if self.error:
            raise self.error
        return lines(asked)

    async def working(self):
        assert await asyncio.to_thread(self.begun.acquire, timeout=20)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def desk(gate, registry, clock):
    return ScoreDesk(gate, ScoringMetrics(registry), room=30, standing=Standing(clock))


def samples(text):
    return {
        (x.name.removeprefix("sidewatch_api_"), *x.labels.values()): x.value
        for family in text_string_to_metric_families(text)
        for x in family.samples
    }


async def test_what_waits_while_the_scorer_works_is_scored_together(desk, gate, registry):
    first = asyncio.create_task(desk.score(exchanges(1, "first")))
    await gate.working()
    others = [asyncio.create_task(desk.score(exchanges(1, f"o{i}-"))) for i in range(5)]
    await until(lambda: desk.waiting == 6)
    gate.may_end.release(2)
    assert [x["id"] for x in await first] == ["first0"]
    found = [(await each)[0]["id"] for each in others]
    assert found == [f"o{i}-0" for i in range(5)]
    assert gate.batches == [["first0"], found]
    told = samples(generate_latest(registry).decode())
    assert told["score_callers_total", "scored"] == 6
    assert told["score_batch_exchanges_count",] == 2
    assert told["score_waiting_exchanges",] == 0


async def test_a_small_caller_does_not_wait_until_a_large_one_is_done(desk, gate):
    large = asyncio.create_task(desk.score(exchanges(28, "l")))
    await gate.working()
    small = asyncio.create_task(desk.score(exchanges(1, "s")))
    await until(lambda: desk.waiting == 29)
    gate.may_end.release(2)
    assert (await small)[0]["id"] == "s0"
    assert not large.done()
    gate.may_end.release()
    assert [x["id"] for x in await large] == [f"l{i}" for i in range(28)]
    assert gate.batches[1] == [f"l{i}" for i in range(16, 24)] + ["s0"]


async def test_who_would_overfill_the_queue_is_sent_away_at_once(desk, gate, registry):
    held = asyncio.create_task(desk.score(exchanges(20)))
    await gate.working()
    with pytest.raises(ProblemError) as refused:
        await desk.score(exchanges(11))
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    assert samples(generate_latest(registry).decode())["score_callers_total", "full"] == 1
    gate.may_end.release(2)
    await held


async def test_who_waits_too_long_is_told_so_and_not_scored(desk, gate, registry):
    first = asyncio.create_task(desk.score(exchanges(1, "first")))
    await gate.working()
    with pytest.raises(ProblemError) as late:
        await desk.score(exchanges(1, "late"), patience=0.01)
    assert (late.value.status, late.value.headers) == (503, {"Retry-After": "1"})
    gate.may_end.release(2)
    await first
    await desk.score(exchanges(1, "next"))
    assert gate.batches == [["first0"], ["next0"]]
    assert samples(generate_latest(registry).decode())["score_callers_total", "late"] == 1


async def test_a_scorer_that_raises_fails_all_who_wait_and_is_tried_again_later(
    desk, gate, registry, clock
):
    gate.error = RuntimeError("no memory")
    first = asyncio.create_task(desk.score(exchanges(1)))
    await gate.working()
    second = asyncio.create_task(desk.score(exchanges(1)))
    await until(lambda: desk.waiting == 2)
    gate.may_end.release()
    for each in (first, second, desk.score(exchanges(1))):
        with pytest.raises(ProblemError) as failed:
            await each
        assert (failed.value.status, failed.value.headers) == (503, {"Retry-After": "5"})
    assert len(gate.batches) == 1
    assert samples(generate_latest(registry).decode())["scorer_up",] == 0
    clock.now += REST
    gate.error = None
    gate.may_end.release()
    assert len(await desk.score(exchanges(1))) == 1
    assert samples(generate_latest(registry).decode())["scorer_up",] == 1


async def test_a_scorer_that_forgets_an_exchange_fails_its_callers(registry):
    desk = ScoreDesk(lambda asked: lines(asked)[:-1], ScoringMetrics(registry))
    with pytest.raises(ProblemError, match="models fail"):
        await desk.score(exchanges(2))


def test_a_scorer_that_does_not_come_back_is_in_trouble(clock):
    standing = Standing(clock)
    with standing.busy():
        clock.now += STUCK
        assert not standing.trouble
        clock.now += 1
        assert "do not come to an end" in standing.trouble
    assert not standing.trouble


def test_models_that_fail_on_all_they_get_are_in_trouble_until_one_is_scored():
    standing = Standing()
    failed = {"prompt": None, "response": None, "unscored": {"response": "failed"}}
    for _ in range(FAILED_BATCHES):
        assert not standing.trouble
        standing.answered([failed, failed])
    assert "on every text" in standing.trouble
    standing.answered([{"prompt": None, "response": None}])
    assert standing.trouble
    standing.answered([failed, {"prompt": {"unsafe": 0.1}, "response": None}])
    assert not standing.trouble


async def test_many_callers_of_the_real_models_each_get_their_own_scores(make_api):
    stage = ScoreStage.load()
    texts = [f"{WORDS[i % 10]} and {WORDS[i // 10]}: how do I use it?" for i in range(40)]
    scorer = LazyScorer(SafetyPolicy(), load=lambda _: stage)
    async with served(make_api.app(scorer=scorer)) as client:
        asked = [client.post(PATH, json={"prompt": text, "id": text}) for text in texts]
        answers = [answer.json() for answer in await asyncio.gather(*asked)]
        told = samples((await client.get("/metrics")).text)
    assert [x["id"] for x in answers] == texts
    alone = LazyScorer(SafetyPolicy(), load=lambda _: stage)
    for text, answer in zip(texts, answers, strict=True):
        (own,) = alone([Exchange(id=text, ts=0.0, response=None, request=asking(text))])
        assert answer["prompt"]["unsafe"] == pytest.approx(own["prompt"]["unsafe"], abs=1e-5)
    assert told["score_callers_total", "scored"] == 40
    assert told["score_batch_exchanges_count",] < 40


async def test_a_damaged_model_is_told_at_once_and_taken_up_when_it_is_mended(make_api, tmp_path):
    folder = cut_off(tmp_path)
    app = make_api.app(scorer=LazyScorer(SafetyPolicy(), load=lambda _: stage_of(folder)))
    async with served(app) as client:
        assert (await client.get("/readyz")).status_code == 200
        asked = [client.post(PATH, json={"prompt": "Hello there"}) for _ in range(6)]
        assert {x.status_code for x in await asyncio.gather(*asked)} == {503}
        ready = await client.get("/readyz")
        assert (ready.status_code, "safety models" in ready.json()["detail"]) == (503, True)
        assert samples((await client.get("/metrics")).text)["scorer_up",] == 0
        for path in weights.FOLDER.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        answer = await eventually(client, 200)
        assert answer.json()["prompt"]["unsafe"] < 0.5
        assert (await client.get("/readyz")).status_code == 200


async def test_a_model_that_raises_on_a_text_fails_it_and_scores_the_others(make_api, tmp_path):
    stage = stage_of(with_vocabulary(tmp_path, 20_000))
    app = make_api.app(scorer=LazyScorer(SafetyPolicy(), load=lambda _: stage))
    good, bad = "the house is on the hill", "zygote xylophone"
    async with served(app) as client:
        many = (await client.post(PATH, json=[{"prompt": good}, {"prompt": bad}])).json()
        assert [x["prompt"] is None for x in many] == [False, True]
        assert many[1]["unscored"]["prompt"] == "failed"
        for _ in range(FAILED_BATCHES):
            await client.post(PATH, json={"prompt": bad})
        assert (await client.get("/readyz")).status_code == 503
        await client.post(PATH, json={"prompt": good})
        assert (await client.get("/readyz")).status_code == 200


def asking(text):
    return Request(messages=[Message(role="user", content=text)])


def stage_of(folder):
    encoder = StaticEncoder.load()
    built_in = builtin.load(encoder, threads=2, folder=folder)
    return ScoreStage({**built_in}, encoder, Counter())


async def until(holds):
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0)


async def eventually(client, status):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = await client.post(PATH, json={"prompt": "Hello there"})
        if answer.status_code == status:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(f"never answered with {status}")
