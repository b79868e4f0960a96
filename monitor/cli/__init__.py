"""The command line: `sidewatch COMMAND`. Exit codes: 0 good, 1 found something, 2 bad usage or input."""

from __future__ import annotations

import os
import sys

from detectors.errors import DetectorError
from monitor.errors import MonitorError

FOUND = 1
BAD = 2


def main() -> None:
    """Run the command line; every error a person can mend is one message, never a traceback."""
    # The matrices here are small: threads would spend more on waiting for each other than they
    # save. It has to be said before NumPy is imported anywhere.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from monitor.cli.commands import app

    try:
        app(prog_name="sidewatch")
    except (MonitorError, DetectorError) as error:
        sys.stderr.write(f"sidewatch: {error}\n")
        sys.exit(BAD)
    except BrokenPipeError:
        # Whoever read our output has had enough, as `| head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BAD)
