import asyncio

from incidents import make_incident

from monitor.access.audit import first_broken
from monitor.labels.giving import Judgement, give_label
from monitor.labels.label import verdict_of
from monitor.store.memory import MemoryStore


class Interrupted(MemoryStore):
    """A store in which somebody else labels the incident just before the first label is saved."""

    other = Judgement(verdict="true_positive", by="bob", at=2.0, exchange_id="x2")

    async def save_incident(self, incident, **changes):
        if incident.verdict and self.other:
            other, self.other = self.other, None
            await give_label(self, incident.id, other)
        return await super().save_incident(incident, **changes)


async def test_of_two_who_label_at_once_neither_is_forgotten_in_the_verdict():
    store = Interrupted()
    incident = make_incident(exchange_ids=["x1", "x2"])
    await store.save_incident(incident, expected_version=0)
    first = Judgement(verdict="false_positive", by="ada", at=1.0, exchange_id="x1")
    await give_label(store, "i1", first)
    assert {label.by for label in await store.labels_of("i1")} == {"ada", "bob"}
    assert (await store.get_incident("i1")).verdict == "true_positive"
    told = [event.kind for event in await store.events_of("i1", limit=9)]
    assert told == ["labelled", "labelled"]


async def test_many_labels_at_once_are_all_kept():
    store = MemoryStore()
    names = [f"x{n}" for n in range(12)]
    await store.save_incident(make_incident(exchange_ids=names), expected_version=0)
    said = [
        Judgement(verdict="false_positive", by=name, at=1.0, exchange_id=name) for name in names
    ]
    await asyncio.gather(*(give_label(store, "i1", each) for each in said))
    labels = await store.labels_of("i1")
    assert {label.by for label in labels} == set(names)
    assert (await store.get_incident("i1")).verdict == verdict_of(labels)
    assert first_broken((await store.audit(limit=99))[::-1]) is None
