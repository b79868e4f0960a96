"""Exchanges as numbers, and reports that the real process made of them."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.baseline import Baseline
from detectors.observation import Observation
from monitor.reports.facts import Facts
from monitor.reports.runner import Reference, Runner
from monitor.reports.table import Table

MEMORY = 2_684_354_560


def observation(number, rng, *, longer=0.0, language="en", model="m", topic=0):
    prompt, response = rng.normal(size=(2, 16)) * 0.1
    prompt[topic] += 1.0
    return Observation(
        id=f"x{number}",
        at=1_764_000_000.0 + number,
        model=model,
        route="/v1/chat/completions",
        prompt="never to be kept",
        channels={
            "prompt_log_length": float(rng.normal(3.0 + longer, 0.5)),
            "log_ttft": float(rng.normal(-2.0, 0.3)),
            "log_output_tokens": float(rng.normal(4.0, 0.3)),
            "response_refusal": float(rng.random() < 0.02),
            "response_digits": 0.0,
        },
        categories={"prompt_language": language, "finish_reason": "stop"},
        prompt_embedding=(prompt / np.linalg.norm(prompt)).astype(np.float32),
        response_embedding=(response / np.linalg.norm(response)).astype(np.float32),
    )


def observations(count, *, seed=0, start=0, **change):
    rng = np.random.default_rng(seed)
    return [observation(start + n, rng, **change) for n in range(count)]


@pytest.fixture(scope="session", name="observations")
def observations_maker():
    return observations


@pytest.fixture(scope="session")
def baseline():
    return Baseline.build(observations(400), name="monday", encoder="e", created=1.0)


@pytest.fixture(scope="session")
def reference(baseline):
    return Reference("monday", Table.of_baseline(baseline))


@pytest.fixture(scope="session")
def moved():
    """A window in which prompts are longer, of another topic, and partly German."""
    longer = observations(120, seed=5, start=900, longer=0.7, topic=3)
    german = [replace(x, categories={**x.categories, "prompt_language": "de"}) for x in longer[::2]]
    return Table.of_observations([*longer[1::2], *german])


@pytest.fixture
async def runner():
    opened = Runner(seconds=120, memory=MEMORY)
    yield opened
    await opened.rest()


@pytest.fixture
def facts():
    return Facts(kind="drift", model="m<b>", baseline="monday", incident="i1", since=100)
