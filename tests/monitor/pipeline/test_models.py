"""The score stage with other models: those of the page about them, really loaded."""

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import tiny_judges
from exchanges import make_exchange
from prometheus_client import CollectorRegistry, generate_latest

from detectors.errors import DetectorError
from detectors.safety.models.kinds import ClassifierModel, ExternalModel, GuardModel
from detectors.safety.models.policy import ModelsPolicy
from detectors.safety.policy import SafetyPolicy
from monitor.exchange import jsonl
from monitor.journal.memory import MemoryJournal
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.codec import decode_observation, encode_observation
from monitor.pipeline.report import score_line
from monitor.pipeline.score import SIDES, ScoreStage
from monitor.pipeline.scoring import ScoreLoop
from monitor.record import decode_record
from monitor.reference import attribute_texts
from monitor.settings import Settings, SettingsError, load
from monitor.store.memory import MemoryStore

PAGE = (Path(__file__).resolve().parents[3] / "docs/models.md").read_text()
MARKED = make_exchange(1, prompt="word1 word2", answer=f"word3 {tiny_judges.MARK} word4")
CLEAN = make_exchange(2, prompt="word1 word2", answer="word3 word4")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    import torch

    torch.set_num_threads(1)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def detector():
    """A detector of the orchestrator's protocol that finds the marked word."""

    def answer(environment, start):
        size = int(environment["CONTENT_LENGTH"])
        contents = json.loads(environment["wsgi.input"].read(size))["contents"]
        found = {"start": 0, "end": 1, "detection": "x", "detection_type": "hap", "score": 0.9}
        told = [[found] if tiny_judges.MARK in text else [] for text in contents]
        start("200 OK", [("content-type", "application/json")])
        return [json.dumps(told).encode()]

    server = make_server("127.0.0.1", 0, answer, handler_class=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def policy(tmp_path_factory, detector):
    """The example of the page, with models that are really there."""
    folder = tmp_path_factory.mktemp("models")
    tiny_judges.classifier(folder / "toxicity")
    tiny_judges.guard(folder / "guard")
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    example = example.replace("/models", str(folder)).replace("http://127.0.0.1:8085", detector)
    path = folder / "sidewatch.toml"
    path.write_text(example)
    return load(str(path), environ={}).policy.safety


@pytest.fixture(scope="module")
def judged(policy):
    return ScoreStage.load(policy)


def test_the_example_of_the_page_judges_and_names_who_did(judged, policy):
    marked, clean = judged.score([MARKED, CLEAN])
    assert marked.judges == {
        "prompt": ["built-in", "toxicity", "hap"],
        "response": ["built-in", "toxicity", "guard", "hap"],
    }
    assert marked.scores["response"]["unsafe"] > 0.9 > 0.5 > clean.scores["response"]["unsafe"]
    assert marked.scores["response"]["toxic"] > clean.scores["response"]["toxic"]
    assert score_line(marked, policy)["response"]["models"] == marked.judges["response"]
    assert decode_observation(encode_observation(marked)).judges == marked.judges


def test_a_batch_scores_as_each_alone_would(judged):
    batch = [MARKED, CLEAN, *(make_exchange(n) for n in range(3, 9))]
    for whole, x in zip(batch, judged.score(batch), strict=True):
        (alone,) = judged.score([whole])
        for side in ("prompt", "response"):
            assert alone.scores[side] == pytest.approx(x.scores[side], abs=1e-4)


def test_the_built_in_model_alone_is_asked_as_before(stage):
    (x,) = stage.score([MARKED])
    assert x.judges == {}
    assert "models" not in score_line(x, SafetyPolicy())["response"]


def only(**models):
    return SafetyPolicy(models=ModelsPolicy(**models))


def test_a_detector_that_is_away_is_counted_and_the_others_go_on():
    away = ExternalModel(url="http://127.0.0.1:9", detector="d", labels={"*": "unsafe"})
    stage = ScoreStage.load(only(external={"away": away}))
    marked, _ = stage.score([MARKED, CLEAN])
    assert marked.judges["response"] == ["built-in"]
    assert marked.unscored == {}
    assert stage.model_failures == {"away": 4}


def test_what_only_an_absent_detector_could_judge_is_unscored():
    away = ExternalModel(url="http://127.0.0.1:9", detector="d", labels={"*": "unsafe"})
    stage = ScoreStage.load(only(external={"away": away}, built_in=False))
    (x,) = stage.score([MARKED])
    assert x.unscored == {"prompt": "failed", "response": "failed"}
    assert x.scores == {}


def test_a_built_in_model_that_does_not_judge_is_not_loaded():
    check = """
import sys
from detectors.safety.models.kinds import ExternalModel
from detectors.safety.models.policy import ModelsPolicy
from detectors.safety.policy import SafetyPolicy
from monitor.pipeline.score import ScoreStage
away = ExternalModel(url="http://127.0.0.1:9", detector="d", labels={"*": "unsafe"})
stage = ScoreStage.load(SafetyPolicy(models=ModelsPolicy(built_in=False, external={"away": away})))
assert set(stage.screens) == {"prompt", "response"}
assert "onnxruntime" not in sys.modules, "its runtime was loaded"
"""
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_token_that_is_not_set_is_refused(monkeypatch, detector):
    monkeypatch.delenv("GUARD_TOKEN", raising=False)
    chosen = ExternalModel(
        url=detector, detector="d", labels={"*": "unsafe"}, token_variable="GUARD_TOKEN"
    )
    with pytest.raises(SettingsError, match="GUARD_TOKEN, which shall hold its token, is not set"):
        ScoreStage.load(only(external={"hap": chosen}))


def test_a_model_that_is_not_there_is_refused_at_the_start(tmp_path):
    chosen = GuardModel(path=str(tmp_path), family="llama-guard")
    with pytest.raises(DetectorError, match="the model 'guard' cannot be loaded"):
        ScoreStage.load(only(guards={"guard": chosen}))


def test_the_series_of_every_model_is_there_from_the_start():
    registry = CollectorRegistry()
    WorkerMetrics(registry, models=("built-in", "guard"))
    text = generate_latest(registry).decode()
    for model in ("built-in", "guard"):
        assert f'sidewatch_safety_model_failures_total{{model="{model}"}} 0.0' in text


@pytest.mark.parametrize("kind", [ClassifierModel, GuardModel, ExternalModel])
def test_the_page_describes_every_key(kind):
    for name, told in attribute_texts(kind).items():
        assert re.search(rf"^\| `{name}` \| .* \| {re.escape(told)} \|$", PAGE, re.MULTILINE), name


async def test_a_worker_counts_by_model_what_it_failed_on_and_stores_who_judged():
    away = ExternalModel(url="http://127.0.0.1:9", detector="d", labels={"*": "unsafe"})
    policy = only(external={"away": away})
    metrics = WorkerMetrics(CollectorRegistry(), models=policy.models.names)
    journal, store = MemoryJournal(limit=10), MemoryStore()
    loop = ScoreLoop(ScoreStage.load(policy), journal, store, Settings(), metrics, "one")
    await journal.append([jsonl.encode(MARKED), jsonl.encode(CLEAN)])
    assert await loop.step() == 2
    text = generate_latest(metrics.registry).decode()
    assert 'sidewatch_safety_model_failures_total{model="away"} 4.0' in text
    assert 'sidewatch_safety_model_failures_total{model="built-in"} 0.0' in text
    assert 'sidewatch_safety_model_up{model="away"} 0.0' in text
    assert 'sidewatch_safety_model_up{model="built-in"} 1.0' in text
    record = decode_record(await store.get_exchange(MARKED.id))
    assert record.judges == {"prompt": ["built-in"], "response": ["built-in"]}


class Broken:
    """What a classifier whose weights went bad does."""

    name = "broken"

    def classify(self, texts, embeddings=None, contexts=None):
        raise RuntimeError("the session is gone")


async def test_a_built_in_model_that_judges_alone_and_fails_is_told_too(stage):
    metrics = WorkerMetrics(CollectorRegistry(), models=("built-in",))
    journal = MemoryJournal(limit=10)
    broken = replace(stage, classifiers=dict.fromkeys(SIDES, Broken()), failures=Counter())
    loop = ScoreLoop(broken, journal, MemoryStore(), Settings(), metrics, "one")
    await journal.append([jsonl.encode(CLEAN)])
    assert await loop.step() == 1
    text = generate_latest(metrics.registry).decode()
    assert 'sidewatch_safety_model_up{model="built-in"} 0.0' in text
    assert 'sidewatch_safety_model_failures_total{model="built-in"} 2.0' in text
