"""Every benchmark in turn, or those named: python benchmarks/run.py gateway pipeline.

Those that measure quality need labelled texts, which are not in the repository: --data DIR. The
gateway's is `sidewatch bench gateway`: --litellm and --portkey are for it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COST = ("gateway", "store", "pipeline")
ALONE = ("latency", "alerts")
QUALITY = ("safety", "drift", "anomaly", "incidents")


def main() -> int:
    """Run them one after the other; the number that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*COST, *ALONE, *QUALITY, []])
    parser.add_argument("--data", help="folder of labelled texts, for the quality benchmarks")
    for other in ("litellm", "portkey"):
        parser.add_argument(
            f"--{other}", help=f"what starts {other}, to measure the gateway beside it"
        )
    arguments = parser.parse_args()
    names = arguments.names or [*COST, *ALONE, *(QUALITY if arguments.data else ())]
    failed = 0
    for name in names:
        command = [sys.executable, "-m", f"benchmarks.{name}.run"]
        if name == "gateway":
            command = _gateway(arguments)
        if name in ALONE:
            command += ["--out", str(ROOT / "benchmarks" / "results")]
        if name in QUALITY:
            command += ["--data", arguments.data or parser.error(f"{name} needs --data DIR")]
        print(f"== {name}", flush=True)
        failed += subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return failed


def _gateway(arguments: argparse.Namespace) -> list[str]:
    out = str(ROOT / "benchmarks" / "results")
    command = [sys.executable, "-m", "monitor.cli", "bench", "gateway", "--out", out]
    for other in ("litellm", "portkey"):
        if path := getattr(arguments, other):
            command += [f"--{other}", str(Path(path).absolute())]
    return command


if __name__ == "__main__":
    sys.exit(main())
