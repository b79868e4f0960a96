"""Labels that people gave to incidents."""

from __future__ import annotations

from monitor.labels.label import IncidentLabel


class MemoryLabels:
    """Labels by incident and exchange."""

    def __init__(self) -> None:
        self._labels: dict[tuple[str, str], IncidentLabel] = {}

    async def put_label(self, label: IncidentLabel) -> None:
        """Keep a label; the one on the same exchange of the incident goes."""
        self._labels[label.incident_id, label.exchange_id] = label

    async def delete_labels(self, incident_id: str) -> int:
        """Remove an incident's labels; how many there were."""
        gone = [pair for pair in self._labels if pair[0] == incident_id]
        for pair in gone:
            del self._labels[pair]
        return len(gone)

    async def labels_of(self, incident_id: str) -> list[IncidentLabel]:
        """An incident's labels, oldest first."""
        return _by_time([x for x in self._labels.values() if x.incident_id == incident_id])

    async def labels(self, *, since: float, until: float, limit: int) -> list[IncidentLabel]:
        """Labels given in a time range, the latest first."""
        given = [x for x in self._labels.values() if since <= x.at <= until]
        return _by_time(given)[::-1][: max(0, limit)]


def _by_time(labels: list[IncidentLabel]) -> list[IncidentLabel]:
    return sorted(labels, key=lambda label: (label.at, label.incident_id, label.exchange_id))
