"""Every benchmark in turn, or those named: python benchmarks/run.py gateway pipeline.

Those that measure quality need labelled texts, which are not in the repository: --data DIR.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COST = ("gateway", "store", "pipeline")
QUALITY = ("safety", "drift", "anomaly")


def main() -> int:
    """Run them one after the other; the number that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*COST, *QUALITY, []])
    parser.add_argument("--data", help="folder of labelled texts, for the quality benchmarks")
    arguments = parser.parse_args()
    names = arguments.names or [*COST, *(QUALITY if arguments.data else ())]
    failed = 0
    for name in names:
        command = [sys.executable, "-m", f"benchmarks.{name}.run"]
        if name in QUALITY:
            command += ["--data", arguments.data or parser.error(f"{name} needs --data DIR")]
        print(f"== {name}", flush=True)
        failed += subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
