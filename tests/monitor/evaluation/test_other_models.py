"""A model of the policy in place of the built-in one is judged as well, and named."""

import json

import msgspec
import tiny_judges
from typer.testing import CliRunner

from monitor.cli.commands import app

POLICY = """
[safety.models]
built_in = false
[safety.models.classifiers.marked]
path = {folder}
labels = {{ marked = "unsafe" }}
"""


def test_the_models_of_the_policy_are_judged_and_named(tmp_path):
    tiny_judges.classifier(tmp_path / "model")
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY.format(folder=json.dumps(str(tmp_path / "model"))))
    lines = tmp_path / "set.jsonl"
    lines.write_text(
        "\n".join(
            json.dumps({"prompt": f"word1 {word} word{n}", "labels": {"prompt": labels}})
            for n in range(6)
            for word, labels in (
                ("zorch", {"unsafe": True, "hate": True}),
                ("word9", {"unsafe": False}),
            )
        )
    )
    arguments = ["eval", "safety", str(lines), "--policy", str(policy), "--json"]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = msgspec.json.decode(done.stdout_bytes)
    assert found["models"] == ["marked"]
    categories = found["sides"]["prompt"]["categories"]
    assert categories["unsafe"]["ranked"]["auprc"] == 1.0
    assert (categories["hate"]["positives"], categories["hate"]["unscored"]) == (0, 6)
