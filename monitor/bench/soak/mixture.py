"""The mixture of requests, drawn with a seed."""

from __future__ import annotations

import random
from typing import Literal

from monitor.bench.soak.order import DIALECTS, Order

_BIG = 3_000_000


def draw(chance: random.Random) -> Order:
    """The next order: mostly ordinary, a third of them with something going wrong."""
    dialect = chance.choice(list(DIALECTS))
    kind = chance.random()
    if kind < 0.45:
        return _stream(dialect, chance)
    if kind < 0.80:
        return _plain(dialect, chance)
    if kind < 0.90:
        return Order(
            dialect=dialect,
            upload=chance.randrange(100_000, _BIG),
            chunked_upload=chance.random() < 0.5,
            client=chance.choice(("reads", "reads", "leaves uploading")),
        )
    if kind < 0.95:
        return Order(dialect=dialect, size=chance.randrange(200_000, _BIG), client="slow")
    return Order(dialect=dialect, cut="before", client=chance.choice(("reads", "leaves early")))


def _stream(dialect: str, chance: random.Random) -> Order:
    chunks = chance.randrange(5, 120)
    cut: Literal["", "close", "reset"] = chance.choice(("", "", "", "", "close", "reset"))
    client: Literal["reads", "leaves"] = (
        "reads" if cut else chance.choice(("reads",) * 3 + ("leaves",))
    )
    return Order(
        dialect=dialect,
        chunks=chunks,
        pause=chance.choice((0.005, 0.02, 0.05)),
        cut=cut,
        cut_after=chance.randrange(chunks),
        client=client,
    )


def _plain(dialect: str, chance: random.Random) -> Order:
    return Order(
        dialect=dialect,
        size=int(chance.lognormvariate(6, 1.5)),
        gzipped=chance.random() < 0.3,
        cut=chance.choice(("",) * 15 + ("reset",)),
        client=chance.choice(("reads",) * 9 + ("leaves early",)),
    )
