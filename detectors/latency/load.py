"""What a time should be, given the tokens of an exchange: a start, so much for each token in and out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detectors.latency.measures import tpot, ttft, whole
from detectors.line import Array, line_through_medians

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.observation import Observation

PHASES = ("ttft", "decode", "answer")
"""Streams: the time to the first token and the time of each later one. Plain answers: all of it."""

_WORDS = "prompt_log_length"
_TURNS = 4


class Sample(NamedTuple):
    """A time in seconds, and the tokens that explain it."""

    seconds: float
    inputs: int
    outputs: int


class Load(NamedTuple):
    """Seconds expected: `start`, plus so much for each token in and out. `start` is positive."""

    start: float
    per_input: float
    per_output: float

    def expected(self, sample: Sample) -> float:
        """Seconds that a sample with these tokens should take."""
        return self.start + self.per_input * sample.inputs + self.per_output * sample.outputs


def samples(x: Observation) -> dict[str, Sample]:
    """Times of an exchange by phase; none where what would explain it is not known.

    Where the server does not count the input's tokens, the prompt's words stand for them.
    """
    inputs = x.input_tokens
    if inputs is None and _WORDS in x.channels:
        inputs = round(math.expm1(x.channels[_WORDS]))
    if inputs is None:
        return {}
    if x.stream:
        times = {"ttft": ttft(x), "decode": tpot(x)}
    else:
        times = {"answer": x.timing.duration if whole(x) and x.output_tokens else None}
    return {
        phase: Sample(seconds, inputs, x.output_tokens or 0)
        for phase, seconds in times.items()
        if seconds is not None and seconds > 0
    }


def columns(baseline: Baseline) -> dict[str, Array]:
    """Seconds, inputs and outputs by phase, shape (rows, 3), NaN where a row has no such time."""
    counted = np.expm1(_channel(baseline, "log_input_tokens"))
    words = np.expm1(_channel(baseline, _WORDS))
    inputs = np.rint(np.where(np.isnan(counted), words, counted))
    outputs = np.rint(np.nan_to_num(np.expm1(_channel(baseline, "log_output_tokens"))))
    first = np.exp(_channel(baseline, "log_ttft"))
    each = np.exp(_channel(baseline, "log_seconds_per_token"))
    streamed = ~np.isnan(first)
    times = {
        "ttft": first,
        "decode": np.where(streamed, each, np.nan),
        "answer": np.where(streamed, np.nan, each * outputs),
    }
    return {phase: np.column_stack([t, inputs, outputs]) for phase, t in times.items()}


def fit_load(phase: str, rows: Array) -> Load:
    """Fit through medians, so that outliers do not count.

    A later token's time grows with the context, on average the input and half of the output.
    """
    seconds, inputs, outputs = rows.T
    if phase == "ttft":
        return Load(*line_through_medians(inputs, seconds), 0.0)
    if phase == "decode":
        start, slope = line_through_medians(inputs + outputs / 2, seconds)
        return Load(start, slope, slope / 2)
    start = per_input = per_output = 0.0
    for _ in range(_TURNS):
        _, per_output = line_through_medians(outputs, seconds - per_input * inputs)
        start, per_input = line_through_medians(inputs, seconds - per_output * outputs)
    return Load(max(start, 0.01 * float(np.median(seconds))), per_input, per_output)


def _channel(baseline: Baseline, name: str) -> Array:
    names = baseline.channel_names
    if name not in names:
        return np.full(baseline.size, np.nan)
    return baseline.values[:, names.index(name)].astype(np.float64)
