"""One product instead of many: the same numbers as each of its parts gives by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.anomaly.fitted import Fit, Neighbours, Spread, folds
from detectors.anomaly.side import Side

WIDTH = 32


def unit(rng, rows):
    found = rng.standard_normal((rows, WIDTH)).astype(np.float32) + 0.5
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def parts(rows):
    """Fit to so many rows: prompts, answers, and what each of the fits makes of them."""
    rng = np.random.default_rng(0)
    prompts, responses = unit(rng, rows), unit(rng, rows)
    near = [Neighbours.fit(side, folds(rows)) for side in (prompts, responses)]
    spread = [Spread.fit(side) for side in (prompts, responses)]
    return near, spread, Fit.fit(prompts, responses)


NEAR, SPREAD, FIT = parts(300)
LEFT = Side.of(NEAR[0], SPREAD[0], FIT.from_prompt, FIT.mean_prompt)
RIGHT = Side.of(NEAR[1], SPREAD[1], FIT.from_response, FIT.mean_response)


@given(st.integers(0, 10_000))
def test_placed_at_once_is_as_placed_by_each(seed):
    prompt, response = unit(np.random.default_rng(seed), 2)
    left, right = LEFT.place(prompt), RIGHT.place(response)
    assert left.novelty == pytest.approx(NEAR[0].novelty(prompt), abs=1e-5)
    assert right.distance == pytest.approx(SPREAD[1].distance(response), rel=1e-4)
    fit = FIT.score_of(left.mapped, right.mapped, right.length)
    assert fit == pytest.approx(FIT.score(prompt, response), rel=1e-3, abs=1e-3)


def test_the_same_embedding_is_placed_the_same():
    prompt = unit(np.random.default_rng(1), 1)[0]
    first, again = LEFT.place(prompt), LEFT.place(prompt)
    assert first[:2] == again[:2]


def test_what_was_not_fitted_is_not_told():
    near, spread, fit = parts(5)
    assert (spread[0], fit) == (None, None)
    nothing = np.zeros((0, WIDTH), np.float32)
    placed = Side.of(near[0], spread[0], nothing, np.zeros(WIDTH, np.float32)).place(
        NEAR[0].references[0]
    )
    assert np.isnan([placed.novelty, placed.distance]).all()
