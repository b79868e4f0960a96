"""Which tool each call in a request's history was of, so that a result can be told by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from monitor.exchange.protocols.base import name_of


def called(calls: Any) -> dict[str, str]:
    """Ids of calls to names of tools; what has another shape is passed over."""
    if not isinstance(calls, list):
        return {}
    return {ident: name for call in calls for ident, name in _named(call)}


def _named(call: Any) -> Iterator[tuple[str, str]]:
    """A call's id and name. Some dialects put the name into an object of its own."""
    if not isinstance(call, dict):
        return
    inner = call.get("function", call.get("custom"))
    name = name_of(inner.get("name") if isinstance(inner, dict) else call.get("name"))
    ident = name_of(call.get("id") or call.get("call_id"))
    if ident and name:
        yield ident, name
