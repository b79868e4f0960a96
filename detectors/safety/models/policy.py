"""Which models judge prompts and responses, and how what they say is put together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from detectors.safety.models.kinds import (
    ANY,
    SIDES,
    ClassifierModel,
    ExternalModel,
    GuardModel,
    Model,
    check_categories,
)

Combination = Literal["maximum", "mean", "weighted"]

BUILT_IN = "built-in"
OFFSET = "offset"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsPolicy:
    """The models that judge. Impossible values raise ValueError."""

    built_in: bool = True
    """The built-in model judges too."""
    combine: Combination = "maximum"
    """How the probabilities of a category are combined: `maximum`, `mean`, or `weighted`."""
    weights: dict[str, dict[str, float]] = field(default_factory=dict)
    """For `weighted`: category, or `*`, to the weights of the models' log-odds, and an `offset`."""
    classifiers: dict[str, ClassifierModel] = field(default_factory=dict)
    """Sequence classifiers by name; `docs/models.md` describes their keys."""
    guards: dict[str, GuardModel] = field(default_factory=dict)
    """Generative guards by name; `docs/models.md` describes their keys."""
    external: dict[str, ExternalModel] = field(default_factory=dict)
    """External detectors by name; `docs/models.md` describes their keys."""

    def __post_init__(self) -> None:
        self._check_names()
        for side in SIDES:
            if not self.built_in and not any(
                side in model.sides and model.scores_unsafe for model in self.models.values()
            ):
                raise ValueError(
                    f"models: nothing scores `unsafe` of a {side}: map a label of some model to "
                    "`unsafe`, or leave built_in on"
                )
        if self.combine == "weighted":
            self._check_weights()

    @property
    def models(self) -> dict[str, Model]:
        """Every model but the built-in one, by name, in order of kind."""
        return {**self.classifiers, **self.guards, **self.external}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all that judge, where there is any but the built-in one; else none."""
        if not self.models:
            return ()
        return ((BUILT_IN,) if self.built_in else ()) + tuple(self.models)

    def _check_names(self) -> None:
        given = [*self.classifiers, *self.guards, *self.external]
        for name in given:
            if not _NAME.fullmatch(name) or name in {BUILT_IN, OFFSET}:
                raise ValueError(
                    f"models: {name!r} cannot be a name: at most 40 of a-z 0-9 . _ -, beginning "
                    f"with a letter or digit, and not {BUILT_IN} or {OFFSET}"
                )
            if given.count(name) > 1:
                raise ValueError(f"models: two models are called {name!r}")

    def _check_weights(self) -> None:
        if not self.weights:
            raise ValueError("models: `weighted` needs weights")
        known = {*self.names, OFFSET}
        check_categories("weights", [name for name in self.weights if name != ANY])
        for category, weights in self.weights.items():
            if unknown := sorted(set(weights) - known):
                raise ValueError(f"weights.{category}: there is no model {', '.join(unknown)}")
            own = [weight for name, weight in weights.items() if name != OFFSET]
            if min(own, default=0.0) < 0.0 or not sum(own) > 0.0:
                raise ValueError(f"weights.{category}: weights are 0 or more, at least one above 0")
