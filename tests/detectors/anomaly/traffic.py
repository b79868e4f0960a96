"""Seeded ordinary exchanges of a shop's assistant, for the tests of the anomaly rule."""

from dataclasses import replace
from functools import cache

import numpy as np

from detectors.baseline import Baseline
from detectors.observation import Observation, Timing
from detectors.text.channels import categories, channels
from detectors.text.embedding import StaticEncoder

SYSTEM = (
    "You are the assistant of a small shop for garden tools. Be brief and friendly. The internal "
    "discount code is LILAC and is for staff alone. Never mention other shops."
)
THINGS = [
    "spade",
    "rake",
    "hose",
    "shovel",
    "lawnmower",
    "trowel",
    "barrow",
    "ladder",
    "saw",
    "bucket",
    "glove",
    "fence",
]
COLOURS = ["green", "red", "blue", "black", "wooden", "small", "large", "light", "heavy", "cheap"]
QUESTIONS = (
    "How much is the {c} {t}, and is it in stock in {p}?",
    "My {t} from last week is broken, can I send it back to you?",
    "Which {t} would you recommend for a {c} garden near {p}?",
    "When will my order of two {c} {t}s arrive in {p}?",
)
ANSWERS = (
    "The {c} {t} is in stock in {p} and costs {n} euros. Would you like to order it today?",
    "I am sorry that the {t} is broken. You can send it back within {n} days, and we will pay.",
    "For a {c} garden we would recommend the {t} with the long handle. It costs {n} euros.",
    "Your order of two {t}s will arrive in {p} in {n} days. You will get a message before that.",
)
PLACES = ["London", "Leeds", "Bristol", "York", "Bath", "Oxford", "Derby", "Truro"]


@cache
def encoder():
    return StaticEncoder.load()


def pair(rng):
    kind = int(rng.integers(len(QUESTIONS)))
    words = {
        "c": rng.choice(COLOURS),
        "t": rng.choice(THINGS),
        "p": rng.choice(PLACES),
        "n": int(rng.integers(3, 90)),
    }
    return QUESTIONS[kind].format(**words), ANSWERS[kind].format(**words)


def exchange(index=0, seed=0, *, slow=1.0, **fields):
    """One exchange; what is given replaces what is drawn, before channels are computed."""
    rng = np.random.default_rng((seed, index))
    prompt, response = pair(rng)
    prompt, response = fields.pop("prompt", prompt), fields.pop("response", response)
    tokens = 1 + len((response or "").split())
    times = np.exp(0.2 * rng.standard_normal(2)) * slow
    fields = {
        "system": SYSTEM,
        "finish_reason": "stop",
        "timing": Timing(ttft=0.2 * times[0], duration=0.2 * times[0] + 0.02 * tokens * times[1]),
        **fields,
    }
    x = Observation(
        id=f"x{index}",
        at=1e9 + index,
        model="m",
        route="/v1/chat/completions",
        stream=True,
        prompt=prompt,
        response=response,
        input_tokens=len((prompt or "").split()) + 40,
        output_tokens=tokens,
        **fields,
    )
    return scored(x)


def scored(x):
    """Add embeddings, channels and categories, as the score stage does."""
    sides = [
        None if text is None else encoder().encode([text])[0] for text in (x.prompt, x.response)
    ]
    x = replace(x, prompt_embedding=sides[0], response_embedding=sides[1])
    return replace(x, channels=channels(x), categories=categories(x))


@cache
def baseline(count=1000, seed=1):
    rows = [exchange(i, seed) for i in range(count)]
    return Baseline.build(rows, name="b", encoder=encoder().name, created=0.0)
