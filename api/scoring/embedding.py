"""Embeds what callers look for, with the built-in static vectors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.problems import ProblemError

if TYPE_CHECKING:
    from detectors.text.embedding import StaticEncoder


class Embedder:
    """The encoder by which the texts of incidents are embedded, loaded by the first who asks."""

    def __init__(self) -> None:
        self._encoder: StaticEncoder | None = None
        self._loading = asyncio.Lock()

    async def embed(self, text: str) -> bytes | None:
        """The text's vector as the store takes it; None if there is no word in it.

        Raises
        ------
        ProblemError
            503: the vectors are not installed, or cannot be read.
        """
        async with self._loading:
            if self._encoder is None:
                self._encoder = await asyncio.to_thread(_load)
        (row,) = self._encoder.encode([text])
        return row.tobytes() if row.any() else None


def _load() -> StaticEncoder:
    from detectors.errors import DetectorError  # noqa: PLC0415 - for this alone
    from detectors.text.embedding import StaticEncoder  # noqa: PLC0415 - reads the vectors

    try:
        return StaticEncoder.load()
    except DetectorError as error:
        raise ProblemError(503, str(error)) from error
