"""How alike two texts must be to be one attack: shares of pairs joined, by cosine.

    python -m benchmarks.incidents.alike --data FOLDER

The same attack: two of our own wordings of one. Other attacks: wordings of two, and pairs of
harmful requests and of jailbreaks out of the data. One template, other request: a jailbreak's
template with two requests.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.drift.traffic import Traffic
from benchmarks.incidents.reworded import WORDINGS
from detectors.text.embedding import StaticEncoder

if TYPE_CHECKING:
    import numpy.typing as npt

RESULTS = Path(__file__).resolve().parents[1] / "results"
COSINES = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
SLOTS = ("[INSERT PROMPT HERE]", "{{ prompt }}", "{{prompt}}")
MOST = 400


def same(encoder: StaticEncoder) -> npt.NDArray[np.float64]:
    """Give cosines of wordings of one attack."""
    return np.concatenate([_pairs(encoder, wordings) for wordings in WORDINGS])


def other_wordings(encoder: StaticEncoder) -> npt.NDArray[np.float64]:
    """Give cosines of wordings of two attacks."""
    vectors = [np.array(encoder.encode(list(wordings))) for wordings in WORDINGS]
    return np.concatenate([(a @ b.T).ravel() for a, b in combinations(vectors, 2)])


def templates(encoder: StaticEncoder, traffic: Traffic) -> npt.NDArray[np.float64]:
    """Give cosines of one template's texts with two requests."""
    asked = traffic.prompts("requests/advbench_harmbench_train")[:4]
    found = [
        text
        for text in traffic.prompts("attacks/pyrit_templates")
        if any(slot in text for slot in SLOTS)
    ][:MOST]
    pairs = [_pairs(encoder, [_filled(text, request) for request in asked]) for text in found]
    return np.concatenate(pairs)


def _filled(template: str, request: str) -> str:
    for slot in SLOTS:
        template = template.replace(slot, request)
    return template


def _pairs(encoder: StaticEncoder, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    vectors = np.array(encoder.encode(list(texts)), dtype=np.float64)
    return (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]


def measure(data: Path) -> dict[str, dict[str, float]]:
    """Give by kind of pair the shares that a cosine joins."""
    traffic, encoder = Traffic(data, Path("none")), StaticEncoder.load()
    kinds = {
        "the same attack, reworded": same(encoder),
        "one template, other requests": templates(encoder, traffic),
        "other attacks, our wordings": other_wordings(encoder),
        **{
            f"other attacks, {name}": _pairs(encoder, traffic.prompts(file, _english)[:MOST])
            for name, file in (
                ("harmful questions", "requests/catqa_harmfulqa"),
                ("harmful orders", "requests/advbench_harmbench_train"),
                ("jailbreaks", "attacks/jailbreak_llms"),
            )
        },
    }
    return {
        kind: {"pairs": len(found), **{str(c): float((found >= c).mean()) for c in COSINES}}
        for kind, found in kinds.items()
    }


def _english(row: dict[str, object]) -> bool:
    return row["lang"] == "en"


def table(found: dict[str, dict[str, float]]) -> str:
    """Write the shares as a table."""
    head = ["pairs of", "number", *map(str, COSINES)]
    rows = [
        [kind, f"{shares['pairs']:,.0f}", *(f"{shares[str(c)]:.2%}" for c in COSINES)]
        for kind, shares in found.items()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    found = measure(parser.parse_args().data)
    day = datetime.now(UTC).date().isoformat()
    text = f"# Pairs of attacks joined, by cosine, {day}\n\n{table(found)}\n"
    print(text)
    (RESULTS / f"incidents-alike-{day}.md").write_text(text)
    (RESULTS / f"incidents-alike-{day}.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
