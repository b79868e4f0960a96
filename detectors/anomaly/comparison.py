"""All fitted features of one group of baseline rows, put together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.anomaly.elsewhere import Elsewhere
from detectors.anomaly.expected import FirstToken, Line
from detectors.anomaly.fitted import (
    COLUMNS,
    FOLDS,
    Array,
    Fit,
    Matrix,
    Neighbours,
    Spread,
    asks_for_another_language,
)
from detectors.anomaly.rarity import Rarity
from detectors.anomaly.side import Placed, Side

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.observation import Observation, Vector

Rows = npt.NDArray[np.intp]

_LINES = {
    "length_residual": ("response_log_length", ("prompt_log_length",)),
    "tokens_residual": ("log_output_tokens", ("response_log_length",)),
}
_RARE = {
    "language_gap": ("prompt_language", "response_language"),
    "rare_response_language": ("", "response_language"),
    "rare_prompt_language": ("", "prompt_language"),
    "rare_response_format": ("", "response_format"),
    "rare_response_first": ("", "response_first"),
    "rare_finish_reason": ("", "finish_reason"),
    "rare_response_last": ("", "response_last"),
}
_PLACE = {name: place for place, name in enumerate(COLUMNS)}
_PROMPT_NOVELTY, _PROMPT_DISTANCE = _PLACE["prompt_novelty"], _PLACE["prompt_distance"]
_RESPONSE_NOVELTY, _RESPONSE_DISTANCE = _PLACE["response_novelty"], _PLACE["response_distance"]
_FIT = _PLACE["pair_fit"]
_PROMPT_ELSEWHERE = _PLACE["prompt_elsewhere"]
_RESPONSE_ELSEWHERE = _PLACE["response_elsewhere"]
_LANGUAGE = [_PLACE["language_gap"], _PLACE["rare_response_language"]]
_LANGUAGE_LENGTH = math.log(9)
"""Fewer than eight words, often names, are of no language for sure."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Compares an exchange with a group of baseline rows; one number for each of COLUMNS."""

    places: dict[str, int]
    prompt_spread: Spread | None
    response_spread: Spread | None
    fit: Fit | None
    prompt_side: Side
    response_side: Side
    prompt_elsewhere: Elsewhere | None
    response_elsewhere: Elsewhere | None
    lines: dict[str, Line | None]
    first_token: FirstToken | None
    rare: list[tuple[int, Rarity, str, str]]

    @classmethod
    def of(cls, baseline: Baseline, rows: Rows, fold: Rows) -> Comparison:
        """Fit to these rows of the baseline; `fold` is the fold of each of them."""
        prompts, responses = _embeddings(baseline, rows)
        other_prompts, other_responses = _embeddings(baseline, _elsewhere(baseline, rows))
        columns = {n: baseline.values[rows, i] for i, n in enumerate(baseline.channel_names)}
        nominal = {n: [kept[i] for i in rows] for n, kept in baseline.categories.items()}
        blank = [""] * len(rows)
        near = [Neighbours.fit(side, fold) for side in (prompts, responses)]
        spread = [Spread.fit(side) for side in (prompts, responses)]
        fit = Fit.fit(prompts, responses)
        left, right = _maps(fit, prompts.shape[1])
        return cls(
            places={name: i for i, name in enumerate(baseline.channel_names)},
            prompt_spread=spread[0],
            response_spread=spread[1],
            fit=fit,
            prompt_side=Side.of(near[0], spread[0], *left),
            response_side=Side.of(near[1], spread[1], *right),
            prompt_elsewhere=Elsewhere.fit(prompts, other_prompts),
            response_elsewhere=Elsewhere.fit(responses, other_responses),
            lines={name: _line(columns, *spec) for name, spec in _LINES.items()},
            first_token=_first_token(columns),
            rare=[
                (
                    _PLACE[name],
                    Rarity.fit(nominal.get(given, blank), nominal.get(value, blank)),
                    given,
                    value,
                )
                for name, (given, value) in _RARE.items()
            ],
        )

    def features(self, x: Observation, row: list[float]) -> list[float]:
        """Give the fitted features of an exchange; NaN where one has no meaning.

        `row` holds its channels in the baseline's order.
        """
        found = [math.nan] * len(COLUMNS)
        self._embedded(x, found)
        self._residuals_of_one(row, found)
        category = x.categories.get
        for place, rarity, given, value in self.rare:
            found[place] = rarity.of(category(given, ""), category(value, ""))
        if not _has_language(x) or _asks(x):
            for place in _LANGUAGE:
                found[place] = math.nan
        found[_PLACE["broken_json"]] = float(x.channels.get("response_json_valid") == 0.0)
        return found

    def _embedded(self, x: Observation, found: list[float]) -> None:
        """Fill in what the embeddings tell."""
        prompt = _placed(self.prompt_side, x.prompt_embedding)
        response = _placed(self.response_side, x.response_embedding)
        if prompt is not None:
            found[_PROMPT_NOVELTY], found[_PROMPT_DISTANCE] = prompt.novelty, prompt.distance
        if response is not None:
            found[_RESPONSE_NOVELTY] = response.novelty
            found[_RESPONSE_DISTANCE] = response.distance
        if prompt is not None and x.prompt_embedding is not None:
            found[_PROMPT_ELSEWHERE] = _likeness(self.prompt_elsewhere, x.prompt_embedding)
        if response is not None and x.response_embedding is not None:
            found[_RESPONSE_ELSEWHERE] = _likeness(self.response_elsewhere, x.response_embedding)
        if self.fit is not None and prompt is not None and response is not None:
            found[_FIT] = self.fit.score_of(prompt.mapped, response.mapped, response.length)

    def residuals(self, values: Array, found: Array) -> None:
        """Fill in what is seen minus what the rest of the exchange leads to expect, for all rows."""
        place = self.places
        for name, line in self.lines.items():
            target, inputs = _LINES[name]
            if line is not None:
                found[..., _PLACE[name]] = line.residual(
                    [values[..., place[i]] for i in inputs], values[..., place[target]]
                )
        if self.first_token is not None:
            found[..., _PLACE["ttft_residual"]] = self.first_token.residual(
                values[..., place["log_input_tokens"]], values[..., place["log_ttft"]]
            )

    def _residuals_of_one(self, row: list[float], found: list[float]) -> None:
        """Do as `residuals` does for one row, in plain numbers: several times as quick."""
        place = self.places
        for name, line in self.lines.items():
            target, inputs = _LINES[name]
            if line is not None:
                expected = line.expected([row[place[i]] for i in inputs])
                found[_PLACE[name]] = row[place[target]] - expected
        if self.first_token is not None:
            found[_PLACE["ttft_residual"]] = self.first_token.residual_of_one(
                row[place["log_input_tokens"]], row[place["log_ttft"]]
            )

    @staticmethod
    def of_rows(baseline: Baseline, rows: Rows, fold: Rows) -> Array:
        """Fitted features of the baseline's own rows, each against the other folds."""
        found = np.full((len(rows), len(COLUMNS)), np.nan)
        prompts, responses = _embeddings(baseline, rows)
        values = baseline.values[rows].astype(np.float64)
        found[:, _PLACE["prompt_novelty"]] = Neighbours.fit(prompts, fold).of_rows(prompts, fold)
        found[:, _PLACE["response_novelty"]] = Neighbours.fit(responses, fold).of_rows(
            responses, fold
        )
        for k in range(FOLDS):
            inside = np.flatnonzero(fold == k)
            other = Comparison.of(baseline, rows[fold != k], fold[fold != k])
            part = found[inside]
            other.residuals(values[inside], part)
            _fill(part, other, baseline, rows[inside], (prompts[inside], responses[inside]))
            found[inside] = part
        without = ~_have_language(baseline, rows)
        for place in _LANGUAGE:
            found[without, place] = np.nan
        found[:, _PLACE["broken_json"]] = _column(baseline, "response_json_valid", rows) == 0.0
        return found


def _fill(
    part: Array, other: Comparison, baseline: Baseline, rows: Rows, sides: tuple[Matrix, Matrix]
) -> None:
    """Fill in what is taken row by row: the fit and the rare categories."""
    for out, row, prompt, response in zip(part, rows, *sides, strict=True):
        if prompt.any():
            out[_PLACE["prompt_distance"]] = _distance(other.prompt_spread, prompt)
            out[_PLACE["prompt_elsewhere"]] = _likeness(other.prompt_elsewhere, prompt)
        if response.any():
            out[_PLACE["response_distance"]] = _distance(other.response_spread, response)
            out[_PLACE["response_elsewhere"]] = _likeness(other.response_elsewhere, response)
        if other.fit is not None and prompt.any() and response.any():
            out[_PLACE["pair_fit"]] = other.fit.score(prompt, response)
        for place, rarity, given, value in other.rare:
            out[place] = rarity.of(_category(baseline, given, row), _category(baseline, value, row))


def _category(baseline: Baseline, name: str, row: int) -> str:
    kept = baseline.categories.get(name)
    return "" if kept is None else kept[row]


def _embeddings(baseline: Baseline, rows: Rows) -> tuple[Matrix, Matrix]:
    return (
        baseline.prompt_embeddings[rows].astype(np.float32),
        baseline.response_embeddings[rows].astype(np.float32),
    )


def _line(
    columns: dict[str, npt.NDArray[np.floating]], target: str, inputs: tuple[str, ...]
) -> Line | None:
    if target not in columns or any(name not in columns for name in inputs):
        return None
    return Line.fit(
        np.column_stack([columns[name] for name in inputs]).astype(np.float64),
        columns[target].astype(np.float64),
    )


def _first_token(columns: dict[str, npt.NDArray[np.floating]]) -> FirstToken | None:
    if "log_ttft" not in columns or "log_input_tokens" not in columns:
        return None
    return FirstToken.fit(
        columns["log_input_tokens"].astype(np.float64), columns["log_ttft"].astype(np.float64)
    )


def _distance(spread: Spread | None, embedding: Vector) -> float:
    return np.nan if spread is None else spread.distance(embedding)


def _maps(fit: Fit | None, width: int) -> tuple[tuple[Matrix, Matrix], tuple[Matrix, Matrix]]:
    """What maps prompts, and what maps answers, each with the embedding that it maps to zero."""
    if fit is None:
        nothing = np.zeros((0, width), np.float32), np.zeros(width, np.float32)
        return nothing, nothing
    return (fit.from_prompt, fit.mean_prompt), (fit.from_response, fit.mean_response)


def _placed(side: Side, embedding: Vector | None) -> Placed | None:
    """Place an embedding; None where the text is absent or its embedding has nothing."""
    if embedding is None or not (embedding.item(0) or embedding.any()):
        return None
    if side.stacked.shape[1] != len(embedding):  # a baseline of bare texts
        return None
    return side.place(embedding)


def _likeness(elsewhere: Elsewhere | None, embedding: Vector) -> float:
    return np.nan if elsewhere is None else elsewhere.score(embedding)


def _elsewhere(baseline: Baseline, rows: Rows) -> Rows:
    """Rows of other system prompts than these."""
    strata = np.array(baseline.strata)
    return np.flatnonzero(~np.isin(strata, strata[rows]))


def _has_language(x: Observation) -> bool:
    """Whether an answer is long enough, and prose, so that its language means something."""
    long_enough = x.channels.get("response_log_length", 0.0) >= _LANGUAGE_LENGTH
    return long_enough and x.categories.get("response_format") != "code"


def _have_language(baseline: Baseline, rows: Rows) -> npt.NDArray[np.bool_]:
    code = np.array([_category(baseline, "response_format", row) == "code" for row in rows])
    long_enough = _column(baseline, "response_log_length", rows) >= _LANGUAGE_LENGTH
    return np.asarray(long_enough & ~code, dtype=np.bool_)


def _column(baseline: Baseline, name: str, rows: Rows) -> Array:
    if name not in baseline.channel_names:
        return np.full(len(rows), np.nan)
    values = baseline.values[rows, baseline.channel_names.index(name)]
    return np.asarray(values, dtype=np.float64)


def _asks(x: Observation) -> bool:
    """Whether another language was asked for; only looked at where the two sides differ."""
    prompt, response = x.categories.get("prompt_language"), x.categories.get("response_language")
    return prompt != response and asks_for_another_language(x.prompt or "")
