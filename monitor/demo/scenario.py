"""The demonstration's course: ordinary traffic, then four troubles, each until it is found."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from monitor.demo import traffic
from monitor.demo.client import Answered, Question, ask
from monitor.demo.model_server import NAME as MODEL

WARMUP = 150
STALL_AFTER = 2.0

_ORDINARY_AFTER = 50
_SHIFTED = 200
_CONCURRENCY = 2
_PATIENCE = 20.0
_SEED = 7

EXPECTED: dict[str, frozenset[str]] = {
    "latency": frozenset({"stall"}),
    "safety": frozenset({"illicit", "violence", "unsafe"}),
    "anomaly": frozenset({"repetition"}),
    "drift": frozenset({"input_drift"}),
}
"""By detector, in the order of the troubles: the kinds of incident that its trouble must raise."""

Incidents = list[dict[str, Any]]


@dataclass
class Course:
    """Sends the traffic and keeps count of what was sent for what reason.

    `ids` are the exchange ids by cause: `ordinary`, or the detector whose trouble it was.
    """

    gateway: tuple[str, int]
    api: str
    model_server: int
    phase: str = "starting"
    sent: int = 0
    failed: int = 0
    ids: dict[str, set[str]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """All of it, in order; returns early when `stopping` is set."""
        questions = traffic.ordinary(_SEED)
        self.phase = f"ordinary traffic: the first {WARMUP} exchanges become the baseline"
        self._send(islice(questions, WARMUP), "ordinary")
        self.phase = "ordinary traffic, watched"
        self._send(islice(questions, _ORDINARY_AFTER), "ordinary")
        self.phase = "latency: the model server is paused in the middle of an answer"
        self._stall()
        self.phase = "safety: somebody asks for harm"
        self._send(traffic.unsafe(), "safety")
        self.phase = "anomaly: a wrong sampler setting makes the model loop"
        self._send(traffic.looping(_SEED), "anomaly")
        self._await("anomaly")
        self.phase = "drift: other people come, with other questions"
        self._send(self._until_found(traffic.shifted(_SEED), "drift"), "drift")
        self._await("drift")
        self.phase = "done"

    def incidents(self) -> Incidents:
        """What Sidewatch has found so far, as its API tells it; empty while it does not answer."""
        try:
            url = f"{self.api}/api/v1/incidents?limit=200"
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own API
                items: Incidents = json.load(answer)["items"]
                return items
        except OSError:
            return []

    def causes(self, incident: dict[str, Any]) -> set[str]:
        """Which kinds of traffic an incident is about; empty for exchanges we did not send."""
        about = set(incident["exchange_ids"])
        return {cause for cause, ids in self.ids.items() if ids & about}

    def failures(self, incidents: Incidents) -> list[str]:
        """What does not stand as it should: a trouble not found, or ordinary traffic accused."""
        wrong = [
            f"{incident['detector']} {incident['kind']} stands against ordinary traffic"
            for incident in incidents
            if "ordinary" in self.causes(incident) or not self.causes(incident)
        ]
        for detector, kinds in EXPECTED.items():
            if not any(self._found(incident, detector, kinds) for incident in incidents):
                wrong.append(f"{detector} raised no incident of its trouble")
        if self.failed:
            wrong.append(f"{self.failed} requests failed")
        return wrong

    def _found(self, incident: dict[str, Any], detector: str, kinds: frozenset[str]) -> bool:
        return (
            incident["detector"] == detector
            and incident["kind"] in kinds
            and detector in self.causes(incident)
        )

    def _send(self, questions: Iterable[Question], cause: str) -> None:
        waiting = iter(questions)
        taking = threading.Lock()

        def client() -> None:
            while not self.stopping.is_set():
                with taking:
                    question = next(waiting, None)
                if question is None:
                    return
                self._count(self._ask(question), cause)

        with ThreadPoolExecutor(_CONCURRENCY) as clients:
            for running in [clients.submit(client) for _ in range(_CONCURRENCY)]:
                running.result()

    def _ask(self, question: Question) -> Answered:
        try:
            return ask(self.gateway, question, model=MODEL)
        except (OSError, http.client.HTTPException):
            return Answered("", 0, 0)

    def _count(self, answered: Answered, cause: str) -> None:
        with self._counting:
            self.sent += 1
            self.failed += answered.status != 200
            self.ids.setdefault(cause, set()).add(answered.exchange_id)

    def _stall(self) -> None:
        """Pause the model server while it streams, until that has been noticed."""
        if self.stopping.is_set():
            return
        paused = threading.Event()

        def pause(chunk: int) -> None:
            if chunk == 3:
                os.kill(self.model_server, signal.SIGSTOP)
                paused.set()

        with ThreadPoolExecutor(1) as client:
            question = traffic.to_be_stalled()
            asked = client.submit(ask, self.gateway, question, model=MODEL, on_chunk=pause)
            try:
                if paused.wait(_PATIENCE):
                    self._await("latency")
            finally:
                os.kill(self.model_server, signal.SIGCONT)
            self._count(asked.result(), "latency")

    def _until_found(self, questions: Iterator[Question], detector: str) -> Iterator[Question]:
        for question in islice(questions, _SHIFTED):
            if any(incident["detector"] == detector for incident in self.incidents()):
                return
            yield question

    def _await(self, detector: str) -> None:
        """Until this detector has an incident, or patience ends."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and not self.stopping.wait(0.2):
            if any(incident["detector"] == detector for incident in self.incidents()):
                return
