"""The watch stage: observations in order in, findings out. Stateful, pure, one owner per shard."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
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
        watch = self._watch(x)
        scores: Scores = {"safety": _flat(x.scores)} if x.scores else {}
        detections: list[Detection] = []
        for rule in watch.rules:
            verdict = self._ask(rule, x)
            if verdict is None:
                continue
            of_detector = scores.get(rule.detector)
            if of_detector is None:
                of_detector = scores[rule.detector] = {}
            # Most rules have nothing to say of most exchanges, and there are many rules.
            if verdict is NOTHING:
                continue
            for name, score in verdict.scores.items():
                of_detector[name] = float(score)
            detections += verdict.detections
            self.recovered += verdict.recoveries
        of_parts, over = self.narrow.observe(x)
        detections += of_parts
        self.recovered += over
        self._warm_up(watch, x, found=bool(detections))
        return scores, [Finding(detection, x, scores) for detection in detections]

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

    def _ask(self, rule: Rule, x: Observation) -> Verdict | None:
        """The rule's verdict; None if it raised, which costs nobody else anything."""
        try:
            return rule.observe(x)
        except Exception:
            self.failures[rule.name] += 1
            log.exception("rule %s failed", rule.name)
            return None

    def _warm_up(self, watch: ModelWatch, x: Observation, *, found: bool) -> None:
        if watch.baseline or not self.warmup or found or not is_ordinary(x):
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
