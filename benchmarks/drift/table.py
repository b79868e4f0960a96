"""Exchanges as plain columns, as methods take them that know nothing of language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from detectors.drift.frame import Frame, Rows
    from detectors.observation import Observation

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Table:
    """One row for each exchange: `numeric` in standard deviations of the baseline, `nominal` codes.

    The numeric columns are those that our own statistics read: the channels, with what is fitted,
    and the principal components of the embeddings. An absent value is NaN.
    """

    numeric: npt.NDArray[np.float32]
    nominal: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Number of exchanges."""
        return len(self.numeric)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Makes tables of exchanges, and has the one of the baseline's half that is compared with."""

    frame: Frame
    mean: npt.NDArray[np.float32]
    spread: npt.NDArray[np.float32]

    @classmethod
    def of(cls, frame: Frame) -> Columns:
        """Take the scale from the baseline; a column that never moves keeps its own."""
        numeric = _numeric(frame.rows)
        spread = np.nanstd(numeric, axis=0)
        return cls(frame, np.nanmean(numeric, axis=0), np.where(spread > 0, spread, 1.0))

    @property
    def reference(self) -> Table:
        """The baseline's rows."""
        return self._table(self.frame.rows)

    def read(self, stream: Sequence[Observation]) -> Table:
        """Make a table of a stream."""
        parts = [self._table(rows) for rows in self._rows(stream)]
        return Table(
            np.concatenate([part.numeric for part in parts]),
            np.concatenate([part.nominal for part in parts]),
        )

    def _rows(self, stream: Sequence[Observation]) -> Iterator[Rows]:
        width = self.frame.baseline.prompt_embeddings.shape[1]
        none = np.zeros(width, dtype=np.float32)
        for start in range(0, len(stream), _AT_ONCE):
            part = stream[start : start + _AT_ONCE]
            values = np.stack([self.frame.baseline.row(x) for x in part])
            codes = np.array([self.frame.codes_of(x) for x in part], dtype=np.int64)
            sides = (
                [none if x.prompt_embedding is None else x.prompt_embedding for x in part],
                [none if x.response_embedding is None else x.response_embedding for x in part],
            )
            vectors = [np.stack(side).astype(np.float16).astype(np.float32) for side in sides]
            yield self.frame.rows_of(values, codes, vectors)

    def _table(self, rows: Rows) -> Table:
        return Table((_numeric(rows) - self.mean) / self.spread, rows.codes)


def _numeric(rows: Rows) -> npt.NDArray[np.float32]:
    return np.hstack([rows.channels, rows.components]).astype(np.float32)
