"""The last ordinary exchanges, so that an unusual one can be shown beside those nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.base import Evidence

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.observation import Observation

State = dict[str, Any]

_KEPT = 256
_SHOWN = 3
_WEIGHT = 0.01
_LONGEST_ID = 128


class Ordinary:
    """Ids and prompt embeddings of the last 256 exchanges that were not flagged.

    They only show what ordinary ones are like; nothing is judged by them.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._vectors: npt.NDArray[np.float16] = np.zeros((0, 0), dtype=np.float16)
        self._seen = 0

    def learn(self, x: Observation) -> None:
        """Take an exchange in place of the oldest."""
        vector = x.prompt_embedding
        if vector is None or not vector.any() or len(x.id) > _LONGEST_ID:
            return
        if self._vectors.shape[1:] != vector.shape:
            self._vectors = np.zeros((_KEPT, len(vector)), dtype=np.float16)
            self._ids, self._seen = [], 0
        place = self._seen % _KEPT
        self._ids[place : place + 1] = [x.id]
        self._vectors[place] = vector
        self._seen += 1

    def nearest(self, x: Observation) -> tuple[Evidence, ...]:
        """Name the nearest ones to an exchange by the cosine of the prompts, the nearest first."""
        vector = x.prompt_embedding
        if vector is None or not self._ids or self._vectors.shape[1:] != vector.shape:
            return ()
        cosines = self._vectors[: len(self._ids)].astype(np.float32) @ vector
        return tuple(
            Evidence(
                "nearest ordinary exchange",
                self._ids[i],
                None,
                _WEIGHT / (1 + rank),
                f"cosine {cosines[i]:.2f} of the prompts",
            )
            for rank, i in enumerate(np.argsort(-cosines, kind="stable")[:_SHOWN])
        )

    def state(self) -> State:
        """All that `restore` needs."""
        return {"ids": list(self._ids), "vectors": self._vectors.copy(), "seen": self._seen}

    def restore(self, state: State) -> None:
        """Go on from a saved state; from none, empty."""
        self._ids = list(state.get("ids", ()))
        self._vectors = np.array(state.get("vectors", np.zeros((0, 0))), dtype=np.float16)
        self._seen = int(state.get("seen", 0))
