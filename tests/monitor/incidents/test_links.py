import pytest
from incidents import make_incident

from monitor.incidents.links import MOST, LinkError, checked, linked, unlinked, with_links

TICKET, BOARD = "https://tickets.example/1?a=b#c", "http://board.example:3000/d/x"


def test_links_are_kept_once_in_the_order_they_came():
    incident = linked(make_incident(), [TICKET, BOARD, TICKET], at=2_000.0)
    assert (incident.links, incident.updated) == ([TICKET, BOARD], 2_000.0)
    assert linked(incident, [TICKET], at=1.0).links == [TICKET, BOARD]
    assert unlinked(incident, [TICKET, "https://other.example"], at=1.0).links == [BOARD]
    assert with_links(incident, [BOARD], at=1.0).links == [BOARD]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "ticket 1",
        "javascript:alert(1)",
        "ftp://example.org/x",
        "//example.org/x",
        "https:///x",
        "https://exa mple.org",
        "https://example.org/\nx",
        "https://[::1",
        "https://ada:secret@example.org/",
        "https://example.org/" + "x" * 2_000,
    ],
)
def test_what_is_no_safe_address_is_refused(wrong):
    with pytest.raises(LinkError):
        checked(wrong)


def test_an_incident_has_a_bounded_number_of_links():
    many = [f"https://example.org/{number}" for number in range(MOST + 1)]
    assert len(with_links(make_incident(), many[:-1], at=1.0).links) == MOST
    with pytest.raises(LinkError, match="at most 20"):
        with_links(make_incident(), many, at=1.0)
