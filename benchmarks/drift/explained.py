"""Measure how true the explanation of a drift alarm is: kind, onset, share of traffic, tenant.

    python -m benchmarks.drift.explained --data DIR [--rows 3000] [--seeds 2] [--out FILE.json]

Streams are made as in `benchmarks.drift.run`, with safety scores and tenants; 800 clean exchanges
come first. Only the first alarm after the change is judged.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.drift.scenarios import scenarios
from benchmarks.drift.scored import ScoredTraffic, placed
from benchmarks.drift.seasons import measure_seasons
from benchmarks.drift.sources import pools
from detectors.baseline import Baseline
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.drift.scenarios import Scenario
    from benchmarks.drift.traffic import Pair
    from detectors.observation import Observation
    from detectors.shift import Shift

CLEAN = 800
CHANGED = 1_500
_SECONDS_APART = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One alarm beside the truth; places are exchanges after the change."""

    scenario: str
    truth: str
    kind: str
    symptom: str
    delay: int
    onset: int
    covered: bool
    share: float
    share_error: float
    true_share: float
    share_since: float
    tenant: str
    true_tenant: str
    new_examples: float
    seconds: float


def measure(
    traffic: ScoredTraffic, pool: tuple[list[Pair], list[Pair]], rows: int, seeds: int
) -> list[Outcome]:
    """Give what was said of every scenario that was found."""
    ordinary, far = pool
    found = []
    planted = scenarios(traffic, ordinary, far)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        order = [ordinary[i] for i in rng.permutation(len(ordinary))]
        known = [placed(traffic.observe(pair), i, rng) for i, pair in enumerate(order[:rows])]
        baseline = Baseline.build(known, name="bench", encoder="wordllama-256", created=0.0)
        for number, scenario in enumerate(planted):
            draw = np.random.default_rng([seed, number])
            rest = [order[rows:][i] for i in draw.permutation(len(order) - rows)]
            outcome = _judged(DriftRule(DriftPolicy(), baseline), traffic, scenario, rest, draw)
            found += [outcome] if outcome else []
    return found


def _judged(
    rule: DriftRule,
    traffic: ScoredTraffic,
    scenario: Scenario,
    rest: list[Pair],
    rng: np.random.Generator,
) -> Outcome | None:
    turned: set[str] = set()
    for index, x in enumerate(_stream(traffic, scenario, rest, rng, turned)):
        started = time.process_time()
        found = rule.observe(x).detections
        seconds = time.process_time() - started
        if found and index < CLEAN:
            return None
        if found:
            assert found[0].shift is not None
            return _outcome(scenario, found[0].shift, index, turned, seconds)
    return None


def _stream(
    traffic: ScoredTraffic,
    scenario: Scenario,
    rest: list[Pair],
    rng: np.random.Generator,
    turned: set[str],
) -> Iterator[Observation]:
    """Yield clean exchanges, then changed ones; the ids of those are put into `turned`."""
    change = scenario.change
    for index in range(CLEAN + CHANGED):
        pair, age = rest[index % len(rest)], index - CLEAN
        hit = age >= 0 and change.turn is not None and rng.random() < change.share_at(age)
        if hit and change.turn is not None:
            pair = change.turn(pair, rng)
        x = placed(traffic.observe(pair), index, rng)
        if hit and scenario.tenant:
            x = replace(x, tenant=scenario.tenant)
        if age >= 0:
            x = _slowed(x, change.ttft, change.tpot)
        if hit or change.turn is None:
            turned.add(x.id)
        yield x


def _slowed(x: Observation, ttft: float, tpot: float) -> Observation:
    channels = dict(x.channels)
    channels["log_ttft"] += float(np.log(ttft))
    channels["log_seconds_per_token"] += float(np.log(tpot))
    return replace(x, channels=channels)


def _outcome(
    scenario: Scenario, shift: Shift, index: int, turned: set[str], seconds: float
) -> Outcome:
    change, onset = scenario.change, shift.onset
    true_at = 1_700_000_000.0 + _SECONDS_APART * CLEAN
    first = int(onset.exchange_id[1:])
    tenants = [c.name for c in shift.carriers if c.of == "tenant"]
    new = [example.exchange_id in turned for example in shift.examples if example.of == "new"]
    return Outcome(
        scenario=change.name,
        truth=scenario.kind,
        kind=shift.kind,
        symptom=shift.symptom,
        delay=index - CLEAN + 1,
        onset=first - CLEAN,
        covered=onset.earliest <= true_at <= onset.latest,
        share=shift.share.value,
        share_error=shift.share.error,
        true_share=change.share_at(index - CLEAN),
        share_since=len([i for i in turned if int(i[1:]) >= first]) / (index - first + 1),
        tenant=tenants[0] if tenants else "",
        true_tenant=scenario.tenant,
        new_examples=float(np.mean(new)) if new else float("nan"),
        seconds=round(seconds, 4),
    )


def summary(found: list[Outcome]) -> dict[str, object]:
    """Put outcomes into the figures that are compared."""
    onsets = np.abs([each.onset for each in found])
    partial = [each for each in found if each.true_share < 1]
    errors = np.abs([each.share - each.share_since for each in partial])
    over = np.array([each.share - each.true_share for each in partial])
    named = [each for each in found if each.true_tenant]
    return {
        "alarms": len(found),
        "kind_right": _share([each.kind == each.truth for each in found]),
        "onset_error_median": float(np.median(onsets)),
        "onset_error_90": float(np.quantile(onsets, 0.9)),
        "onset_in_interval": _share([each.covered for each in found]),
        "share_error_median": round(float(np.median(errors)), 3),
        "share_within_two_errors": _share(
            [abs(e.share - e.share_since) <= 2 * e.share_error for e in partial]
        ),
        "share_over_the_planted": round(float(np.median(over)), 3),
        "tenant_found": _share([each.tenant == each.true_tenant for each in named]),
        "tenant_named_wrongly": _share([bool(e.tenant) for e in found if not e.true_tenant]),
        "new_examples_are_new": round(float(np.nanmean([e.new_examples for e in found])), 3),
        "cpu_seconds_of_an_alarm": round(float(np.median([e.seconds for e in found])), 3),
    }


def _share(flags: list[bool]) -> float:
    return round(float(np.mean(flags)), 3) if flags else float("nan")


def table(found: dict[str, list[Outcome]], seasons: dict[str, dict[str, dict[str, int]]]) -> str:
    """Lay the figures out as Markdown: the summary, the confusion of kinds, every scenario."""
    summaries = {name: summary(each) for name, each in found.items()}
    heads = list(next(iter(summaries.values())))
    lines = ["| figure | " + " | ".join(summaries) + " |", "|---" * (len(summaries) + 1) + "|"]
    for head in heads:
        cells = " | ".join(str(each[head]) for each in summaries.values())
        lines.append(f"| {head.replace('_', ' ')} | {cells} |")
    outcomes = [each for listed in found.values() for each in listed]
    parts = [lines, _confusion(outcomes), _scenarios(outcomes), _seasons(seasons)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _confusion(outcomes: list[Outcome]) -> list[str]:
    told = Counter((each.truth, each.kind) for each in outcomes)
    truths, kinds = sorted({t for t, _ in told}), sorted({k for _, k in told})
    lines = ["| is \\ told | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    rows = {truth: [str(told[truth, kind] or "") for kind in kinds] for truth in truths}
    return [*lines, *(f"| {truth} | {' | '.join(row)} |" for truth, row in rows.items())]


def _scenarios(outcomes: list[Outcome]) -> list[str]:
    by_name = defaultdict(list)
    for each in outcomes:
        by_name[each.scenario].append(each)
    lines = ["| scenario | told | delay | onset | share (planted) | tenant |", "|---" * 6 + "|"]
    for name, listed in by_name.items():
        told = ", ".join(sorted({f"{e.kind} {e.symptom}".strip() for e in listed}))
        delays, onsets = (", ".join(str(getattr(e, k)) for e in listed) for k in ("delay", "onset"))
        shares = ", ".join(f"{e.share:.2f} ± {e.share_error:.2f}" for e in listed)
        tenants = ", ".join(sorted({e.tenant or "-" for e in listed}))
        true = np.mean([e.true_share for e in listed])
        lines.append(
            f"| {name} | {told} | {delays} | {onsets} | {shares} ({true:.2f}) | {tenants} |"
        )
    return lines


def _seasons(found: dict[str, dict[str, dict[str, int]]]) -> list[str]:
    lines = ["| days and nights | " + " | ".join(found) + " |", "|---" * (len(found) + 1) + "|"]
    for name in next(iter(found.values())):
        cells = [", ".join(f"{k} {n}" for k, n in each[name].items()) for each in found.values()]
        lines.append(f"| {name} | {' | '.join(cell or 'no alarm' for cell in cells)} |")
    return lines


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="developer data")
    parser.add_argument("--rows", type=int, default=3_000, help="baseline size")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "drift-scored.pickle"
    )
    parser.add_argument("--out", type=Path, help="JSON; a Markdown table is put beside it")
    given = parser.parse_args()
    traffic = ScoredTraffic(given.data, given.cache)
    found = {
        name: measure(traffic, pool, given.rows, given.seeds)
        for name, pool in pools(traffic).items()
    }
    seasons = {name: measure_seasons(traffic, pool, 0) for name, pool in pools(traffic).items()}
    traffic.save()
    print(table(found, seasons))
    if given.out:
        told = {
            n: {"summary": summary(f), "alarms": list(map(asdict, f))} for n, f in found.items()
        }
        whole = {"changes": told, "days and nights": seasons}
        given.out.write_text(json.dumps(whole, indent=1) + "\n")
        given.out.with_suffix(".md").write_text(table(found, seasons))


if __name__ == "__main__":
    main()
