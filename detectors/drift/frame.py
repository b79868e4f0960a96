"""What drift compares: an exchange as numbers, with everything fitted on half of the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.components import Components, Novelty
from detectors.drift.load import TtftLoad

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.baseline import Baseline
    from detectors.observation import Observation

_LEAST_PRESENT = 0.2
_COMPONENTS = 32
_ROWS_PER_COMPONENT = 12
_NOVELTY_ROWS = 500
_COMMON_SHARE = 0.01
_RARE = "(rare or new)"
_LARGEST_BLOCK = 50


@dataclass(frozen=True, slots=True)
class Rows:
    """Exchanges as the statistics take them; one row each.

    `channels` float32 with NaN where absent; `codes` holds for each nominal feature the place of
    its value in the feature's list; `components` are the embeddings' principal components.
    """

    channels: npt.NDArray[np.float32]
    codes: npt.NDArray[np.int64]
    components: npt.NDArray[np.float32]

    def take(self, places: npt.NDArray[np.int64]) -> Rows:
        """Pick rows by their places."""
        return Rows(self.channels[places], self.codes[places], self.components[places])


class Frame:
    """Turns exchanges into `Rows`, the same way for the baseline and for live traffic.

    The baseline is split by alternating blocks. Principal components, novelty and the model of
    the time to first token are fitted on one half; only the other half (`rows`) is compared with,
    since a fitted feature looks better on the rows it was fitted on than on any others. `at` has
    their times, in seconds since the epoch.

    `whole` has the rows of both halves in order, for what needs stretches that are not cut; the
    novelty of the half it was fitted on is there to the other half.
    """

    def __init__(self, baseline: Baseline) -> None:
        self.block = min(_LARGEST_BLOCK, max(8, baseline.size // 20))
        fit = (np.arange(baseline.size) // self.block) % 2 == 0
        self.at = np.asarray(baseline.at, dtype=np.float64)[~fit]
        self.baseline = baseline
        self._load = TtftLoad.fit(baseline, fit)
        width = min(_COMPONENTS, int(fit.sum()) // _ROWS_PER_COMPONENT)
        self._sides = [
            (Components.fit(vectors[fit], width), Novelty(vectors[fit][:_NOVELTY_ROWS]))
            for vectors in _embeddings(baseline)
        ]
        self.component_widths = [components.width for components, _ in self._sides]
        self.vocabularies = {
            name: [*_common(kept), _RARE] for name, kept in baseline.categories.items()
        }
        self._codes = [
            {value: i for i, value in enumerate(listed)} for listed in self.vocabularies.values()
        ]
        numbers = self._numbers(
            np.asarray(baseline.values, dtype=np.float32),
            [np.asarray(v, dtype=np.float32) for v in _embeddings(baseline)],
        )
        present = (~np.isnan(numbers.channels[~fit])).mean(axis=0) >= _LEAST_PRESENT
        names = (*baseline.channel_names, "prompt_novelty", "response_novelty")
        self._kept = np.flatnonzero(present)
        self.channel_names = tuple(names[i] for i in self._kept)
        codes = np.array(
            [
                [index.get(value, len(index) - 1) for value in kept]
                for index, kept in zip(self._codes, baseline.categories.values(), strict=True)
            ],
            dtype=np.int64,
        ).reshape(len(self._codes), baseline.size)
        self.rows = Rows(
            numbers.channels[np.ix_(~fit, self._kept)], codes.T[~fit], numbers.components[~fit]
        )
        whole = numbers.channels[:, self._kept]
        for side, vectors in zip(("prompt", "response"), _embeddings(baseline), strict=True):
            column = np.array(self.channel_names) == f"{side}_novelty"
            novelty = Novelty(vectors[~fit][:_NOVELTY_ROWS]).of(vectors[fit])
            whole[np.ix_(fit, column)] = novelty[:, None]
        self.whole = Rows(whole, codes.T, numbers.components)

    def codes_of(self, x: Observation) -> list[int]:
        """Give for each nominal feature the place of its value; unlisted ones share the last."""
        return [
            index.get(x.categories.get(name, ""), len(index) - 1)
            for name, index in zip(self.vocabularies, self._codes, strict=True)
        ]

    def rows_of(
        self,
        values: npt.NDArray[np.float32],
        codes: npt.NDArray[np.int64],
        vectors: list[npt.NDArray[np.float32]],
    ) -> Rows:
        """Turn exchanges into rows.

        `values` are the baseline's channels, `vectors` the prompts' and the responses' embeddings,
        rounded to half precision as the baseline's are; zeros stand for an absent one.
        """
        numbers = self._numbers(values, vectors)
        return Rows(numbers.channels[:, self._kept], codes, numbers.components)

    def _numbers(
        self, values: npt.NDArray[np.float32], vectors: list[npt.NDArray[np.float32]]
    ) -> Rows:
        novelty = [n.of(v) for (_, n), v in zip(self._sides, vectors, strict=True)]
        components = [c.of(v) for (c, _), v in zip(self._sides, vectors, strict=True)]
        channels = np.column_stack([self._load.residual(values), *novelty])
        return Rows(
            channels.astype(np.float32), np.empty((len(values), 0), np.int64), np.hstack(components)
        )


def side_of(channel: str) -> str:
    """Name what a channel is about: prompt, response, pair or timing."""
    head = channel.split("_", 1)[0]
    if head in {"prompt", "response", "pair"}:
        return head
    named = {"log_input_tokens": "prompt", "log_output_tokens": "response"}
    return named.get(channel, "response" if channel == "finish_reason" else "timing")


def _embeddings(baseline: Baseline) -> list[npt.NDArray[np.float32]]:
    return [
        np.asarray(baseline.prompt_embeddings, dtype=np.float32),
        np.asarray(baseline.response_embeddings, dtype=np.float32),
    ]


def _common(kept: tuple[str, ...]) -> list[str]:
    least = max(3, _COMMON_SHARE * len(kept))
    values, counts = np.unique(np.array(kept), return_counts=True)
    return [str(v) for v, count in zip(values, counts, strict=True) if count >= least]
