"""`sidewatch score`: safety scores of recorded exchanges."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from itertools import tee
from typing import Annotated

import typer

from monitor.cli.options import Config, PolicyFile
from monitor.cli.output import count_lines, lines_to, progress, tell_unscored, write_line
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
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Add why: the words' shares in the score, and what the text is like; some seconds a text.",
        ),
    ] = False,
    policy: PolicyFile = None,
    config: Config = None,
) -> None:
    """Score prompts and responses: calibrated probabilities by category, flagged by the policy.

    A side that is absent is null; one that could not be scored is null too, and named in
    "unscored" with the reason. One that "unscored" names with "language" has scores, and no more
    than that: it is not known to be harmless. "given" is what tools and documents gave, with its
    sources; "conversation" the user's last turns together; null where there are none.
    """
    from monitor.pipeline.explained import Reasons
    from monitor.pipeline.replay import observations
    from monitor.pipeline.report import score_line
    from monitor.pipeline.score import ScoreStage

    settings = load(config)
    chosen = load_policy(policy) if policy else settings.policy
    if resume and out in {None, "-"}:
        raise SettingsError("--resume needs --out FILE: what is done is kept beside it")
    exchanges = progress(read(file), "scoring", total=count_lines(file))
    with ExitStack() as files:
        if resume and out is not None:
            lines, done = files.enter_context(resumed(out))
            exchanges = left(exchanges, done, out)
        else:
            lines = files.enter_context(lines_to(out))
        stage = ScoreStage.load(chosen.safety)
        reasons = Reasons(stage, chosen.safety, settings.explain) if explain else None
        given, scored = tee(exchanges)
        lost: Counter[str] = Counter()
        for exchange, x in zip(given, observations(scored, stage), strict=True):
            line = score_line(x, chosen.safety)
            for side, why in reasons.of(exchange, x).items() if reasons else ():
                line[side]["why"] = why
            write_line(lines, line)
            lost.update(x.unscored.values())
            if resume:
                lines.flush()  # what is killed now has lost nothing
    tell_unscored(lost)
