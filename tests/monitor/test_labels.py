"""The closed sets of labels are what the parts behind them say."""

from dataclasses import fields
from typing import get_args

from prometheus_client import CollectorRegistry, generate_latest

from detectors.anomaly.absolute import EMPTY, SIGNS
from detectors.anomaly.bursts.measures import MEASURES
from detectors.anomaly.factors import FACTORS, FITTED
from detectors.base import DetectorName, Severity
from detectors.drift.finding import KINDS as DRIFTS
from detectors.latency.burn import KINDS as BURNS
from detectors.latency.cause import KINDS as SHIFTS
from detectors.latency.policy import LatencyPolicy
from detectors.latency.rules import rules as latency_rules
from detectors.observation import Part
from detectors.safety.categories import CATEGORIES
from monitor.alerts import failing as alerts_failing
from monitor.incidents.incident import Status
from monitor.journal.base import Backlog
from monitor.metrics import labels
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline import failing, observe


def test_the_sets_are_those_of_the_parts_behind_them():
    assert set(labels.UNRESOLVED) == set(get_args(Status)) - {"resolved"}
    assert set(labels.SEVERITIES) == set(get_args(Severity))
    assert set(labels.DETECTORS) == set(get_args(DetectorName))
    assert get_args(Part) == labels.SIDES
    reasons = {observe.BLANK, observe.WORDLESS, observe.UNPARSED, observe.FAILED}
    reasons |= {observe.LANGUAGE}
    assert set(labels.UNSCORED) == reasons
    assert set(labels.STREAMS) == {field.name for field in fields(Backlog)}


def test_every_kind_of_detection_is_listed():
    anomalies = {factor.kind for factor in (*FACTORS, *FITTED)}
    anomalies |= {sign.kind for sign in (*SIGNS, EMPTY)}
    anomalies |= {measure.kind for measure in MEASURES}
    assert set(labels.KINDS["anomaly"]) == anomalies
    assert set(labels.KINDS["drift"]) == {f"{kind}_drift" for kind in DRIFTS.values()}
    assert set(labels.KINDS["safety"]) == {*CATEGORIES, "secret", "pii"}
    assert set(labels.KINDS["pipeline"]) == {failing.KIND, alerts_failing.KIND}
    latency = {rule.name.removeprefix("latency.") for rule in latency_rules(LatencyPolicy())}
    latency -= {"budget"}
    assert set(labels.KINDS["latency"]) == {*latency - {"slow"}, "slow_exchange", *SHIFTS, *BURNS}


def test_what_has_not_happened_is_exported_as_zero():
    registry = CollectorRegistry()
    WorkerMetrics(registry)
    text = generate_latest(registry).decode()
    incidents = 'sidewatch_incidents_opened_total{detector="drift",kind="input_drift"'
    assert f'{incidents},severity="warning"}} 0.0' in text
    assert 'sidewatch_texts_unscored_total{reason="failed",side="prompt"} 0.0' in text
    assert 'sidewatch_detector_failures_total{part="filing"} 0.0' in text
