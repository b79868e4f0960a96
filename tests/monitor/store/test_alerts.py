"""What became of alerts, in every store."""

from monitor.alerts.message import Message, ToldIncident
from monitor.alerts.records import DeadLetter, Delivery


def try_of(name, *, at=1.0, incidents=("i1",)):
    return Delivery(
        id=name,
        message=f"m-{name}",
        at=at,
        channel="ops",
        route="all",
        status="firing",
        severity="warning",
        title="[warning] „ü“",
        outcome="failed",
        tries=1,
        count=1,
        incidents=list(incidents),
        error="answered 500",
    )


def letter(name, *, at=1.0, incident="i1"):
    told = ToldIncident(
        id=incident,
        title="safety: self harm on m",
        severity="warning",
        status="open",
        detector="safety",
        kind="self_harm",
        model="m",
        route="",
        tenant="",
        since=0.5,
        first_seen=1.0,
        last_seen=2.0,
        count=3,
        why=["self_harm 0.93"],
    )
    message = Message(
        id=f"m-{name}",
        at=at,
        status="firing",
        severity="warning",
        title="t",
        text="x",
        markdown="*x*",
        incidents=[told],
    )
    return DeadLetter(id=name, at=at, channel="ops", tries=9, error="refused", message=message)


async def test_tries_come_back_as_they_were_put_the_latest_first(store):
    tries = [try_of(f"t{n}", at=float(n)) for n in range(5)]
    for each in tries:
        await store.put_delivery(each)
        await store.put_delivery(each)
    assert await store.deliveries(limit=3) == tries[:1:-1]
    assert await store.deliveries(limit=0) == []


async def test_only_the_latest_thousand_tries_and_letters_are_kept(store):
    for n in range(1_003):
        await store.put_delivery(try_of(f"t{n}", at=float(n)))
        await store.put_dead_letter(letter(f"d{n}", at=float(n)))
    tries = await store.deliveries(limit=5_000)
    letters = await store.dead_letters(limit=5_000)
    assert (len(tries), tries[-1].id) == (1_000, "t3")
    assert (len(letters), letters[-1].id) == (1_000, "d3")


async def test_a_dead_letter_is_sent_again_only_when_somebody_asks(store):
    await store.put_dead_letter(letter("d1"))
    await store.put_dead_letter(letter("d2", at=2.0))
    assert await store.asked_again() == []
    assert await store.ask_again("d2")
    assert not await store.ask_again("nobody's")
    assert await store.asked_again() == [letter("d2", at=2.0)]


async def test_a_dropped_letter_is_gone_and_nobody_asks_for_it(store):
    await store.put_dead_letter(letter("d1"))
    await store.ask_again("d1")
    assert await store.drop_dead_letter("d1")
    assert not await store.drop_dead_letter("d1")
    assert await store.dead_letters(limit=9) == await store.asked_again() == []


async def test_what_tells_of_an_incident_is_forgotten_with_it(store):
    await store.put_delivery(try_of("t1", incidents=["i1", "i2"]))
    await store.put_delivery(try_of("t2", incidents=["i3"]))
    await store.put_dead_letter(letter("d1", incident="i2"))
    await store.put_dead_letter(letter("d2", incident="i3"))
    assert await store.forget_alerts({"i2", "i9"}) == 2
    assert [each.id for each in await store.deliveries(limit=9)] == ["t2"]
    assert [each.id for each in await store.dead_letters(limit=9)] == ["d2"]


async def test_a_task_is_leased_by_its_name_beside_the_shards(store):
    lease = await store.acquire("alerts", "a", ttl=60)
    shard = await store.acquire(0, "b", ttl=60)
    assert lease is not None
    assert shard is not None
    assert await store.acquire("alerts", "b", ttl=60) is None
    await store.save_checkpoint(lease, position="5-0", state=b"{}")
    assert await store.load_checkpoint("alerts") == ("5-0", b"{}")
    assert await store.load_checkpoint(0) is None
