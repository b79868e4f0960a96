"""Measure how many exchanges a second the safety model scores, and what memory it takes.

    python benchmarks/safety/throughput.py [--data DIR]

Both texts of an exchange have about 60 tokens. Each figure is the best of several rounds: what
else runs on the machine can only make it worse. Processor time is told beside it, as that is what
a busy machine changes least. With `--data`, also what reading only doubtful texts takes, on texts of
the benign sources there: that depends on what they say.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from contrast import contrast_rows
from corpus import Row, read
from evaluate import BENIGN

from detectors.observation import Side
from detectors.safety import builtin
from detectors.safety.policy import SafetyPolicy
from detectors.text.embedding import StaticEncoder

Pools = dict[Side, list[str]]

EXCHANGES = 64
ROUNDS = 8
_CHARACTERS = 270
"""About 60 tokens of English."""


def main() -> None:
    """Print a line for each stage and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    encoder = StaticEncoder.load()
    contrast = _pools(contrast_rows())
    report("first stage", builtin.load(encoder, both=False), encoder, contrast)
    for threads in args.threads:
        classifiers = builtin.load(encoder, threads=threads)
        report(f"both stages, threads {threads}", classifiers, encoder, contrast)
    if args.data:
        policy = SafetyPolicy(second_stage="doubtful")
        doubts = {side: policy.doubt(side) for side in builtin.SIDES}
        benign = _pools([row for row in read(args.data) if row.source in BENIGN])
        for threads in args.threads:
            every = builtin.load(encoder, threads=threads)
            report(f"benign texts, every one, threads {threads}", every, encoder, benign)
            some = builtin.load(encoder, threads=threads, doubts=doubts)
            report(f"benign texts, doubtful ones, threads {threads}", some, encoder, benign)


def report(
    name: str, classifiers: builtin.Classifiers, encoder: StaticEncoder, pools: Pools
) -> None:
    """Time whole batches of exchanges, embedding included."""
    rounds = [_round(classifiers, encoder, pools, seed) for seed in range(ROUNDS)]
    seconds, spent = (min(x) for x in zip(*rounds, strict=True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = EXCHANGES / seconds
    each = 1000 * spent / EXCHANGES
    print(f"{name}: {rate:.0f} exchanges/s, {each:.1f} ms of processor each, peak {memory:.0f} MB")


def _round(
    classifiers: builtin.Classifiers, encoder: StaticEncoder, pools: Pools, seed: int
) -> tuple[float, float]:
    prompts, responses = (_texts(pools[side], f"{side}{seed}") for side in builtin.SIDES)
    began, used = time.perf_counter(), time.process_time()
    classifiers["prompt"].classify(prompts, encoder.encode(prompts))
    classifiers["response"].classify(responses, encoder.encode(responses), prompts)
    return time.perf_counter() - began, time.process_time() - used


def _pools(rows: list[Row]) -> Pools:
    return {side: [row.text for row in rows if row.role == side] for side in builtin.SIDES}


def _texts(pool: list[str], seed: str) -> list[str]:
    """Texts of one length: long ones are cut, short ones joined until they are long enough."""
    rng = random.Random(seed)
    return [_joined(rng, pool)[:_CHARACTERS] for _ in range(EXCHANGES)]


def _joined(rng: random.Random, pool: list[str]) -> str:
    found = rng.choice(pool)
    while len(found) < _CHARACTERS:
        found += " " + rng.choice(pool)
    return found


if __name__ == "__main__":
    main()
