"""How far the built-in model can be trusted with each language: the same prompts in eight of them.

    python -m benchmarks.safety.languages [--out FILE.md] [--json FILE.json]

`translated/prompts.jsonl` holds prompts of our own, half of them harmful, each in every language.
What they ask for is the same, so what differs between languages is the model. They train nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.base import Label
from detectors.safety import builtin, weights
from detectors.safety.evaluation.intervals import Rate
from detectors.safety.evaluation.ranking import Ranking, auroc
from detectors.safety.policy import SafetyPolicy
from detectors.text.embedding import StaticEncoder
from detectors.text.languages import languages

_HEAD = """# The built-in safety model by language

`python -m benchmarks.safety.languages`: 32 prompts of our own, half of them harmful, the same in every
language; the default policy. With 16 of a kind the intervals (95%, Wilson) are wide. The model that
scored: weights {weights}.

"""

PROMPTS = Path(__file__).with_name("translated") / "prompts.jsonl"


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt in one language."""

    language: str
    text: str
    unsafe: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """One language: how its prompts rank, and what the default policy flags of them."""

    language: str
    auroc: float
    hits: Rate
    false_alarms: Rate
    identified: Rate
    median_harmless: float


def read(path: Path = PROMPTS) -> list[Row]:
    """Every prompt in every language."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Row(code, text, bool(line["unsafe"]))
        for line in lines
        for code, text in line["texts"].items()
    ]


def measured(rows: Sequence[Row], labels: Sequence[list[Label]]) -> Iterator[Figures]:
    """Figures of each language, in the order of the file."""
    limits = SafetyPolicy().thresholds_prompt
    for code in dict.fromkeys(row.language for row in rows):
        own = [i for i, row in enumerate(rows) if row.language == code]
        scores = [{label.name: label.score for label in labels[i]} for i in own]
        unsafe = np.array([rows[i].unsafe for i in own])
        flagged = np.array([any(s.get(n, 0.0) >= x for n, x in limits.items()) for s in scores])
        overall = np.array([s["unsafe"] for s in scores])
        told = sum(languages(rows[i].text) == (code,) for i in own)
        yield Figures(
            code,
            auroc(Ranking.of(unsafe, overall).curve()),
            _rate(flagged[unsafe]),
            _rate(flagged[~unsafe]),
            Rate.measured(told, len(own)),
            float(np.median(overall[~unsafe])),
        )


def _rate(flagged: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Rate:
    return Rate.measured(int(flagged.sum()), len(flagged))


def table(found: Iterable[Figures]) -> str:
    """As Markdown."""
    rows = [
        f"| {x.language} | {x.auroc:.2f} | {_told(x.hits)} | {_told(x.false_alarms)} | "
        f"{x.median_harmless:.2f} | {x.identified.count}/{x.identified.of} |"
        for x in found
    ]
    head = (
        "| language | AUROC | harmful flagged | harmless flagged | harmless, median `unsafe` | identified |"
        "\n|---|---:|---:|---:|---:|---:|"
    )
    return "\n".join([head, *rows]) + "\n"


def _told(rate: Rate) -> str:
    assert rate.interval is not None
    return f"{rate.count}/{rate.of} ({rate.interval.low:.0%}-{rate.interval.high:.0%})"


def main() -> None:
    """Score every prompt as the default policy does, and write the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path)
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    rows = read()
    classifier = builtin.load(StaticEncoder.load())["prompt"]
    found = list(measured(rows, classifier.classify([row.text for row in rows])))
    print(table(found))
    if options.out:
        sums = (weights.FOLDER / "SHA256SUMS").read_bytes()
        head = _HEAD.format(weights=hashlib.sha256(sums).hexdigest()[:12])
        options.out.write_text(head + table(found), encoding="utf-8")
    if options.json:
        plain: list[dict[str, Any]] = [asdict(x) for x in found]
        options.json.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
