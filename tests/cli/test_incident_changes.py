"""What people do to incidents from the command line, on the embedded store."""

import json

import pytest
from incidents import make_incident
from typer.testing import CliRunner

from monitor.cli.incident_changes import UnknownIncidentError
from monitor.cli.incidents import app
from monitor.cli.where import Where
from monitor.incidents.bundle import Bundle, SimilarViolation
from monitor.incidents.incident import TransitionError
from monitor.incidents.links import LinkError
from monitor.markers.marker import Marker


@pytest.fixture
def run(tmp_path_factory, monkeypatch):
    """Runs a command on a store that has one incident; what it did."""
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", str(tmp_path_factory.mktemp("s")))
    Where().use(lambda s: s.save_incident(make_incident(), expected_version=0))
    return lambda *arguments: CliRunner().invoke(app, [*arguments])


def told(run):
    moments = json.loads(run("timeline", "i1", "--json").stdout)
    return [(each["what"], each["by"], each["note"]) for each in moments]


def test_the_life_of_an_incident(run):
    ada = ("--by", "ada")
    for command in (
        ("ack", "i1", "--owner", "ada", "--note", "Looking."),
        ("assign", "i1", "bob"),
        ("note", "i1", "It is the template."),
        ("link", "i1", "https://tickets.example/1"),
        ("resolve", "i1"),
        ("reopen", "i1"),
    ):
        done = run(*command, *ada)
        assert done.exit_code == 0, (command, done.output)
    assert told(run) == [
        ("first seen", "", ""),
        ("acknowledged", "ada", "Looking."),
        ("given to ada", "ada", ""),
        ("given to bob", "ada", ""),
        ("noted", "ada", "It is the template."),
        ("linked: https://tickets.example/1", "ada", ""),
        ("resolved", "ada", ""),
        ("open again", "ada", ""),
    ]
    assert "It is the template." in run("timeline", "i1").stdout
    assert "https://tickets.example/1" in run("show", "i1").stdout


def test_a_link_is_taken_away_again(run):
    run("link", "i1", "https://a.example", "https://b.example")
    assert run("link", "i1", "https://a.example", "--remove").stdout.split() == [
        "https://b.example"
    ]


@pytest.mark.parametrize(
    ("command", "error", "words"),
    [
        (("note", "other", "x"), UnknownIncidentError, "sidewatch incidents list"),
        (("timeline", "other"), UnknownIncidentError, "no incident 'other'"),
        (("reopen", "i1"), TransitionError, "is open already"),
        (("link", "i1", "javascript:alert(1)"), LinkError, "no http or https address"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(run, command, error, words):
    refused = run(*command).exception
    assert isinstance(refused, error)
    assert words in str(refused)
    assert told(run) == [("first seen", "", "")]


def test_an_incident_is_shown_with_what_was_done_just_before_and_about_the_like(run):
    like = make_incident("like", status="resolved", note="Rolled back.")
    marker = Marker(id="a", at=990.0, kind="deployment", text="vLLM 0.12", by="ci")
    similar = SimilarViolation(
        incident_id="like", similarity=0.9, title="the like", status="open", last_seen=1.0
    )
    bundle = Bundle(
        incident_id="i1",
        created=1.0,
        severity="warning",
        severity_reason="",
        category="",
        summary="what happened",
        similar_violations=[similar],
    )

    async def fill(store):
        await store.save_incident(like, expected_version=0)
        await store.put_marker(marker)
        await store.put_bundle(bundle)

    Where().use(fill)
    shown = run("show", "i1", "--json")
    told = json.loads(shown.stdout)["bundle"]
    assert [each["what"] for each in told["changed_before"]] == ["vLLM 0.12"]
    assert [each["outcome"] for each in told["similar_violations"]] == ["resolved"]
    page = run("show", "i1").stdout
    assert "changed before" in page
    assert "similar violations" in page
