"""Slowdowns that must be found and named, and changes that must not be taken for one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.latency.server import ROUTES, Life

USUAL = Life()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What changes, from what; `kinds` are the types of detection that name it right."""

    name: str
    life: Life
    kinds: tuple[str, ...] = ()
    usual: Life = USUAL


def _with(name: str, *kinds: str, **how: object) -> Scenario:
    return Scenario(name, replace(USUAL, **how), kinds)  # type: ignore[arg-type]


_BUSY = replace(USUAL, load=0.2)
_DAILY = replace(USUAL, wave=0.2, apart=60.0)
_PLAIN = replace(USUAL, streams=False)

SLOWER = (
    _with("first token +20%", "slower_ttft", queue=0.06, prefill=0.00048),
    _with("first token +50%", "slower_ttft", queue=0.075, prefill=0.0006),
    _with("queue +100 ms", "slower_ttft", queue=0.15),
    _with("prefill x2", "slower_ttft", prefill=0.0008),
    _with("decoding +20%", "slower_decode", decode=0.024),
    _with("decoding +50%", "slower_decode", decode=0.03),
    _with("5% of first tokens x3", "heavier_tail", late=0.05, times=3.0),
    _with("5% of first tokens x6", "heavier_tail", late=0.05, times=6.0),
    _with("2% of first tokens x10", "heavier_tail", late=0.02, times=10.0),
    _with("one replica of four +50%", "slow_replica", slow=1.5),
    _with("one replica of four x2", "slow_replica", slow=2.0),
    _with("stands 3 s every minute", "periodic_stall", every=60.0, stands=3.0),
    _with("one route +50%", "slower_decode", "slower_ttft", routes={ROUTES[1]: 1.5}),
    Scenario("plain answers +20%", replace(_PLAIN, decode=0.024), ("slower_answer",), _PLAIN),
    Scenario("decoding +20%, bursty load", replace(_BUSY, decode=0.024), ("slower_decode",), _BUSY),
)
OTHER = (
    _with("nothing"),
    _with("prompts x3", inputs=450.0),
    _with("prompts x20", inputs=3_000.0),
    _with("answers x2", outputs=180.0),
    _with("answers a quarter", outputs=22.0),
    _with("other mix of routes", chat=0.1),
    _with("ten times the traffic, as quick", apart=0.2),
    _with("everything 20% quicker", queue=0.04, prefill=0.00032, decode=0.016),
    Scenario("nothing, bursty load", _BUSY, (), _BUSY),
    Scenario("nothing, plain answers", _PLAIN, (), _PLAIN),
    Scenario("nothing, load by the hour, baseline of a day", _DAILY, (), _DAILY),
)
