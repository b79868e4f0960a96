import json
from pathlib import Path

import pytest

LABELLED = Path(__file__).parents[2] / "docs" / "examples" / "safety-labelled.jsonl"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["novelty", "x"], "there is no report 'novelty'; there are drift, latency, safety"),
        (["drift", "--out", "x.html"], "either a FILE of exchanges or --since SPAN"),
        (["drift", "x", "--since", "1h", "--out", "x.html"], "either a FILE"),
        (["drift", "x", "--until", "1h", "--out", "x.html"], "give --since SPAN too"),
        (["drift", "x"], "--out FILE"),
        (["drift", "x", "--out", "x.html"], "give --baseline, a file or a name in the store"),
        (["drift", "x", "--out", "x.html", "--baseline", "no.bin"], "there is no such file"),
        (["safety", "none.jsonl", "--out", "x.html"], "none.jsonl: cannot be read"),
    ],
)
def test_what_is_missing_is_said_at_once(sidewatch, arguments, told):
    process = sidewatch.start("report", *arguments)
    assert process.wait(60) == 2
    log = (sidewatch.folder / "log").read_text()
    assert told in log
    assert "Traceback" not in log


def test_the_scores_of_a_labelled_set_are_reported(sidewatch, tmp_path):
    sidewatch.run("report", "safety", LABELLED, "--out", "x.html", "--json", "x.json")
    summary = json.loads((tmp_path / "x.json").read_bytes())
    prompt = summary["sides"]["prompt"]
    assert summary["exchanges"] == 30
    assert 20 <= prompt["labelled"]["texts"] <= prompt["scored"] <= 30
    assert "Safety" in (tmp_path / "x.html").read_text()
