"""Exchanges that wait until there are enough of them to be looked at together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.base import State
    from detectors.drift.frame import Frame, Rows
    from detectors.observation import Observation


class Waiting:
    """A few exchanges as raw numbers, in preallocated arrays.

    Most of what drift computes costs hardly more for five exchanges than for one. `vectors` are the
    prompts' and the responses' embeddings of those that `add` gave last.

    Parameters
    ----------
    frame
        Says which numbers are kept, and turns them into rows.
    room
        Exchanges that are looked at together.

    """

    def __init__(self, frame: Frame, room: int) -> None:
        self._frame = frame
        width = frame.baseline.prompt_embeddings.shape[1]
        self._values = np.zeros((room, len(frame.baseline.channel_names)), dtype=np.float32)
        self._codes = np.zeros((room, len(frame.vocabularies)), dtype=np.int64)
        # As coarse as the baseline's are, or the two would differ where nothing has changed.
        self._prompts = np.zeros((room, width), dtype=np.float16)
        self._responses = np.zeros((room, width), dtype=np.float16)
        # A baseline without texts has no width; what live traffic says is not compared then.
        self._embedded = width > 0
        self._count = 0
        self.vectors: list[npt.NDArray[np.float32]] = []

    def add(self, x: Observation) -> Rows | None:
        """Take an exchange; all that waited, as rows, when there is no more room."""
        place = self._count
        self._values[place] = self._frame.baseline.row(x)
        self._codes[place] = self._frame.codes_of(x)
        if self._embedded:
            self._prompts[place] = 0.0 if x.prompt_embedding is None else x.prompt_embedding
            self._responses[place] = 0.0 if x.response_embedding is None else x.response_embedding
        self._count += 1
        if self._count < len(self._values):
            return None
        self._count = 0
        self.vectors = [self._prompts.astype(np.float32), self._responses.astype(np.float32)]
        return self._frame.rows_of(self._values, self._codes, self.vectors)

    def state(self) -> State:
        """What waits."""
        return {
            "values": self._values[: self._count].copy(),
            "codes": self._codes[: self._count].copy(),
            "prompts": self._prompts[: self._count].copy(),
            "responses": self._responses[: self._count].copy(),
        }

    def restore(self, state: State) -> None:
        """Let wait what waited."""
        self._count = count = len(state["values"])
        self._values[:count] = state["values"]
        self._codes[:count] = state["codes"]
        self._prompts[:count] = state["prompts"]
        self._responses[:count] = state["responses"]
