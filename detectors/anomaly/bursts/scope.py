"""All users, all tenants, or all traffic: streams of one kind with what they have in common."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detectors.anomaly.bursts.common import Common
from detectors.anomaly.bursts.heavy import HeavyHitters
from detectors.anomaly.bursts.measures import FIRST_SHARE
from detectors.anomaly.bursts.stream import Stream

if TYPE_CHECKING:
    from detectors.anomaly.bursts.arrival import Arrival

State = dict[str, Any]

_WARM = 200


@dataclass(frozen=True, slots=True)
class Burst:
    """A measure of one key that is over its limit."""

    scope: str
    key: str
    measure: int
    stream: Stream
    limit: float
    expected: float


class Scope:
    """The streams of one kind of key.

    Says nothing before it has seen 200 exchanges over `grace` seconds. Keys are kept as short
    hashes: what is saved names nobody.
    """

    def __init__(
        self, name: str, *, capacity: int, share: float, grace: float, settles: float
    ) -> None:
        self.name = name
        self._grace = grace
        self._settles = settles
        self._streams: HeavyHitters[Stream] = HeavyHitters(capacity, Stream)
        self._common = Common(share)

    def take(
        self, key: str, x: Arrival, season: float, passed: set[int]
    ) -> tuple[Stream, list[Burst]]:
        """Take an exchange of a key; its stream, and which of its measures are over their limits."""
        common = self._common
        common.see(x.at)
        stream = self._streams.see(key, x.at)
        stream.take(x, common, season, passed)
        if common.seen < _WARM or x.at - common.first < self._grace:
            stream.learn_at_once(x.at, common)
            return stream, []
        return stream, [
            Burst(
                self.name,
                key,
                measure,
                stream,
                stream.limit(measure, x.at, common),
                self._expected(stream, measure, x.at, season),
            )
            for measure in stream.alarms(x.at, common, self._settles)
        ]

    def season(self, stream: Stream, hour: int) -> float:
        """How many times the mean rate of a stream is usual in an hour of the week."""
        return stream.week.factor(hour, stream.usual(0, self._common), 1.0)

    def answered_for(self, stream: Stream) -> set[int]:
        """Measures that wider keys need not look at: the stream alarms, or this is its habit."""
        excursions, history = stream.excursions, stream.history
        found = {measure for measure, excursion in enumerate(excursions) if excursion.alarmed}
        for measure in range(FIRST_SHARE, len(excursions)):
            # Most shares are of what has never happened: no habit, and no call to find that out.
            if history[measure][0] and stream.is_habit(measure, self._common):
                found.add(measure)
        return found

    def only(self) -> Stream | None:
        """Give the first of its streams, if there is any."""
        return next((kept for _, _, kept in self._streams.items()), None)

    def state(self) -> State:
        """All that `restore` needs."""
        return {
            "origin": self._streams.origin,
            "common": self._common.state(),
            "streams": [[k, count, kept.state()] for k, count, kept in self._streams.items()],
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._common.restore(state["common"])
        streams = ((key, count, Stream.of(kept)) for key, count, kept in state["streams"])
        self._streams.restore(state["origin"], streams)

    def _expected(self, stream: Stream, measure: int, at: float, season: float) -> float:
        if measure == 0:
            return stream.expected(at, self._common, season)
        return stream.usual(measure, self._common)


def key_of(*names: str) -> str:
    """Shorten names to sixteen hexadecimal digits."""
    joined = "\0".join(names).encode(errors="surrogatepass")
    return hashlib.blake2b(joined, digest_size=8).hexdigest()
