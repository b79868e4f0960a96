"""Channels before the real thing: an SMTP server, an Alertmanager; and what cannot be a channel."""

import email
import time
from contextlib import closing
from email.policy import default

import pytest
from alert_receivers import AlertmanagerServer

from monitor.alerts.channels.opening import open_channel
from monitor.alerts.composing import trial
from monitor.alerts.errors import AlertError, DeliveryError
from monitor.alerts.secrets import revealed
from monitor.alerts.settings import ChannelSettings
from monitor.alerts.signing import key_of

# apprise looks for it on the Pythons that have it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOW = 1_764_000_000.0


def apprise_channel(url, **more):
    return ChannelSettings(kind="apprise", url=url, **more)


async def test_a_mail_has_the_message_as_text_and_as_page(story, mail, settle):
    story.tell_to({"mail": apprise_channel(mail.url)})
    await story.save(severity="critical", tenant="acme")
    await settle(story.deliverer())
    (got,) = mail.mails
    told = email.message_from_bytes(got, policy=default)
    assert told["subject"] == "[critical] safety: self harm on m — „ü“"
    assert told["to"].addresses[0].addr_spec == "oncall@example.com"
    page = told.get_body(("html",)).get_content()
    assert "<strong>critical: safety: self harm on m — „ü“</strong>" in page
    assert "tenant acme" in page


async def test_a_mail_that_is_not_taken_is_sent_later(story, mail, settle):
    mail.refusing = True
    story.tell_to({"mail": apprise_channel(mail.url)}, failing_after=1e6)
    deliverer = story.deliverer()
    await story.save()
    await settle(deliverer)
    (tried,) = await story.store.deliveries(limit=9)
    assert tried.outcome == "failed"
    assert tried.error
    mail.refusing = False
    story.clock.now += 60.0
    await settle(deliverer)
    assert len(mail.mails) == 1


async def test_an_alertmanager_has_the_incident_while_it_is_open_and_not_after(
    story, alertmanager, settle
):
    story.clock.now = time.time() - 200.0
    story.tell_to({"am": ChannelSettings(kind="alertmanager", url=alertmanager.url)})
    deliverer = story.deliverer()
    await story.save(severity="warning", tenant="acme", route="/v1/chat/completions")
    await settle(deliverer)
    (alert,) = alertmanager.alerts()
    assert alert["labels"] == {
        "alertname": "SidewatchIncident",
        "severity": "warning",
        "detector": "safety",
        "kind": "self_harm",
        "model": "m",
        "route": "/v1/chat/completions",
        "tenant": "acme",
        "incident": "i1",
    }
    assert alert["annotations"]["summary"] == "safety: self harm on m — „ü“"
    first = alert["endsAt"]
    story.clock.now += 60.0
    await settle(deliverer)
    (alert,) = alertmanager.alerts()
    assert alert["endsAt"] > first
    await story.save(severity="critical")
    story.clock.now += 10.0
    await settle(deliverer)
    assert {each["labels"]["severity"] for each in alertmanager.alerts()} == {"critical"}
    await story.save(status="resolved", ended_at=time.time() - 1.0)
    story.clock.now += 10.0
    await settle(deliverer)
    assert alertmanager.alerts() == []
    assert {each.outcome for each in await story.store.deliveries(limit=99)} == {"delivered"}


async def test_an_alertmanager_that_was_away_is_told_what_is_open_then(
    story, tmp_path, settle, free_port
):
    story.clock.now = time.time() - 130.0
    away = ChannelSettings(kind="alertmanager", url=f"http://127.0.0.1:{free_port}")
    story.tell_to({"am": away}, failing_after=1e6)
    deliverer = story.deliverer()
    await story.save("i1")
    await settle(deliverer)
    await story.save("i2")
    with closing(AlertmanagerServer(tmp_path, port=free_port)) as server:
        for _ in range(2):
            story.clock.now += 60.0
            await settle(deliverer)
        assert {each["labels"]["incident"] for each in server.alerts()} == {"i1", "i2"}


def test_a_test_reaches_each_kind_of_channel(mail, receiver, alertmanager):
    now = time.time()
    for settings in (
        apprise_channel(mail.url),
        ChannelSettings(kind="webhook", url=receiver.url),
        ChannelSettings(kind="alertmanager", url=alertmanager.url),
    ):
        channel = open_channel("x", settings)
        channel.send(trial("x", message_id="m1", at=now), now=now)
    assert b"This is a test of the channel x" in mail.mails[0]
    assert receiver.got[0].json["status"] == "test"
    assert [each["labels"]["alertname"] for each in alertmanager.alerts()] == ["SidewatchTest"]


def test_pagerduty_is_told_which_of_its_incidents_a_message_is_about():
    url = f"pagerduty://{'a' * 32}@{'b' * 20}/host/component"
    channel = open_channel("pager", apprise_channel(url))
    (service,) = channel._opened("some group")
    again, other = (channel._opened(key)[0] for key in ("some group", "other group"))
    assert (service.action, service.dedup) == ("map", again.dedup)
    assert service.dedup != other.dedup
    own = open_channel("pager", apprise_channel(f"{url}?action=trigger&dedup=own"))
    assert (own._opened("x")[0].action, own._opened("x")[0].dedup) == ("trigger", "own")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (ChannelSettings(kind="webhook", url="env:NO_SUCH_VARIABLE"), "nothing is in env:NO_SUCH"),
        (ChannelSettings(kind="webhook", url="file:/no/such"), "/no/such cannot be read"),
        (ChannelSettings(kind="webhook", url="ftp://secret@h/"), "no http:// or https:// URL"),
        (ChannelSettings(kind="webhook", url="http://[secret"), "no http:// or https:// URL"),
        (ChannelSettings(kind="webhook", url="http://a:secret@h/"), "give user and password as"),
        (ChannelSettings(kind="alertmanager", url="secret"), "no http:// or https:// URL"),
        (ChannelSettings(kind="apprise", url="secret://x"), "apprise does not know this URL"),
    ],
)
def test_what_cannot_be_a_channel_is_refused_without_its_secret(settings, told):
    with pytest.raises(AlertError, match=told) as caught:
        open_channel("ops", settings)
    assert str(caught.value).startswith("alerts.channels.ops.url: ")
    assert "secret@" not in str(caught.value)
    assert "secret://" not in str(caught.value)


def test_a_secret_is_not_shown_by_its_channel(tmp_path):
    path = tmp_path / "s"
    path.write_text("very-secret")
    channel = open_channel(
        "ops", ChannelSettings(kind="webhook", url="http://h/", secret=f"file:{path}")
    )
    assert "very-secret" not in repr(channel)


def test_nobody_who_listens_is_said_without_the_url(free_port):
    channel = open_channel(
        "ops", ChannelSettings(kind="webhook", url=f"http://127.0.0.1:{free_port}/t0k")
    )
    with pytest.raises(DeliveryError) as caught:
        channel.send(trial("ops", message_id="m", at=NOW), now=NOW)
    assert "refused" in str(caught.value)
    assert not caught.value.final
    assert "t0k" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "json://user:h1dden@127.0.0.1:{port}/h1dden",
        "mailto://user:h1dden@127.0.0.1:{port}?from=a@example.com&to=b@example.com",
        "mmost://127.0.0.1:{port}/h1dden",
    ],
)
def test_a_service_that_is_away_says_so_without_its_secret(free_port, url):
    channel = open_channel("ops", apprise_channel(url.format(port=free_port)))
    with pytest.raises(DeliveryError) as caught:
        channel.send(trial("ops", message_id="m", at=NOW), now=NOW)
    assert str(caught.value)
    assert "h1dden" not in str(caught.value)


def test_a_secret_is_read_without_the_space_around_it():
    environ = {"A": " x \n", "B": "  "}
    assert revealed("env:A", where="k", environ=environ) == "x"
    assert revealed("plain", where="k") == "plain"
    with pytest.raises(AlertError, match="k: nothing is in env:B"):
        revealed("env:B", where="k", environ=environ)


def test_a_secret_may_be_base64_behind_its_mark():
    assert key_of("whsec_YWJj") == b"abc"
    assert key_of("abc") == b"abc"
    with pytest.raises(AlertError):
        key_of("whsec_!")


def test_what_a_refusal_says_is_kept_and_cut(receiver):
    receiver.status, receiver.says = 400, b"no such\nproject " + b"x" * 9_000
    channel = open_channel("ops", ChannelSettings(kind="webhook", url=receiver.url))
    with pytest.raises(DeliveryError, match="answered 400: no such project xxx") as caught:
        channel.send(trial("ops", message_id="m", at=NOW), now=NOW)
    assert caught.value.final
    assert len(str(caught.value)) < 300
