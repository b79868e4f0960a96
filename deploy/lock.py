"""Resolves every dependency afresh in a new environment and writes requirements.lock."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = """\
# Every dependency of every extra and of the tests, at the version that was tested.
# A constraints file: pip install --constraint requirements.lock ...; made by `make lock`.
"""


def main() -> None:
    """Install all extras and the dev group into a temporary environment, and list it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        pip = [python, "-m", "pip", "--quiet"]
        _run([*pip, "install", "--upgrade", "pip"])
        _run([*pip, "install", "torch==2.13.0"])
        _run([*pip, "install", "-e", ".[demo,transformers,train,reports]", "--group", "dev"])
        frozen = _run([*pip, "freeze", "--exclude-editable"])
    lines = [line.partition("+")[0] for line in frozen.splitlines() if " @ " not in line]
    (ROOT / "requirements.lock").write_text(HEADER + "\n".join(sorted(lines)) + "\n")
    sys.stdout.write(f"requirements.lock: {len(lines)} packages\n")


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, text=True, capture_output=True)  # noqa: S603 - our own
    return done.stdout


if __name__ == "__main__":
    main()
