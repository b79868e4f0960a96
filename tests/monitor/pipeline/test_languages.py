"""A text in a language that nobody who judged is trusted with never reads as clean."""

import pytest
from exchanges import make_exchange
from prometheus_client import CollectorRegistry, generate_latest

from detectors.safety.policy import SafetyPolicy
from detectors.safety.rules import rules
from monitor.exchange import jsonl
from monitor.journal.memory import MemoryJournal
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.codec import decode_observation, encode_observation
from monitor.pipeline.report import score_line
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.scoring import ScoreLoop
from monitor.record import decode_record
from monitor.settings import Settings
from monitor.store.memory import MemoryStore

POLISH = "Czy mógłbyś mi powiedzieć, gdzie jest najbliższa stacja kolejowa i kiedy jest otwarta?"
ENGLISH = "Could you tell me where the nearest station is, and when it is open?"
ONLY_ENGLISH = SafetyPolicy(languages=["en"], second_stage=False)


@pytest.fixture(scope="module")
def quick():
    return ScoreStage.load(ONLY_ENGLISH)


def test_a_text_in_another_language_keeps_its_scores_and_is_marked(quick):
    (x,) = quick.score([make_exchange(1, prompt=POLISH, answer=ENGLISH)])
    assert x.unscored == {"prompt": "language"}
    assert x.languages == {"prompt": ["pl"], "response": ["en"]}
    line = score_line(x, ONLY_ENGLISH)
    assert line["unscored"] == {"prompt": "language"}
    assert line["prompt"]["languages"] == ["pl"]
    assert line["prompt"]["unscored"] == "language"
    assert "unscored" not in line["response"]
    assert 0.0 < line["prompt"]["unsafe"] < 1.0
    assert decode_observation(encode_observation(x)).languages == x.languages


def test_a_hit_in_another_language_is_a_finding(quick):
    low = SafetyPolicy(languages=["en"], second_stage=False, thresholds_prompt={"unsafe": 1e-6})
    (x,) = ScoreStage.load(low).score([make_exchange(1, prompt=POLISH)])
    assert x.unscored == {}
    verdicts = [rule.observe(x) for rule in rules(low)]
    assert [d.rule for v in verdicts for d in v.detections] == ["safety.prompt.unsafe"]


def test_what_is_in_the_middle_of_a_long_text_is_noticed(quick):
    mixed = " ".join([ENGLISH] * 20 + [POLISH] * 6 + [ENGLISH] * 20)
    (x,) = quick.score([make_exchange(1, prompt=mixed)])
    assert x.languages["prompt"] == ["en", "pl"]
    assert x.unscored == {"prompt": "language"}


def test_a_text_too_short_to_tell_is_judged(quick):
    (x,) = quick.score([make_exchange(1, prompt="Station?")])
    assert x.languages["prompt"] == ["und"]
    assert x.unscored == {}


def test_every_language_is_judged_where_the_policy_says_so():
    everything = SafetyPolicy(languages=["*"], second_stage=False)
    (x,) = ScoreStage.load(everything).score([make_exchange(1, prompt=POLISH)])
    assert x.unscored == {}


def test_nobody_judges_where_only_drift_and_anomaly_are_wanted():
    (x,) = ScoreStage.load(judge=False).score([make_exchange(1, prompt=POLISH)])
    assert x.unscored == {}
    assert x.languages == {}


async def test_a_worker_counts_languages_and_stores_the_mark(quick):
    metrics = WorkerMetrics(CollectorRegistry())
    journal, store = MemoryJournal(limit=10), MemoryStore()
    loop = ScoreLoop(quick, journal, store, Settings(), metrics, "one")
    one = make_exchange(1, prompt=POLISH, answer=ENGLISH)
    await journal.append([jsonl.encode(one)])
    assert await loop.step() == 1
    text = generate_latest(metrics.registry).decode()
    assert 'sidewatch_texts_unscored_total{reason="language",side="prompt"} 1.0' in text
    assert 'sidewatch_texts_total{language="pl",side="prompt"} 1.0' in text
    assert 'sidewatch_texts_total{language="other",side="prompt"} 0.0' in text
    record = decode_record(await store.get_exchange(one.id))
    assert record.unscored == {"prompt": "language"}
    assert record.languages["prompt"] == ["pl"]
