"""What happened on my watch: unresolved incidents of the last twelve hours, as lines for a handover.

python handover.py http://127.0.0.1:8900 [KEY]
"""

import sys
import time

from api.client import Client


def handover(url: str, key: str = "") -> list[str]:
    """One line for each incident: how bad, what, how often, and what to do first."""
    lines = []
    with Client(url, key) as sidewatch:
        since = time.time() - 12 * 3600
        for incident in sidewatch.incidents(status=["open", "acknowledged"], since=since):
            bundle = sidewatch.bundle(incident.id)
            first = bundle.recommended_actions[0].what if bundle.recommended_actions else "look"
            lines.append(f"{incident.severity} {incident.title}, {incident.count} times. {first}")
    return lines


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in handover(*sys.argv[1:]))
