"""The account of exchanges that an operator can draw up from a gateway's metrics alone."""

from dataclasses import dataclass

_PREFIX = "sidewatch_gateway_"


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the exchanges that a gateway saw, or took over."""

    seen: float
    adopted: float
    recorded: float
    dropped: float
    left: float
    queued: float
    spooled: float

    @classmethod
    def of(cls, metrics):
        """From the samples of a scrape, by name."""

        def total(name):
            return sum(
                value
                for sample, value in metrics.items()
                if sample.partition("{")[0] == f"{_PREFIX}{name}"
            )

        return cls(
            seen=total("exchanges_seen_total"),
            adopted=total("spool_adopted_total"),
            recorded=total("exchanges_recorded_total"),
            dropped=total("exchanges_dropped_total"),
            left=total("spool_left_total"),
            queued=total("queue_depth"),
            spooled=total("spool_exchanges"),
        )

    @property
    def adds_up(self):
        came = self.seen + self.adopted
        return came == self.recorded + self.dropped + self.left + self.queued + self.spooled

    @property
    def waiting(self):
        return self.queued + self.spooled
