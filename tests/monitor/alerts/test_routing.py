"""Which route takes an incident, and which settings cannot be."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incidents import make_incident

from monitor.alerts.backoff import LONGEST, pause
from monitor.alerts.routing import group_key, taking
from monitor.alerts.settings import AlertSettings, ChannelSettings, RouteSettings, all_routes
from monitor.alerts.wording import marked, plain
from monitor.settings import SettingsError, load

OPS = ChannelSettings(kind="webhook", url="http://127.0.0.1/")


def taken(*routes, **incident):
    return [route.name for route in taking(routes, make_incident(**incident))]


def route(name="r", **more):
    return RouteSettings(name=name, channels=["ops"], **more)


@pytest.mark.parametrize(
    ("named", "incident", "takes"),
    [
        ({}, {}, True),
        ({"severity": "warning"}, {"severity": "warning"}, True),
        ({"severity": "critical"}, {"severity": "warning"}, False),
        ({"detectors": ["safety", "drift"]}, {"detector": "safety"}, True),
        ({"detectors": ["drift"]}, {"detector": "safety"}, False),
        ({"kinds": ["slower_*"]}, {"kind": "slower_ttft"}, True),
        ({"kinds": ["slower_*"]}, {"kind": "ttft"}, False),
        ({"models": ["chat-?"]}, {"model": "chat-1"}, True),
        ({"models": ["chat-?"]}, {"model": "Chat-1"}, False),
        ({"routes": ["/v1/*"]}, {"route": "/v1/chat/completions"}, True),
        ({"tenants": ["acme"]}, {"tenant": "acme"}, True),
        ({"tenants": ["acme"]}, {"tenant": ""}, False),
        ({"tenants": ["acme"], "models": ["x"]}, {"tenant": "acme"}, False),
    ],
)
def test_a_route_takes_what_it_names(named, incident, takes):
    assert bool(taken(route(**named), **incident)) is takes


def test_the_first_route_that_takes_an_incident_keeps_it_unless_it_says_so():
    rest = [route("b"), route("c")]
    assert taken(route("a"), *rest) == ["a"]
    assert taken(route("a", stop=False), *rest) == ["a", "b"]
    assert taken(route("a", models=["other"]), *rest) == ["b"]


def test_without_routes_every_channel_hears_of_warnings():
    settings = AlertSettings(channels={"ops": OPS, "pager": OPS})
    (only,) = all_routes(settings)
    assert (only.channels, only.severity) == (["ops", "pager"], "warning")


def test_incidents_are_grouped_by_what_the_route_says():
    incident = make_incident(story="s", tenant="acme")
    assert group_key(route(), incident) == "s"
    assert group_key(route(group_by=["detector", "tenant"]), incident) == "safety\x1facme"
    assert group_key(route(group_by=[]), incident) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[alerts.channels.x]\nurl = 'u'", "kind"),
        ("[alerts.channels.x]\nkind = 'pigeon'\nurl = 'u'", "pigeon"),
        ("[alerts.channels.x]\nkind = 'webhook'\nurl = 'u'\nsecrt = 'x'", "channels.x.secrt"),
        (
            "[alerts.channels.x]\nkind = 'webhook'\nurl = 'u'\nsecret = 'plain'",
            "alerts.channels.x.secret: write env:NAME or file:PATH",
        ),
        (
            "[alerts.channels.x]\nkind = 'apprise'\nurl = 'u'\nsecret = 'env:A'",
            "only a webhook is signed",
        ),
        ("[[alerts.routes]]\nchannels = ['x']", "sends to 'x'; channels are: none"),
        ("[[alerts.routes]]\nchanels = ['x']", "unknown key 'alerts.routes.1.chanels'"),
        ("[[alerts.routes]]\nchannels = []\ndetectors = ['luck']", "luck"),
        (
            "[[alerts.routes]]\nname = 'a'\nchannels = []\n[[alerts.routes]]\nname = 'a'\nchannels = []",
            "two are called 'a'",
        ),
    ],
)
def test_wrong_settings_are_refused_with_the_place_and_without_the_secret(tmp_path, text, told):
    path = tmp_path / "sidewatch.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=f".*{told.replace('[', '.')}") as caught:
        load(str(path), environ={})
    assert "plain" not in str(caught.value)


def test_channels_may_come_from_the_environment():
    environ = {"SIDEWATCH_ALERTS_CHANNELS": '{"x": {"kind": "webhook", "url": "env:U"}}'}
    assert load(environ=environ).alerts.channels["x"].url == "env:U"


def test_a_pause_grows_to_five_minutes_and_is_never_twice_the_same():
    chance = random.Random(1)
    for tries, longest in ((1, 2.0), (2, 4.0), (5, 32.0), (9, LONGEST), (9_999, LONGEST)):
        pauses = [pause(tries, chance=chance) for _ in range(200)]
        assert longest / 2 <= min(pauses) < max(pauses) <= longest
        assert len(set(pauses)) > 100


@given(st.text())
def test_no_text_begins_a_line_a_mention_or_a_mark_of_its_own(text):
    line = plain(text)
    assert len(line) <= 300
    assert not any(ord(letter) < 32 for letter in line)
    assert not set("<>@\n\r\t\u202e") & set(line)
    bare = unescaped(marked(line))
    assert not set("*_`[]()#|~") & set(bare)


def unescaped(text):
    """A text without its escaped letters."""
    kept, escaped = [], False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        else:
            kept.append(letter)
    return "".join(kept)
