"""The example of the documentation, judged by the command as a person runs it."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "safety-labelled.jsonl"
TIMEOUT = 120


def evaluated(*arguments, cwd, stdin=b""):
    return subprocess.run(
        [sys.executable, "-m", "monitor.cli", "eval", "safety", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        env={**os.environ, "XDG_DATA_HOME": str(cwd), "COLUMNS": "200"},
    )


class Balanced(HTMLParser):
    """Knows whether every element that was opened is closed in turn."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_example_is_judged_for_a_program_and_for_a_person(tmp_path):
    done = evaluated(str(EXAMPLE), "--json", "--out", "page.html", "--by", "language", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    prompts = found["sides"]["prompt"]
    lines = [json.loads(line) for line in EXAMPLE.read_text().splitlines()]
    assert found["exchanges"] == len(lines)
    assert prompts["unscored_by_reason"] == {"blank": 1, "language": 2}
    assert prompts["categories"]["unsafe"]["ranked"]["auprc"] > 0.7
    assert set(prompts["groups"]) == {"Jews", "Muslims", "gay people"}
    assert {"de", "en", "fr"} <= set(prompts["by"]["language"])
    assert prompts["over_refusal"]["caught"]["share"] >= 0.8
    assert found["sides"]["response"]["categories"]["refusal"]["positives"] == 2
    shown = (tmp_path / "page.html").read_text()
    parser = Balanced()
    parser.feed(shown)
    assert parser.open == []
    assert shown.count("<svg") >= 2
    texts = [line["prompt"] for line in lines if "prompt" in line]
    assert [text for text in texts if text in shown] == []


def test_a_limit_that_is_not_kept_ends_in_exit_code_1(tmp_path):
    done = evaluated("-", "--max-unscored", "0", cwd=tmp_path, stdin=EXAMPLE.read_bytes())
    assert done.returncode == 1, done.stderr.decode()
    assert b"--max-unscored 0 is not met by prompts" in done.stderr
    assert b"Prompts by category" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl: cannot be read"),
        (["-"], "<stdin>: holds no labelled exchange"),
        (["-", "--by", "colour"], "source, language, length"),
        (["-", "--min-auprc", "7"], "--min-auprc"),
        (["-", "--policy", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_bad_usage_ends_in_one_message_and_exit_code_2(tmp_path, arguments, told):
    done = evaluated(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr.decode()
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
