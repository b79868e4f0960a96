"""What the gateway itself says: its metrics, read as a Prometheus server would."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Mapping

_SAMPLE = re.compile(r"^([a-z_]+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
_PREFIX = "sidewatch_gateway_"


class Accounts:
    """One reading: `accounts["exchanges_seen_total"]`, summed over its labels; absent is 0."""

    def __init__(self, text: str) -> None:
        self._samples = [
            (name.removeprefix(_PREFIX), labels, float(value))
            for name, labels, value in _SAMPLE.findall(text)
            if name.startswith(_PREFIX)
        ]

    def __getitem__(self, name: str) -> float:
        return sum(value for each, _, value in self._samples if each == name)

    def all(self) -> dict[str, float]:
        """Every sample that is not zero, by its name and labels; of histograms only the counts."""
        return {
            f"{name}{{{labels}}}" if labels else name: value
            for name, labels, value in self._samples
            if value and not name.endswith(("_bucket", "_sum", "_created"))
        }

    def by_reason(self, name: str) -> Mapping[str, float]:
        """The samples of a counter that are not zero, by their labels."""
        return {labels: value for each, labels, value in self._samples if each == name and value}


def read_accounts(port: int) -> Accounts:
    """The metrics of the gateway on a port.

    Raises
    ------
    OSError
        It does not answer within ten seconds.
    """
    url = f"http://127.0.0.1:{port}/_sidewatch/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return Accounts(answer.read().decode())
