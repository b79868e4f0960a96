"""What drift remembers of the last exchanges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors.drift.frame import Frame
from detectors.drift.recent import ROOM, Recent
from detectors.drift.waiting import Waiting
from detectors.drift.windows import EVERY


@pytest.fixture
def frame(small_baseline):
    return Frame(small_baseline)


def remember(frame, recent, observations):
    waiting = Waiting(frame, EVERY)
    for x in observations:
        rows = waiting.add(x)
        recent.name(x)
        if rows is not None:
            recent.put(rows, waiting.vectors)


def test_the_last_exchanges_are_remembered_oldest_first(frame, stream):
    observations = [replace(x, tenant=f"t{i % 3}") for i, x in enumerate(stream(ROOM + 35, seed=1))]
    recent = Recent(frame)
    remember(frame, recent, observations)
    last = recent.last()
    assert last.ids == [x.id for x in observations[-ROOM:]]
    assert last.tenants == [x.tenant for x in observations[-ROOM:]]
    assert last.at.tolist() == [x.at for x in observations[-ROOM:]]


def test_embeddings_keep_their_direction_in_one_byte_a_dimension(frame, stream):
    observations = stream(50, seed=2)
    recent = Recent(frame)
    remember(frame, recent, observations)
    kept = recent.last().prompts
    for x, vector in zip(observations, kept, strict=True):
        cosine = float(x.prompt_embedding @ vector) / float(np.linalg.norm(vector))
        assert cosine > 0.999


def test_an_absent_side_is_remembered_as_absent(frame, stream):
    recent = Recent(frame)
    remember(frame, recent, [replace(x, response_embedding=None) for x in stream(5, seed=3)])
    assert not recent.last().responses.any()


def test_it_takes_no_more_room_however_much_comes(frame, stream):
    recent = Recent(frame)
    remember(frame, recent, stream(5, seed=4))
    before = sum(array.nbytes for array in recent.state()["arrays"].values())
    remember(frame, recent, stream(2 * ROOM, seed=5))
    after = sum(array.nbytes for array in recent.state()["arrays"].values())
    assert before == after < 1_000 * ROOM


def test_a_restored_memory_is_the_same(frame, stream):
    recent, again = Recent(frame), Recent(frame)
    remember(frame, recent, stream(65, seed=6))
    again.restore(recent.state())
    one, other = recent.last(), again.last()
    assert one.ids == other.ids
    assert np.array_equal(one.rows.components, other.rows.components)
    assert np.array_equal(one.prompts, other.prompts)
