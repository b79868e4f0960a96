"""What goes wrong while a report is made."""

from __future__ import annotations

from monitor.errors import MonitorError

EXTRA = "pip install 'sidewatch[reports]'"
"""How to get what makes reports."""


class ReportError(MonitorError):
    """No report was made; the message says why and what to do."""
