"""A detector of somebody else's, asked over the guardrails orchestrator's detector API.

`POST /api/v1/text/contents` with a `detector-id`: texts in, for each text a list of detections with
their places and scores out. The specification is in the repository of the
`fms-guardrails-orchestrator`, under `docs/api`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from socket import SHUT_RDWR, socket
from threading import Timer
from urllib.parse import urlsplit

import msgspec

from detectors.base import Label
from detectors.observation import Vector
from detectors.safety.categories import CATEGORIES
from detectors.safety.models.kinds import ANY, ExternalModel, categories_of
from detectors.safety.models.panel import UnavailableError

PATH = "/api/v1/text/contents"
_MOST = 16 * 1024 * 1024
"""Bytes of an answer that are read at most."""


class Detection(msgspec.Struct, frozen=True):
    """One finding in one text. `start` and `end` are character offsets."""

    start: int
    end: int
    detection: str = ""
    detection_type: str = ""
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    data: bytes


_decode = msgspec.json.Decoder(list[list[Detection]]).decode


class ExternalDetector:
    """Scores texts by asking a detector once; every failure is an UnavailableError.

    A category takes the largest score of its detections, 0 where the detector found nothing.
    """

    def __init__(self, name: str, chosen: ExternalModel, *, token: str = "") -> None:
        self.name = name
        self._chosen = chosen
        self._token = token
        self._categories = {
            c for label in chosen.labels for c in categories_of(chosen.labels, label)
        }

    def classify(
        self,
        texts: Sequence[str],
        embeddings: Vector | None = None,
        contexts: Sequence[str] | None = None,
    ) -> list[list[Label]]:
        """One label for each category that is mapped. The protocol knows no context.

        Raises
        ------
        UnavailableError
            It did not answer in time, or not as the protocol says.
        """
        found: list[list[Label]] = []
        for first in range(0, len(texts), self._chosen.batch):
            found += self._ask(texts[first : first + self._chosen.batch])
        return found

    def _ask(self, texts: Sequence[str]) -> list[list[Label]]:
        answer = self._post(
            msgspec.json.encode(
                {"contents": list(texts), "detector_params": self._chosen.parameters}
            )
        )
        try:
            told = _decode(answer)
        except msgspec.MsgspecError as error:
            raise self._trouble(f"its answer is not of the detector API: {error}") from error
        if len(told) != len(texts):
            raise self._trouble(f"it answered {len(told)} texts of {len(texts)}")
        return [self._labels(own) for own in told]

    def _labels(self, found: Sequence[Detection]) -> list[Label]:
        best: dict[str, Label] = {}
        for x in found:
            if not 0.0 <= x.score <= 1.0:
                raise self._trouble(f"its score {x.score} is no probability")
            for category in self._mapped(x):
                if category not in best or x.score > best[category].score:
                    best[category] = Label(category, x.score, x.start, x.end)
        return [best.get(c, Label(c, 0.0)) for c in CATEGORIES if c in self._categories]

    def _mapped(self, x: Detection) -> list[str]:
        labels = self._chosen.labels
        for name in (x.detection, x.detection_type, ANY):
            if name in labels:
                return categories_of(labels, name)
        return []

    def _post(self, body: bytes) -> bytes:
        """Send the body and give the answer's, within the time for both."""
        place = urlsplit(self._chosen.url)
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        began = time.monotonic()
        connection = kind(place.netloc, timeout=self._chosen.timeout)
        try:
            response = self._exchanged(connection, place.path.rstrip("/") + PATH, body)
        except (OSError, HTTPException, ValueError) as error:
            late = time.monotonic() - began >= self._chosen.timeout
            told = f"no answer in {self._chosen.timeout:g} s" if late else str(error)
            raise self._trouble(told or type(error).__name__) from error
        finally:
            connection.close()
        if response.status != 200:
            raise self._trouble(f"it answered {response.status}")
        if len(response.data) > _MOST:
            raise self._trouble(f"its answer is longer than {_MOST} bytes")
        return response.data

    def _exchanged(self, connection: HTTPConnection, path: str, body: bytes) -> _Response:
        connection.connect()
        # A socket's own timeout starts again with every byte; this one is for the whole.
        limit = Timer(self._chosen.timeout, _cut, [connection.sock])
        limit.daemon = True
        limit.start()
        try:
            connection.request("POST", path, body, self._headers())
            response = connection.getresponse()
            data = response.read(_MOST + 1)
        finally:
            limit.cancel()
        if response.length and len(data) <= _MOST:
            raise IncompleteRead(data, response.length)
        return _Response(response.status, data)

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json", "detector-id": self._chosen.detector}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        return headers

    def _trouble(self, told: str) -> UnavailableError:
        return UnavailableError(f"the detector {self.name!r} at {self._chosen.url}: {told}")


def _cut(connected: socket) -> None:
    """End whatever is being waited for on a connection, unless it has ended already."""
    with suppress(OSError):
        connected.shutdown(SHUT_RDWR)
