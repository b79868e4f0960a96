"""Fit the two halves of the classifier. NumPy and SciPy alone; the same seed, the same weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from featurise import Features

from detectors.safety.head import INPUT_SCALE, Head

Array = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

LINEAR_STEPS = 60
LINEAR_RATE = 0.05
LINEAR_PENALTY = 1e-6
PAIR_SCALE = np.float32(0.5)
HIDDEN = 256
EPOCHS = 6
HEAD_RATE = 3e-3
HEAD_DECAY = 1e-2
DROPOUT = 0.3
BATCH = 512


@dataclass(frozen=True, slots=True)
class Fitted:
    """Both halves before rounding: tables of shape (buckets, categories), and the head."""

    words: Array
    pairs: Array
    head: Head

    def logits(self, x: Features, places: Places) -> Array:
        """Summed log-odds of both halves for the windows at `places`."""
        linear = x.bags[places] @ (x.vocabulary @ self.words)
        linear += x.pairs[places] @ (self.pairs * PAIR_SCALE)
        return linear + self.head.logits(x.embeddings[places])


class Adam:
    """Adam (Kingma and Ba, 2015), in place, with decoupled weight decay."""

    def __init__(self, parameters: list[Array], decay: float = 0.0, second: float = 0.99) -> None:
        self._parameters = parameters
        self._decay = decay
        self._second = second
        self._mean = [np.zeros_like(p) for p in parameters]
        self._square = [np.zeros_like(p) for p in parameters]
        self._step = 0

    def step(self, gradients: list[Array], rate: float) -> None:
        """Move the parameters against their gradients."""
        self._step += 1
        one, two = 1 - 0.9**self._step, 1 - self._second**self._step
        kept = zip(self._parameters, gradients, self._mean, self._square, strict=True)
        for parameter, gradient, mean, square in kept:
            mean += 0.1 * (gradient - mean)  # noqa: PLW2901 - in place
            square += (1 - self._second) * (gradient**2 - square)  # noqa: PLW2901 - in place
            move = mean / one / (np.sqrt(square / two) + 1e-8)
            parameter -= rate * (move + self._decay * parameter)  # noqa: PLW2901 - in place


def fit(x: Features, places: Places, weights: Array) -> Fitted:
    """Fit on the windows at `places`; `weights`, (len(places), categories), 0 where unknown."""
    weights = weights / np.maximum(weights.sum(axis=0, keepdims=True), 1e-9)
    words, pairs, bias = _fit_linear(x, places, weights)
    head = _fit_head(x.embeddings[places], x.targets[places], weights * len(places))
    head = Head(head.inner, head.inner_bias, head.outer, head.outer_bias + bias)
    return Fitted(words, pairs, head)


def _fit_linear(x: Features, places: Places, weights: Array) -> tuple[Array, Array, Array]:
    """Logistic regression, all categories at once, by full-batch Adam stopped early."""
    bags, pairs = x.bags[places], x.pairs[places] * PAIR_SCALE
    back = bags.T.tocsr(), x.vocabulary.T.tocsr(), pairs.T.tocsr()
    targets = x.targets[places]
    size = targets.shape[1]
    word_table = np.zeros((x.vocabulary.shape[1], size), dtype=np.float32)
    pair_table = np.zeros((pairs.shape[1], size), dtype=np.float32)
    bias = _prior(targets, weights)
    adam = Adam([word_table, pair_table, bias])
    for _ in range(LINEAR_STEPS):
        logits = bags @ (x.vocabulary @ word_table) + pairs @ pair_table + bias
        slope = (weights * (_logistic(logits) - targets)).astype(np.float32)
        gradients = [
            back[1] @ (back[0] @ slope) + LINEAR_PENALTY * word_table,
            back[2] @ slope + LINEAR_PENALTY * pair_table,
            slope.sum(axis=0),
        ]
        adam.step(gradients, LINEAR_RATE)
    return word_table, pair_table, bias


def _fit_head(embeddings: Array, targets: Array, weights: Array) -> Head:
    """Fit a network of one hidden layer with dropout, by Adam on mini-batches."""
    rng = np.random.default_rng(7)
    size, categories = embeddings.shape[1], targets.shape[1]
    inner = (rng.standard_normal((size, HIDDEN)) * size**-0.5 * 0.6).astype(np.float32)
    outer = (rng.standard_normal((HIDDEN, categories)) * HIDDEN**-0.5 * 0.6).astype(np.float32)
    head = Head(inner, np.zeros(HIDDEN, np.float32), outer, _prior(targets, weights))
    parameters = [head.inner, head.inner_bias, head.outer, head.outer_bias]
    adam = Adam(parameters, HEAD_DECAY, 0.999)
    steps = EPOCHS * (len(embeddings) // BATCH + 1)
    for step in range(steps):
        chosen = rng.integers(0, len(embeddings), BATCH)
        kept = (rng.random((BATCH, HIDDEN), dtype=np.float32) > DROPOUT) / np.float32(1 - DROPOUT)
        gradients = _gradients(head, embeddings[chosen], targets[chosen], weights[chosen], kept)
        adam.step(gradients, HEAD_RATE * _one_cycle(step / steps))
    return head


def _gradients(
    head: Head, embeddings: Array, targets: Array, weights: Array, kept: Array
) -> list[Array]:
    scaled = embeddings * INPUT_SCALE
    before = scaled @ head.inner + head.inner_bias
    hidden = np.maximum(before, 0.0) * kept
    logits = hidden @ head.outer + head.outer_bias
    slope = weights * (_logistic(logits) - targets) / np.float32(weights.size)
    back = (slope @ head.outer.T) * kept * (before > 0)
    return [scaled.T @ back, back.sum(axis=0), hidden.T @ slope, slope.sum(axis=0)]


def _one_cycle(progress: float) -> float:
    """Warm up over the first 20%, then fall to nothing along a cosine."""
    if progress < 0.2:
        return 0.05 + 0.95 * progress / 0.2
    return float(0.5 + 0.5 * np.cos(np.pi * (progress - 0.2) / 0.8))


def _prior(targets: Array, weights: Array) -> Array:
    positive = (weights * targets).sum(axis=0)
    negative = (weights * (1 - targets)).sum(axis=0)
    return np.log((positive + 1e-6) / (negative + 1e-6)).astype(np.float32)


def _logistic(logits: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
