"""A short day with two troubles, through the worker's stages: two stories that name their causes."""

import random

import pytest
from exchanges import ANSWERS, ASKED, DISHES

from benchmarks.incidents.day import DAY, START, Day, Trouble
from benchmarks.incidents.run import opened
from benchmarks.incidents.through import Remembering, baselines, through
from benchmarks.incidents.told import told

pytestmark = pytest.mark.e2e

MODEL, SEED = "m", 6
EVENTS = ("opened", "linked")
TROUBLES = (
    Trouble(
        "one replica is slow",
        MODEL,
        6.0,
        9.0,
        ("replica-2",),
        upstream="replica-2",
        slower_first=5.0,
        slower_later=3.0,
    ),
    Trouble("answers run in loops", MODEL, 16.0, 19.0, ("repe", "loop"), 0.4, answers="loops"),
)


def pairs():
    choose = random.Random(3)
    for _ in range(400):
        dish = choose.choice(DISHES)
        yield choose.choice(ASKED).format(dish), choose.choice(ANSWERS).format(dish)


def day(seed, **changed):
    return Day(pairs={MODEL: list(pairs())}, shares={MODEL: 1.0}, seed=seed, **changed)


@pytest.fixture(scope="module")
def known():
    return list(baselines([MODEL], list(day(1, start=START - DAY).exchanges(1_000))))


@pytest.fixture(scope="module")
def stage():
    from monitor.pipeline.score import ScoreStage

    return Remembering(ScoreStage.load())


@pytest.mark.parametrize("kind", ["memory", "Valkey"])
async def test_a_day_with_two_troubles_ends_as_two_stories(kind, stage, known):
    recorded = day(SEED, troubles=TROUBLES)
    async with opened(kind) as (journal, store):
        incidents = await through(
            recorded.exchanges(1_600), stage=stage, known=known, journal=journal, store=store
        )
        found = await told(store, recorded, incidents)
        events = [
            event.kind
            for each in incidents
            if each.story
            for event in await store.events_of(each.id, limit=20)
        ]
    assert [story.trouble for story in found.stories] == [trouble.name for trouble in TROUBLES]
    assert [story.unnamed for story in found.stories] == [[], []]
    assert set(EVENTS) <= set(events)
