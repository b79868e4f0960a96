"""`sidewatch replay --since` and `--diff`: what another policy would have found."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from monitor.cli.output import lines_to, print_json
from monitor.cli.replay import only
from monitor.cli.spans import moment
from monitor.cli.windows import Source
from monitor.connect import connected_store
from monitor.settings import Settings, SettingsError, load_policy
from monitor.whatif.difference import Difference, Found, Tally
from monitor.whatif.judging import Judge, compare
from monitor.whatif.reach import loosest, unread_changes, unscored_changes
from monitor.whatif.walking import Range, compare_stored

if TYPE_CHECKING:
    from detectors.observation import Observation
    from monitor.pipeline.score import ScoreStage
    from monitor.policy import Policy
    from monitor.store.base import Store

_OF_STORED = ("latency", "safety")
"""Detectors that need no more of an exchange than its record has."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be judged, and by what."""

    file: str | None
    since: str | None
    until: str | None
    policy: str | None
    detectors: str | None
    baseline: str | None
    out: str | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The difference, between which versions of the policy, and what it does not tell."""

    before: str
    after: str
    notes: list[str]
    difference: Difference


def what_if(asked: Asked, settings: Settings) -> None:
    """Judge traffic by the policy in force and by another, and tell the difference.

    Raises
    ------
    SettingsError
        What was asked for does not go together.
    """
    _check(asked)
    before = only(settings.policy, asked.detectors)
    after = only(load_policy(asked.policy or ""), asked.detectors)
    source = Source(asked.file, asked.since, asked.until, "", settings)
    if asked.since is not None:
        told, notes = asyncio.run(
            _of_store(settings, range_of(asked.since, asked.until), before, after)
        )
    else:
        told, notes = _of_file(source, before, after, asked.baseline), []
    answer = Answer(before.version, after.version, notes, told)
    if asked.out is not None:
        with lines_to(asked.out) as target:
            target.write(msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n")
    elif asked.as_json:
        print_json(answer)
    if not asked.as_json:
        _show(answer)


async def of_stored(
    store: Store, span: Range, before: Policy, after: Policy
) -> tuple[Difference, list[str]]:
    """The difference on stored exchanges, by the scores that they have; and what it cannot tell."""
    judges = [Judge.of(_stored_only(policy)) for policy in (before, after)]
    walked = await compare_stored(store, span, *judges)
    return walked.difference, list(_notes(walked.policies, before, after))


def range_of(since: str, until: str | None, model: str = "") -> Range:
    """The range between two times as people write them; it ends now without the second.

    Raises
    ------
    SettingsError
        One of them has another form.
    """
    now = time.time()
    last = moment(until, now=now, option="--until") if until else now
    return Range(moment(since, now=now, option="--since"), last, model)


async def _of_store(
    settings: Settings, span: Range, before: Policy, after: Policy
) -> tuple[Difference, list[str]]:
    async with connected_store(settings.store) as store:
        return await of_stored(store, span, before, after)


def _check(asked: Asked) -> None:
    if (asked.file is None) == (asked.since is None):
        raise SettingsError("give either a FILE of exchanges or --since SPAN")
    if asked.policy is None:
        raise SettingsError("say which policy to compare with the one in force: --policy FILE")
    if asked.until is not None and asked.since is None:
        raise SettingsError("--until bounds stored traffic: give --since SPAN too")
    if asked.baseline is not None and asked.since is not None:
        raise SettingsError("stored traffic is judged without a baseline: leave out --baseline")


def _stored_only(policy: Policy) -> Policy:
    return replace(policy, detectors=[name for name in policy.detectors if name in _OF_STORED])


def _notes(policies: Counter[str], before: Policy, after: Policy) -> Iterator[str]:
    for name in ("drift", "anomaly"):
        if name in {*before.detectors, *after.detectors}:
            yield f"{name}: not judged, it needs more than is stored; replay a FILE with --diff"
    for key in unscored_changes(before.safety, after.safety):
        yield f"{key}: the stored scores were made by the policy then in force"
    for key in unread_changes(before.safety, after.safety):
        yield f"{key}: conversations that were not found at the time are not found now"
    others = {version: count for version, count in policies.items() if version != before.version}
    if others:
        told = ", ".join(f"{count} by {version or '?'}" for version, count in others.items())
        yield f"exchanges that were judged by another policy at the time: {told}"


def _of_file(source: Source, before: Policy, after: Policy, baseline: str | None) -> Difference:
    from monitor.cli.baselines import find_baseline
    from monitor.pipeline.replay import watch_for
    from monitor.pipeline.score import ScoreStage

    judge = "safety" in {*before.detectors, *after.detectors}
    wanted = [loosest(after.safety, before.safety)]
    if unscored_changes(before.safety, after.safety):
        wanted.append(loosest(before.safety, after.safety))
    stages = [ScoreStage.load(safety, judge=judge) for safety in wanted]
    reference = find_baseline(baseline, source.settings.store) if baseline else None
    warmup = source.settings.worker.baseline_warmup
    judges = [
        Judge(policy, watch_for(stage, policy, baseline=reference, warmup=warmup))
        for policy, stage in ((before, stages[-1]), (after, stages[0]))
    ]
    return compare(_pairs(source, stages), *judges)


def _pairs(source: Source, stages: list[ScoreStage]) -> Iterable[tuple[Observation, Observation]]:
    """Each exchange as the policy in force has it scored, and the other."""
    from monitor.pipeline.replay import observations

    if len(stages) == 1:
        return ((x, x) for x in observations(source.recorded(), stages[0]))
    if source.file == "-":
        raise SettingsError(
            "these policies need the traffic scored twice: give a FILE, not standard input"
        )
    after, before = (observations(source.recorded(), stage) for stage in stages)
    return zip(before, after, strict=True)


def _show(answer: Answer) -> None:
    console, told = Console(stderr=True, markup=False), answer.difference
    console.print(
        f"{told.exchanges} exchanges; with a finding {told.flagged_before} by policy "
        f"{answer.before}, {told.flagged_after} by {answer.after}"
    )
    for title, tallies in (("category", told.by_category), ("tenant", told.by_tenant)):
        if tallies:
            console.print(tally_table(title, tallies))
    _examples(console, "new", told.new)
    _examples(console, "gone", told.gone)
    for note in answer.notes:
        console.print(note)


def tally_table(title: str, tallies: dict[str, Tally]) -> Table:
    """Numbers before and after, a line for each value."""
    columns = ("before", "after", "new", "gone", "changed")
    table = Table(title, box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right")
    for name, tally in tallies.items():
        table.add_row(name or "(none)", *(str(getattr(tally, column)) for column in columns))
    return table


def _examples(console: Console, title: str, found: list[Found]) -> None:
    for each in found[:_SHOWN]:
        where = f"{each.detector}.{each.category} {each.score:.3g}"
        console.print(f"{title}: {where} {each.severity} on exchange {each.exchange_id}")
    if len(found) > _SHOWN:
        console.print(f"{title}: {len(found) - _SHOWN} more")
