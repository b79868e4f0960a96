"""Explains safety incidents beside the watch stage: one at a time, in a thread, a few waiting."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from detectors.base import Evidence
from detectors.observation import Observation, Side
from detectors.safety.categories import CATEGORIES
from detectors.safety.explain import Explainer
from monitor.incidents.bundle import Bundle
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.watch import Finding
from monitor.settings import ExplainSettings
from monitor.store.base import Store

log = logging.getLogger(__name__)


_BY_SENTENCE = ("prompt_injection",)
"""Categories of given texts that are found sentence by sentence: the finding names the place."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained: a category of a text, by the classifier of one side."""

    side: Side
    text: str
    category: str
    context: str = ""


def question_of(finding: Finding) -> Question | None:
    """What a finding gives to explain; None unless a category of one text raised it.

    A response is explained with the prompt that it answers; earlier turns are not at hand.
    """
    detection, x = finding.detection, finding.observation
    category = detection.detection_type
    if detection.detector != "safety" or category not in CATEGORIES:
        return None
    part = detection.rule.split(".")[1]
    if part == "response":
        return Question("response", x.response or "", category, x.prompt or "")
    if part == "given" and category not in _BY_SENTENCE:
        return Question("prompt", _given(x, category), category)
    return Question("prompt", x.prompt or "", category) if part == "prompt" else None


def _given(x: Observation, category: str) -> str:
    """The text, of those that tools and documents gave, in which the category is largest."""
    return max(x.given, key=lambda one: one.scores.get(category, 0.0)).text if x.given else ""


def within(seconds: float) -> Callable[[], bool]:
    """Say whether so many seconds have gone by since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


@dataclass
class Explanations:
    """Adds to a bundle what explains its score, some seconds after it was filed.

    A few may wait; beyond them an explanation is dropped and counted, and the bundle stays without.
    So it does when the worker ends first. Without `texts` no words are shown.
    """

    explainer: Explainer
    store: Store
    settings: ExplainSettings
    metrics: WorkerMetrics
    texts: bool = True
    _waiting: deque[tuple[Bundle, Question]] = field(default_factory=deque)
    _made: tuple[Bundle, list[Evidence]] | None = None
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: bool = False

    def offer(self, bundle: Bundle, finding: Finding) -> None:
        """Have a bundle explained that was just filed; returns at once."""
        question = question_of(finding)
        if question is None or not question.text or not self.settings.passes:
            return
        if len(self._waiting) >= self.settings.waiting:
            self.metrics.explanations.labels("dropped").inc()
            return
        self._waiting.append((bundle, question))
        self._some.set()

    async def step(self) -> None:
        """Explain the next bundle, once there is one.

        Raises
        ------
        StoreError
            The store does not answer; what was made is kept for the next call.
        """
        if self._made is None:
            await self._some.wait()
            bundle, question = self._waiting.popleft()
            if not self._waiting:
                self._some.clear()
            try:
                factors = await asyncio.to_thread(self._explain, question)
            except asyncio.CancelledError:
                self._stopped = True  # a thread cannot be cancelled: let it come to an end soon
                raise
            self._made = (bundle, factors)
        await self._put(*self._made)
        self._made = None

    def _explain(self, question: Question) -> list[Evidence]:
        late = within(self.settings.seconds)
        try:
            told = self.explainer.explain(
                question.side,
                question.text,
                category=question.category,
                context=question.context,
                passes=self.settings.passes,
                enough=lambda: self._stopped or late(),
            )
        except Exception:
            self.metrics.explanations.labels("failed").inc()
            log.exception("a score of category %s could not be explained", question.category)
            return []
        return told.evidence(texts=self.texts) if told else []

    async def _put(self, bundle: Bundle, factors: list[Evidence]) -> None:
        """Unless a later finding has given the incident another bundle meanwhile."""
        if not factors:
            return
        stored = await self.store.get_bundle(bundle.incident_id)
        if stored is None or stored.created != bundle.created:
            return
        whole = [*stored.contributing_factors, *factors]
        await self.store.put_bundle(replace(stored, contributing_factors=whole))
        self.metrics.explanations.labels("made").inc()
