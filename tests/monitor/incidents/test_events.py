from dataclasses import replace

import pytest
from incidents import make_incident

from monitor.incidents.events import EventIdError, Signature, events_between, position

ADA = Signature("ada", 7.0, "why")
ITSELF = Signature("", 7.0)


def kinds(before, after, signature=ADA):
    return [event.kind for event in events_between(before, after, signature)]


def test_an_incident_without_a_past_was_opened():
    [event] = events_between(None, make_incident(), ITSELF)
    assert (event.kind, event.at, event.by, event.incident) == ("opened", 7.0, "", make_incident())


@pytest.mark.parametrize(
    ("changed", "kind", "details"),
    [
        ({"status": "acknowledged"}, "acknowledged", {"before": "open"}),
        ({"status": "resolved"}, "resolved", {"before": "open"}),
        ({"owner": "ada"}, "assigned", {"before": "", "after": "ada"}),
        ({"severity": "critical"}, "severity", {"before": "warning", "after": "critical"}),
        ({"count": 10}, "grew", {"before": "9", "after": "10"}),
        ({"count": 1_000}, "grew", {"before": "9", "after": "1000"}),
    ],
)
def test_each_change_is_told_with_what_was_before(changed, kind, details):
    before = make_incident(count=9)
    [event] = events_between(before, replace(before, **changed), ADA)
    assert (event.kind, event.details, event.note) == (kind, details, "why")


def test_what_ends_without_a_person_recovered():
    after = make_incident(status="resolved")
    assert kinds(make_incident(), after, ITSELF) == ["recovered"]


def test_what_is_open_again_was_reopened():
    assert kinds(make_incident(status="resolved"), make_incident()) == ["reopened"]


def test_counting_on_within_a_power_of_ten_is_no_event():
    assert kinds(make_incident(count=10), make_incident(count=99), ITSELF) == []


def test_a_note_that_came_alone_is_an_event_and_otherwise_goes_with_the_first():
    assert kinds(make_incident(), make_incident()) == ["noted"]
    after = make_incident(status="acknowledged", owner="ada")
    first, second = events_between(make_incident(), after, ADA)
    assert (first.kind, first.note) == ("acknowledged", "why")
    assert (second.kind, second.note) == ("assigned", "")


def test_what_the_difference_does_not_tell_may_be_given():
    [event] = events_between(
        make_incident(), make_incident(), ADA, {"labelled": {"verdict": "true_positive"}}
    )
    assert (event.kind, event.details) == ("labelled", {"verdict": "true_positive"})
    assert event.note == "why"


def test_ids_are_ordered_as_numbers():
    ids = ["10-2", "9-1", "10-10", ""]
    assert sorted(ids, key=position) == ["", "9-1", "10-2", "10-10"]


def test_what_is_no_id_is_refused():
    with pytest.raises(EventIdError, match="'soon' is not the id of an event"):
        position("soon")
