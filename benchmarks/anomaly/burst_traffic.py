"""Weeks of exchanges of tenants and users, day and night, and bursts planted among them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from detectors.observation import Observation

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
START = 1_767_571_200.0
"""A Monday, 00:00 UTC."""

_TENANTS, _USERS = 12, 10
_SESSIONS_A_DAY = 2.0
_TOPICS, _DIMENSIONS = 200, 64
_BY_HOUR = np.array(
    [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 13, 11, 13, 14, 13, 11, 9, 7, 6, 5, 4, 2, 1]
)
_WEEKEND = 0.3


@dataclass(frozen=True, slots=True)
class Planted:
    """A burst: what kind, whose, from when to when, which exchanges."""

    kind: str
    tenant: str
    start: float
    ids: frozenset[str] = field(default_factory=frozenset)


def weeks(count: int, seed: int) -> list[Observation]:
    """So many weeks of ordinary exchanges, in order of time.

    120 people of twelve tenants come in sessions, more by day than by night and on weekdays; their
    activity differs by a factor of ten. Two machines ask at fixed times, one the same five prompts.
    """
    rng = np.random.default_rng(seed)
    topics = rng.standard_normal((_TOPICS, _DIMENSIONS))
    found: list[Observation] = []
    for tenant in range(_TENANTS):
        for user in range(_USERS):
            activity = float(np.exp(rng.normal(0.0, 0.6)))
            for at in _sessions(rng, count, activity):
                found += _session(rng, topics, f"t{tenant}", f"u{user}", at)
    found += _machine(rng, topics, count, "t0", 600.0, 5)
    found += _machine(rng, topics, count, "t1", 1800.0, _TOPICS)
    found.sort(key=lambda x: x.at)
    return [replace(x, id=f"x{i}") for i, x in enumerate(found)]


def planted(kind: str, week: int, seed: int) -> list[Observation]:
    """One burst of a kind at some hour of a weekday in a week (0 the first), by one of the users."""
    rng = np.random.default_rng((seed, sum(map(ord, kind))))
    topics = rng.standard_normal((_TOPICS, _DIMENSIONS))
    at = START + week * WEEK + rng.integers(0, 5) * DAY + rng.uniform(7, 20) * HOUR
    tenant, user = f"t{rng.integers(2, _TENANTS)}", f"u{rng.integers(_USERS)}"
    count, gap, fields = _KINDS[kind]
    one = topics[0] / np.linalg.norm(topics[0])
    made = []
    for i in range(count):
        x = _exchange(rng, topics, tenant, user, at)
        if kind == "replay":
            x = replace(x, prompt="the same again", prompt_embedding=one.astype(np.float32))
        if kind == "enumeration":
            x = replace(x, prompt=f"record {i}", prompt_embedding=_near(rng, one))
        if kind == "longer requests":
            x = replace(x, input_tokens=8 * (x.input_tokens or 0), output_tokens=2000)
        made.append(replace(x, id=f"p{i}", **fields))
        at += rng.exponential(gap)
    return made


_KINDS = {
    "requests": (300, 2.0, {}),
    "longer requests": (60, 30.0, {}),
    "refusals": (40, 30.0, {"finish_reason": "content_filter"}),
    "errors": (40, 30.0, {"status": 429}),
    "flagged": (40, 30.0, {"scores": {"prompt": {"unsafe": 0.9}}}),
    "replay": (60, 30.0, {}),
    "enumeration": (60, 30.0, {}),
}
KINDS = tuple(_KINDS)
"""A kind's number of exchanges and the seconds between them: but for the first, a busy session."""


def _sessions(rng, weeks_: int, activity: float) -> np.ndarray:  # noqa: ANN001
    """Times at which sessions begin: an inhomogeneous Poisson process, hour by hour."""
    hours = np.arange(int(weeks_ * 168))
    rate = _BY_HOUR[hours % 24] / _BY_HOUR.sum() * _SESSIONS_A_DAY * activity
    rate = rate * np.where(hours // 24 % 7 >= 5, _WEEKEND, 1.0)
    counts = rng.poisson(rate)
    return START + HOUR * (np.repeat(hours, counts) + rng.random(counts.sum()))


def _session(rng, topics, tenant, user, at) -> list[Observation]:  # noqa: ANN001
    made = []
    for _ in range(1 + int(rng.exponential(5.0) * np.exp(rng.normal(0.0, 0.5)))):
        made.append(_exchange(rng, topics, tenant, user, at))
        at += rng.exponential(60.0)
    return made


def _machine(rng, topics, weeks_, tenant, every, prompts) -> list[Observation]:  # noqa: ANN001, PLR0917
    times = START + np.arange(0.0, weeks_ * WEEK, every)
    return [
        _exchange(rng, topics, tenant, "machine", float(at), topic=i % prompts)
        for i, at in enumerate(times)
    ]


def _exchange(rng, topics, tenant, user, at, topic=None) -> Observation:  # noqa: ANN001, PLR0917
    """A person's prompt is one of its topic, a machine's always the same for a topic."""
    fixed = topic is not None
    which = topic if fixed else int(rng.integers(_TOPICS))
    vector = topics[which] + (0.0 if fixed else 0.8) * rng.standard_normal(_DIMENSIONS)
    tokens = np.exp(rng.normal(5.0, 0.7, size=2))
    failed = rng.random() < 0.01
    return Observation(
        id="",
        at=float(at),
        model="m",
        route="/v1/chat/completions",
        tenant=tenant,
        user=user,
        status=502 if failed else 200,
        finish_reason="content_filter" if rng.random() < 0.01 else "stop",
        prompt=f"{tenant} asks of topic {which}"
        if fixed
        else f"topic {which} {rng.integers(10**6)}",
        response=None if failed else "answer",
        input_tokens=int(tokens[0]),
        output_tokens=int(tokens[1]),
        scores={"prompt": {"unsafe": float(rng.beta(0.2, 12))}},
        prompt_embedding=(vector / np.linalg.norm(vector)).astype(np.float32),
    )


def _near(rng, one) -> np.ndarray:  # noqa: ANN001
    """A vector at a cosine of about 0.95 to another."""
    vector = one + 0.33 / np.sqrt(_DIMENSIONS) * rng.standard_normal(_DIMENSIONS)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
