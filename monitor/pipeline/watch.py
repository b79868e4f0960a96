"""The watch stage: observations in order in, findings out. Stateful, pure, one owner per shard."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from detectors.base import Detection, Recovery, Rule, State, Verdict
from detectors.baseline import Baseline, is_ordinary
from detectors.drift.scaled import with_scale
from detectors.errors import DetectorError
from detectors.observation import Observation
from detectors.origin import Origin
from detectors.rules import NOTHING
from monitor import version
from monitor.baselines.naming import plain_name
from monitor.baselines.traffic import Traffic
from monitor.pipeline import codec
from monitor.pipeline.narrow import NarrowWatch
from monitor.pipeline.rules import build, outlives_baseline, rebuild
from monitor.policy import Policy

log = logging.getLogger(__name__)

Scores = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A detection with the observation that completed it and every detector's scores of that."""

    detection: Detection
    observation: Observation
    scores: Scores


@dataclass(slots=True)
class Judged:
    """An observation with what the rules say of it so far: scores, what they found, what is over."""

    x: Observation
    scores: Scores
    detections: list[Detection] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)

    @classmethod
    def of(cls, x: Observation) -> Judged:
        """Begin with what the score stage found."""
        return cls(x, {"safety": _flat(x.scores)} if x.scores else {})

    def add(self, detector: str, verdict: Verdict) -> None:
        """Add what one rule says."""
        of_detector = self.scores.get(detector)
        if of_detector is None:
            of_detector = self.scores[detector] = {}
        # Most rules have nothing to say of most exchanges, and there are many rules.
        if verdict is NOTHING:
            return
        for name, score in verdict.scores.items():
            of_detector[name] = float(score)
        self.detections += verdict.detections
        self.recoveries += verdict.recoveries

    @property
    def findings(self) -> list[Finding]:
        """Each detection with the observation and all its scores."""
        return [Finding(detection, self.x, self.scores) for detection in self.detections]


@dataclass(slots=True)
class ModelWatch:
    """One model's rules, and the warm-up for its baseline while it has none."""

    rules: list[Rule]
    baseline: str = ""
    digest: str = ""
    warmup: list[Observation] = field(default_factory=list)


@dataclass
class WatchStage:
    """Feeds each observation to the rules of its model.

    Parameters
    ----------
    policy
        What the rules are built from.
    baseline_for
        The baseline of a model, or None while it has none.
    encoder
        Name of the encoder, stamped on baselines built here.
    screen
        Version of the cheap safety stage, stamped likewise.
    warmup
        Ordinary exchanges after which a model without a baseline gets a provisional one; 0 for never.
    one_stream
        Treat all traffic as one model's, as when a recording is judged against one baseline.

    Whoever drives it empties `built` (provisional baselines by model), `recovered` (what is over of
    earlier findings) and `began_anew` (models now judged by another baseline than before).
    """

    policy: Policy
    baseline_for: Callable[[str], Baseline | None]
    encoder: str = ""
    screen: str = ""
    warmup: int = 0
    one_stream: bool = False
    failures: Counter[str] = field(default_factory=Counter)
    built: list[tuple[str, Baseline]] = field(default_factory=list)
    recovered: list[Recovery] = field(default_factory=list)
    began_anew: list[str] = field(default_factory=list)
    narrow: NarrowWatch = field(init=False)
    _models: dict[str, ModelWatch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Watch no part of any traffic by itself until told to."""
        self.narrow = NarrowWatch(self.policy, self.failures)

    def observe(self, x: Observation) -> tuple[Scores, list[Finding]]:
        """What every rule says of one observation: the scores by detector, and the findings."""
        judged = Judged.of(x)
        self._judge(self._watch(x), judged)
        self.recovered += judged.recoveries
        return judged.scores, judged.findings

    def observe_all(self, batch: Sequence[Observation]) -> list[Judged]:
        """Do as `observe` does for each in turn, but that what is over stands with each.

        Where a model has its baseline, one rule is asked of all before the next: they know nothing of
        each other, so it comes to the same, and what a rule works with stays in the processor's cache.
        """
        found = [Judged.of(x) for x in batch]
        by_model: dict[str, list[Judged]] = {}
        for judged in found:
            by_model.setdefault("" if self.one_stream else judged.x.model, []).append(judged)
        for of_model in by_model.values():
            watch = self._watch(of_model[0].x)
            if self._may_adopt(watch):
                for judged in of_model:
                    self._judge(watch, judged)
            else:
                self._judge_together(watch, of_model)
        return found

    def _judge(self, watch: ModelWatch, judged: Judged) -> None:
        for rule in watch.rules:
            self._ask(rule, judged)
        self._ask_of_parts(judged)
        self._warm_up(watch, judged.x, found=bool(judged.detections))

    def _judge_together(self, watch: ModelWatch, of_model: list[Judged]) -> None:
        for rule in watch.rules:
            for judged in of_model:
                self._ask(rule, judged)
        for judged in of_model:
            self._ask_of_parts(judged)

    def _ask_of_parts(self, judged: Judged) -> None:
        of_parts, over = self.narrow.observe(judged.x)
        judged.detections += of_parts
        judged.recoveries += over

    def _may_adopt(self, watch: ModelWatch) -> bool:
        """Whether any exchange may be the one that completes a baseline."""
        return bool(self.warmup) and not watch.baseline

    def use_baseline(self, model: str, baseline: Baseline) -> None:
        """Judge a model's traffic against this baseline from now on."""
        watch = self._models.get(model)
        if watch is None:
            return
        if watch.digest == baseline.digest:
            watch.baseline = baseline.name
            return
        if watch.baseline:
            self.began_anew.append(model)
        self._adopt(watch, baseline)

    def baselines(self) -> dict[str, str]:
        """Name of the baseline in use by model; "" while there is none."""
        return {model: watch.baseline for model, watch in self._models.items()}

    def progress(self) -> dict[str, int]:
        """Warm-up exchanges collected so far by model."""
        return {model: len(watch.warmup) for model, watch in self._models.items()}

    def state(self) -> State:
        """All that `restore` needs to go on as if there had been no interruption."""
        of_models: State = {
            model: {
                "baseline": watch.digest,
                "rules": {rule.name: rule.state() for rule in watch.rules},
                "warmup": [codec.encode_observation(x) for x in watch.warmup],
            }
            for model, watch in self._models.items()
        }
        return of_models | self.narrow.state()

    def restore(self, state: State) -> None:
        """Go on from a saved state; a rule whose baseline has changed meanwhile starts afresh.

        A baseline is known by its content, whatever its name is now.
        """
        self.narrow.restore({key: state[key] for key in state if Traffic.of_key(key).is_narrow})
        for model in models_of(state):
            saved = state[model]
            watch = self._models[model] = self._new(model)
            watch.warmup = [codec.decode_observation(data) for data in saved["warmup"]]
            same = watch.digest == saved["baseline"]
            if not same and saved["baseline"]:
                self.began_anew.append(model)
            for rule in watch.rules:
                if rule.name in saved["rules"] and (same or outlives_baseline(rule)):
                    self._restore_rule(rule, saved["rules"][rule.name])

    def _watch(self, x: Observation) -> ModelWatch:
        model = "" if self.one_stream else x.model
        watch = self._models.get(model)
        if watch is None:
            watch = self._models[model] = self._new(model)
        return watch

    def _new(self, model: str) -> ModelWatch:
        baseline = self.baseline_for(model)
        watch = ModelWatch(build(self.policy, baseline))
        if baseline is not None:
            watch.baseline, watch.digest = baseline.name, baseline.digest
        return watch

    def _adopt(self, watch: ModelWatch, baseline: Baseline) -> None:
        watch.rules = rebuild(self.policy, watch.rules, baseline)
        watch.baseline, watch.digest = baseline.name, baseline.digest
        watch.warmup = []

    def _ask(self, rule: Rule, judged: Judged) -> None:
        """Add the rule's verdict; one that raises costs nobody else anything."""
        try:
            verdict = rule.observe(judged.x)
        except Exception:
            self.failures[rule.name] += 1
            log.exception("rule %s failed", rule.name)
            return
        judged.add(rule.detector, verdict)

    def _warm_up(self, watch: ModelWatch, x: Observation, *, found: bool) -> None:
        if not self._may_adopt(watch) or found or not is_ordinary(x):
            return
        # The texts have done their duty: the baseline keeps none, so the warm-up keeps none.
        watch.warmup.append(replace(x, prompt=None, response=None))
        if len(watch.warmup) < self.warmup:
            return
        model = "" if self.one_stream else x.model
        try:
            baseline = self._provisional(watch.warmup, model)
        except DetectorError as error:
            log.warning("no provisional baseline: %s", error)
            watch.warmup = []
            return
        self._adopt(watch, baseline)
        self.built.append((model, baseline))

    def _provisional(self, warmup: list[Observation], model: str) -> Baseline:
        origin = Origin(
            how="first exchanges",
            source=f"the first {len(warmup)} exchanges without a finding",
            model=model,
            screen=self.screen,
            policy=self.policy.version,
            sidewatch=version(),
        )
        baseline = Baseline.build(
            warmup,
            name=f"provisional-{plain_name(model) or 'all'}",
            encoder=self.encoder,
            created=warmup[-1].at,
            origin=origin,
        )
        if "drift" not in self.policy.detectors:
            return baseline
        return with_scale(baseline, self.policy.drift.false_alarms)

    def _restore_rule(self, rule: Rule, state: State) -> None:
        try:
            rule.restore(state)
        except Exception:
            self.failures[rule.name] += 1
            log.exception("the saved state of rule %s does not fit; it starts afresh", rule.name)


def models_of(state: State) -> list[str]:
    """Models that a saved state of the watch stage is about."""
    return [key for key in state if not Traffic.of_key(key).is_narrow]


def _flat(scores: dict[str, dict[str, float]]) -> dict[str, float]:
    return {f"{side}.{name}": p for side, named in scores.items() for name, p in named.items()}
