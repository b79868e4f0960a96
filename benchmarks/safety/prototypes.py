"""Make the prototypes: what labelled texts of each kind are like, as centres of their embeddings.

    python benchmarks/safety/prototypes.py --data DIR [--out detectors/safety/weights] [--check]

Texts of one category and kind of source (comments, requests, attacks, replies, look-alikes) are
clustered by spherical k-means (Dhillon and Modha, 2001) in the static embedding, less the mean of all
kinds; the centres, one for every ten texts and at most 24 a name, are kept in int8. `--check` prints, for the tenth of the texts that the centres were not made from, how often the
nearest names hold a category of the text.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corpus import COMMENTS, Row
from evaluate import BENIGN
from texts import all_rows

from detectors.observation import Side
from detectors.safety import weights
from detectors.safety.attribution.prototypes import FILE, Prototypes, unit
from detectors.text.embedding import StaticEncoder

Matrix = npt.NDArray[np.float32]
Members = dict[str, list[int]]

SIDES: tuple[Side, ...] = ("prompt", "response")
FEWEST = 20
PER_CENTRE = 10
MOST_CENTRES = 24
ROUNDS = 15
_ATTACKS = ("prompt_injection", "jailbreak")
_VAGUE = ("unsafe", "toxic")
_BATCH = 512


def main() -> None:
    """Read, cluster and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=weights.FOLDER)
    parser.add_argument("--check", action="store_true", help="tell how often the names are right")
    args = parser.parse_args()
    rows = all_rows(args.data)
    encoder = StaticEncoder.load()
    texts = [row.text for row in rows]
    batches = [texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH)]
    vectors = np.concatenate([encoder.encode(batch) for batch in batches])
    arrays: weights.Arrays = {}
    for side in SIDES:
        arrays |= _side(rows, vectors, side)
    weights.write(FILE, arrays, args.out)
    if args.check:
        for side in SIDES:
            print(side, _right(rows, vectors, side, Prototypes.load(side, args.out)))


def names_of(row: Row) -> list[str]:
    """Names that a text is an example of; none where too little is known of it."""
    positive = [name for name, (target, weight) in row.known.items() if target == weight == 1.0]
    kind = _kind(row)
    clear = [name for name in positive if name not in _VAGUE]
    if clear:
        return [f"{name} ({'attacks' if name in _ATTACKS else kind})" for name in clear]
    vague = [name for name in _VAGUE if name in positive]
    if vague:
        return [f"{vague[0]} ({kind})"]
    return _harmless(row, kind)


def _harmless(row: Row, kind: str) -> list[str]:
    if row.known.get("unsafe") != (0.0, 1.0):
        return []
    if row.source.startswith("contrast"):
        return ["harmless look-alike"]
    return [f"harmless (ordinary {kind})" if row.source in BENIGN else f"harmless ({kind})"]


def _kind(row: Row) -> str:
    if row.role == "response":
        return "replies"
    return "comments" if row.source in COMMENTS else "requests"


def _side(rows: list[Row], vectors: Matrix, side: Side) -> weights.Arrays:
    members: Members = defaultdict(list)
    for place, row in enumerate(rows):
        if row.role == side and not row.is_dev and vectors[place].any():
            for name in names_of(row):
                members[name].append(place)
    members = {name: own for name, own in sorted(members.items()) if len(own) >= FEWEST}
    # Each name has the same say in the mean, however many texts it has.
    mean = np.mean([vectors[own].mean(axis=0) for own in members.values()], axis=0)
    found = [clustered(unit(vectors[own] - mean)) for own in members.values()]
    groups = [group for group, centres in enumerate(found) for _ in centres]
    centres = np.concatenate(found)
    return {
        f"{side}_names": np.array(list(members)),
        f"{side}_groups": np.array(groups, dtype=np.int16),
        f"{side}_centres": np.round(centres * (127 / np.abs(centres).max())).astype(np.int8),
        f"{side}_mean": mean.astype(np.float32),
    }


def clustered(points: Matrix) -> Matrix:
    """Centres of unit vectors: one for ten of them, at most `MOST_CENTRES`; the same every time."""
    count = max(1, min(MOST_CENTRES, len(points) // PER_CENTRE))
    centres = points[np.random.default_rng(0).choice(len(points), count, replace=False)]
    for _ in range(ROUNDS):
        nearest = (points @ centres.T).argmax(axis=1)
        for place in range(count):
            own = points[nearest == place]
            if len(own):
                centres[place] = own.mean(axis=0)
        centres = unit(centres)
    return centres


def _right(
    rows: list[Row], vectors: Matrix, side: Side, prototypes: Prototypes
) -> dict[str, float]:
    """Share of unseen texts with a category of theirs named first, and among the first three."""
    hits = []
    for place, row in enumerate(rows):
        if row.role == side and row.is_dev and (names := names_of(row)):
            told = [x.name.split(" ")[0] for x in prototypes.like(vectors[place])]
            own = {name.split(" ")[0] for name in names}
            hits.append((bool(own.intersection(told[:1])), bool(own.intersection(told))))
    first, three = np.mean(hits, axis=0).round(3).tolist()
    return {"texts": len(hits), "first": first, "first_three": three}


if __name__ == "__main__":
    main()
