"""Where a value stands among the baseline's: mid-ranks of many channels in one search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_SIGN = np.uint32(0x8000_0000)


class Ranks:
    """Maps each channel's value to u = 2 F(x) - 1 in [-1, 1], F the baseline's mid-rank function.

    A value that equals many of the baseline's stands in their middle, so a channel that is always
    the same has u = 0. An absent value (NaN) has u = 0 too. All channels are looked up in one
    sorted array: the channel's number in the upper half of each 64-bit key, the value's bits,
    turned so that they sort as the numbers do, in the lower half.

    Parameters
    ----------
    reference
        Float32 of shape (rows, channels); each channel needs a value in at least one row.

    """

    def __init__(self, reference: npt.NDArray[np.float32]) -> None:
        columns = reference.shape[1]
        self._high = np.arange(columns, dtype=np.uint64) << np.uint64(32)
        there = ~np.isnan(reference)
        self._keys = np.sort(self._key(reference)[there])
        counts = there.sum(axis=0)
        self._first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self._count = np.maximum(counts, 1)

    def u(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Rank values, shape (rows, channels); float32 of the same shape."""
        keys = self._key(values).ravel()
        sides = self._keys.searchsorted(keys) + self._keys.searchsorted(keys, side="right")
        u = (sides.reshape(values.shape) - 2 * self._first) / self._count - 1.0
        u[np.isnan(values)] = 0.0
        ranked: npt.NDArray[np.float32] = u.astype(np.float32)
        return ranked

    def _key(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint64]:
        # Adding zero turns -0.0, whose bits differ, into 0.0.
        bits = (np.nan_to_num(values, nan=0.0, posinf=3e38, neginf=-3e38) + np.float32(0)).view(
            np.uint32
        )
        turned = np.where(bits & _SIGN, ~bits, bits | _SIGN)
        keys: npt.NDArray[np.uint64] = self._high | turned
        return keys
