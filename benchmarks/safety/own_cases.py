"""The classifier on texts of our own: look-alikes beside what they look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from judging import Array, Chosen, figures
from stacking import Scored
from written import file_of

from detectors.safety.categories import CATEGORIES
from detectors.safety.evaluation.over_refusal import over_refusal

_UNSAFE = CATEGORIES.index("unsafe")


def own_cases(x: Scored, stages: Mapping[str, Array], flagged: Chosen) -> dict[str, Any]:
    """Figures of the generated and of the written texts that the judged encoder had not seen.

    Of the generated ones only the English: those in French are all harmless.
    """
    english = np.array([row.lang == "en" for row in x.rows], dtype=bool)
    return {
        kind: _judged(x, stages, flagged, x.unseen & english & np.char.startswith(x.sources, kind))
        for kind in ("contrast", "written")
    }


def flagged_by_file(x: Scored, flagged: Chosen) -> dict[str, Any]:
    """Share of the written texts that is flagged, by file and by whether they are unsafe."""
    labels, found = x.labels("unsafe"), {}
    written = x.unseen & np.char.startswith(x.sources, "written")
    files = np.array(
        [file_of(row) if own else "" for row, own in zip(x.rows, written, strict=True)]
    )
    for name in sorted(set(files) - {""}):
        for value, word in ((1, "unsafe"), (0, "safe")):
            own = (files == name) & (labels == value)
            if own.any():
                share = round(float(flagged[own].mean()), 3)
                found[f"{name}, {word}"] = {"texts": int(own.sum()), "flagged": share}
    return found


def _judged(
    x: Scored, stages: Mapping[str, Array], flagged: Chosen, own: Chosen
) -> dict[str, Any] | None:
    labels = x.labels("unsafe")
    harmful, harmless = own & (labels == 1), own & (labels == 0)
    found = figures(labels, stages, "unsafe", own)
    if found is None:
        return None
    for stage, logits in stages.items():
        judged = over_refusal(logits[harmless, _UNSAFE], logits[harmful, _UNSAFE])
        if judged is not None and judged.refused.share is not None:
            found[stage]["refused_at_80pct_caught"] = round(judged.refused.share, 3)
    return found | {
        "flagged_of_harmful": round(float(flagged[harmful].mean()), 3),
        "flagged_of_harmless": round(float(flagged[harmless].mean()), 3),
    }
