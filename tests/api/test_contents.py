import asyncio

import pytest
import uvicorn

from detectors.safety.models.kinds import ExternalModel
from detectors.safety.policy import SafetyPolicy
from monitor.pipeline.external import ExternalDetector

PATH = "/api/v1/text/contents"


def scorer(side, unsafe, **categories):
    def score(exchanges):
        told = {"unsafe": unsafe, "flagged": True, "categories": categories}
        return [{"id": x.id, "prompt": None, "response": None, side: told} for x in exchanges]

    return score


async def ask(make_api, texts, detector="sidewatch-prompt", parameters=None, **options):
    async with make_api.client(**options) as client:
        body = {"contents": texts, "detector_params": parameters or {}}
        return await client.post(PATH, json=body, headers={"detector-id": detector})


@pytest.mark.parametrize("side", ["prompt", "response"])
async def test_categories_are_told_from_their_thresholds_on(make_api, side):
    limit = SafetyPolicy().thresholds(side)["hate"]
    answer = await ask(
        make_api,
        ["Größe", "b"],
        f"sidewatch-{side}",
        scorer=scorer(side, 0.01, hate=limit, violence=0.01, toxic=1.0),
    )
    found = {"detection": "hate", "detection_type": "safety", "score": limit, "start": 0}
    assert answer.json() == [
        [{**found, "end": 5, "text": "Größe"}],
        [{**found, "end": 1, "text": "b"}],
    ]


async def test_a_caller_may_set_the_threshold(make_api):
    answer = await ask(
        make_api, ["a"], parameters={"threshold": 0.2, "x": 1}, scorer=scorer("prompt", 0.3)
    )
    assert [x["detection"] for x in answer.json()[0]] == ["unsafe"]
    refused = await ask(make_api, ["a"], parameters={"threshold": 2}, scorer=scorer("prompt", 0.3))
    assert refused.status_code == 422


async def test_a_text_is_judged_as_the_side_that_was_asked_for(make_api):
    seen = []

    def score(exchanges):
        seen.extend((x.prompt, x.answer) for x in exchanges)
        return scorer("response", 0.0)(exchanges)

    await ask(make_api, ["a", "b"], "sidewatch-response", scorer=score)
    assert seen == [(None, "a"), (None, "b")]


async def test_personal_data_and_secrets_are_told_with_their_places(make_api):
    text = "Write to ada@example.org today."
    (found,) = (await ask(make_api, [text], "sidewatch-patterns")).json()
    (place,) = [(x["start"], x["end"], x["text"]) for x in found if x["detection_type"] == "pii"]
    assert place == (9, 24, "ada@example.org")


async def test_a_text_in_a_language_that_nobody_judges_is_no_clean_text(make_api):
    def score(exchanges):
        return [
            {**line, "unscored": {"prompt": "language"}}
            for line in scorer("prompt", 0.2, hate=0.1)(exchanges)
        ]

    answer = await ask(make_api, ["Guten Tag"], scorer=score)
    assert answer.json() == [
        [{"detection": "language", "detection_type": "unscored", "score": 0.0,
          "start": 0, "end": 9, "text": "Guten Tag"}]
    ]  # fmt: skip
    found = await ask(make_api, ["Guten Tag"], parameters={"threshold": 0.15}, scorer=score)
    assert [x["detection"] for x in found.json()[0]] == ["unsafe"]


async def test_a_text_that_could_not_be_scored_is_no_clean_text(make_api):
    def failing(exchanges):
        line = {"prompt": None, "response": None, "unscored": {"prompt": "failed"}}
        return [{"id": x.id, **line} for x in exchanges]

    assert (await ask(make_api, ["a"], scorer=failing)).status_code == 503


async def test_a_text_without_words_has_no_detections(make_api):
    def wordless(exchanges):
        line = {"prompt": None, "response": None, "unscored": {"prompt": "no_words"}}
        return [{"id": x.id, **line} for x in exchanges]

    assert (await ask(make_api, ["!"], scorer=wordless)).json() == [[]]


async def test_an_unknown_detector_is_refused_with_those_there_are(make_api):
    answer = await ask(make_api, ["a"], "granite")
    assert answer.status_code == 404
    assert "sidewatch-prompt, sidewatch-response, sidewatch-patterns" in answer.json()["detail"]


async def test_a_request_without_detector_or_texts_is_refused(client):
    assert (await client.post(PATH, json={"contents": ["a"]})).status_code == 422
    header = {"detector-id": "sidewatch-prompt"}
    for contents in ([], ["a"] * 101, "a"):
        answer = await client.post(PATH, json={"contents": contents}, headers=header)
        assert answer.status_code == 422


async def test_our_own_client_understands_what_we_answer(make_api):
    app = make_api.app(scorer=scorer("prompt", 0.9, hate=0.8))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    bound = server.config.bind_socket()
    bound.listen()
    serving = asyncio.create_task(server.serve([bound]))
    chosen = ExternalModel(
        url=f"http://127.0.0.1:{bound.getsockname()[1]}",
        detector="sidewatch-prompt",
        labels={"unsafe": "unsafe", "safety": "toxic"},
        timeout=30.0,
    )
    try:
        asking = asyncio.to_thread(ExternalDetector("self", chosen).classify, ["a"])
        (found,) = await asking
    finally:
        server.should_exit = True
        await serving
        bound.close()
    assert {x.name: (x.score, x.start, x.end) for x in found} == {
        "unsafe": (0.9, 0, 1),
        "toxic": (0.8, 0, 1),
    }
