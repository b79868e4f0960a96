"""The last exchanges as drift keeps them: numbers and names, no texts; a ring of fixed size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.drift.frame import Rows
from detectors.drift.windows import EVERY

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.base import State
    from detectors.drift.frame import Frame
    from detectors.observation import Observation

    Array = npt.NDArray[Any]

ROOM = 800
"""Exchanges remembered; the longest window that is judged."""

# Unit vectors of 256 dimensions hardly have an entry beyond one half.
_LARGEST = 0.5
_SCALE = np.float32(127 / _LARGEST)
_NAMES = ("ids", "tenants", "routes", "models")
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Remembered:
    """Some exchanges, oldest first; one row, or one entry, each.

    `prompts` and `responses` are embeddings, rows of zeros where that side is absent.
    """

    rows: Rows
    prompts: npt.NDArray[np.float32]
    responses: npt.NDArray[np.float32]
    at: npt.NDArray[np.float64]
    ids: list[str]
    tenants: list[str]
    routes: list[str]
    models: list[str]

    def __len__(self) -> int:
        """Number of exchanges."""
        return len(self.ids)


class Recent:
    """A ring of the last ROOM exchanges; an embedding takes one byte a dimension.

    Parameters
    ----------
    frame
        Says how wide the rows are.

    """

    def __init__(self, frame: Frame) -> None:
        width = frame.baseline.prompt_embeddings.shape[1]
        self._arrays: dict[str, Array] = {
            "channels": np.full((ROOM, len(frame.channel_names)), np.nan, dtype=np.float32),
            "codes": np.zeros((ROOM, len(frame.vocabularies)), dtype=np.int16),
            "components": np.zeros((ROOM, sum(frame.component_widths)), dtype=np.float16),
            "prompts": np.zeros((ROOM, width), dtype=np.int8),
            "responses": np.zeros((ROOM, width), dtype=np.int8),
            "at": np.zeros(ROOM),
        }
        self._names = {name: [""] * ROOM for name in _NAMES}
        self.taken = 0

    def name(self, x: Observation) -> None:
        """Remember whose the next exchange is; its numbers follow with `put`."""
        place = self.taken % ROOM
        names = self._names
        names["ids"][place] = x.id[:_LONGEST_NAME]
        names["tenants"][place] = x.tenant[:_LONGEST_NAME]
        names["routes"][place] = x.route[:_LONGEST_NAME]
        names["models"][place] = x.model[:_LONGEST_NAME]
        self._arrays["at"][place] = x.at
        self.taken += 1

    def put(self, rows: Rows, vectors: list[npt.NDArray[np.float32]]) -> None:
        """Remember the numbers of the last EVERY exchanges that were named."""
        place = (self.taken - EVERY) % ROOM
        here = slice(place, place + EVERY)
        arrays = self._arrays
        arrays["channels"][here] = rows.channels
        arrays["codes"][here] = rows.codes
        arrays["components"][here] = rows.components
        for side, vector in zip(("prompts", "responses"), vectors, strict=True):
            arrays[side][here] = np.rint(vector.clip(-_LARGEST, _LARGEST) * _SCALE)

    def last(self) -> Remembered:
        """All that is remembered. Only whole groups of EVERY have numbers, so call it after `put`."""
        places = np.arange(max(0, self.taken - ROOM), self.taken) % ROOM
        arrays = {name: array[places] for name, array in self._arrays.items()}
        names = {name: [listed[i] for i in places] for name, listed in self._names.items()}
        return Remembered(
            rows=Rows(
                arrays["channels"],
                arrays["codes"].astype(np.int64),
                arrays["components"].astype(np.float32),
            ),
            prompts=arrays["prompts"].astype(np.float32) / _SCALE,
            responses=arrays["responses"].astype(np.float32) / _SCALE,
            at=arrays["at"],
            **names,
        )

    def state(self) -> State:
        """All that `restore` needs; about 0.8 KB an exchange."""
        arrays = {name: array.copy() for name, array in self._arrays.items()}
        names = {name: list(listed) for name, listed in self._names.items()}
        return {"arrays": arrays, "names": names, "taken": self.taken}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        for name, array in self._arrays.items():
            array[:] = state["arrays"][name]
        self._names = {name: list(state["names"][name]) for name in _NAMES}
        self.taken = int(state["taken"])
