"""All texts that the safety classifier is taught and judged by: public, generated, written."""

from __future__ import annotations

from pathlib import Path

from asked import asked_rows
from contrast import contrast_rows
from corpus import Row, read
from written import written_rows

OWN = ("contrast", "written")
"""How the sources of our own begin: they have tables of their own, apart from public ones."""


def all_rows(folder: Path) -> list[Row]:
    """Rows of the developer data below `folder`, and our own, in a fixed order."""
    return read(folder) + contrast_rows() + written_rows() + asked_rows(folder)
