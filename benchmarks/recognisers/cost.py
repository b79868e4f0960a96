"""Processor time of `find` on texts written here; prints JSON. Takes the package that it finds.

Stands alone, so that an older state of the package can be measured by the same script.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from detectors.safety.recognisers import find

PLAIN = (
    "The morning train was late again, so we walked along the river and talked about the book she "
    "had been reading. It is a slow story about a lighthouse keeper, his two daughters and a letter "
    "that never arrives; I liked the ending more than she did, and we argued about it all the way "
    "to the market."
)
SIGNS = (
    "In 2024 the well-known 3-day course (see https://example.org/a_b) cost 1,250.50 for 12 people: "
    "one half-price seat, two e-books and lunch. The api_version is v2.10, the password policy and "
    "a basic token are described in section 4.2; write to the office before 10:30 on 12 May, or "
    "after 14 June."
)
FINDINGS = (
    "Write to ada@example.org or call (415) 555-2671, ext 12, before 10:30. The card is "
    "4111 1111 1111 1111, the account DE89 3704 0044 0532 0130 00, the host 84.21.7.9 and the one "
    "behind it 10.0.0.7; my NHS number is 943 476 5919 and the password: hunter2abc is for "
    "postgres://app:hunter2@db.example.com."
)
TEXTS = {"plain": PLAIN, "numbers and signs": SIGNS, "many findings": FINDINGS}
LONG = 10_240
ROUNDS, SECONDS = 7, 0.05


def main() -> None:
    """Print microseconds a text, the least of several rounds, short and long."""
    took = {}
    for name, text in TEXTS.items():
        long = (text + " ") * (LONG // len(text) + 1)
        took[name] = {"60 tokens": measured(text), "10 KB": measured(long[:LONG])}
    json.dump(took, sys.stdout)


def measured(text: str) -> float:
    """Microseconds that one call takes."""
    find(text)
    once = max(_timed(lambda: find(text), 1), 1e-7)
    calls = max(1, int(SECONDS / once))
    return min(_timed(lambda: find(text), calls) for _ in range(ROUNDS)) / calls * 1e6


def _timed(work: Callable[[], object], calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
