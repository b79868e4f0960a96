"""Run the demonstration once and draw what it printed: `python docs/img/make_demo.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 100
STYLES = {
    r"\bcritical\b": "bold red",
    r"\bwarning\b": "yellow",
    r"\b(latency|safety|anomaly|drift)\b": "cyan",
    r"https?://\S+": "blue",
    r"^Each of .*": "bold green",
}


def main() -> int:
    """Run, echo, draw; the demonstration's exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "demo", "--once"],
        env={**os.environ, "COLUMNS": str(WIDTH)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    console = Console(record=True, width=WIDTH)
    console.print(Text("$ make demo", style="bold"))
    for line in done.stdout.splitlines():
        if line.startswith("logs"):
            continue  # a temporary folder
        text = Text(line.rstrip())
        for pattern, style in STYLES.items():
            for match in re.finditer(pattern, line):
                text.stylize(style, *match.span())
        console.print(text)
    picture = Path(__file__).with_name("demo.svg")
    drawn = console.export_svg(title="Sidewatch")
    # The page's own fonts will do: the picture loads nothing from elsewhere.
    drawn = re.sub(r"@font-face \{.*?\}\s*|<!-- Generated.*?-->\s*", "", drawn, flags=re.DOTALL)
    picture.write_text(drawn.replace("Fira Code", "ui-monospace, Menlo, Consolas"))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
