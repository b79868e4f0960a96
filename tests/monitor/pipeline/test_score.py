from collections import Counter

import numpy as np
import pytest
from msgspec import structs

from detectors.baseline import numbers
from monitor.exchange.model import Request, Response
from monitor.pipeline.score import ScoreStage


def test_both_sides_are_scored_embedded_and_described(stage, exchange):
    (x,) = stage.score([exchange(1)])
    for side in ("prompt", "response"):
        assert 0.0 <= x.scores[side]["unsafe"] <= 1.0
    assert np.isclose(np.linalg.norm(x.prompt_embedding), 1.0, atol=1e-3)
    assert x.channels
    assert x.categories
    assert x.unscored == {}


def test_the_time_of_an_observation_is_the_end_of_its_exchange(stage, exchange):
    whole = exchange(1)
    (x,) = stage.score([whole])
    assert x.at == whole.ts + whole.timing.duration


def test_a_batch_scores_as_each_alone_would(stage, exchange):
    batch = [exchange(n) for n in range(8)]
    together = stage.score(batch)
    for whole, x in zip(batch, together, strict=True):
        (alone,) = stage.score([whole])
        for side in ("prompt", "response"):
            assert alone.scores[side] == pytest.approx(x.scores[side], abs=1e-5)


@pytest.mark.parametrize(
    ("changed", "unscored"),
    [
        ({"response": None}, {"response": "absent"}),
        ({"response": Response(text="  ")}, {"response": "blank"}),
        ({"answer": "🍰🍰🍰"}, {"response": "no_words"}),
        ({"response": None, "unparsed": "not JSON"}, {"response": "unparsed"}),
    ],
)
def test_what_cannot_be_scored_is_named_and_has_no_score(stage, exchange, changed, unscored):
    (x,) = stage.score([exchange(1, **changed)])
    assert x.unscored == unscored
    assert "response" not in x.scores


def test_a_secret_is_found_by_its_pattern(stage, exchange):
    (x,) = stage.score([exchange(1, answer="The key is AKIAIOSFODNN7EXAMPLE, keep it safe.")])
    assert any(name.startswith("secret.") for name in x.findings["response"])


class Failing:
    """A classifier that cannot bear one word."""

    name = "failing"

    def __init__(self, real):
        self.real = real

    def classify(self, texts, embeddings=None, contexts=None):
        if any("POISON" in text for text in texts):
            raise RuntimeError("cannot bear it")
        return self.real.classify(texts, embeddings, contexts)


def test_a_text_that_breaks_the_classifier_costs_no_other_its_score(stage, exchange):
    broken = ScoreStage(
        {**stage.classifiers, "prompt": Failing(stage.classifiers["prompt"])},
        stage.encoder,
        Counter(),
    )
    batch = [exchange(1), exchange(2, prompt="POISON"), exchange(3)]
    first, second, third = broken.score(batch)
    assert "prompt" in first.scores
    assert "prompt" in third.scores
    assert second.unscored == {"prompt": "failed"}
    assert "response" in second.scores
    assert broken.failures == {"safety": 1}


def test_an_exchange_without_any_text_passes(stage, exchange):
    empty = structs.replace(exchange(1), request=Request(), response=None)
    (x,) = stage.score([empty])
    assert x.unscored == {"prompt": "absent", "response": "absent"}
    assert x.scores == {}


def test_drift_and_anomaly_compare_the_same_whoever_judges(stage, exchange):
    batch = [exchange(1), exchange(2, prompt="How do I poison my neighbour's dog?")]
    quick = ScoreStage.load(judge=False)
    for judged, screened in zip(stage.score(batch), quick.score(batch), strict=True):
        assert judged.scores != screened.scores
        assert judged.screened == screened.scores
        assert numbers(judged) == numbers(screened)


def test_the_tools_that_an_answer_calls_are_named(stage, exchange):
    calls = [{"id": "1", "name": "search", "arguments": "{}"}]
    answered = Response(text="", finish_reason="tool_calls", tool_calls=calls)
    (x,) = stage.score([exchange(1, response=answered)])
    assert x.called == ("search",)
    assert x.categories["response_tool"] == "search"
