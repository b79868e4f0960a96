"""`sidewatch replay`: recorded traffic through the same detectors."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.options import AsJson, PolicyFile
from monitor.cli.output import count_lines, lines_to, progress, tell_unscored, write_line
from monitor.cli.where import Where, on_store
from monitor.exchange.jsonl import read
from monitor.policy import Policy
from monitor.settings import SettingsError, load_policy

if TYPE_CHECKING:
    from monitor.pipeline.replay import Replayed

_DETECTORS = ("latency", "safety", "drift", "anomaly")


@on_store
def replay(
    where: Where,
    file: Annotated[
        str | None, typer.Argument(help="JSON lines of exchanges; - for standard input.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Baseline to judge by: a file, or a name in the store.")
    ] = None,
    detectors: Annotated[
        str | None, typer.Option(help="Only these, by comma: latency,safety,drift,anomaly.")
    ] = None,
    policy: PolicyFile = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Only how --policy differs from the policy in force.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="Stored traffic since 6h ago, 2d ago, or a date, instead; with --policy."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only up to then, with --since.")] = None,
    as_json: AsJson = False,
    out: Annotated[
        str | None, typer.Option(help="Where findings go as JSON lines; standard output without.")
    ] = None,
    all_scores: Annotated[
        str | None, typer.Option(help="Also write every exchange's anomaly score to this file.")
    ] = None,
) -> None:
    """Run recorded traffic through the detectors on its own clock: same input, same findings.

    Findings are JSON lines; a summary goes to standard error. Without --baseline each model's
    first exchanges (worker.baseline_warmup) become its provisional baseline.

    With --since, or FILE and --diff, both the policy in force and that of --policy judge the traffic,
    and what is new, gone or of another severity is told. Stored traffic keeps the scores it has.
    """
    if since is not None or diff or file is None:
        from monitor.cli.whatif import Asked, what_if

        what_if(
            Asked(file, since, until, policy, detectors, baseline, out, as_json=as_json),
            where.settings(),
        )
        return
    if as_json or until is not None:
        raise SettingsError("--json needs --diff or --since, and --until needs --since")
    from monitor.cli.baselines import find_baseline
    from monitor.pipeline.replay import replay as run
    from monitor.pipeline.score import ScoreStage

    settings = where.settings()
    policy_used = only(load_policy(policy) if policy else settings.policy, detectors)
    reference = find_baseline(baseline, settings.store) if baseline else None
    exchanges = progress(read(file), "replaying", total=count_lines(file))
    with ExitStack() as files:
        scores = files.enter_context(lines_to(all_scores)) if all_scores else None
        report = _Report(files.enter_context(lines_to(out)), scores)
        for result in run(
            exchanges,
            ScoreStage.load(policy_used.safety, judge="safety" in policy_used.detectors),
            policy_used,
            baseline=reference,
            warmup=settings.worker.baseline_warmup,
        ):
            report.take(result)
    report.summarise()


def only(policy: Policy, detectors: str | None) -> Policy:
    """The policy with these detectors alone, by comma; all of its own without.

    Raises
    ------
    SettingsError
        There is no such detector.
    """
    if detectors is None:
        return policy
    wanted = [name.strip() for name in detectors.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in _DETECTORS]
    if unknown or not wanted:
        raise SettingsError(
            f"--detectors: unknown detector {', '.join(unknown) or '(none given)'}; "
            f"known: {', '.join(_DETECTORS)}"
        )
    return replace(policy, detectors=wanted)


@dataclass
class _Report:
    findings: BinaryIO
    scores: BinaryIO | None
    seen: int = 0
    unscored: Counter[str] = field(default_factory=Counter)
    found: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def take(self, result: Replayed) -> None:
        from monitor.pipeline.report import finding_line

        self.seen += 1
        for reason in result.observation.unscored.values():
            self.unscored[reason] += 1
        for finding in result.findings:
            told = finding.detection
            self.found[told.detector, told.detection_type, told.severity] += 1
            write_line(self.findings, finding_line(result.index, finding))
        if self.scores is not None:
            score = result.scores.get("anomaly", {}).get("anomaly")
            write_line(self.scores, {"index": result.index, "score": score})

    def summarise(self) -> None:
        console = Console(stderr=True, markup=False)
        table = Table("detector", "kind", "severity", "findings", box=None, header_style="bold")
        for (detector, kind, severity), count in sorted(self.found.items()):
            table.add_row(detector, kind, severity, str(count))
        total = sum(self.found.values())
        console.print(f"{self.seen} exchanges, {total} findings")
        if total:
            console.print(table)
        tell_unscored(self.unscored)
