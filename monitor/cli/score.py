"""`sidewatch score`: safety scores of recorded exchanges."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from monitor.cli.options import Config, PolicyFile
from monitor.cli.output import count_lines, lines_to, progress, write_line
from monitor.cli.resuming import left, resumed
from monitor.exchange.jsonl import read
from monitor.settings import SettingsError, load, load_policy


def score(
    file: Annotated[str, typer.Argument(help="JSON lines of exchanges; - for standard input.")],
    out: Annotated[
        str | None, typer.Option(help="Where to write the JSON lines; standard output without.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on where an earlier --resume with the same --out stopped."
        ),
    ] = False,
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
    if resume and out in {None, "-"}:
        raise SettingsError("--resume needs --out FILE: what is done is kept beside it")
    exchanges = progress(read(file), "scoring", total=count_lines(file))
    with ExitStack() as files:
        if resume and out is not None:
            lines, done = files.enter_context(resumed(out))
            exchanges = left(exchanges, done, out)
        else:
            lines = files.enter_context(lines_to(out))
        for x in observations(exchanges, ScoreStage.load(chosen.safety)):
            write_line(lines, score_line(x, chosen.safety))
            if resume:
                lines.flush()  # what is killed now has lost nothing
