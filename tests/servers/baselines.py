"""Baselines of invented numbers, and stored traffic to make some of."""

import numpy as np
from exchanges import make_exchange

from detectors.baseline import Baseline
from detectors.observation import Observation
from detectors.origin import Origin
from detectors.safety.builtin import screen_version
from monitor.pipeline.observe import observe
from monitor.record import encode_record, make_record

ENCODER = "wordllama-256"


def make_baseline(name="chat", *, count=200, seed=0, longer=0.0, language="en", **origin):
    """Exchanges of one model; `longer` shifts the prompts' lengths."""
    rng = np.random.default_rng(seed)
    rows = [
        Observation(
            id=f"x{i}",
            at=1_764_000_000.0 + 600 * i,
            model="m",
            channels={
                "prompt_log_length": float(rng.normal(3 + longer, 0.5)),
                "pair_cosine": float(rng.beta(4, 4)),
            },
            categories={"prompt_language": language if rng.random() < 0.9 else "fr"},
            prompt_embedding=_vector(rng),
            response_embedding=_vector(rng),
        )
        for i in range(count)
    ]
    told = Origin(**{"how": "file", "source": "a.jsonl", "screen": screen_version(), **origin})
    return Baseline.build(rows, name=name, encoder=ENCODER, created=rows[-1].at, origin=told)


async def store_exchanges(store, count, *, start=0, mode="redacted", **changed):
    """Put the exchanges of these numbers where the worker puts what it has scored."""
    exchanges = [make_exchange(start + n, **changed) for n in range(count)]
    records = [make_record(x, observe(x), mode=mode, policy="p") for x in exchanges]
    encoded = [
        (x.id, x.ts, encode_record(record)) for x, record in zip(exchanges, records, strict=True)
    ]
    await store.put_exchanges(encoded, ttl=3_600.0)
    return exchanges


def _vector(rng):
    vector = rng.normal(size=16)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
