"""Examples of answers that take more than a line, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

import msgspec

from api.schemas.examples import INCIDENT
from monitor.policy import Policy

FOUND: dict[str, Any] = {
    "items": [INCIDENT],
    "cursor": "-last_seen~1764000180.5~01JD8Q7F0K3V5N9A1C7E2G4H6J",
    "similarity": {},
}

_SIMILAR: dict[str, Any] = {
    "incident_id": "01JD8Q7F0K3V5N9A1C7E2G4H6K",
    "similarity": 0.8731,
    "title": "safety: self harm on m",
    "status": "resolved",
    "last_seen": 1763900000.0,
    "note": "A nurse asked for a dose.",
    "verdict": "false_positive",
}

SIMILAR: dict[str, Any] = {"items": [_SIMILAR]}

_EXCHANGE: dict[str, Any] = {
    "id": "01JD8Q6Z3M5W8R2T4Y6V0X1C2B",
    "ts": 1764000000.25,
    "model": "m",
    "route": "/v1/chat/completions",
    "request": {"messages": [{"role": "user", "content": "I am [email], and I …"}]},
    "response": {"text": "You are not alone.", "finish_reason": "stop", "status": 200},
    "usage": {"input_tokens": 12, "output_tokens": 5},
    "timing": {"ttft": 0.21, "duration": 1.9},
}

RECORD: dict[str, Any] = {
    "exchange": _EXCHANGE,
    "scores": {"prompt": {"unsafe": 0.94, "self_harm": 0.93}},
    "redacted": ["pii.email"],
    "policy": "3f2a9c41d07e",
}

RECORDS: dict[str, Any] = {"items": [RECORD]}

BUNDLE: dict[str, Any] = {
    "incident_id": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
    "created": 1764000001.0,
    "severity": "warning",
    "severity_reason": "one detection over its threshold",
    "category": "self_harm",
    "summary": "A prompt asks for self harm.",
    "contributing_factors": [
        {"name": "self_harm", "value": 0.93, "reference": 0.5, "weight": 1.0, "unit": "probability"}
    ],
    "exchange": _EXCHANGE,
    "scores": {"prompt": {"unsafe": 0.94, "self_harm": 0.93}},
    "similar_violations": [_SIMILAR],
    "recommended_actions": [
        {
            "what": "Read the exchange",
            "why": "One prompt may be a quotation.",
            "how": "sidewatch incidents show 01JD8Q7F0K3V5N9A1C7E2G4H6J",
            "risk": "None.",
        }
    ],
    "redacted": ["pii.email"],
    "versions": {"sidewatch": "0.1.0", "policy": "3f2a9c41d07e", "baseline": "chat@3"},
}

POLICY: dict[str, Any] = {
    "version": "3f2a9c41d07e",
    "policy": msgspec.json.decode(msgspec.json.encode(Policy())),
}

SCORED: dict[str, Any] = {
    "id": "01JD8Q6Z3M5W8R2T4Y6V0X1C2B",
    "prompt": {"unsafe": 0.02, "flagged": False, "categories": {"self_harm": 0.01}},
    "response": {"unsafe": 0.01, "flagged": False, "categories": {"self_harm": 0.0}},
}

CONTENTS: list[Any] = [
    [
        {
            "start": 9,
            "end": 24,
            "text": "ada@example.org",
            "detection": "email",
            "detection_type": "pii",
            "score": 0.99,
        }
    ]
]

STATS: dict[str, Any] = {
    "at": 1764000200.0,
    "counts": {"scored": 120_412, "watched": 120_400},
    "backlog": {"exchanges": 3, "pending": 1, "observations": 12, "dead": 0},
    "incidents": {
        "total": 3,
        "by_severity": {"critical": 1, "warning": 2},
        "by_detector": {"safety": 2, "latency": 1},
        "by_status": {"open": 2, "acknowledged": 1},
    },
    "versions": {"sidewatch": "0.1.0", "policy": "3f2a9c41d07e"},
}

REPORT: dict[str, Any] = {"columns": [{"name": "prompt_language", "moved": True, "psi": 1.12}]}

HEALTH = {"status": "ok"}
