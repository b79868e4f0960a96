"""Channels that other packages add, in the score stage and on the shelf of baselines."""

import logging
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from baselines import make_baseline

from detectors.text.added import Added
from monitor.baselines.keeping import keep
from monitor.pipeline.baselines import BaselineShelf
from monitor.store.memory import MemoryStore


@dataclass
class Words:
    """Counts the words of an answer; cannot bear one of them."""

    name: str = "words"
    about: str = "response"
    nominal: bool = False
    microseconds: float = 1.0

    def read(self, x):
        words = (x.response or "").split()
        if "secret" in words:
            raise ValueError(x.response)
        return float(len(words))


ADDED = Added({"response_own_words": Words()})


@pytest.fixture
def added(stage):
    return replace(stage, added=ADDED, failures=Counter())


def test_an_added_channel_is_among_the_channels(added, stage, exchange):
    (x,) = added.score([exchange(1, answer="One two three.")])
    (without,) = stage.score([exchange(1, answer="One two three.")])
    assert x.channels == {**without.channels, "response_own_words": 3.0}
    assert x.categories == without.categories


def test_a_failure_is_counted_and_told_without_the_text(added, exchange, caplog):
    with caplog.at_level(logging.ERROR):
        batch = added.score([exchange(1, answer="A secret here."), exchange(2, answer="One two.")])
    assert "response_own_words" not in batch[0].channels
    assert batch[0].channels["response_log_length"] > 0
    assert batch[1].channels["response_own_words"] == 2.0
    assert added.failures == {"channels": 1}
    assert "the channel response_own_words failed: ValueError" in caplog.text
    assert "secret" not in caplog.text


def with_words(baseline):
    values = baseline.values[:, :1]
    return replace(baseline, channel_names=("response_own_words",), values=values)


async def stored(baseline):
    store = MemoryStore()
    record = await keep(store, baseline, model="m")
    await store.promote_baseline(record.name, model="m")
    return store


async def test_a_baseline_whose_channel_is_gone_is_not_used(caplog):
    baseline = with_words(make_baseline())
    store = await stored(baseline)
    without = BaselineShelf(store, baseline.encoder)
    assert await without.refresh(["m"]) == {}
    assert "response_own_words, which is not installed here" in caplog.text
    with_it = BaselineShelf(store, baseline.encoder, added=ADDED.names)
    assert (await with_it.refresh(["m"]))["m"].added == ADDED.names


async def test_a_channel_that_the_baseline_lacks_is_ignored_aloud(caplog):
    baseline = make_baseline()
    shelf = BaselineShelf(await stored(baseline), baseline.encoder, added=ADDED.names)
    assert "m" in await shelf.refresh(["m"])
    assert "was made without response_own_words: ignored until it is built again" in caplog.text
