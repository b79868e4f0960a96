"""Which baseline a model is judged by, as a worker sees it."""

from dataclasses import replace

import pytest
from baselines import ENCODER, make_baseline

from detectors.safety.builtin import screen_version
from monitor.baselines.keeping import keep
from monitor.baselines.traffic import Traffic
from monitor.pipeline.baselines import BaselineShelf
from monitor.store.memory import MemoryStore


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def shelf(store):
    return BaselineShelf(store, ENCODER, screen_version())


async def put(store, baseline, *, model=""):
    record = await keep(store, baseline)
    await store.promote_baseline(record.name, model=model)
    return record.name


async def test_a_provisional_baseline_is_kept_as_a_version_and_marked(store, shelf):
    await shelf.keep("m", make_baseline("provisional-m", seed=1))
    assert shelf.get("m").name == "provisional-m@1"
    assert shelf.is_provisional("m")
    (record,) = await store.baselines()
    assert (record.provisional, record.used_by, record.model) == (True, ["m"], "m")
    await shelf.keep("m", make_baseline("provisional-m", seed=1))
    assert len(await store.baselines()) == 1


async def test_what_a_person_promotes_takes_its_place_once(store, shelf):
    await shelf.keep("m", make_baseline("provisional-m", seed=1))
    assert await shelf.refresh(["m"]) == {}
    name = await put(store, make_baseline(seed=2))
    changed = await shelf.refresh(["m"])
    assert changed["m"].name == name
    assert not shelf.is_provisional("m")
    assert await shelf.refresh(["m"]) == {}


async def test_promoting_the_provisional_baseline_itself_ends_the_mark(store, shelf):
    await shelf.keep("m", make_baseline("provisional-m", seed=1))
    await store.promote_baseline("provisional-m@1", model="m")
    assert await shelf.refresh(["m"]) == {}
    assert not shelf.is_provisional("m")


@pytest.mark.parametrize("what", ["encoder", "screen", "bytes"])
async def test_one_that_does_not_fit_is_passed_over_and_told_once(store, shelf, caplog, what):
    await shelf.keep("m", make_baseline("provisional-m", seed=1))
    baseline = make_baseline(seed=2)
    if what == "encoder":
        name = await put(store, replace(baseline, encoder="other"))
    elif what == "screen":
        name = await put(
            store, replace(baseline, origin=replace(baseline.origin, screen="0123456789ab"))
        )
    else:
        record = replace(await keep(store, baseline), name="damaged@1")
        await store.put_baseline(record, b"damaged")
        await store.promote_baseline("damaged@1", model="m")
        name = "damaged@1"
    for _ in range(3):
        assert await shelf.refresh(["m"]) == {}
    assert shelf.get("m").name == "provisional-m@1"
    assert shelf.is_provisional("m")
    told = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 1
    assert name.split("@")[0] in told[0]
    assert "sidewatch baseline build" in told[0]


async def test_a_model_without_any_has_none(shelf):
    assert await shelf.refresh(["m"]) == {}
    assert shelf.get("m") is None
    assert not shelf.is_provisional("m")


async def test_a_models_own_baseline_of_a_part_goes_before_that_of_every_model(store, shelf):
    for seed, model in ((1, ""), (2, "m")):
        traffic = Traffic(model, tenant="acme")
        await put(store, make_baseline(f"b{seed}", seed=seed), model=traffic.key)
    await shelf.refresh_narrow()
    names = {
        model: {str(part): found.name for part, found in shelf.narrow(model).items()}
        for model in ("m", "other")
    }
    assert names == {
        "m": {"m, tenant acme": "b2@1"},
        "other": {"other, tenant acme": "b1@1"},
    }
