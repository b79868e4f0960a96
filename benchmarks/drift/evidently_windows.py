"""Evidently itself on one window: run as a process of its own, since its import takes seconds.

    python -m benchmarks.drift.evidently_windows TABLES.npz

The file has `reference` and `window`, and `names` of the numeric columns. Prints as JSON the share
of drifted columns, and the seconds that the comparison and the import took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Compare by Evidently's defaults."""
    started = time.perf_counter()
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    imported = time.perf_counter()
    given = np.load(Path(sys.argv[1]), allow_pickle=False)
    names = [str(name) for name in given["names"]]
    frames = [pd.DataFrame(given[side], columns=names) for side in ("window", "reference")]
    definition = DataDefinition(numerical_columns=names)
    begun, used = time.perf_counter(), time.process_time()
    current, reference = (Dataset.from_pandas(f, data_definition=definition) for f in frames)
    told = Report([DataDriftPreset()]).run(current, reference).dict()
    share = next(m["value"]["share"] for m in told["metrics"] if "share" in str(m["value"]))
    print(
        json.dumps(
            {
                "share": float(share),
                "seconds": time.perf_counter() - begun,
                "cpu_seconds": time.process_time() - used,
                "import_seconds": imported - started,
            }
        )
    )


if __name__ == "__main__":
    main()
