"""The benchmarks run as a person runs them: small, and every figure there."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

pytestmark = pytest.mark.e2e


def bench(*arguments, cwd, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "bench", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        check=False,
        timeout=150,
        env={**os.environ, "COLUMNS": "120"},
    )
    assert done.returncode == code, done.stderr.decode()
    return done


def test_a_small_measurement_has_every_figure(tmp_path):
    done = bench(
        *("gateway", "--seconds", 1, "--rounds", 1, "--streams", 8, "--most", 8),
        *("--only", "direct,sidewatch", "--json", "--out", tmp_path / "results"),
        cwd=tmp_path,
    )
    document = json.loads(done.stdout)
    assert set(document["results"]) == {"direct", "sidewatch"}
    for figures in document["results"].values():
        assert figures["lost_streams"] == 0
        assert figures["plain_failed"] == 0
        assert figures["ttft_p50_ms"] > 0
        assert figures["token_p99_ms"] >= figures["token_p50_ms"] > 0
        assert figures["plain_rps"] > 0
        assert "sustained_streams" in figures
    own = document["results"]["sidewatch"]
    assert own["unrecorded"] == 0
    assert own["cpu_us_per_chunk"] >= 0
    assert own["rest_mb"] > 10
    (kept,) = (tmp_path / "results").glob("gateway-8-streams-*.json")
    assert json.loads(kept.read_text()) == document
    assert "| CPU per relayed chunk, µs |" in kept.with_suffix(".md").read_text()
    ET.parse(kept.with_suffix(".svg"))


def test_a_short_soak_accounts_for_every_exchange(tmp_path):
    done = bench("soak", "--seconds", 12, "--json", "--out", tmp_path, cwd=tmp_path)
    document = json.loads(done.stdout)
    assert document["good"]
    assert document["wrong"] == []
    assert {check["good"] for check in document["checks"]} == {True, None}
    assert [outage["kind"] for outage in document["outages"]] == ["killed", "paused"]
    assert document["metrics"]["journal_errors_total"] > 0, "the outages were not noticed"
    assert document["metrics"]["exchanges_seen_total"] > 100
    assert {"whole", "visibly cut", "left in mid-answer"} <= set(document["outcomes"])
    (kept,) = tmp_path.glob("gateway-soak-*.svg")
    ET.parse(kept)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "direct,apache"], "apache"),
        (["--only", "litellm", "--litellm", "no/such/file"], "no/such/file"),
        (["--streams", "0"], "streams"),
    ],
)
def test_bad_usage_is_told_in_a_sentence(tmp_path, arguments, told):
    done = bench("gateway", *arguments, cwd=tmp_path, code=2)
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
