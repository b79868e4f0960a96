import pytest
from exchanges import make_exchange
from prometheus_client import CollectorRegistry

from detectors.observation import Observation
from detectors.safety.models.kinds import ExternalModel
from detectors.safety.models.panel import UnavailableError
from detectors.safety.models.policy import ModelsPolicy
from detectors.safety.policy import SafetyPolicy
from monitor.exchange import jsonl
from monitor.journal.memory import MemoryJournal
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.circuit import Circuit
from monitor.pipeline.failing import BATCHES, FailingModels
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.scoring import ScoreLoop
from monitor.settings import Settings
from monitor.store.base import IncidentQuery
from monitor.store.memory import MemoryStore

AWAY = UnavailableError("no answer in 5 s")


@pytest.fixture
def circuit():
    return Circuit("guard")


def batch(number, **unscored):
    return [Observation(id=f"x{number}", at=float(number), unscored=unscored)]


def severities(failing, circuit, batches, **unscored):
    told = [failing.seen({"guard": circuit}, batch(n, **unscored)) for n in range(batches)]
    return [[finding.detection.severity for finding in findings] for findings in told]


def test_a_model_that_goes_on_failing_is_told_now_and_then(circuit):
    circuit.failed(AWAY)
    told = severities(FailingModels(), circuit, 4 * BATCHES)
    times = [number + 1 for number, found in enumerate(told) if found]
    assert times == [BATCHES, 2 * BATCHES, 4 * BATCHES]


def test_it_is_critical_where_nobody_else_judges(circuit):
    circuit.failed(AWAY)
    assert severities(FailingModels(), circuit, BATCHES)[-1] == ["warning"]
    assert severities(FailingModels(), circuit, BATCHES, prompt="failed")[-1] == ["critical"]
    assert severities(FailingModels(), circuit, BATCHES, prompt="absent")[-1] == ["warning"]


def test_an_answer_begins_the_count_again(circuit):
    failing = FailingModels()
    circuit.failed(AWAY)
    assert not any(severities(failing, circuit, BATCHES - 1))
    circuit.answered()
    assert not any(severities(failing, circuit, BATCHES))
    circuit.failed(AWAY)
    assert not any(severities(failing, circuit, BATCHES - 1))
    assert any(severities(failing, circuit, 1))


async def test_a_worker_opens_one_incident_that_says_what_is_the_matter():
    away = ExternalModel(url="http://127.0.0.1:9", detector="d", labels={"*": "unsafe"}, rest=3600)
    settings = Settings()
    models = ModelsPolicy(external={"away": away}, built_in=False)
    journal, store = MemoryJournal(limit=100), MemoryStore()
    metrics = WorkerMetrics(CollectorRegistry(), models=models.names)
    filer = IncidentFiler(store, settings.policy, metrics)
    stage = ScoreStage.load(SafetyPolicy(models=models))
    loop = ScoreLoop(stage, journal, store, settings, metrics, "one", filer)
    for number in range(2 * BATCHES):
        await journal.append([jsonl.encode(make_exchange(number))])
        assert await loop.step() == 1
    (incident,) = (await store.incidents(IncidentQuery())).items
    assert (incident.detector, incident.kind, incident.model) == (
        "pipeline",
        "model_failing",
        "away",
    )
    assert (incident.severity, incident.count) == ("critical", 2)
