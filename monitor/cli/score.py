"""`sidewatch score`: safety scores of recorded exchanges."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import Config, PolicyFile
from monitor.cli.output import count_lines, lines_to, progress, write_line
from monitor.exchange.jsonl import read
from monitor.settings import load, load_policy


def score(
    file: Annotated[str, typer.Argument(help="JSON lines of exchanges; - for standard input.")],
    out: Annotated[
        str | None, typer.Option(help="Where to write the JSON lines; standard output without.")
    ] = None,
    policy: PolicyFile = None,
    config: Config = None,
) -> None:
    """Score prompts and responses: calibrated probabilities by category, flagged by the policy.

    A side that is absent is null; one that could not be scored is null too, and named in
    "unscored" with the reason.
    """
    from monitor.pipeline.replay import observations
    from monitor.pipeline.report import score_line
    from monitor.pipeline.score import ScoreStage

    chosen = load_policy(policy) if policy else load(config).policy
    exchanges = progress(read(file), "scoring", total=count_lines(file))
    with lines_to(out) as lines:
        for x in observations(exchanges, ScoreStage.load(chosen.safety)):
            write_line(lines, score_line(x, chosen.safety))
