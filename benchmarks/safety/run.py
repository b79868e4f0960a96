"""Train anew, judging every source by a model that had not seen it, and write the figures.

    python -m benchmarks.safety.run --data DIR [--out FOLDER]

Takes about ten minutes on two cores. The weights made on the way are thrown away; `train.py` and
`evaluate.py` are the two steps.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"


def main() -> None:
    """Both steps, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder of the developer data")
    parser.add_argument("--out", default=str(RESULTS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held_out = f"{folder}/held-out.npz"
        step("train.py", "--data", given.data, "--out", folder, "--held-out", held_out)
        step("evaluate.py", "--data", given.data, "--held-out", held_out, "--out", given.out)


def step(script: str, *arguments: str) -> None:
    """Run a script of this folder; its failure is ours."""
    done = subprocess.run([sys.executable, str(HERE / script), *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
