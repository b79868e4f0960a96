"""Measure how many exchanges a second the safety model scores, and what memory it takes.

    python benchmarks/safety/throughput.py

Both texts of an exchange have about 60 tokens. Each figure is the best of several rounds: what
else runs on the machine can only make it worse. Processor time is told beside it, as that is what
a busy machine changes least.
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

from detectors.observation import Side
from detectors.safety import builtin
from detectors.text.embedding import StaticEncoder

EXCHANGES = 64
ROUNDS = 8
_CHARACTERS = 270
"""About 60 tokens of English."""


def main() -> None:
    """Print a line for each stage and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    encoder = StaticEncoder.load()
    report("first stage", builtin.load(encoder, both=False), encoder)
    for threads in args.threads:
        classifiers = builtin.load(encoder, threads=threads)
        report(f"both stages, threads {threads}", classifiers, encoder)


def report(name: str, classifiers: builtin.Classifiers, encoder: StaticEncoder) -> None:
    """Time whole batches of exchanges, embedding included."""
    rounds = [_round(classifiers, encoder, seed) for seed in range(ROUNDS)]
    seconds, spent = (min(x) for x in zip(*rounds, strict=True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = EXCHANGES / seconds
    each = 1000 * spent / EXCHANGES
    print(f"{name}: {rate:.0f} exchanges/s, {each:.1f} ms of processor each, peak {memory:.0f} MB")


def _round(
    classifiers: builtin.Classifiers, encoder: StaticEncoder, seed: int
) -> tuple[float, float]:
    prompts, responses = (_texts(side, seed) for side in builtin.SIDES)
    began, used = time.perf_counter(), time.process_time()
    classifiers["prompt"].classify(prompts, encoder.encode(prompts))
    classifiers["response"].classify(responses, encoder.encode(responses), prompts)
    return time.perf_counter() - began, time.process_time() - used


def _texts(side: Side, seed: int) -> list[str]:
    rng = random.Random(f"{side}{seed}")
    pool = [row.text for row in contrast_rows() if row.role == side]
    return [" ".join(rng.sample(pool, 8))[:_CHARACTERS] for _ in range(EXCHANGES)]


if __name__ == "__main__":
    main()
