"""Examples of answers about alerts, for the reference."""

from __future__ import annotations

_INCIDENT = "01JD8Q7F0K3V5N9A1C7E2G4H6J"
_TITLE = "[critical] latency: slower ttft on smollm2"
_ERROR = "answered 503"
_MESSAGE = "5f2c1d0e9b8a7c6d5e4f3a2b"

ALERTS = {
    "channels": [
        {
            "name": "ops",
            "kind": "webhook",
            "failing_since": 1764000060.2,
            "trouble": _ERROR,
            "delivered": 1763996400.0,
            "sending": _TITLE,
            "waiting": 2,
        }
    ],
    "items": [
        {
            "id": f"{_MESSAGE}.ops.1",
            "message": _MESSAGE,
            "at": 1764000060.2,
            "channel": "ops",
            "route": "route-1",
            "status": "firing",
            "severity": "critical",
            "title": _TITLE,
            "outcome": "failed",
            "tries": 1,
            "count": 1,
            "incidents": [_INCIDENT],
            "error": _ERROR,
        }
    ],
}
DEAD_LETTERS = {
    "items": [
        {
            "id": f"{_MESSAGE}.ops",
            "at": 1764021660.0,
            "channel": "ops",
            "tries": 78,
            "error": _ERROR,
            "message": {
                "id": _MESSAGE,
                "at": 1764000060.0,
                "status": "firing",
                "severity": "critical",
                "title": _TITLE,
                "text": "critical: latency: slower ttft on smollm2",
                "markdown": "**critical: latency: slower ttft on smollm2**",
                "route": "route-1",
                "key": "0c1d2e3f4a5b6c7d",
                "count": 1,
                "groups": 1,
                "incidents": [
                    {
                        "id": _INCIDENT,
                        "title": "latency: slower ttft on smollm2",
                        "severity": "critical",
                        "status": "open",
                        "detector": "latency",
                        "kind": "slower_ttft",
                        "model": "smollm2",
                        "route": "",
                        "tenant": "",
                        "since": 1763999880.0,
                        "first_seen": 1764000000.0,
                        "last_seen": 1764000050.0,
                        "count": 12,
                        "owner": "",
                        "story": "",
                        "reason": "",
                        "share": 0.4,
                        "tenants": 3,
                        "users": 21,
                        "link": f"https://sidewatch.example.com/api/v1/incidents/{_INCIDENT}",
                        "why": ["more_queue 2.1 (expected 0)"],
                        "first": "See whether it is queue or prefill",
                        "was": "",
                        "ended": None,
                    }
                ],
            },
        }
    ]
}
ASKED = {"id": f"{_MESSAGE}.ops"}
TAKEN = {"taken": 1, "ignored": 0}
