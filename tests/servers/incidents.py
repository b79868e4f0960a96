"""Incidents to put into a store."""

from monitor.incidents.incident import Incident


def make_incident(name="i1", *, seen=1_000.0, **fields):
    """An open safety incident that was seen at 1000 s, unless said otherwise."""
    values = {
        "id": name,
        "fingerprint": "f",
        "detector": "safety",
        "kind": "self_harm",
        "rule": "safety_prompt",
        "severity": "warning",
        "title": "safety: self harm on m — „ü“ \x00",
        "model": "m",
        "first_seen": seen,
        "last_seen": seen,
        "score": 0.93,
        "threshold": 0.5,
    }
    return Incident(**(values | fields))
