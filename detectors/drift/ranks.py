"""Where a value stands among the baseline's: mid-ranks of many channels in one search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_SIGN = np.uint32(0x8000_0000)
_LARGEST = np.float32(3e38)


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
        counts = np.maximum(there.sum(axis=0), 1)
        # One key beyond all values of each channel, so that a search ends within the channel.
        last = self._high | np.uint64(0xFFFF_FFFF)
        values, times = np.unique(self._key(reference)[there], return_counts=True)
        self._keys = np.concatenate([values, last])
        times = np.concatenate([times, np.zeros(columns, dtype=times.dtype)])
        order = np.argsort(self._keys)
        self._keys, times = self._keys[order], times[order]
        channel = (self._keys >> np.uint64(32)).astype(np.intp)
        first = np.concatenate([[0], np.cumsum(there.sum(axis=0))[:-1]])
        upto = np.cumsum(times)
        self._below = (2 * (upto - times - first[channel])) / counts[channel] - 1.0
        self._at = (2 * upto - times - 2 * first[channel]) / counts[channel] - 1.0

    def u(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Rank values, shape (rows, channels); float32 of the same shape."""
        keys = self._key(values)
        places = self._keys.searchsorted(keys)
        u = np.where(self._keys[places] == keys, self._at[places], self._below[places])
        u[np.isnan(values)] = 0.0
        ranked: npt.NDArray[np.float32] = u.astype(np.float32)
        return ranked

    def _key(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint64]:
        # Adding zero turns -0.0, whose bits differ, into 0.0. What is not a number is not looked at.
        finite = np.minimum(np.maximum(values, -_LARGEST), _LARGEST) + np.float32(0)
        bits = finite.view(np.uint32)
        turned = np.where(bits & _SIGN, ~bits, bits | _SIGN)
        keys: npt.NDArray[np.uint64] = self._high | turned
        return keys
