"""A Valkey server of our own, for when no URL is given: one for each data directory.

The roles on one machine share it. The first starts it, the last to end takes it along, however
each of them ends; `guardian` says how. All of them reach it by a unix socket, no port is opened.
"""

from __future__ import annotations

from monitor.embedded.places import EmbeddedError
from monitor.embedded.server import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedValkey"]
