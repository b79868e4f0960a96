"""What the store's parts, one for each kind of record, have in common."""

from __future__ import annotations

from typing import Any

from monitor.link import PREFIX, Argument, Link, Script

_FUNCTIONS = {
    "save_incident": ("incident_places", "words"),
    "delete_incident": ("incident_places", "words"),
    "put_bundle": ("words",),
    "delete_bundle": ("words",),
}
"""Files of functions that a script uses."""


class RedisPart:
    """The connection and the scripts it runs."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._scripts: dict[str, Script] = {}

    async def _run(self, name: str, keys: list[str], *arguments: Argument) -> Any:
        """The answer of the script `lua/NAME.lua` on keys of `key`."""
        if name not in self._scripts:
            self._scripts[name] = Script.load(__package__, *_FUNCTIONS.get(name, ()), name)
        return await self._link.run(self._scripts[name], keys, arguments)


def key(*parts: str | int) -> str:
    """The name of a key in the server."""
    return ":".join((PREFIX, *map(str, parts)))
