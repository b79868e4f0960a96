"""What is known of a change in traffic: what moved, how far, since when, in which part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ShiftKind = Literal[
    "input_change",
    "attack_wave",
    "new_tenant",
    "model_change",
    "quality_collapse",
    "relation_change",
    "timing_change",
    "seasonality",
]
"""What a change is, as far as the traffic tells.

`input_change`: people ask other things. `attack_wave`: a part of the prompts, and they look like
attacks. `new_tenant`: without a tenant that was not there before, nothing has changed.
`model_change`: the answers are others, the prompts are not. `quality_collapse`: so are the answers,
and they are empty, cut off, in loops, garbled or refusals. `relation_change`: answers hang together
with their prompts in another way. `timing_change`: times alone. `seasonality`: the baseline was
like this at the same hour.
"""

Age = Literal["new", "old"]


@dataclass(frozen=True, slots=True)
class Moved:
    """One channel that moved: `now` and `before` are medians, means or shares, as `unit` says.

    `quantile` is the share of the baseline that lies below `now`, None for a share. `effect` is
    Cliff's delta, -1 to 1: how much likelier a later value is above an earlier one than below; for
    a share, the difference. `evidence` is in standard errors and orders the channels.
    """

    channel: str
    now: float
    before: float
    unit: str
    quantile: float | None
    effect: float
    evidence: float


@dataclass(frozen=True, slots=True)
class Onset:
    """When the change began: how many exchanges ago, at which one, at what time.

    `earliest` and `latest` enclose `at` with a chance of 90%; all three in seconds since the epoch.
    Where `earliest` is as old as what is remembered, it may have been before.
    """

    exchanges: int
    exchange_id: str
    at: float
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class Share:
    """Share of the traffic since the change that is not as the baseline, with its standard error.

    At least this much: what looks as the baseline did cannot be told from it.
    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Carrier:
    """A tenant, route or model that carries more of the change than it has of the traffic.

    `carries` is its share of the change, `traffic` and `traffic_before` of all exchanges since and
    until then; `evidence` is how far it is over an even share of the change, in standard errors.
    """

    of: Literal["tenant", "route", "model"]
    name: str
    carries: float
    traffic: float
    traffic_before: float
    evidence: float


@dataclass(frozen=True, slots=True)
class Example:
    """An exchange that is typical of the new or of the old; its text is in its record, if kept.

    It stands for a cluster of embeddings: `share_now` of those since the change are in it,
    `share_before` of the baseline's.
    """

    of: Age
    exchange_id: str
    share_now: float
    share_before: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A change, explained. `symptom` names what collapsed, where quality did."""

    kind: ShiftKind
    moved: tuple[Moved, ...]
    onset: Onset
    share: Share
    carriers: tuple[Carrier, ...] = ()
    examples: tuple[Example, ...] = ()
    symptom: str = ""
