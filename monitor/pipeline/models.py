"""Builds what judges each side, the built-in classifiers or a panel, and what finds personal data."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from detectors.observation import Side
from detectors.safety.models.kinds import ClassifierModel, ExternalModel, GuardModel, Model
from detectors.safety.models.panel import Member, Panel, UnavailableError
from detectors.safety.models.policy import BUILT_IN, ModelsPolicy
from detectors.safety.policy import PresidioPolicy
from detectors.safety.recognisers import Find
from monitor.pipeline.circuit import REST, Circuit, Guarded
from monitor.settings import SettingsError

log = logging.getLogger(__name__)


class NamedMember(Member, Protocol):
    """A classifier with a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Judges:
    """What judges each side, and where there are several models the circuit of each."""

    panels: dict[Side, NamedMember]
    circuits: dict[str, Circuit]


def judges(
    policy: ModelsPolicy, built_in: Mapping[Side, NamedMember], failures: Counter[str]
) -> Judges:
    """What judges each side. A model that judges both sides is loaded once.

    `failures` counts by model the texts that it failed on. The models of a panel are asked at the
    same time, each by a thread of its own: one that is slow, or away, holds up no other.

    Raises
    ------
    DetectorError
        A model, or the library it needs, is not there or does not fit its settings.
    SettingsError
        The variable that holds a detector's token is not set.
    """
    if not policy.models:
        return Judges(dict(built_in), {})
    loaded = {name: _load(name, model) for name, model in policy.models.items()}
    circuits = {name: Circuit(name, rest=_rest(policy, name)) for name in policy.names}
    threads = ThreadPoolExecutor(len(circuits), thread_name_prefix="safety-model")

    def failed(name: str, error: Exception) -> None:
        if not failures[name]:
            # Where and why somebody else's detector did not answer is all in the message.
            trace = None if isinstance(error, UnavailableError) else error
            log.error("the model %s failed on a text: %s", name, error, exc_info=trace)
        failures[name] += 1

    found: dict[Side, NamedMember] = {}
    for side, own in built_in.items():
        members = {
            name: Guarded(member, circuits[name])
            for name, member in _members(policy, side, own, loaded).items()
        }
        found[side] = Panel(side, members, policy, failed, threads)
    return Judges(found, circuits)


def _members(
    policy: ModelsPolicy, side: Side, built_in: Member, loaded: Mapping[str, Member]
) -> dict[str, Member]:
    others = {name: loaded[name] for name, model in policy.models.items() if side in model.sides}
    return {BUILT_IN: built_in, **others} if policy.built_in else others


def _rest(policy: ModelsPolicy, name: str) -> float:
    return policy.external[name].rest if name in policy.external else REST


def _load(name: str, model: Model) -> Member:
    if isinstance(model, ClassifierModel):
        from detectors.safety.models.sequence import SequenceClassifier  # noqa: PLC0415 - optional

        return SequenceClassifier.load(name, model)
    if isinstance(model, GuardModel):
        from detectors.safety.models.guard import GenerativeGuard  # noqa: PLC0415 - the same

        return GenerativeGuard.load(name, model)
    return _external(name, model)


def _external(name: str, model: ExternalModel) -> Member:
    from monitor.pipeline.external import ExternalDetector  # noqa: PLC0415 - the same

    variable = model.token_variable
    if variable and not os.environ.get(variable):
        raise SettingsError(
            f"policy.safety.models.external.{name}: the environment variable {variable}, which "
            "shall hold its token, is not set"
        )
    return ExternalDetector(name, model, token=os.environ.get(variable, ""))


def presidio(policy: PresidioPolicy) -> Find | None:
    """Presidio with our own recognisers; None where it is not wanted.

    Raises
    ------
    DetectorError
        Presidio, or the pipeline that is named, is not there.
    """
    if not policy.enabled:
        return None
    from detectors.safety.recognisers.presidio import Presidio  # noqa: PLC0415 - optional

    return Presidio.load(policy.language, policy.least, model=policy.model).find
