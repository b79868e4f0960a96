"""Alerts over HTTP: how the channels do, what was given up, and what an Alertmanager sends."""

import asyncio
from contextlib import closing

import pytest
from alert_receivers import AlertmanagerServer
from served_app import served

from monitor.alerts.lines import Line, Outgoing
from monitor.alerts.message import Message
from monitor.alerts.records import delivery_of, letter_of
from monitor.alerts.settings import AlertSettings, ChannelSettings
from monitor.alerts.state import AlertState, encode_state

NOW = 1_764_000_000.5
START = "2025-11-24T15:30:00.000Z"
FIRING = {
    "status": "firing",
    "labels": {"alertname": "GpuThrottled", "severity": "warning", "model_name": "m"},
    "annotations": {"summary": "gpu-3 runs at half its clock"},
    "startsAt": START,
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus/graph",
    "fingerprint": "6f1d7a5b9f0f3a42",
}


def notification(*alerts, **more):
    return {
        "version": "4",
        "groupKey": '{}:{alertname="GpuThrottled"}',
        "status": "firing",
        "receiver": "sidewatch",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "truncatedAlerts": 0,
        "alerts": list(alerts),
    } | more


def outgoing(name="m1"):
    message = Message(
        id=name,
        at=NOW - 60.0,
        status="firing",
        severity="warning",
        title="[warning] something",
        text="x",
        markdown="x",
    )
    return Outgoing(channel="ops", message=message, since=NOW - 60.0, next_at=NOW, tries=3)


async def test_the_tries_and_the_channels_are_listed(make_api, store):
    ops = ChannelSettings(kind="webhook", url="http://user-secret.example/")
    settings = AlertSettings(channels={"ops": ops})
    line = Line(room=1.0, outgoing=outgoing(), failing_since=NOW - 50.0, trouble="answered 503")
    lease = await store.acquire("alerts", "w", ttl=60.0)
    state = encode_state(AlertState([], {"ops": line}))
    await store.save_checkpoint(lease, position="1-0", state=state)
    for place in range(3):
        await store.put_delivery(delivery_of(outgoing(f"m{place}"), "failed", at=NOW + place))
    async with make_api.client(alerts=settings) as client:
        answer = await client.get("/api/v1/alerts?limit=2")
    told = answer.json()
    assert [each["message"] for each in told["items"]] == ["m2", "m1"]
    assert told["channels"] == [
        {
            "name": "ops",
            "kind": "webhook",
            "failing_since": NOW - 50.0,
            "trouble": "answered 503",
            "delivered": None,
            "sending": "[warning] something",
            "waiting": 0,
        }
    ]
    assert "user-secret" not in answer.text


async def test_a_dead_letter_is_read_asked_for_again_and_thrown_away(client, store):
    letter = letter_of(outgoing(), at=NOW)
    await store.put_dead_letter(letter)
    (listed,) = (await client.get("/api/v1/alerts/dead")).json()["items"]
    assert (listed["id"], listed["message"]["title"]) == (letter.id, "[warning] something")
    asked = await client.post(f"/api/v1/alerts/dead/{letter.id}/retry")
    assert (asked.status_code, asked.json()) == (202, {"id": letter.id})
    assert await store.asked_again() == [letter]
    assert (await client.delete(f"/api/v1/alerts/dead/{letter.id}")).status_code == 204
    assert (await client.delete(f"/api/v1/alerts/dead/{letter.id}")).status_code == 404
    assert (await client.post("/api/v1/alerts/dead/nobody/retry")).status_code == 404
    assert [e.action for e in await store.audit(limit=9)] == ["alert.drop", "alert.retry"]


async def test_an_alert_of_an_alertmanager_is_one_marker_however_often_it_is_sent(client, store):
    for _ in range(2):
        answer = await client.post("/api/v1/alerts/alertmanager", json=notification(FIRING))
        assert answer.json() == {"taken": 1, "ignored": 0}
    (marker,) = await store.markers(since=0.0, until=1e11, limit=9)
    assert (marker.kind, marker.at, marker.model) == ("alert", 1_763_998_200.0, "m")
    assert marker.text == "GpuThrottled (warning): gpu-3 runs at half its clock"
    over = FIRING | {"status": "resolved", "endsAt": "2025-11-24T15:45:00Z"}
    await client.post("/api/v1/alerts/alertmanager", json=notification(over, status="resolved"))
    (marker,) = await store.markers(since=0.0, until=1e11, limit=9)
    assert marker.text.endswith("half its clock, over since 2025-11-24 15:45 UTC")


async def test_our_own_alerts_do_not_come_back_as_what_happened_before(client, store):
    ours = FIRING | {"labels": {"alertname": "SidewatchIncident", "incident": "i1"}}
    answer = await client.post("/api/v1/alerts/alertmanager", json=notification(ours, FIRING))
    assert answer.json() == {"taken": 1, "ignored": 1}


async def test_a_real_alertmanager_tells_us_of_an_alert_and_of_its_end(make_api, store, tmp_path):
    alert = {
        "labels": {"alertname": "GpuThrottled", "model_name": "m"},
        "annotations": {"summary": "gpu-3 runs at half its clock"},
        "startsAt": START,
    }
    over = alert | {"endsAt": "2025-11-24T15:45:00Z"}
    async with served(make_api.app()) as client:
        url = f"{client.base_url}/api/v1/alerts/alertmanager"
        with closing(AlertmanagerServer(tmp_path, webhook=url)) as server:
            server.tell(alert)
            text = await marked(store, "clock")
            assert text == "GpuThrottled: gpu-3 runs at half its clock"
            server.tell(over)
            assert (await marked(store, "over")).endswith(", over since 2025-11-24 15:45 UTC")


async def marked(store, word):
    """The text of the only marker, once a word is in it."""
    async with asyncio.timeout(30):
        while True:
            found = await store.markers(since=0.0, until=1e11, limit=9)
            if found and word in found[0].text:
                (marker,) = found
                return marker.text
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "wrong",
    [
        notification(FIRING, version="3"),
        notification(FIRING | {"startsAt": 1_764_000_000}),
        notification(FIRING | {"startsAt": "1764000000"}),
        notification(FIRING | {"startsAt": "yesterday"}),
        notification(FIRING | {"startsAt": "2025-11-24T15:30:00"}),
        notification(FIRING | {"labels": {"a": 1}}),
        notification(*([FIRING] * 1_001)),
        {"alerts": []},
    ],
)
async def test_what_is_no_notification_is_refused(client, store, wrong):
    answer = await client.post("/api/v1/alerts/alertmanager", json=wrong)
    assert answer.status_code == 422
    assert await store.markers(since=0.0, until=1e11, limit=9) == []


async def test_an_alert_with_impossible_times_is_placed_now(client, store):
    odd = FIRING | {
        "status": "resolved",
        "startsAt": "0001-01-01T00:00:00Z",
        "endsAt": "0001-01-01T00:00:00+12:00",
        "labels": {},
        "fingerprint": "",
    }
    assert (
        await client.post("/api/v1/alerts/alertmanager", json=notification(odd))
    ).status_code == 200
    (marker,) = await store.markers(since=0.0, until=1e11, limit=9)
    assert marker.at == NOW
