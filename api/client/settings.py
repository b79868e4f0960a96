"""How both clients connect."""

from __future__ import annotations

from typing import Any

TIMEOUT = 30.0
"""Seconds that an answer may take."""
ATTEMPTS = 4


def options(url: str, key: str, timeout: float) -> dict[str, Any]:
    """What an HTTP client is made of."""
    headers = {"User-Agent": "sidewatch-client", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return {"base_url": url.rstrip("/"), "headers": headers, "timeout": timeout}
