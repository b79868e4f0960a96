"""The gateway's own endpoints, under `/_sidewatch/`."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from monitor.gateway.http.problem import PROBLEM_TYPE, problem
from monitor.gateway.shared import Shared

PREFIX = b"/_sidewatch/"
_TEXT = b"text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, type and body of an answer of our own."""

    status: int
    content_type: bytes
    body: bytes


def answer(method: bytes, path: bytes, shared: Shared) -> Answer:
    """What an own endpoint says: `healthz` the process lives, `readyz` it takes requests."""
    if method not in {b"GET", b"HEAD"}:
        return _problem(405, "Own endpoints are read with GET.")
    match path.removeprefix(PREFIX):
        case b"healthz":
            return Answer(200, _TEXT, b"ok\n")
        case b"readyz" if shared.draining:
            return _problem(503, "The gateway is shutting down.")
        case b"readyz":
            return Answer(200, _TEXT, b"ready\n")
        case b"metrics":
            body = generate_latest(shared.metrics.registry)
            return Answer(200, CONTENT_TYPE_LATEST.encode(), body)
        case _:
            return _problem(404, "There are healthz, readyz and metrics here.")


def _problem(status: int, detail: str) -> Answer:
    return Answer(status, PROBLEM_TYPE, problem(status, detail))
