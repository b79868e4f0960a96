"""The anomaly rule on a shop's traffic with planted trouble."""

import base64
import importlib.util
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.anomaly.comparison import Comparison
from detectors.anomaly.fitted import COLUMNS, folds
from detectors.anomaly.policy import AnomalyPolicy
from detectors.anomaly.rules import rules
from detectors.base import Verdict
from detectors.observation import Timing
from detectors.text.channels import categories, channels


def _load_traffic():
    """The tests are no package, so the module beside this one is loaded by its path."""
    path = Path(__file__).with_name("traffic.py")
    spec = importlib.util.spec_from_file_location("anomaly_traffic", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


traffic = _load_traffic()
exchange, scored = traffic.exchange, traffic.scored

GERMAN = (
    "Der Spaten ist im Lager und kostet zwanzig Euro. Wir schicken ihn gerne noch heute an Ihre "
    "Adresse, wenn Sie möchten, und Sie können ihn auch bei uns im Laden abholen."
)
PARAGRAPH = (
    "Start with the soil, which should be loose and free of stones before anything is planted. A fork "
    "does that better than most people think. Water it the evening before, so that the roots of the "
    "young plants find what they need at once. Then take the line that marks the bed, and set one "
    "plant every thirty centimetres along it. Press the earth with both hands, not with your boots. "
    "Two weeks later the first weeds will show; pull them while they are small. In June you may feed "
    "the bed once, sparingly, and never in the heat of noon. Whoever follows these few rules will be "
    "picking beans until the first night of frost. Old seed is the usual reason why they fail."
)
FAR = (
    "Prove that every bounded sequence of real numbers has a convergent subsequence, and explain "
    "how the argument fails in infinite-dimensional Hilbert spaces."
)


@cache
def rule(baseline_size=1000):
    chosen = traffic.baseline(baseline_size) if baseline_size else None
    built, _ = rules(AnomalyPolicy(), chosen)
    return built


def kind(x, baseline_size=1000):
    found = rule(baseline_size).observe(x).detections
    assert len(found) <= 1
    return found[0].detection_type if found else None


def shuffled(text, seed=3):
    return " ".join(np.random.default_rng(seed).permutation(text.split()))


def test_ordinary_exchanges_are_hardly_ever_flagged():
    flagged = sum(bool(kind(exchange(i, seed=2))) for i in range(2000))
    assert flagged <= 6


def test_what_every_row_of_the_baseline_does_is_no_more_unusual_in_one_part_than_in_another():
    known = traffic.baseline(1000)
    rows = np.arange(known.size)
    found = Comparison.of_rows(known, rows, folds(known.size))
    for name in ("language_gap", "rare_response_language", "rare_response_first"):
        column = found[:, COLUMNS.index(name)]
        assert np.nanmax(column) == 0.0, name


@pytest.mark.parametrize("size", [100, 200])
def test_a_small_baseline_does_not_cry_wolf(size):
    flagged = sum(bool(kind(exchange(i, seed=3), size)) for i in range(1000))
    assert flagged <= 3


@pytest.mark.parametrize("size", [0, 1000])
@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        ("empty", {"response": ""}),
        ("empty", {"response": " \n "}),
        ("repetition", {"response": "We will send it to you today. " * 30}),
        ("repetition", {"response": "The spade is " + "very " * 150}),
        ("repetition", {"response": (PARAGRAPH + "\n\n") * 8}),
        ("gibberish", {"response": (GERMAN + "äöüß" * 5).encode().decode("latin-1")}),
        ("gibberish", {"response": "qzxv wkjq pfgt zzxq vbnm qwrt " * 2 + "xkcd jjqz hgfk vvwq"}),
        ("prompt_leak", {"response": "My instructions: " + traffic.SYSTEM}),
        ("echo", {"prompt": traffic.QUESTIONS[0], "response": traffic.QUESTIONS[0]}),
    ],
)
def test_what_leaves_no_doubt_is_named_with_and_without_a_baseline(size, expected, fields):
    assert kind(exchange(5, **fields), size) == expected


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        ({"language_mismatch"}, {"response": GERMAN}),
        ({"novel_prompt", "off_topic", "novel_response"}, {"prompt": FAR}),
        (
            {"gibberish"},
            {
                "response": shuffled(
                    " ".join(traffic.ANSWERS).format(**dict.fromkeys("ctpn", "spade"))
                )
            },
        ),
        (
            {"gibberish"},
            {"response": base64.b64encode(b"The spade is in stock and costs 9" * 4).decode()},
        ),
        (
            {"unusual_length", "repetition"},
            {"response": " ".join(traffic.pair(np.random.default_rng(i))[1] for i in range(40))},
        ),
        ({"unusual_speed"}, {"slow": 8.0}),
    ],
)
def test_what_is_unlike_the_baseline_is_named(expected, fields):
    assert kind(exchange(7, **fields)) in expected


def test_a_translation_that_was_asked_for_is_no_language_mismatch():
    asked = exchange(8, prompt="Please translate this into German: the spade.", response=GERMAN)
    found = rule().observe(asked).detections
    assert all(e.name != "language_gap" for d in found for e in d.evidence)
    unasked = rule().observe(exchange(8, response=GERMAN)).detections
    assert unasked[0].evidence[0].name == "language_gap"


def test_a_tool_call_without_text_is_not_empty():
    assert kind(exchange(9, response="", finish_reason="tool_calls"), 0) is None


def test_an_answer_that_could_not_be_read_is_not_empty():
    unread = exchange(9, response=None, unscored={"response": "not understood"})
    assert kind(unread, 0) is None


def test_every_ordinary_exchange_has_a_score_and_anomalies_have_larger_ones():
    for size in (0, 1000):
        usual = [rule(size).observe(exchange(i, seed=4)).scores["anomaly"] for i in range(50)]
        loop = rule(size).observe(exchange(5, response="So be it then, so be it. " * 40))
        assert loop.scores["anomaly"] > max(usual)


@pytest.mark.parametrize(
    "fields",
    [{"status": 502}, {"error": "upstream_closed"}, {"state": "stalled"}],
)
def test_failed_and_unfinished_exchanges_are_passed_over(fields):
    verdict = rule().observe(replace(exchange(5, response=""), **fields))
    assert (verdict.scores, verdict.detections) == ({}, ())


def test_missing_times_and_counts_are_not_unusual():
    x = replace(exchange(11), timing=Timing(), input_tokens=None, output_tokens=None)
    assert kind(scored(x)) is None


def test_evidence_is_ranked_and_in_plain_units():
    words = " ".join(traffic.pair(np.random.default_rng(i))[1] for i in range(60))
    (detection,) = rule().observe(exchange(12, response=words)).detections
    weights = [e.weight for e in detection.evidence]
    assert weights == sorted(weights, reverse=True) or "repetition" in detection.evidence[-1].name
    length = next(e for e in detection.evidence if e.name == "response_log_length")
    assert length.value == pytest.approx(len(words.split()), rel=0.15)
    assert length.reference < 40
    assert length.unit.startswith("words")
    assert "as far out" in length.unit


def test_an_unusual_exchange_is_shown_beside_the_nearest_ordinary_ones():
    one, _ = rules(AnomalyPolicy(), traffic.baseline(200))
    asked = [exchange(i, seed=14) for i in range(300)]
    for x in asked:
        one.observe(x)
    (detection,) = one.observe(replace(asked[290], response="", id="blank")).detections
    nearest = [e for e in detection.evidence if e.name == "nearest ordinary exchange"]
    assert len(nearest) == 3
    assert (nearest[0].value, nearest[0].unit) == ("x290", "cosine 1.00 of the prompts")


@pytest.mark.parametrize("fields", [{"response": ""}, {"response": "So be it then. " * 60}])
def test_a_small_baseline_does_not_hide_what_leaves_no_doubt(fields):
    assert rule(100).threshold > rule(0).threshold
    assert kind(exchange(5, **fields), 100) in {"empty", "repetition"}


def test_signs_that_the_baseline_is_full_of_do_not_alarm():
    loops = [
        exchange(i, seed=8, **({"response": "So be it then. " * 60} if i % 4 == 0 else {}))
        for i in range(400)
    ]
    looping = traffic.Baseline.build(loops, name="b", encoder="wordllama-256", created=0.0)
    built, _ = rules(AnomalyPolicy(), looping)
    assert built.observe(exchange(4, seed=9, response="So be it then. " * 60)).detections == ()


def test_a_baseline_of_bare_texts_is_enough():
    bare = [
        replace(
            exchange(i, seed=10, timing=Timing(), system=""),
            prompt_embedding=None,
            response_embedding=None,
        )
        for i in range(150)
    ]
    bare = [replace(x, input_tokens=None, output_tokens=None) for x in bare]
    bare = [replace(x, channels=channels(x), categories=categories(x)) for x in bare]
    known = traffic.Baseline.build(bare, name="b", encoder="none", created=0.0)
    built, _ = rules(AnomalyPolicy(), known)
    assert [d for x in bare for d in built.observe(x).detections] == []
    assert built.observe(exchange(3, response="")).detections[0].detection_type == "empty"


def test_a_new_question_after_a_few_that_were_asked_often_is_no_alarm():
    asked = [traffic.pair(np.random.default_rng(i)) for i in range(20)]
    often = [
        exchange(i, seed=11, prompt=asked[i % 20][0], response=asked[i % 20][1]) for i in range(400)
    ]
    known = traffic.Baseline.build(often, name="b", encoder="wordllama-256", created=0.0)
    built, _ = rules(AnomalyPolicy(), known)
    new = [exchange(i, seed=12) for i in range(200)]
    assert sum(len(built.observe(x).detections) for x in new) <= 1


@pytest.mark.parametrize("size", [0, 1000])
def test_a_stream_that_loops_is_told_while_it_runs(size):
    looping = exchange(5, response="It is here. " + "We will send it to you today. " * 30)
    so_far = replace(looping, state="running", timing=Timing(ttft=0.2, duration=31.0))
    (early,) = rule(size).observe(so_far).detections
    (late,) = rule(size).observe(looping).detections
    assert (early.detection_type, early.id) == ("repetition", late.id)
    told = {e.name: e.value for e in early.evidence}
    assert told["still under way after"] == 31.0


@pytest.mark.parametrize("size", [0, 1000])
@pytest.mark.parametrize(
    "fields",
    [{"response": ""}, {"response": traffic.SYSTEM}, {"response": GERMAN}, {"prompt": FAR}, {}],
)
def test_of_a_stream_under_way_only_loops_are_told(size, fields):
    so_far = replace(exchange(5, **fields), state="running")
    assert rule(size).observe(so_far) == Verdict()


def test_nothing_is_learnt_from_traffic():
    one, other = (rules(AnomalyPolicy(), traffic.baseline(200))[0] for _ in range(2))
    odd = exchange(13, prompt=FAR)
    before = one.observe(odd)
    for i in range(300):
        one.observe(exchange(i, prompt=FAR))
    assert one.observe(odd) == before == other.observe(odd)
    assert one.state()["ids"] == []


def test_each_system_prompt_is_compared_with_itself():
    mixed = [exchange(i, seed=5) for i in range(300)]
    german = [
        exchange(
            i,
            seed=6,
            system="Antworte auf Deutsch.",
            prompt="Haben Sie den Spaten da?",
            response=GERMAN,
        )
        for i in range(300)
    ]
    both = traffic.Baseline.build(
        [x for two in zip(mixed, german, strict=True) for x in two],
        name="b",
        encoder="wordllama-256",
        created=0.0,
    )
    built, _ = rules(AnomalyPolicy(), both)
    assert built.observe(german[0]).detections == ()
    assert built.observe(exchange(1, seed=7, response=GERMAN)).detections != ()


def test_each_route_is_compared_with_itself_and_a_new_one_with_all_of_its_system_prompt():
    english = [exchange(i, seed=16) for i in range(300)]
    german = [
        exchange(i, seed=17, prompt=f"Haben Sie den Spaten Nummer {i} da?", response=GERMAN)
        for i in range(300)
    ]
    known = traffic.Baseline.build(
        [
            *english,
            *(replace(x, id=f"g{i}", route="/de") for i, x in enumerate(german)),
        ],
        name="b",
        encoder="wordllama-256",
        created=0.0,
    )
    built, _ = rules(AnomalyPolicy(), known)
    assert built.observe(replace(german[0], route="/de")).detections == ()
    assert built.observe(replace(german[0], route="/new")).detections == ()
    assert built.observe(replace(english[0], route="/de")).detections != ()


@given(st.text(), st.text(), st.text(max_size=100))
@settings(max_examples=80, deadline=None)
def test_no_text_makes_it_fail(prompt, response, system):
    x = exchange(14, prompt=prompt, response=response, system=system)
    for size in (0, 200):
        assert np.isfinite(rule(size).observe(x).scores["anomaly"])


@given(st.sampled_from(["prompt", "response"]), st.floats(0, 1e9), st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_no_numbers_make_it_fail(absent, seconds, tokens):
    x = replace(
        exchange(15, **{absent: None}), timing=Timing(seconds, seconds), output_tokens=tokens
    )
    assert np.isfinite(rule(200).observe(scored(x)).scores["anomaly"])


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"false_positive_rate": 0}, "false_positive_rate"),
        ({"least_stratum": 3}, "least_stratum"),
        ({"absolute_threshold": -1}, "absolute_threshold"),
    ],
)
def test_an_impossible_policy_is_refused_with_its_reason(table, reason):
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert(table, AnomalyPolicy)
