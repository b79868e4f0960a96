"""Names, versions, and the record that the store keeps beside the data."""

import asyncio
from dataclasses import replace

import pytest
from baselines import make_baseline

from detectors.baseline import Baseline
from monitor.baselines.keeping import BaselineNotFoundError, fetch, keep, resolve, unversioned
from monitor.baselines.naming import BaselineNameError, latest, plain_name, split


async def test_a_name_gets_versions_and_alone_means_the_latest(store):
    first = await keep(store, make_baseline(seed=1))
    second = await keep(store, make_baseline(seed=2))
    assert (first.name, second.name) == ("chat@1", "chat@2")
    assert (await resolve(store, "chat")).name == "chat@2"
    assert (await resolve(store, "chat@1")).digest == first.digest


async def test_the_same_content_is_kept_once_under_a_name(store):
    first = await keep(store, make_baseline(seed=1))
    await keep(store, make_baseline(seed=2))
    again = await keep(store, make_baseline(seed=1))
    elsewhere = await keep(store, make_baseline("other", seed=1))
    assert again.name == first.name
    assert (elsewhere.name, elsewhere.digest) == ("other@1", first.digest)


async def test_several_at_once_get_a_version_each(store):
    kept = await asyncio.gather(*(keep(store, make_baseline(seed=n)) for n in range(5)))
    assert {record.name for record in kept} == {f"chat@{n}" for n in range(1, 6)}


async def test_a_deleted_version_is_not_given_again_while_a_later_one_is_there(store):
    for seed in (1, 2):
        await keep(store, make_baseline(seed=seed))
    await store.delete_baseline("chat@1")
    assert (await keep(store, make_baseline(seed=3))).name == "chat@3"


async def test_what_was_kept_comes_back_under_its_stored_name(store):
    baseline = make_baseline(seed=1)
    await keep(store, baseline)
    record, found = await fetch(store, "chat")
    assert (record.name, found.name, found.digest) == ("chat@1", "chat@1", baseline.digest)
    assert unversioned(found).to_bytes() == baseline.to_bytes()


async def test_the_record_tells_what_the_baseline_was_made_from(store):
    baseline = make_baseline(seed=1)
    record = await keep(store, baseline, model="m")
    assert record == (await resolve(store, "chat"))
    assert (record.size, record.model, record.bytes) == (200, "m", len(baseline.to_bytes()))
    assert record.details["origin"]["source"] == "a.jsonl"
    assert record.details["season"]["hours_of_day"] == 24
    assert record.details["models"] == {"m": 200}


async def test_an_unknown_name_is_told_with_those_that_there_are(store):
    await keep(store, make_baseline(seed=1))
    with pytest.raises(BaselineNotFoundError, match=r"chat@1"):
        await resolve(store, "chat@7")


@pytest.mark.parametrize("name", ["", "a b", "chat@2", "../x", "-x", "ä", "n" * 101])
async def test_a_name_that_would_not_fit_a_path_is_refused(store, name):
    with pytest.raises(BaselineNameError, match="letters, digits"):
        await keep(store, replace(make_baseline(seed=1), name=name))


def test_versions_are_read_from_references():
    assert split("chat@12") == ("chat", 12)
    assert split("chat") == ("chat", 0)
    assert split("chat@0") == ("chat@0", 0)
    assert latest("chat", ["chat@2", "chat@10", "chatty@99", "chat"]) == 10
    assert plain_name("meta-llama/Llama 3.1: 8B") == "meta-llama-Llama-3.1-8B"


def test_another_name_is_the_same_content():
    one = make_baseline("a", seed=1)
    assert replace(one, name="b").digest == one.digest
    assert make_baseline("a", seed=2).digest != one.digest
    assert Baseline.from_bytes(replace(one, name="b").to_bytes()).digest == one.digest
