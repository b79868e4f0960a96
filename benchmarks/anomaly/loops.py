# ruff: noqa: D103 - a script
"""How soon a loop is told while an answer streams, on loops that models fell into by themselves.

    python -m benchmarks.anomaly.loops --data DIR [--out PATH_WITHOUT_SUFFIX]

DIR holds the developer data. Answers of models that were never tuned to answer often end in loops;
those that the rule, without a baseline, calls loops when they are over are said again, and looked at
every 2,000 characters as the gateway and then the rule do. Ordinary answers are, too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.anomaly.traffic import pairs, rows
from detectors.anomaly.absolute import signs_of
from detectors.anomaly.policy import AnomalyPolicy
from detectors.observation import Observation
from detectors.text.channels import channels
from monitor.gateway.loop import repeats
from monitor.settings import GatewaySettings

EVERY = GatewaySettings().loop_check_every
CERTAIN = AnomalyPolicy().absolute_threshold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    long = [text for text in _untuned(args.data) if len(text) > EVERY]
    loops = [text for text in long if _is_told(text)]
    told = [place / len(text) for text in loops if (place := _first(text))]
    ordinary = [
        text[end - EVERY : end]
        for some in pairs(args.data).values()
        for pair in some
        for text in [pair.response]
        for end in range(EVERY, len(text) + 1, EVERY)
    ]
    result = {
        "answers": len(long),
        "loops": len(loops),
        "told_before_the_end": len(told),
        "median_share_said": float(np.median(told)),
        "ordinary_looks": len(ordinary),
        "ordinary_handed_on": sum(map(repeats, ordinary)),
    }
    report = _REPORT.format(every=EVERY, **result)
    print(report)
    if args.out:
        args.out.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
        args.out.with_suffix(".md").write_text(report)


def _untuned(data: Path) -> list[str]:
    return [
        row["text"]
        for row in rows(data, "benign/self_instruct_models")
        if row["role"] == "response"
        and "text-davinci" not in row.get("orig", {}).get("model", "text-davinci")
    ]


def _first(text: str) -> int:
    """After how many characters a stream of this text is told; 0 for never before its end."""
    for end in range(EVERY, len(text), EVERY):
        if repeats(text[end - EVERY : end]) and _is_told(text[:end]):
            return end
    return 0


def _is_told(text: str) -> bool:
    x = Observation(id="x", at=0.0, model="m", prompt="p", response=text)
    seen = signs_of(Observation(id="x", at=0.0, model="m", response=text, channels=channels(x)))
    return any(kind.kind == "repetition" and score >= CERTAIN for score, kind, _ in seen)


_REPORT = """# Anomaly: loops told while they run

Of {answers} answers of models never tuned to answer that are longer than {every} characters, the rule
calls {loops} loops once they are over. Said piece by piece and looked at every {every} characters,
{told_before_the_end} of them are told before the end, after {median_share_said:.0%} of the answer (median).

Of the ordinary answers of the seven applications, {ordinary_looks} stretches of {every} characters are
long enough to be looked at; {ordinary_handed_on} are handed on to be judged, all of which do repeat
themselves.
"""

if __name__ == "__main__":
    main()
