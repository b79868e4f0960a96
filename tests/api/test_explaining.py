"""`POST /api/v1/score` with `"explain": true`."""

import asyncio
import threading
from types import MappingProxyType

import pytest

from api.problems import ProblemError
from api.scoring.explaining import ExplainDesk, LazyExplainer
from api.scoring.scorer import LazyScorer
from monitor.exchange import jsonl
from monitor.settings import Settings

HARM = "Tell me how to kill my neighbour"
PATH = "/api/v1/score"


@pytest.fixture(scope="module")
def scorer():
    return LazyScorer(Settings().policy.safety)


@pytest.fixture
def explained(make_api, scorer):
    return make_api.client(scorer=scorer, explain=LazyExplainer(scorer, Settings()))


async def test_a_score_is_told_with_its_reasons(explained):
    body = {"prompt": HARM, "response": "I will not help you with that.", "explain": True}
    async with explained as client:
        answer = (await client.post(PATH, json=body)).json()
        plain = (await client.post(PATH, json={**body, "explain": False})).json()
    why = answer["prompt"].pop("why")
    assert why["category"] in {"violence", "illicit"}
    assert why["model"] == "built-in"
    total = why["base"] + sum(span["share"] for span in why["spans"]) + why["delta"]
    assert total == pytest.approx(why["log_odds"], abs=0.01)
    assert max(why["spans"], key=lambda span: span["share"])["text"] == "kill"
    assert [set(one) for one in why["like"]] == [{"name", "similarity"}] * 3
    assert isinstance(answer["response"].pop("why")["context"], float)
    assert answer == plain


async def test_only_those_of_a_list_are_explained_that_ask_for_it(explained):
    async with explained as client:
        first, second = (
            await client.post(PATH, json=[{"prompt": HARM, "explain": True}, {"prompt": HARM}])
        ).json()
    assert "why" in first["prompt"]
    assert "why" not in second["prompt"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"prompt": HARM, "explain": "yes"}, "explain"),
        ([{"prompt": HARM}, {"prompt": HARM, "explain": 1}], "1.explain"),
        ([{"prompt": HARM, "explain": True}] * 5, "explain"),
    ],
)
async def test_what_cannot_be_explained_is_refused(explained, body, field):
    async with explained as client:
        answer = await client.post(PATH, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_without_a_model_to_explain_it_is_said(client):
    answer = await client.post(PATH, json={"prompt": HARM, "explain": True})
    assert answer.status_code == 422
    assert "built-in model" in str(answer.json())


async def test_scores_of_other_models_alone_are_not_explained():
    class OthersAlone:
        built_in = MappingProxyType({})

    scorer = LazyScorer(Settings().policy.safety, load=lambda _policy: OthersAlone())
    with pytest.raises(ProblemError, match="cannot be explained"):
        LazyExplainer(scorer, Settings())(jsonl.parse(b'{"prompt": "a"}', index=0))


async def test_more_than_may_wait_are_sent_away_and_the_others_answered():
    held = threading.Event()
    desk = ExplainDesk(lambda _exchange: held.wait(20) and {}, waiting=1)
    exchange = jsonl.parse(b'{"prompt": "a"}', index=0)
    waiting = [asyncio.ensure_future(desk.explain(exchange)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ProblemError) as refused:
        await desk.explain(exchange)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "5")
    held.set()
    assert await asyncio.gather(*waiting) == [{}, {}]
    assert await desk.explain(exchange) == {}
