"""Train the safety classifier that ships in the package.

    python benchmarks/safety/train.py --data DIR --out detectors/safety/weights

Deterministic: the same rows and library versions give the same files. A tenth of the rows, chosen
by the hash of their id, is never trained on. Takes about ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crossfit import curve, fit_on, held_out_logits
from featurise import featurise
from fitting import PAIR_SCALE, Fitted
from texts import all_rows

from detectors.safety import weights

SIDES = ("prompt", "response")


def main() -> None:
    """Read, fit, calibrate and write both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the developer data")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument(
        "--held-out", type=Path, help="also write what models say of sources they never saw, .npz"
    )
    args = parser.parse_args()
    rows = all_rows(args.data)
    x = featurise(rows)
    keep = np.array([not row.is_dev for row in rows])
    print(f"{len(rows)} rows, {len(x.row)} windows, {keep.sum()} rows to train on", flush=True)
    held_out = {}
    for side in SIDES:
        held_out[side] = held_out_logits(rows, x, side)
        curves = curve(rows, held_out[side])
        held_out[f"{side}_curve"] = curves
        write(side, fit_on(rows, x, side, keep), curves, args.out)
        print(
            f"{side}: slopes {np.round(curves[0], 2)} offsets {np.round(curves[1], 2)}", flush=True
        )
    if args.held_out:
        np.savez_compressed(args.held_out, ids=np.array([row.id for row in rows]), **held_out)


def write(side: str, model: Fitted, curves: np.ndarray, out: Path) -> None:
    """Round the tables to bytes, the head to half precision, and write both files."""
    words, word_scale = _rounded(model.words)
    pairs, pair_scale = _rounded(model.pairs * PAIR_SCALE)
    weights.write(
        f"{side}-ngrams.npz",
        {"words": words, "pairs": pairs, "word_scale": word_scale, "pair_scale": pair_scale},
        out,
    )
    head = model.head
    weights.write(
        f"{side}-head.npz",
        {
            "inner": head.inner.astype(np.float16),
            "inner_bias": head.inner_bias,
            "outer": head.outer.astype(np.float16),
            "outer_bias": head.outer_bias,
            "curve": curves,
        },
        out,
    )


def _rounded(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bytes and the value of one step, by category; the few largest weights are clipped."""
    limit = np.quantile(np.abs(table), 0.99999, axis=0) * 1.2 + 1e-9
    scale = (limit / 127).astype(np.float32)
    return np.clip(np.rint(table / scale), -127, 127).astype(np.int8), scale


if __name__ == "__main__":
    main()
