"""The last results of a model, by what it was given: what comes again is not computed again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class LastUsed(Generic[T]):
    """At most `room` values by key; the one not asked for longest makes way for a new one.

    Safe to share between threads. With no room it keeps nothing.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: OrderedDict[bytes, T] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: bytes) -> T | None:
        """The value of a key, None where it is not known or was forgotten."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: bytes, value: T) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._room:
                self._values.popitem(last=False)
