"""What must be true at the end of a soak."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.bench.accounts import Accounts
from monitor.bench.soak.ledger import Ledger
from monitor.bench.soak.sampling import Sample, growth

_MOST_GROWTH = 0.05
_SPARE_FILES = 32
_JUDGED_FROM = 300.0


class Check(msgspec.Struct, frozen=True):
    """One thing that had to be true; `good` is None where the run was too short to tell."""

    name: str
    good: bool | None
    said: str


def accounted(ledger: Ledger, accounts: Accounts, found: set[str]) -> list[Check]:
    """Every exchange is where the metrics say it is."""
    seen, recorded = accounts["exchanges_seen_total"], accounts["exchanges_recorded_total"]
    dropped, spooled = accounts["exchanges_dropped_total"], accounts["spool_exchanges"]
    waiting = accounts["queue_depth"]
    missing = len(ledger.ids - found)
    return [
        Check(
            "every request that reached the gateway was seen",
            ledger.reached == seen,
            f"{ledger.reached} reached, {seen:.0f} seen",
        ),
        Check(
            "seen = recorded + dropped + waiting + in the spool",
            seen == recorded + dropped + waiting + spooled,
            f"{seen:.0f} = {recorded:.0f} + {dropped:.0f} + {waiting:.0f} + {spooled:.0f}"
            + _reasons(accounts),
        ),
        Check(
            "the journal holds what was recorded",
            len(found) == recorded,
            f"{len(found)} in the journal, {recorded:.0f} recorded",
        ),
        Check(
            "every id that a client got is in the journal, or counted as lost",
            missing <= dropped + waiting + spooled,
            f"{len(ledger.ids)} ids, {missing} not in the journal",
        ),
    ]


def untouched(ledger: Ledger) -> Check:
    """No answer differs from what was ordered by a byte, and every cut is visible."""
    wrong = ledger.outcomes["wrong"]
    return Check("every answer was as ordered", not wrong, f"{wrong} wrong of {ledger.reached}")


def flat(samples: Sequence[Sample], at_rest: Sample) -> list[Check]:
    """Memory and open files do not grow after the warm-up."""
    times = [sample.at for sample in samples]
    long_enough = times[-1] - times[0] >= _JUDGED_FROM
    memory = growth(times, [sample.resident for sample in samples])
    more = at_rest.files - samples[0].files
    return [
        Check(
            "memory is flat after the warm-up",
            memory <= _MOST_GROWTH if long_enough else None,
            f"{memory:+.1%} over the last four fifths; "
            f"{samples[0].resident / 1e6:.1f} MB first, {at_rest.resident / 1e6:.1f} MB at the end",
        ),
        Check(
            "open files come back",
            more <= _SPARE_FILES,
            f"{samples[0].files} first, {at_rest.files} at the end",
        ),
    ]


def _reasons(accounts: Accounts) -> str:
    reasons = accounts.by_reason("exchanges_dropped_total")
    return f" ({', '.join(f'{k} {v:.0f}' for k, v in reasons.items())})" if reasons else ""
