"""Writes what the recorder makes of every golden stream: read the difference before you commit it."""

import importlib.util
import json
from pathlib import Path

from monitor.exchange import jsonl

TESTS = Path(__file__).parents[1]


def main() -> None:
    spec = importlib.util.spec_from_file_location(
        "streams", TESTS / "monitor" / "exchange" / "test_streams.py"
    )
    streams = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(streams)
    for name in streams.NAMES:
        record = json.loads(jsonl.encode(streams.record(name, [])))
        path = streams.FOLDER / f"{name}.json"
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
