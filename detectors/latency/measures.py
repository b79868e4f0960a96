"""What is measured on an exchange. Each is None where it is not known; never zero instead."""

from __future__ import annotations

from collections.abc import Callable

from detectors.observation import Observation

Measure = Callable[[Observation], float | None]

CLIENT_LEFT = "client_closed"


def failed(x: Observation) -> bool:
    """Whether the upstream failed this exchange; a client that left is not its failure."""
    return x.status >= 500 or (x.error is not None and x.error != CLIENT_LEFT)


def whole(x: Observation) -> bool:
    """Whether the exchange ran to its end, so that its times mean what they say."""
    return x.state == "done" and x.error is None and x.status < 400


def ttft(x: Observation) -> float | None:
    """Seconds to the first token of a stream."""
    return x.timing.ttft if x.stream and whole(x) else None


def tpot(x: Observation) -> float | None:
    """Seconds per output token after the first, in a stream of two tokens or more."""
    times, tokens = x.timing, x.output_tokens
    if not (x.stream and whole(x)) or times.ttft is None or times.duration is None:
        return None
    if tokens is None or tokens < 2 or times.duration < times.ttft:
        return None
    return (times.duration - times.ttft) / (tokens - 1)


def duration(x: Observation) -> float | None:
    """Seconds to the last byte of the answer."""
    return x.timing.duration if whole(x) else None


def failure(x: Observation) -> float | None:
    """Give 1 for a failed exchange, 0 for any other; None for a notice of one under way."""
    return None if x.state != "done" else float(failed(x))


def cut(x: Observation) -> float | None:
    """Give 1 for a stream that broke off after its beginning, 0 for one that did not.

    None for what is no stream, and for a stream that never began: that is a failure, not a cut.
    """
    if x.state != "done" or not x.stream or x.error == CLIENT_LEFT:
        return None
    if x.error is None:
        return 0.0 if x.status < 400 else None
    return 1.0 if x.timing.ttft is not None or x.response else None


MEASURES: dict[str, Measure] = {"ttft": ttft, "tpot": tpot, "duration": duration}
"""The measures that objectives set limits for, by name."""
