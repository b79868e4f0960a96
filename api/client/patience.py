"""When a request is sent again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Mapping

from api.client.errors import UnreachableError

_LATER = frozenset({429, 503})
_FIRST = 0.2
_LONGEST = 30.0


class Trials:
    """The attempts at one request, `most` in all.

    Each pause is about twice the one before, and none is the same for two clients. One that may have been
    carried out is sent again only if it is `repeatable`.
    """

    def __init__(self, url: str, most: int, *, repeatable: bool) -> None:
        self._url, self._left, self._repeatable = url, most - 1, repeatable
        self._pause = _FIRST

    def answered(self, status: int, headers: Mapping[str, str]) -> float | None:
        """Seconds to wait before it is sent again; None if this is the answer.

        What the server asks for goes before the pause that is due.
        """
        if status not in _LATER or not self._left:
            return None
        told = headers.get("retry-after", "")
        pause = self._next()
        return min(float(told), _LONGEST) if told.isdecimal() else pause

    def failed(self, error: Exception, *, sent: bool) -> float:
        """Seconds to wait before it is sent again; `sent` says that it may have arrived.

        Raises
        ------
        UnreachableError
            It is not sent again.
        """
        if not self._left or (sent and not self._repeatable):
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            raise UnreachableError(f"no answer from {self._url}: {reason}") from error
        return self._next()

    def _next(self) -> float:
        self._left -= 1
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST)
        return pause * random.uniform(0.5, 1.0)
