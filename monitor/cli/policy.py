"""`sidewatch policy`: what is judged by, how two policies differ, and thresholds from labels."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.console import Console

from monitor.cli.options import AsJson, Config, settings_from
from monitor.cli.output import lines_to, print_json
from monitor.cli.where import Where, on_store
from monitor.policy_toml import as_toml
from monitor.settings import Settings, SettingsError, load_policy

if TYPE_CHECKING:
    from monitor.labels.calibration import Proposal
    from monitor.policy import Policy
    from monitor.whatif.difference import Difference
    from monitor.whatif.walking import Range

app = typer.Typer(no_args_is_help=True, help="Show and compare policies; set thresholds by labels.")

_MOST_LABELS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is proposed for a target, and what it would have changed of the traffic it is from."""

    target: float
    policy: str
    proposed_policy: str
    exchanges: int
    labels: int
    proposals: list[Proposal]
    difference: Difference
    notes: list[str]


@app.command()
def show(as_json: AsJson = False, config: Config = None) -> None:
    """Print the policy in force, as TOML for a configuration; its version goes first."""
    policy = settings_from(config).policy
    if as_json:
        print_json({"version": policy.version, "policy": policy})
    else:
        typer.echo(f"# policy {policy.version}")
        typer.echo(as_toml(msgspec.to_builtins(policy), "policy"), nl=False)


@app.command()
def diff(
    one: Annotated[str, typer.Argument(help="TOML file with a policy.")],
    other: Annotated[
        str | None, typer.Argument(help="Another; the policy in force comes first without.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Tell what of two policies differs, key by key; exit code 1 if anything does."""
    first = load_policy(one) if other else settings_from(config).policy
    second = load_policy(other or one)
    before, after = (_flat(msgspec.to_builtins(policy)) for policy in (first, second))
    changed = {
        key: {"before": before.get(key), "after": after.get(key)}
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    }
    if as_json:
        print_json({"before": first.version, "after": second.version, "changed": changed})
    else:
        typer.echo(f"policy {first.version} to {second.version}: {len(changed)} keys differ")
        for key, pair in changed.items():
            typer.echo(f"{key}: {_shown(pair['before'])} -> {_shown(pair['after'])}")
    if changed:
        raise typer.Exit(1)


@app.command()
@on_store
def calibrate(
    where: Where,
    target_fpr: Annotated[
        float, typer.Option(help="Share of benign texts that each category may flag.")
    ] = 0.01,
    since: Annotated[
        str, typer.Option(help="Stored traffic since 6h ago, 2d ago, or a date.")
    ] = "7d",
    until: Annotated[str | None, typer.Option(help="Only up to then.")] = None,
    model: Annotated[str, typer.Option(help="Only this model's traffic and labels.")] = "",
    lower: Annotated[
        bool, typer.Option("--lower", help="Lower thresholds too, beyond what is labelled.")
    ] = False,
    out: Annotated[str | None, typer.Option(help="Write what is proposed as TOML.")] = None,
    as_json: AsJson = False,
) -> None:
    """Propose safety thresholds from labels and stored traffic; nothing is applied.

    Paste the TOML into your configuration, or try it first: it is a policy for `replay --policy`.
    """
    if not 0.0 < target_fpr < 1.0:
        raise SettingsError(f"--target-fpr is between 0 and 1, not {target_fpr}")
    from monitor.cli.calibrated import show_calibration
    from monitor.cli.whatif import range_of

    settings = where.settings()
    answer, proposed = asyncio.run(
        _calibrated(settings, range_of(since, until, model), target=target_fpr, lower=lower)
    )
    if out is not None:
        with lines_to(out) as target:
            target.write(_piece(answer, proposed).encode())
    if as_json:
        print_json(answer)
    else:
        show_calibration(Console(markup=False), answer)
        if out is None:
            typer.echo(_piece(answer, proposed), nl=False)


async def _calibrated(
    settings: Settings, span: Range, *, target: float, lower: bool
) -> tuple[Calibration, Policy]:
    from monitor.cli.whatif import of_stored
    from monitor.connect import connected_store
    from monitor.labels.calibration import Scored, apply
    from monitor.labels.calibration import calibrate as propose
    from monitor.whatif.walking import walk

    policy = replace(settings.policy, detectors=["safety"])
    async with connected_store(settings.store) as store:
        every = await store.labels(since=0.0, until=float("inf"), limit=_MOST_LABELS)
        labels = [label for label in every if span.model in {"", label.model}]
        scored = [Scored(record.exchange.id, record.scores) async for record in walk(store, span)]
        found = propose(scored, labels, policy.safety, target=target, lower=lower)
        proposed = replace(policy, safety=apply(policy.safety, found))
        told, notes = await of_stored(store, span, policy, proposed)
    answer = Calibration(
        target=target,
        policy=settings.policy.version,
        proposed_policy=replace(settings.policy, safety=proposed.safety).version,
        exchanges=len(scored),
        labels=len(labels),
        proposals=found,
        difference=told,
        notes=notes,
    )
    return answer, proposed


def _piece(answer: Calibration, proposed: Policy) -> str:
    """The tables that would change, each whole: a table of a configuration replaces the default's."""
    parts = {x.part for x in answer.proposals if x.proposed is not None}
    tables = {f"thresholds_{part}": proposed.safety.thresholds(part) for part in sorted(parts)}
    told = (
        f"# For a false-positive rate of {answer.target:g} in each category, from {answer.exchanges} "
        f"exchanges\n# and {answer.labels} labels; in place of policy {answer.policy}.\n"
    )
    if not tables:
        return f"{told}# No threshold should change.\n"
    return told + as_toml(tables, "policy", "safety")


def _flat(table: dict[str, Any], *path: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        inner = isinstance(value, dict) and value
        flat |= _flat(value, *path, key) if inner else {".".join((*path, key)): value}
    return flat


def _shown(value: Any) -> str:
    return "(none)" if value is None else msgspec.json.encode(value).decode()
