"""Measures the gateway beside others (`sidewatch bench gateway`) and over time (`bench soak`).

Linux only: what a process costs is read from the kernel's books under /proc.
"""

from __future__ import annotations

from monitor.errors import MonitorError


class BenchError(MonitorError):
    """What is to be measured is not there, does not start, or gives wrong answers."""
