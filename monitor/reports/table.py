"""Exchanges in columns: what a report compares, handed from process to process without a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from detectors.baseline import Baseline, is_ordinary, numbers, stratum
from detectors.errors import DetectorError
from detectors.observation import Observation, Vector
from detectors.packed import pack, unpack
from monitor.reports.errors import ReportError

Floats = npt.NDArray[np.floating[Any]]

_MAGIC = b"SIDEWATCH-REPORT-TABLE-1\n"
_ARRAYS = ("values", "prompt_embeddings", "response_embeddings", "at")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One row an exchange, in order of time.

    `values` is float32 of shape (rows, names), NaN where a channel is absent. `nominal` holds one
    value a row by name, "" where absent. Embeddings are float16, rows of zeros where that side is
    absent. `at` is in seconds since the epoch.
    """

    names: tuple[str, ...]
    values: Floats
    nominal: dict[str, tuple[str, ...]]
    prompt_embeddings: Floats
    response_embeddings: Floats
    at: Floats

    @property
    def size(self) -> int:
        """Number of exchanges."""
        return len(self.at)

    @classmethod
    def of_baseline(cls, baseline: Baseline) -> Self:
        """The exchanges that a baseline was made of."""
        return cls(
            names=baseline.channel_names,
            values=baseline.values,
            nominal=baseline.categories
            | {"route": baseline.routes, "system_prompt": baseline.strata},
            prompt_embeddings=baseline.prompt_embeddings,
            response_embeddings=baseline.response_embeddings,
            at=baseline.at,
        )

    @classmethod
    def of_observations(cls, observations: Sequence[Observation]) -> Self:
        """Exchanges that went through; failed and unfinished ones are left out."""
        rows = sorted(filter(is_ordinary, observations), key=lambda x: x.at)
        found = [numbers(x) for x in rows]
        names = tuple(sorted({key for each in found for key in each}))
        values = [[each.get(name, np.nan) for name in names] for each in found]
        nominal = sorted({key for x in rows for key in x.categories})
        return cls(
            names=names,
            values=np.array(values, dtype=np.float32).reshape(len(rows), len(names)),
            nominal={key: tuple(x.categories.get(key, "") for x in rows) for key in nominal}
            | {
                "route": tuple(x.route for x in rows),
                "system_prompt": tuple(stratum(x.system) for x in rows),
            },
            prompt_embeddings=stacked([x.prompt_embedding for x in rows]),
            response_embeddings=stacked([x.response_embedding for x in rows]),
            at=np.array([x.at for x in rows], dtype=np.float64),
        )

    def to_bytes(self) -> bytes:
        """Encode it for another process."""
        meta = {"names": self.names, "nominal": self.nominal}
        return pack(_MAGIC, meta, {key: getattr(self, key) for key in _ARRAYS})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode what `to_bytes` wrote.

        Raises
        ------
        ReportError
            It is something else.
        """
        try:
            meta, arrays = unpack(_MAGIC, data)
        except DetectorError as error:
            raise ReportError(f"these exchanges cannot be read: {error}") from error
        return cls(
            names=tuple(meta["names"]),
            nominal={name: tuple(kept) for name, kept in meta["nominal"].items()},
            **{key: arrays[key] for key in _ARRAYS},
        )


def stacked(vectors: Sequence[Vector | npt.NDArray[np.float16] | None]) -> Floats:
    """Embeddings as rows, of zeros where there is none; no columns where there is none at all."""
    width = next((len(v) for v in vectors if v is not None), 0)
    found = np.zeros((len(vectors), width), dtype=np.float16)
    for row, vector in zip(found, vectors, strict=True):
        if vector is not None:
            row[:] = vector
    return found
