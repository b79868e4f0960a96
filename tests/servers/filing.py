"""A worker's filing in a process of its own, which tells each finding once it is filed.

    python tests/servers/filing.py URL NAME NUMBER [--incidents N] [--labels]

Prints a line of JSON for each: the incident, the detection, and the label that was put on it, each
only after the store acknowledged it. Findings go to N incidents in turn.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time

from prometheus_client import CollectorRegistry

from detectors.base import Detection
from detectors.observation import Observation
from monitor.labels.giving import Judgement, give_label
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.watch import Finding
from monitor.policy import Policy
from monitor.store.base import ConflictError, StoreError
from monitor.store.redis import RedisStore

START = 1_764_000_000.0


def finding(worker, number, *, incidents=1):
    """The latency of one exchange is over an objective; models are the incidents' fingerprints."""
    name, at = f"{worker}-{number}", START + number / 1_000
    detection = Detection(
        rule="latency_ttft",
        detector="latency",
        detection_type="ttft",
        score=2.0,
        threshold=1.0,
        evidence=(),
        at=at,
        model=f"m{number % incidents}",
        exchange_id=name,
    )
    return Finding(detection, Observation(id=name, at=at, model=detection.model), {})


def tell(**told):
    sys.stdout.write(json.dumps({"told": time.time(), **told}) + "\n")
    sys.stdout.flush()


async def file_one(filer, given):
    """As the watch stage does: again while others keep changing the incident."""
    while True:
        with contextlib.suppress(ConflictError):
            return await filer.file(given)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("name")
    parser.add_argument("number", type=int)
    parser.add_argument("--incidents", type=int, default=1)
    parser.add_argument("--labels", action="store_true")
    asked = parser.parse_args()
    store = RedisStore(asked.url)
    filer = IncidentFiler(store, Policy(), WorkerMetrics(CollectorRegistry()))
    tell(ready=True)
    try:
        for number in range(asked.number):
            given = finding(asked.name, number, incidents=asked.incidents)
            incident = await file_one(filer, given)
            tell(incident=incident.id, version=incident.version, counted=given.detection.id)
            if asked.labels:
                said = Judgement(verdict="true_positive", by=asked.name, at=START + number)
                label = await give_label(store, incident.id, said)
                tell(incident=incident.id, labelled=label.at)
    except StoreError as error:  # the server was killed, as it was meant to be
        sys.stderr.write(f"{asked.name}: {error}\n")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
