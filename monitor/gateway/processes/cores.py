"""How many cores this process may use."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable(quota: Path = _QUOTA) -> int:
    """The cores that the process is allowed, and no more than its container may be busy with.

    `quota` is the `cpu.max` of cgroup v2: microseconds in a period, or "max".
    """
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    with suppress(OSError, ValueError):
        busy, period = quota.read_text().split()
        return max(1, min(allowed, math.ceil(int(busy) / int(period))))
    return allowed
