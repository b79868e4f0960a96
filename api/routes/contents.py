"""The guardrails orchestrator's detector API, served by our own scorer and recognisers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from api.context import Services
from api.problems import ProblemError
from api.schemas.answer_examples import CONTENTS
from api.schemas.examples import example, problem_responses
from detectors.observation import Side
from detectors.safety.recognisers import Finding, find
from monitor.exchange.model import Exchange, Message, Request, Response

router = APIRouter(prefix="/api/v1/text/contents", tags=["score"])

MAX_CONTENTS = 100
PATTERNS = "sidewatch-patterns"
LANGUAGE = "language"
SIDES: dict[str, Side] = {"sidewatch-prompt": "prompt", "sidewatch-response": "response"}
"""Detectors by their `detector-id`: texts judged as prompts or as responses; and patterns."""


class DetectorParameters(BaseModel):
    """What a caller may set; others are left alone, as the orchestrator sends them to all."""

    threshold: Annotated[float, Field(gt=0, le=1)] | None = None


class Contents(BaseModel):
    """Texts to look at."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"contents": ["Write to ada@example.org."]}]}
    )

    contents: Annotated[list[str], Field(min_length=1, max_length=MAX_CONTENTS)]
    detector_params: DetectorParameters = DetectorParameters()


class ContentDetection(BaseModel):
    """One finding: character offsets, what it is and of which kind, and its probability."""

    start: int
    end: int
    text: str
    detection: str
    detection_type: str
    score: float


@router.post("", responses={**example(CONTENTS), **problem_responses(404, 413, 429)})
async def detect(
    asked: Contents, detector_id: Annotated[str, Header()], services: Services
) -> list[list[ContentDetection]]:
    """Find what is unsafe in at most 100 texts: one list of detections for each, in order.

    `detector-id` is `sidewatch-prompt` or `sidewatch-response` for the categories of a text judged
    as either, of type `safety`, or `sidewatch-patterns` for personal data, secrets and addresses of
    machines, of types `pii`, `secret` and `network`, with their places. A category is told from its threshold in the policy on,
    or from `detector_params.threshold`. A text that is under all of them, in a language that the
    models are not trusted with, has one detection `language` of type `unscored` and score 0. Nothing
    is stored.
    """
    if detector_id == PATTERNS:
        return await asyncio.to_thread(_patterns, asked.contents)
    if detector_id not in SIDES:
        known = ", ".join([*SIDES, PATTERNS])
        raise ProblemError(404, f"there is no detector of this id; there are {known}")
    side = SIDES[detector_id]
    lines = await services.desk.score(
        [_exchange(side, text, str(i)) for i, text in enumerate(asked.contents)]
    )
    thresholds = services.settings.policy.safety.thresholds(side)
    return [
        _categories(text, line, side, thresholds, asked.detector_params.threshold)
        for text, line in zip(asked.contents, lines, strict=True)
    ]


def _exchange(side: Side, text: str, name: str) -> Exchange:
    if side == "response":
        return Exchange(id=name, ts=0.0, response=Response(text=text))
    messages = [Message(role="user", content=text)]
    return Exchange(id=name, ts=0.0, request=Request(messages=messages))


def _categories(
    text: str,
    line: Mapping[str, Any],
    side: Side,
    thresholds: Mapping[str, float],
    threshold: float | None,
) -> list[ContentDetection]:
    """What reaches its threshold. A text that nobody could judge must not read as clean."""
    lost = line.get("unscored", {}).get(side)
    if lost == "failed":
        raise ProblemError(503, "a text could not be scored; the log of the API has the details")
    scored = line[side]
    if scored is None:
        return []
    scores = {"unsafe": scored["unsafe"], **scored["categories"]}
    found = [
        _whole(text, name, scores[name])
        for name, limit in thresholds.items()
        if scores.get(name, 0.0) >= (limit if threshold is None else threshold)
    ]
    return found or ([_unjudged(text)] if lost == LANGUAGE else [])


def _unjudged(text: str) -> ContentDetection:
    """No hit by any threshold, and not nothing: the protocol has no other word for it."""
    return ContentDetection(
        start=0, end=len(text), text=text, detection=LANGUAGE, detection_type="unscored", score=0.0
    )


def _whole(text: str, category: str, score: float) -> ContentDetection:
    return ContentDetection(
        start=0, end=len(text), text=text, detection=category, detection_type="safety", score=score
    )


def _patterns(texts: Sequence[str]) -> list[list[ContentDetection]]:
    return [[_pattern(text, found) for found in find(text)] for text in texts]


def _pattern(text: str, found: Finding) -> ContentDetection:
    kind, _, name = found.kind.partition(".")
    return ContentDetection(
        start=found.start,
        end=found.end,
        text=text[found.start : found.end],
        detection=name,
        detection_type=kind,
        score=found.confidence,
    )
