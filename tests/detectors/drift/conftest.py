"""Streams of invented exchanges whose distribution is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from detectors.baseline import Baseline
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule
from detectors.observation import Observation, Timing

Stream = Callable[..., list[Observation]]

# Topics are directions in the space of embeddings.
_TOPICS = np.linalg.qr(np.random.default_rng(99).normal(size=(256, 8)))[0].T


def _vector(topic: int, rng: np.random.Generator) -> np.ndarray:
    vector = _TOPICS[topic] + 0.08 * rng.normal(size=256)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _exchange(
    index: int,
    rng: np.random.Generator,
    *,
    prompt_shift: float = 0.0,
    response_shift: float = 0.0,
    slower: float = 1.0,
    topics: tuple[int, ...] = (0, 1, 2, 3),
    language: str = "en",
    **fields: object,
) -> Observation:
    length = rng.normal() + prompt_shift
    answer = 0.5 * rng.normal() + 0.5 * length + response_shift - 0.5 * prompt_shift
    tokens = float(np.exp(4 + 0.6 * length))
    ttft = slower * (0.05 + 0.001 * tokens) * rng.lognormal(0, 0.2)
    topic = int(rng.choice(topics))
    prompt, response = _vector(topic, rng), _vector(topic, rng)
    values = {
        "prompt_log_length": 3 + 0.5 * length,
        "prompt_capitals": float(rng.beta(2, 30)),
        "response_log_length": 4 + 0.5 * answer,
        "response_refusal": float(rng.random() < 0.02),
        "response_ends_properly": float(rng.random() < 0.95),
        "pair_cosine": float(prompt @ response),
        "log_input_tokens": float(np.log1p(tokens)),
        "log_ttft": float(np.log(ttft)),
        "log_seconds_per_token": float(rng.normal(-4, 0.2)),
    }
    return Observation(
        id=f"x{index}",
        at=1000.0 + index,
        model="m",
        timing=Timing(ttft=ttft),
        channels=values,
        categories={"prompt_language": language, "finish_reason": "stop"},
        prompt_embedding=prompt,
        response_embedding=response,
        **fields,
    )


@pytest.fixture(scope="session")
def stream() -> Stream:
    """Give `count` exchanges; keywords shift what they are drawn from."""

    def make(count: int, *, seed: int, start: int = 0, **change: object) -> list[Observation]:
        rng = np.random.default_rng(seed)
        return [_exchange(start + i, rng, **change) for i in range(count)]

    return make


@pytest.fixture(scope="session")
def baseline(stream: Stream) -> Baseline:
    return Baseline.build(stream(1000, seed=1), name="b", encoder="e", created=0.0)


@pytest.fixture(scope="session")
def small_baseline(stream: Stream) -> Baseline:
    return Baseline.build(stream(150, seed=2), name="s", encoder="e", created=0.0)


@pytest.fixture
def rule(baseline: Baseline) -> DriftRule:
    return DriftRule(DriftPolicy(), baseline)
