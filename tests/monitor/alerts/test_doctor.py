"""What `sidewatch doctor` says of alerts."""

import pytest

from monitor.alerts.composing import trial
from monitor.alerts.lines import Line, Outgoing
from monitor.alerts.records import letter_of
from monitor.alerts.settings import AlertSettings, ChannelSettings
from monitor.alerts.state import AlertState, encode_state
from monitor.doctor.alerts import look
from monitor.settings import Settings, StoreSettings
from monitor.store.redis import RedisStore

NOW = 1_764_000_000.0


@pytest.fixture
def url(empty_server):
    return empty_server("valkey")


def told(checks):
    return {check.name: (check.verdict, check.found) for check in checks}


async def test_without_a_channel_nobody_is_told():
    (check,) = await look(Settings())
    assert (check.verdict, "nobody is told" in check.found) == ("absent", True)


async def test_each_channel_and_what_was_given_up_is_looked_at(url, free_port):
    hook = f"http://127.0.0.1:{free_port}/"
    channels = {
        name: ChannelSettings(kind="webhook", url=hook) for name in ("good", "new", "failing")
    }
    channels["secretless"] = ChannelSettings(kind="webhook", url="env:NO_SUCH_VARIABLE")
    store = RedisStore(url)
    lines = {
        "good": Line(room=1.0, delivered=NOW),
        "failing": Line(room=1.0, failing_since=NOW, trouble="answered 503"),
    }
    lease = await store.acquire("alerts", "w", ttl=60.0)
    state = encode_state(AlertState([], lines))
    await store.save_checkpoint(lease, position="1-0", state=state)
    message = trial("good", message_id="m1", at=NOW)
    outgoing = Outgoing(channel="good", message=message, since=NOW, next_at=NOW)
    await store.put_dead_letter(letter_of(outgoing, at=NOW))
    await store.close()
    settings = Settings(alerts=AlertSettings(channels=channels), store=StoreSettings(url=url))
    found = told(await look(settings))
    assert {name: verdict for name, (verdict, _) in found.items()} == {
        "alerts good": "good",
        "alerts new": "good",
        "alerts failing": "bad",
        "alerts secretless": "bad",
        "alerts": "warning",
    }
    assert found["alerts failing"][1] == "takes no message: answered 503"
    assert "NO_SUCH_VARIABLE" in found["alerts secretless"][1]
