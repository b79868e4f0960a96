"""One finding of a recogniser, and which of several in one place stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Data of one kind in one place of a text.

    `kind` is `pii.*`, `secret.*` or `network.*`; the last names what is worth masking and belongs
    to no person. `validated` says that more than the form speaks for it: a check digit, a
    checksum, a numbering plan or a decoding. `confidence` is an estimate between 0 and 1.
    """

    kind: str
    start: int
    end: int
    validated: bool
    confidence: float

    @property
    def token(self) -> str:
        """What stands in its place when it is masked, such as `[EMAIL]`."""
        return f"[{self.kind.partition('.')[2].upper()}]"


def apart(findings: Iterable[Finding], size: int) -> list[Finding]:
    """Keep what does not overlap, in the order of the text of `size` characters.

    Where findings overlap the validated one stands; then the secret, the longer, the surer.
    """
    taken = bytearray(size)
    kept: list[Finding] = []
    for finding in sorted(findings, key=_rank):
        start, end = finding.start, finding.end
        if not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            kept.append(finding)
    return sorted(kept, key=lambda finding: finding.start)


def _rank(finding: Finding) -> tuple[bool, bool, int, float, int, str]:
    return (
        not finding.validated,
        not finding.kind.startswith("secret."),
        finding.start - finding.end,
        -finding.confidence,
        finding.start,
        finding.kind,
    )
