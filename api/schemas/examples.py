"""Parts of the OpenAPI document that no type can say."""

from __future__ import annotations

from typing import Any

from api.problems import MEDIA_TYPE

_TEXT = {"type": "string"}
_EXCHANGE: dict[str, Any] = {
    "type": "object",
    "description": "`request`, or `prompt` or `response` of the short form, is required.",
    "properties": {
        "id": _TEXT,
        "ts": {"type": "number", "description": "Seconds since the epoch."},
        "model": _TEXT,
        "route": _TEXT,
        "tenant": _TEXT,
        "user": _TEXT,
        "conversation": _TEXT,
        "key": {"type": "string", "description": "Keyed hash of the API key."},
        "request": {
            "type": "object",
            "properties": {"messages": {"type": "array", "items": {"type": "object"}}},
        },
        "response": {"anyOf": [_TEXT, {"type": "object", "properties": {"text": _TEXT}}]},
        "prompt": _TEXT,
        "explain": {
            "type": "boolean",
            "description": "Whether to add `why` to each side's scores; takes some seconds.",
        },
    },
    "anyOf": [{"required": ["request"]}, {"required": ["prompt"]}, {"required": ["response"]}],
}

SCORE_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    _EXCHANGE,
                    {"type": "array", "items": _EXCHANGE, "minItems": 1, "maxItems": 100},
                ]
            },
            "examples": {
                "short": {
                    "summary": "The short form",
                    "value": {"prompt": "How do I bake bread?", "response": "Knead the dough."},
                },
                "exchange": {
                    "summary": "A recorded exchange",
                    "value": {
                        "id": "01JD8Q6Z3M5W8R2T4Y6V0X1C2B",
                        "ts": 1764000000.25,
                        "model": "m",
                        "request": {"messages": [{"role": "user", "content": "Good morning"}]},
                        "response": {"text": "Good morning to you.", "finish_reason": "stop"},
                    },
                },
            },
        }
    },
}

INCIDENT: dict[str, Any] = {
    "id": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
    "fingerprint": "5d0c7a9be1f24836",
    "detector": "latency",
    "kind": "ttft",
    "rule": "slow_ttft",
    "severity": "warning",
    "title": "latency: ttft on m /v1/chat/completions",
    "model": "m",
    "route": "/v1/chat/completions",
    "tenant": "",
    "first_seen": 1764000000.25,
    "last_seen": 1764000180.5,
    "score": 0.31,
    "threshold": 0.05,
    "status": "acknowledged",
    "count": 12,
    "exchange_ids": ["01JD8Q6Z3M5W8R2T4Y6V0X1C2B"],
    "policy": "3f2a9c41d07e",
    "updated": 1764000200.0,
    "owner": "ada",
    "note": "Rolling back.",
    "links": ["https://tickets.example/4711"],
    "silenced_by": [],
    "verdict": "true_positive",
    "version": 13,
    "began": 1764000000.25,
    "found": {"warning": 1764000180.5},
    "severity_reason": "warning: rule slow_ttft scored 0.31 against a threshold of 0.05",
    "severity_at": 1764000000.25,
    "share": 0.31,
    "tenants": 2,
    "users": 9,
    "story": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
    "after": "",
    "ended": "",
    "ended_at": 0.0,
    "reopened": 0,
}

LABEL: dict[str, Any] = {
    "incident_id": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
    "verdict": "false_positive",
    "by": "ada",
    "at": 1764000300.0,
    "reason": "A nurse asks for a dose.",
    "exchange_id": "01JD8Q6Z3M5W8R2T4Y6V0X1C2B",
    "detector": "safety",
    "kind": "self_harm",
    "rule": "safety.prompt.self_harm",
    "model": "m",
    "tenant": "",
    "policy": "3f2a9c41d07e",
    "scores": {"prompt": {"unsafe": 0.31, "self_harm": 0.47}},
}

BASELINE: dict[str, Any] = {
    "name": "chat@3",
    "created": 1764000180.5,
    "size": 2950,
    "encoder": "wordllama-256",
    "model": "smollm2",
    "provisional": False,
    "active": True,
    "used_by": ["smollm2"],
    "used_for": [],
    "digest": "0a5ed952f80fadff",
    "bytes": 2922919,
    "details": {
        "origin": {
            "how": "accepted",
            "source": "stored traffic since the change",
            "since": 1763913600.0,
            "until": 1764000200.0,
            "model": "smollm2",
            "read": 3020,
            "skipped": {"another model": 50, "refused": 20},
            "screen": "0d7a8051d41d",
            "policy": "3f2a9c41d07e",
            "sidewatch": "0.1.0",
            "redaction": "texts as stored, redacted",
            "masked": 12,
            "incident": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
            "replaces": "chat@2",
        },
        "first": 1763913612.5,
        "last": 1764000180.5,
        "models": {"smollm2": 2950},
        "routes": {"/v1/chat/completions": 2950},
        "thresholds": {
            "false_alarms_per_10000": 0.5,
            "threshold": 17.02,
            "sides": {"prompt": 6.04, "response": 7.22},
            "statistics": 474,
        },
        "season": {"days": 1.0, "hours_of_week": 24, "hours_of_day": 24, "days_of_week": 2},
        "channels": 41,
    },
}

COMPARISON: dict[str, Any] = {
    "a": "chat@2",
    "b": "chat@3",
    "size_a": 3000,
    "size_b": 2950,
    "distances": [
        {
            "name": "prompt_language",
            "side": "prompt",
            "kind": "value",
            "unit": "share",
            "value": "de",
            "a": 0.01,
            "b": 0.31,
            "ks": 0.3,
            "ks_noise": 0.024,
            "psi": 1.12,
            "psi_noise": 0.019,
            "moved": True,
        }
    ],
}


MARKER: dict[str, Any] = {
    "id": "01JD8Q5Y2K7R4T6W8Z0B2D4F6H",
    "at": 1763999400.0,
    "kind": "deployment",
    "text": "vLLM 0.12 on all replicas",
    "by": "ci",
    "model": "smollm2",
    "tenant": "",
    "version": "v0.12.0",
}

NOTE: dict[str, Any] = {
    "at": 1764000260.0,
    "by": "ada",
    "text": "Rolled back to v0.11.",
    "kind": "noted",
}

MOMENT: dict[str, Any] = {
    "at": 1764000200.0,
    "kind": "acknowledged",
    "what": "acknowledged",
    "by": "ada",
    "note": "Rolling back.",
    "details": {"before": "open"},
}

SILENCE: dict[str, Any] = {
    "id": "01JD8Q8A1C3E5G7J9M2P4R6T8W",
    "created": 1764000200.0,
    "until": 1764007400.0,
    "by": "ada",
    "reason": "Load test of the new cluster.",
    "detector": "latency",
    "kind": "",
    "model": "smollm2",
    "route": "",
    "tenant": "",
    "severity": "",
}

KEY: dict[str, Any] = {
    "id": "9f2c41d07e3a",
    "name": "pager",
    "scope": "operate",
    "tenant": "acme",
    "created": 1764000000.25,
    "expires": 1771776000.25,
    "revoked": None,
}

KEY_MADE: dict[str, Any] = {"key": "swk_9f2c41d07e3a_EXAMPLE", "record": KEY}

DETECTION: dict[str, Any] = {
    "id": "safety.prompt.self_harm:01JD8Q6Z3M5W8R2T4Y6V0X1C2B",
    "at": 1764000000.25,
    "incident_id": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
    "detector": "safety",
    "kind": "self_harm",
    "rule": "safety.prompt.self_harm",
    "severity": "warning",
    "score": 0.93,
    "threshold": 0.5,
    "model": "m",
    "exchange_id": "01JD8Q6Z3M5W8R2T4Y6V0X1C2B",
    "route": "/v1/chat/completions",
    "tenant": "",
    "evidence": [
        {"name": "self_harm", "value": 0.93, "reference": 0.5, "weight": 1.0, "unit": "probability"}
    ],
}

EVENT = (
    "id: 1764000200000-0\nevent: acknowledged\n"
    'data: {"at":1764000200.0,"kind":"acknowledged","incident":{"id":"01JD8Q7F0K3V5N9A1C7E2G4H6J"},'
    '"id":"1764000200000-0","by":"ada","note":"","details":{"before":"open"}}\n\n'
)

AUDIT_ENTRY: dict[str, Any] = {
    "at": 1764000200.0,
    "by": "ada (key pager)",
    "action": "incident.acknowledge",
    "subject": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
    "details": {"before": "open", "owner": "ada", "version": "13"},
    "previous": "1f0c6a1d2b7e4a55f0d3c8b9a6e71224d0c5b3a897f6e5d4c3b2a1908f7e6d5c",
    "hash": "9b1d3f5a7c8e0246813579bdf02468ace13579bdf02468ace13579bdf02468ac",
}

ERASURE: dict[str, Any] = {
    "owner": "6c1d0b9e8f7a6b5c4d3e2f1a0b9c8d7e",
    "at": 1764000200.0,
    "erased": {"exchanges": 41, "incidents": 2, "bundles": 2, "vectors": 2, "waiting": 1},
    "left": {"exchanges": 0, "incidents": 0},
    "again": False,
    "entry": AUDIT_ENTRY["hash"],
    "not_erased": ["names of tenants in the audit log and in keys"],
}

BULK_RESULT: dict[str, Any] = {
    "changed": 1,
    "items": [
        {"id": "01JD8Q7F0K3V5N9A1C7E2G4H6J", "status": 200, "detail": "", "version": 14},
        {
            "id": "01JD8Q7F0K3V5N9A1C7E2G4H6K",
            "status": 409,
            "detail": "incident 01JD8Q7F0K3V5N9A1C7E2G4H6K is resolved; it can no longer be "
            "acknowledged",
            "version": None,
        },
    ],
}

VERDICT: dict[str, Any] = {
    "entries": 214,
    "head": AUDIT_ENTRY["hash"],
    "broken": None,
    "holds": True,
}


def example(value: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An example of the good answer, for `responses=` of a route."""
    return {status: {"content": {"application/json": {"example": value}}}}


def answers_with(name: str, value: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """A good answer of a schema that is in the document already, for `responses=` of a route."""
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {200: {"content": {"application/json": {"schema": schema, "example": value}}}}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem documents under each status, for `responses=` of an application."""
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": schema}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


_MEANING = {
    401: "No key, or a wrong one.",
    403: "The key's scope or tenant does not reach this; without a key only this machine is served.",
    404: "There is no such thing, or it has expired.",
    409: "It cannot go from its state to the one asked for, or it keeps changing.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    422: "A part of the request is wrong; `errors` names it.",
    429: "Too many requests of this key, or too many are waiting.",
    503: "The store does not answer.",
}
