#!/usr/bin/env python3
"""Exit code 0 if the role of this container answers its health check."""

import os
import sys
import urllib.request

ADDRESS = {
    "gateway": ("SIDEWATCH_GATEWAY_LISTEN", "/_sidewatch/healthz"),
    "worker": ("SIDEWATCH_WORKER_METRICS_LISTEN", "/healthz"),
    "api": ("SIDEWATCH_API_LISTEN", "/healthz"),
}


def main() -> int:
    """0 if it answers well, 1 if not."""
    variable, path = ADDRESS[os.environ["ROLE"]]
    port = os.environ[variable].rpartition(":")[2]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=4):
            return 0
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
