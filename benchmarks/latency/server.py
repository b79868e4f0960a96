"""An invented model server behind several replicas: what an exchange takes, given its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from detectors.baseline import Baseline
from detectors.observation import Observation, Timing
from detectors.text.channels import channels

ROUTES = ("/v1/chat/completions", "/v1/completions")
TENANTS = ("a", "b", "c", "d", "e")
REPLICAS = 4
_START = 1.7e9


@dataclass(frozen=True, slots=True)
class Life:
    """What traffic and server are like; every change is one of these with other numbers.

    Times are log-normal about (queue + prefill x input) and decode x output; `load` is the
    deviation of what neighbours have in common, with the correlation `memory`. `wave` is by how much
    times swing over a day. Of the exchanges `late` take `times` as long to the first token; every
    `every` seconds the server stands for `stands`. `slow` is by how much the first replica is slower.
    """

    queue: float = 0.05
    prefill: float = 0.0004
    decode: float = 0.02
    scatter: float = 0.35
    scatter_decode: float = 0.15
    load: float = 0.0
    memory: float = 0.9
    wave: float = 0.0
    inputs: float = 150.0
    outputs: float = 90.0
    chat: float = 0.7
    late: float = 0.0
    times: float = 1.0
    every: float = 0.0
    stands: float = 0.0
    slow: float = 1.0
    apart: float = 2.0
    streams: bool = True
    routes: dict[str, float] = field(default_factory=dict)


class Server:
    """Answers as a life says, from one seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._common, self._count, self._at = 0.0, 0, _START

    def stream(self, life: Life, count: int) -> list[Observation]:
        """Give the next exchanges."""
        return [self._exchange(life) for _ in range(count)]

    def _exchange(self, life: Life) -> Observation:
        rng = self._rng
        self._count, self._at = self._count + 1, self._at + float(rng.exponential(life.apart))
        chat = bool(rng.random() < life.chat)
        route, replica = ROUTES[not chat], int(rng.integers(REPLICAS))
        inputs = 5 + int(rng.lognormal(np.log(life.inputs * (1.0 if chat else 3.0)), 0.8))
        outputs = 2 + int(rng.lognormal(np.log(life.outputs * (1.0 if chat else 0.4)), 0.7))
        first, each = self._times(
            life, inputs, slow=replica == 0, factor=life.routes.get(route, 1.0)
        )
        first += self._stall(life)
        if rng.random() < life.late:
            first *= life.times
        whole = first + each * (outputs - 1)
        return Observation(
            id=f"x{self._count}",
            at=self._at,
            model="m",
            route=route,
            tenant=TENANTS[int(rng.integers(len(TENANTS)))],
            upstream=f"10.0.0.{replica}:8000",
            status=200,
            stream=life.streams,
            input_tokens=inputs,
            output_tokens=outputs,
            timing=Timing(ttft=first if life.streams else None, duration=whole),
        )

    def _times(self, life: Life, inputs: int, *, slow: bool, factor: float) -> tuple[float, float]:
        rng, fresh = self._rng, float(self._rng.normal())
        self._common = life.memory * self._common + (1.0 - life.memory**2) ** 0.5 * fresh
        day = np.sin(2.0 * np.pi * (self._at - _START) / 86_400.0)
        common = factor * (life.slow if slow else 1.0)
        common *= float(np.exp(life.load * self._common + life.wave * day))
        first = (life.queue + life.prefill * inputs) * float(rng.lognormal(0.0, life.scatter))
        each = life.decode * float(rng.lognormal(0.0, life.scatter_decode))
        return first * common, each * common

    def _stall(self, life: Life) -> float:
        """What is left of a stand-still that an exchange falls into."""
        if not life.every:
            return 0.0
        return max(0.0, life.stands - self._at % life.every)


def baseline_of(rows: list[Observation]) -> Baseline:
    """Build a baseline of a stream without texts."""
    kept = [replace(x, channels=channels(x)) for x in rows]
    return Baseline.build(kept, name="latency", encoder="none", created=rows[-1].at)
