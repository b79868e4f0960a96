from dataclasses import replace

import pytest

from monitor.incidents.events import Signature
from monitor.markers.marker import Marker
from monitor.markers.marking import mark
from monitor.silences.silence import Silence
from monitor.silences.silencing import MOST, SilenceError, begin_silence, end_silence
from monitor.store.memory import MemoryStore

ASKED = Silence(id="s", created=10.0, until=20.0, by="ada", reason="Load test.", model="m")


@pytest.fixture
def store():
    return MemoryStore()


async def test_a_silence_is_kept_and_noted(store):
    assert await begin_silence(store, ASKED) == ASKED
    assert await store.silences(ending_after=10.0, limit=9) == [ASKED]
    (entry,) = await store.audit(limit=9)
    assert (entry.action, entry.subject, entry.by, entry.at) == ("silence.begin", "s", "ada", 10.0)
    assert entry.details == {"reason": "Load test.", "until": "20", "model": "m"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"model": ""}, "at least one of detector, kind"),
        ({"reason": " "}, "say why"),
        ({"until": 10.0}, "ends after it begins"),
        ({"until": 91 * 86_400.0}, "within 90 days"),
        ({"detector": "latncy"}, "no detector 'latncy'; one of latency"),
        ({"severity": "grave"}, "no severity 'grave'"),
    ],
)
async def test_a_silence_that_cannot_be_meant_is_refused(store, wrong, told):
    with pytest.raises(SilenceError, match=told):
        await begin_silence(store, replace(ASKED, **wrong))
    assert await store.silences(ending_after=0.0, limit=9) == []
    assert await store.audit(limit=9) == []


async def test_there_is_a_bound_to_how_many_are_in_force(store):
    for number in range(MOST):
        await store.put_silence(replace(ASKED, id=str(number)), at=10.0)
    with pytest.raises(SilenceError, match="end some"):
        await begin_silence(store, ASKED)
    await begin_silence(store, replace(ASKED, created=20.0, until=30.0))


async def test_a_silence_that_is_ended_is_over_and_noted_once(store):
    await begin_silence(store, ASKED)
    ended = await end_silence(store, "s", Signature("bob", 15.0))
    assert ended == replace(ASKED, until=15.0)
    assert await end_silence(store, "s", Signature("eve", 16.0)) == ended
    assert [(each.action, each.by) for each in await store.audit(limit=9)] == [
        ("silence.end", "bob"),
        ("silence.begin", "ada"),
    ]


async def test_what_is_no_silence_cannot_be_ended(store):
    assert await end_silence(store, "other", Signature("bob", 15.0)) is None
    assert await store.audit(limit=9) == []


async def test_a_marker_is_kept_and_noted_without_its_text(store):
    marker = Marker(id="a", at=5.0, kind="model", text="a new one", by="ci", version="v2")
    assert await mark(store, marker, at=6.0) == marker
    assert await store.markers(since=0.0, until=9.0, limit=9) == [marker]
    (entry,) = await store.audit(limit=9)
    assert (entry.action, entry.by, entry.at) == ("marker.put", "ci", 6.0)
    assert entry.details == {"kind": "model", "version": "v2"}
