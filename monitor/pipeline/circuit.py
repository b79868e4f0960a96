"""A safety model that fails is left alone for a while, so that its callers fail at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from detectors.observation import Vector
from detectors.safety.models.panel import Found, Member, UnavailableError

log = logging.getLogger(__name__)

STRIKES = 4
"""Errors in a row after which a model rests: a batch, then three of its texts alone."""
REST = 5.0
"""Seconds before a model on this machine is tried again; detectors elsewhere have a setting."""


class Circuit:
    """Whether one model is asked. Both sides share it; it is only ever asked by one thread at a time.

    A model that says of itself that it is away rests at once; one that raises, after `STRIKES` calls
    in a row without an answer, as one or two may be the fault of a text.
    """

    def __init__(
        self, name: str, *, rest: float = REST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self.up = True
        """False from when it began to rest until it has answered again."""
        self.trouble = ""
        """Why it last rested; never words of a text."""
        self._rest = rest
        self._clock = clock
        self._strikes = 0
        self._until = float("-inf")

    @property
    def resting(self) -> bool:
        """Whether it is not to be asked now."""
        return self._clock() < self._until

    def failed(self, error: Exception) -> None:
        """It raised."""
        self._strikes += 1
        away = isinstance(error, UnavailableError)
        if away or self._strikes >= STRIKES or not self.up:
            # What a model raises may hold words of the text; who is away tells only of itself.
            self._open(str(error) if away else type(error).__name__)

    def answered(self) -> None:
        """It gave scores."""
        self._strikes = 0
        if not self.up:
            log.info("the model %s answers again", self.name)
        self.up = True

    def _open(self, trouble: str) -> None:
        if self.up:
            log.error(
                "the model %s rests %g s at a time until it answers: %s",
                self.name,
                self._rest,
                trouble,
            )
        self.up, self.trouble = False, trouble
        self._until = self._clock() + self._rest


class Guarded:
    """A member of a panel behind its circuit."""

    def __init__(self, member: Member, circuit: Circuit) -> None:
        self._member = member
        self._circuit = circuit

    def classify(
        self,
        texts: Sequence[str],
        embeddings: Vector | None = None,
        contexts: Sequence[str] | None = None,
    ) -> Sequence[Found]:
        """What the member says.

        Raises
        ------
        UnavailableError
            It rests, or it is away.
        """
        if self._circuit.resting:
            raise UnavailableError(f"the model {self._circuit.name!r} failed a moment ago")
        try:
            found = self._member.classify(texts, embeddings, contexts)
        except Exception as error:
            self._circuit.failed(error)
            raise
        self._circuit.answered()
        return found
