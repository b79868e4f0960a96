"""What is delivered, to real receivers, whatever happens on the way."""

import asyncio

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from detectors.base import Evidence
from monitor.alerts.settings import AlertSettings, ChannelSettings
from monitor.incidents.bundle import Action, Bundle
from monitor.silences.silence import Silence


async def test_an_incident_is_told_once_with_what_one_needs_at_three_in_the_morning(
    story, receiver, webhook, settle
):
    story.tell_to({"ops": webhook(receiver)}, link="https://sidewatch.example.com/")
    await story.save(severity="critical", tenant="acme", count=41, share=0.2, tenants=3)
    await story.store.put_bundle(
        Bundle(
            incident_id="i1",
            created=1.0,
            severity="critical",
            severity_reason="",
            category="self_harm",
            summary="",
            contributing_factors=[
                Evidence("self_harm", 0.93, 0.5),
                Evidence("span prompt", "what somebody wrote"),
            ],
            recommended_actions=[Action(what="Read it", why="", how="sidewatch incidents show i1")],
        )
    )
    await settle(story.deliverer())
    (got,) = receiver.got
    told = got.json
    assert told["title"] == "[critical] safety: self harm on m — „ü“"
    assert told["text"].splitlines() == [
        "critical: safety: self harm on m — „ü“",
        "Since: 2025-11-24 16:00 UTC, 41 times, last 2025-11-24 16:00 UTC, tenant acme",
        "How bad: 20.0% of the traffic; 3 tenants",
        "Status: open",
        "Why: self_harm 0.93 (expected 0.5)",
        "First: Read it: sidewatch incidents show i1",
        "Incident: https://sidewatch.example.com/api/v1/incidents/i1",
    ]
    assert (told["status"], told["severity"], told["count"]) == ("firing", "critical", 1)
    assert told["incidents"][0]["id"] == "i1"
    assert b"somebody wrote" not in got.body
    (kept,) = await story.store.deliveries(limit=9)
    assert (kept.outcome, kept.incidents, kept.tries) == ("delivered", ["i1"], 1)


async def test_a_signed_webhook_is_what_the_standard_library_of_webhooks_verifies(
    story, receiver, webhook, settle, monkeypatch, tmp_path
):
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    path = tmp_path / "secret"
    path.write_text(f"{secret}\n")
    monkeypatch.setenv("OPS_AUTH", "Bearer of-ops")
    import time

    story.clock.now = time.time()
    story.tell_to({"ops": webhook(receiver, secret=f"file:{path}", authorization="env:OPS_AUTH")})
    await story.save()
    await settle(story.deliverer())
    (got,) = receiver.got
    told = Webhook(secret).verify(got.body, got.headers)
    assert told["id"] == got.headers["webhook-id"]
    assert got.headers["authorization"] == "Bearer of-ops"
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(secret).verify(got.body + b" ", got.headers)


async def test_what_is_not_taken_is_tried_again_as_the_same_message(
    story, receiver, webhook, settle
):
    receiver.script = [503, 0, 429]
    story.tell_to({"ops": webhook(receiver)}, failing_after=1e6)
    deliverer = story.deliverer()
    await story.save()
    for _ in range(4):
        await settle(deliverer)
        story.clock.now += 300.0
    assert len(receiver.got) == 4
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    tries = await story.store.deliveries(limit=9)
    assert [each.outcome for each in tries] == ["delivered", "failed", "failed", "failed"]
    assert tries[-1].error == "answered 503"
    assert await story.store.dead_letters(limit=9) == []


async def test_between_two_tries_there_is_a_pause_that_grows(story, receiver, webhook, settle):
    receiver.status = 503
    story.tell_to({"ops": webhook(receiver)})
    deliverer = story.deliverer()
    await story.save()
    await settle(deliverer)
    story.clock.now += 0.9
    await settle(deliverer)
    assert len(receiver.got) == 1
    story.clock.now += 1.2
    await settle(deliverer)
    assert len(receiver.got) == 2
    story.clock.now += 1.9
    await settle(deliverer)
    assert len(receiver.got) == 2


async def test_what_fails_for_long_is_given_up_and_sent_when_somebody_asks(
    story, receiver, webhook, settle
):
    receiver.status = 503
    story.tell_to({"ops": webhook(receiver)}, give_up=1_000.0)
    deliverer = story.deliverer()
    await story.save()
    for _ in range(8):
        await settle(deliverer)
        story.clock.now += 300.0
    (letter,) = await story.store.dead_letters(limit=9)
    assert (letter.channel, letter.error, letter.incidents) == ("ops", "answered 503", ["i1"])
    receiver.status = 204
    before = len(receiver.got)
    await story.store.ask_again(letter.id)
    for _ in range(2):
        await settle(deliverer)
        story.clock.now += 600.0
    assert [got.headers["webhook-id"] for got in receiver.got[before:]] == [letter.message.id]
    assert await story.store.dead_letters(limit=9) == []
    assert (await story.store.deliveries(limit=1))[0].outcome == "delivered"


async def test_what_is_refused_for_good_is_not_tried_again(story, receiver, webhook, settle):
    receiver.status = 404
    story.tell_to({"ops": webhook(receiver)})
    deliverer = story.deliverer()
    await story.save()
    await settle(deliverer)
    story.clock.now += 600.0
    await settle(deliverer)
    assert len(receiver.got) == 1
    assert len(await story.store.dead_letters(limit=9)) == 1


async def test_a_signed_message_is_not_carried_elsewhere(story, receiver, webhook, settle):
    receiver.status, receiver.headers = 307, {"location": receiver.url}
    story.tell_to({"ops": webhook(receiver)})
    await story.save()
    await settle(story.deliverer())
    assert len(receiver.got) == 1


async def test_a_channel_that_fails_holds_up_no_other(story, receiver, webhook, settle):
    broken = ChannelSettings(kind="webhook", url="http://127.0.0.1:1/")
    story.tell_to({"broken": broken, "ops": webhook(receiver)})
    deliverer = story.deliverer()
    for name in ("i1", "i2"):
        await story.save(name)
        await settle(deliverer)
        story.clock.now += 60.0
    assert len(receiver.got) == 2


async def test_a_channel_that_fails_for_long_is_an_incident_until_it_works(
    story, receiver, webhook, settle
):
    broken = HttpSwitch(receiver)
    story.tell_to({"broken": webhook(receiver)}, failing_after=600.0)
    deliverer = story.deliverer()
    broken.off()
    await story.save()
    for _ in range(4):
        await settle(deliverer)
        story.clock.now += 300.0
    found = [each for each in await incidents(story) if each.detector == "pipeline"]
    assert [(each.kind, each.model, each.status) for each in found] == [
        ("alerts_failing", "broken", "open")
    ]
    assert (
        (await story.store.get_bundle(found[0].id))
        .recommended_actions[0]
        .how.startswith("sidewatch alerts test broken")
    )
    broken.on()
    for _ in range(3):
        await settle(deliverer)
        story.clock.now += 600.0
    assert (await story.store.get_incident(found[0].id)).status == "resolved"
    told = {each["id"] for got in receiver.got for each in got.json["incidents"]}
    assert told == {"i1"}


class HttpSwitch:
    def __init__(self, receiver):
        self._receiver = receiver

    def off(self):
        self._receiver.status = 503

    def on(self):
        self._receiver.status = 204


async def incidents(story):
    from monitor.store.base import IncidentQuery

    return (await story.store.incidents(IncidentQuery())).items


async def test_who_dies_between_sending_and_noting_leaves_it_to_be_sent_again(
    story, receiver, webhook, settle, turns
):
    story.tell_to({"ops": webhook(receiver)})
    first, second = story.deliverer("first", lease=0.05), story.deliverer("second")
    await story.save()
    await first.step()
    await first._round._sending.wait()
    assert len(receiver.got) == 1
    await turns(second, lambda: len(receiver.got) == 2)
    await settle(second)
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    assert receiver.got[0].body == receiver.got[1].body
    await first.step()
    await settle(second)
    assert len(receiver.got) == 2


async def test_nothing_is_sent_that_was_not_saved(story, receiver, webhook, settle):
    story.tell_to({"ops": webhook(receiver)})
    first, second = story.deliverer("first", lease=0.01), story.deliverer("second")
    await first.step()
    await story.save()
    save, lost = story.store.save_checkpoint, []

    async def too_late(lease, **more):
        if lease.owner == "first":
            lost.append(lease)
            while await story.store.acquire("alerts", "second", ttl=60) is None:
                pass
        await save(lease, **more)

    story.store.save_checkpoint = too_late
    await first.step()
    assert lost
    assert receiver.got == []
    await settle(second)
    assert len(receiver.got) == 1


async def test_only_one_of_several_delivers(story, receiver, webhook, settle):
    story.tell_to({"ops": webhook(receiver)})
    first, second = story.deliverer("first"), story.deliverer("second")
    await first.step()
    await story.save()
    for _ in range(3):
        await settle(second)
    assert receiver.got == []
    await settle(first)
    assert len(receiver.got) == 1


async def test_a_worker_that_ends_notes_what_it_sent_and_leaves_at_once(
    story, receiver, webhook, settle, running
):
    story.tell_to({"ops": webhook(receiver)})
    await story.save()
    async with running(story.deliverer("first", wait=0.01)):
        async with asyncio.timeout(30):
            while not receiver.got:
                await asyncio.sleep(0.01)
    await settle(story.deliverer("second"))
    assert len(receiver.got) == 1


async def test_what_is_open_when_alerts_are_set_up_is_told_and_what_is_over_is_not(
    story, receiver, webhook, settle
):
    await story.save("i1")
    await story.save("i2", status="acknowledged")
    await story.save("i3")
    await story.save("i3", status="resolved")
    story.tell_to({"ops": webhook(receiver)})
    await settle(story.deliverer())
    assert {got.json["incidents"][0]["id"] for got in receiver.got} == {"i1", "i2"}


async def test_a_flood_is_one_message_with_a_count(story, receiver, webhook, settle):
    story.tell_to({"ops": webhook(receiver, rate=2.0)})
    deliverer = story.deliverer()
    for place in range(60):
        await story.save(f"i{place}", severity="critical" if place == 7 else "warning")
    await settle(deliverer)
    (got,) = receiver.got
    assert got.json["title"] == "[critical] safety: self harm on m — „ü“ and 59 other incidents"
    assert "60 incidents in 60 groups" in got.json["text"]
    assert "47 more incidents" in got.json["text"]
    assert len(got.json["incidents"]) == 20


async def test_of_a_thousand_of_one_kind_all_are_counted(story, receiver, webhook, settle):
    story.tell_to({"ops": webhook(receiver)}, repeat_interval=0.0)
    deliverer = story.deliverer()
    for place in range(600):
        await story.save(f"i{place}", fingerprint="f")
    await settle(deliverer)
    for place in range(600, 610):
        await story.save(f"i{place}", fingerprint="f")
    await settle(deliverer)
    assert [got.json["count"] for got in receiver.got] == [600, 510]


async def test_beyond_its_rate_a_channel_waits_and_then_is_told_at_once(
    story, receiver, webhook, settle
):
    story.tell_to({"ops": webhook(receiver, rate=2.0)})
    deliverer = story.deliverer()
    for place in range(5):
        await story.save(f"i{place}")
        await settle(deliverer)
    assert len(receiver.got) == 2
    story.clock.now += 30.0
    await settle(deliverer)
    assert len(receiver.got) == 3
    assert receiver.got[-1].json["count"] == 3


async def test_the_end_is_told_and_a_repeat_says_that_it_is_still_open(
    story, receiver, webhook, settle
):
    story.tell_to({"ops": webhook(receiver)}, repeat_interval=3_600.0)
    deliverer = story.deliverer()
    await story.save()
    await settle(deliverer)
    story.clock.now += 3_600.0
    await settle(deliverer)
    await story.save(status="resolved")
    await settle(deliverer)
    assert [got.json["status"] for got in receiver.got] == ["firing", "repeated", "resolved"]
    assert receiver.got[1].json["title"].startswith("[warning, still open] ")
    assert receiver.got[2].json["title"].startswith("[resolved] ")
    assert len({got.json["key"] for got in receiver.got}) == 1
    story.clock.now += 100_000.0
    await settle(deliverer)
    assert len(receiver.got) == 3


async def test_what_is_silenced_is_told_when_the_silence_ends_if_it_is_still_open(
    story, receiver, webhook, settle
):
    story.tell_to({"ops": webhook(receiver)})
    now = story.clock.now
    silence = Silence(
        id="s1", created=now, until=now + 600.0, by="ada", reason="a load test", model="m"
    )
    await story.store.put_silence(silence, at=now)
    deliverer = story.deliverer()
    await story.save("i1")
    await story.save("i2")
    await story.save("other", model="other")
    await settle(deliverer)
    assert [got.json["incidents"][0]["id"] for got in receiver.got] == ["other"]
    await story.save("i2", status="resolved")
    story.clock.now += 700.0
    await settle(deliverer)
    assert [got.json["incidents"][0]["id"] for got in receiver.got] == ["other", "i1"]


async def test_a_deleted_incident_is_not_told(story, receiver, webhook, settle):
    story.tell_to({"ops": webhook(receiver)}, group_wait=30.0)
    deliverer = story.deliverer()
    await story.save()
    await settle(deliverer)
    await story.store.delete_incident("i1")
    story.clock.now += 60.0
    await settle(deliverer)
    assert receiver.got == []
    assert msgspec.json.decode((await story.store.load_checkpoint("alerts"))[1])["groups"] == []


async def test_a_message_of_a_channel_that_is_no_more_goes_to_the_dead_letters(
    story, receiver, webhook, settle
):
    receiver.status = 503
    story.tell_to({"ops": webhook(receiver)})
    await story.save()
    first = story.deliverer()
    await settle(first)
    await first._end()
    story.settings = AlertSettings(channels={"other": webhook(receiver)})
    receiver.status = 204
    await settle(story.deliverer())
    (letter,) = await story.store.dead_letters(limit=9)
    assert letter.channel == "ops"


async def test_a_name_that_a_client_chose_calls_nobody_together(story, receiver, webhook, settle):
    story.tell_to({"ops": webhook(receiver)})
    await story.save(title="safety: unsafe on <!channel> @everyone\n\n# [here](http://evil)")
    await settle(story.deliverer())
    told = receiver.got[0].json
    for text in (told["title"], told["text"], told["markdown"]):
        assert not set("<>@") & set(text)
        assert "\n\n#" not in text
    assert "\\[here\\]\\(http://evil\\)" in told["markdown"]


async def test_what_another_version_saved_ends_nothing(story, receiver, webhook, settle):
    lease = await story.store.acquire("alerts", "old", ttl=60.0)
    await story.store.save_checkpoint(lease, position="1-0", state=b'{"groups": 7}')
    await story.store.release(lease)
    story.tell_to({"ops": webhook(receiver)})
    await story.save()
    await settle(story.deliverer())
    assert len(receiver.got) == 1


async def test_a_time_that_cannot_be_is_told_all_the_same(story, receiver, webhook, settle):
    story.tell_to({"ops": webhook(receiver)})
    await story.save(last_seen=1e300)
    await settle(story.deliverer())
    assert len(receiver.got) == 1


async def test_an_error_of_our_own_is_logged_and_ends_neither_worker_nor_alerts(
    story, receiver, webhook, running, caplog
):
    story.tell_to({"ops": webhook(receiver)})
    await story.save()
    silences, failed = story.store.silences, []

    async def once_wrong(**asked):
        if not failed:
            failed.append(asked)
            raise RuntimeError("this is a defect")
        return await silences(**asked)

    story.store.silences = once_wrong
    async with running(story.deliverer(wait=0.01)), asyncio.timeout(30):
        while not receiver.got:
            await asyncio.sleep(0.01)
    assert failed
    assert "this is a defect" in caplog.text
