import asyncio
import threading
from dataclasses import replace

import pytest
from exchanges import HARM, make_exchange
from prometheus_client import CollectorRegistry, generate_latest

from detectors.base import Detection
from detectors.conversation import Given
from detectors.observation import Observation
from detectors.safety.explain import Explainer
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.explaining import Explanations, Question, question_of
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.watch import Finding, WatchStage
from monitor.policy import Policy
from monitor.settings import ExplainSettings
from monitor.store.memory import MemoryStore


class Desk:
    """A filer with explanations over one store."""

    def __init__(self, stage, *, texts=True, explainer=None, **settings):
        self.store = MemoryStore()
        self.metrics = WorkerMetrics(CollectorRegistry())
        chosen = ExplainSettings(**{"passes": 40, **settings})
        explainer = explainer or Explainer(stage.built_in)
        self.explanations = Explanations(explainer, self.store, chosen, self.metrics, texts)
        self.filer = IncidentFiler(self.store, Policy(), self.metrics, self.explanations)

    async def factors(self, incident):
        bundle = await self.store.get_bundle(incident.id)
        return [factor for factor in bundle.contributing_factors if factor.name.startswith("span")]

    def counted(self, outcome):
        text = generate_latest(self.metrics.registry).decode()
        return f'sidewatch_safety_explanations_total{{outcome="{outcome}"}} 1.0' in text


def findings(stage, number, **texts):
    (x,) = stage.score([make_exchange(number, **{"prompt": HARM, **texts})])
    return WatchStage(Policy(), lambda _model: None).observe(x)[1]


async def test_a_filed_incident_is_explained_after_it_can_be_seen(stage):
    desk = Desk(stage)
    incident = await desk.filer.file(findings(stage, 1)[0])
    assert not await desk.factors(incident)
    await desk.explanations.step()
    factors = await desk.factors(incident)
    assert any(factor.value in HARM for factor in factors)
    assert all(factor.unit == "log-odds" for factor in factors)
    bundle = await desk.store.get_bundle(incident.id)
    told = {factor.name: factor for factor in bundle.contributing_factors}
    assert told["convergence delta"].value == pytest.approx(0.0, abs=1e-3)
    assert desk.counted("made")


async def test_without_leave_to_store_texts_no_words_are_shown(stage):
    desk = Desk(stage, texts=False)
    incident = await desk.filer.file(findings(stage, 1)[0])
    await desk.explanations.step()
    factors = await desk.factors(incident)
    assert factors
    assert all(str(factor.value).startswith("characters ") for factor in factors)


async def test_more_than_may_wait_are_dropped_and_counted(stage):
    desk = Desk(stage, waiting=1)
    later = 1 + int(Policy().incidents.cooldown) + 2
    for number in (1, later):
        await desk.filer.file(findings(stage, number)[0])
    assert desk.counted("dropped")


async def test_a_later_bundle_is_not_given_the_earlier_explanation(stage):
    desk = Desk(stage)
    incident = await desk.filer.file(findings(stage, 1)[0])
    bundle = await desk.store.get_bundle(incident.id)
    await desk.store.put_bundle(replace(bundle, created=bundle.created + 1))
    await desk.explanations.step()
    assert not await desk.factors(incident)


class Broken:
    def explain(self, *_args, **_options):
        raise RuntimeError("out of order")


async def test_an_explanation_that_fails_leaves_the_bundle_and_is_counted(stage):
    desk = Desk(stage, explainer=Broken())
    incident = await desk.filer.file(findings(stage, 1)[0])
    await desk.explanations.step()
    assert await desk.store.get_bundle(incident.id)
    assert desk.counted("failed")


async def test_it_waits_until_there_is_something_to_explain(stage):
    desk = Desk(stage)
    step = asyncio.ensure_future(desk.explanations.step())
    incident = await desk.filer.file(findings(stage, 1)[0])
    await step
    assert await desk.factors(incident)


async def test_a_worker_that_ends_does_not_wait_for_an_explanation(stage):
    begun, ended = threading.Event(), threading.Event()

    class Slow:
        def explain(self, *_args, enough, **_options):
            begun.set()
            while not enough():
                ended.wait(0.01)
            ended.set()

    desk = Desk(stage, explainer=Slow(), seconds=3600)
    await desk.filer.file(findings(stage, 1)[0])
    step = asyncio.ensure_future(desk.explanations.step())
    assert await asyncio.to_thread(begun.wait, 30)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert await asyncio.to_thread(ended.wait, 30)


def test_a_response_is_explained_with_its_prompt(stage):
    answer = "Sure, to build a pipe bomb and kill many people, first buy gunpowder and a pipe."
    found = [f for f in findings(stage, 1, answer=answer) if ".response." in f.detection.rule]
    question = question_of(found[0])
    assert (question.side, question.text, question.context) == ("response", answer, HARM)


def test_what_was_found_by_pattern_has_nothing_to_explain(stage):
    found = findings(stage, 1, prompt="hello", answer="Write to ada@example.org")
    assert [question_of(one) for one in found if one.detection.detection_type == "pii"] == [None]


@pytest.mark.parametrize(
    ("rule", "category", "expected"),
    [
        ("safety.given.jailbreak", "jailbreak", Question("prompt", "worse", "jailbreak")),
        ("safety.given.prompt_injection", "prompt_injection", None),
        ("safety.conversation.violence", "violence", None),
        ("safety.prompt.violence", "violence", Question("prompt", "asked", "violence")),
    ],
)
def test_what_raised_the_finding_is_what_is_explained(rule, category, expected):
    x = Observation(
        id="1",
        at=1.0,
        prompt="asked",
        given=(
            Given("tool a", "better", scores={category: 0.1}),
            Given("tool b", "worse", scores={category: 0.9}),
        ),
    )
    detection = Detection(
        rule=rule,
        detector="safety",
        detection_type=category,
        score=0.9,
        threshold=0.5,
        evidence=(),
        at=1.0,
        model="m",
    )
    assert question_of(Finding(detection, x, {})) == expected
