import pytest
from incidents import make_incident

from monitor.silences.silence import Silence, silenced

INCIDENT = make_incident(route="/v1/chat/completions", tenant="acme")
OWN = {
    "detector": "safety",
    "kind": "self_harm",
    "model": "m",
    "route": "/v1/chat/completions",
    "tenant": "acme",
    "severity": "warning",
}


def silence(name="s", **matchers):
    return Silence(id=name, created=10.0, until=20.0, by="ada", reason="load test", **matchers)


@pytest.mark.parametrize("field", OWN)
def test_every_matcher_asks_for_its_field(field):
    assert silenced(INCIDENT, [silence(**{field: OWN[field]})], 15.0) == ["s"]
    assert silenced(INCIDENT, [silence(**{field: "other"})], 15.0) == []


def test_all_matchers_must_match():
    assert silenced(INCIDENT, [silence(**OWN)], 15.0) == ["s"]
    assert silenced(INCIDENT, [silence(**(OWN | {"model": "other"}))], 15.0) == []


def test_a_silence_has_a_start_and_an_end():
    asked = [silence(model="m")]
    assert [bool(silenced(INCIDENT, asked, at)) for at in (9.9, 10.0, 19.9, 20.0)] == [
        False,
        True,
        True,
        False,
    ]


def test_every_silence_that_counts_is_named():
    asked = [silence("a", model="m"), silence("b", model="n"), silence("c", tenant="acme")]
    assert silenced(INCIDENT, asked, 15.0) == ["a", "c"]
