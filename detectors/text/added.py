"""Channels that other packages add, found by the entry point `sidewatch.channels`."""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from detectors.observation import Observation

log = logging.getLogger(__name__)

GROUP = "sidewatch.channels"
"""The entry points: each a class, or a function, that gives a `Channel` when called."""

OWN = "_own_"
"""Between what a channel is about and its name, so that it is never taken for a built-in one."""

MOST_MICROSECONDS = 1_000.0
"""What all added channels may cost together, as they declare it, for one exchange."""

LONGEST_VALUE = 40
"""Characters of a nominal value that are kept."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SIDES = ("prompt", "response", "pair")


class Channel(Protocol):
    """One more feature of an exchange, a number or a name.

    `name` is of small letters, digits and underscores. `about` says what it describes: the prompt,
    the response, or how the two hang together. `nominal` says that values are names, of which
    there should be few. `microseconds` is what reading an ordinary exchange costs.
    """

    name: str
    about: Literal["prompt", "response", "pair"]
    nominal: bool
    microseconds: float

    def read(self, x: Observation) -> float | str | None:
        """Give the value of an exchange, None where it has no meaning.

        Called in line for every exchange, after scoring, from one thread at a time: no network,
        no waiting. The same exchange must give the same value. A baseline keeps the values, so
        they must not hold what users wrote.
        """
        ...


@dataclass(frozen=True, slots=True)
class Added:
    """The channels that were found, by the names that baselines know them by.

    `broken` names the entry points that could not be used.
    """

    channels: dict[str, Channel] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    @classmethod
    def load(cls) -> Added:
        """Find the channels of the installed packages, in order of their entry points' names.

        What cannot be imported, has an impossible name or the same as another, or costs more than
        is left of MOST_MICROSECONDS is logged and left out: traffic is judged without it.
        """
        found: dict[str, Channel] = {}
        broken = []
        left = MOST_MICROSECONDS
        for point in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
            try:
                name, channel = _channel(point, found, left)
            except Exception:
                broken.append(point.name)
                log.exception("the channel %s (%s) is not used", point.name, point.value)
                continue
            found[name] = channel
            left -= channel.microseconds
        return cls(found, tuple(broken))

    @property
    def names(self) -> frozenset[str]:
        """Their names in a baseline, such as `response_own_apologies`."""
        return frozenset(self.channels)

    def features(self, x: Observation) -> tuple[dict[str, float], dict[str, str], dict[str, str]]:
        """Give the numeric values, the nominal ones, and the kinds of error by channel that failed.

        One that raises, or gives what it did not declare, costs nothing but its own value.
        """
        numeric: dict[str, float] = {}
        nominal: dict[str, str] = {}
        failed = {}
        for name, channel in self.channels.items():
            try:
                value = channel.read(x)
                if value is None:
                    continue
                if channel.nominal:
                    nominal[name] = _named(value)
                else:
                    numeric[name] = _number(value)
            except Exception as error:  # noqa: BLE001 - somebody else's code may raise anything
                failed[name] = type(error).__name__
        return numeric, nominal, failed


def _channel(point: EntryPoint, found: dict[str, Channel], left: float) -> tuple[str, Channel]:
    channel: Channel = point.load()()
    if not _NAME.fullmatch(channel.name) or channel.about not in _SIDES:
        raise ValueError(
            "its name must be of small letters, digits and underscores, and be about one of "
            f"{', '.join(_SIDES)}: {channel.name!r} about {channel.about!r}"
        )
    if not 0 < channel.microseconds <= left:
        raise ValueError(
            f"it says that it costs {channel.microseconds} us an exchange, and {left:g} are left"
        )
    name = f"{channel.about}{OWN}{channel.name}"
    if name in found:
        raise ValueError(f"another channel is called {name}")
    return name, channel


def _number(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def _named(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(type(value))
    return value[:LONGEST_VALUE]
