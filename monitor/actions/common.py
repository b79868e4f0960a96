"""What there is to do about any finding."""

from __future__ import annotations

from monitor.incidents.bundle import Action

LOOK = Action(
    what="Read the exchange and the incidents like it",
    why="One glance at the text tells a real violation from a false alarm.",
    how="sidewatch incidents show {incident}",
    form="shell",
    risk="none",
)
CLOSE = Action(
    what="Resolve the incident once it is dealt with",
    why="The next finding of this kind then opens a new incident, with its own alert.",
    how="sidewatch incidents resolve {incident} --note '...'",
    form="shell",
    risk="none",
)
