"""What the pages for people say is true: examples run, commands and metrics exist, links lead on."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from exported_metrics import exported

from monitor.exchange.jsonl import parse

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text()


def blocks(text, language=""):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def name(path):
    return str(path.relative_to(ROOT))


def test_the_exchanges_in_the_readme_are_read():
    (block,) = blocks(README, "json")
    exchanges = [parse(line.encode(), index=n) for n, line in enumerate(block.splitlines())]
    assert [x.prompt for x in exchanges] == ["Hi", "Hi"]
    assert [x.answer for x in exchanges] == ["Hello.", "Hello."]


def test_the_python_in_the_readme_names_what_there_is():
    (block,) = blocks(README, "python")
    imports = [node for node in ast.parse(block).body if isinstance(node, ast.ImportFrom)]
    assert imports
    for node in imports:
        module = __import__(node.module, fromlist=["x"])
        for alias in node.names:
            assert hasattr(module, alias.name)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_on_a_page_exists(page):
    commands = {
        (match[1], match[2] or "")
        for match in re.finditer(r"\bsidewatch ([a-z]+)(?: ([a-z]+))?", page.read_text())
    }
    groups = {
        "alerts",
        "audit",
        "baseline",
        "bench",
        "eval",
        "incidents",
        "keys",
        "policy",
        "config",
        "silences",
    }
    for command, sub in sorted(commands):
        arguments = [command, sub] if command in groups and sub else [command]
        done = subprocess.run(
            [sys.executable, "-m", "monitor.cli", *arguments, "--help"],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"{name(page)}: sidewatch {' '.join(arguments)}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_metric_on_a_page_is_exported(page):
    told = set(re.findall(r"\bsidewatch_[a-z_]+\b", page.read_text()))
    known = set(exported())
    missing = {metric for metric in told if not any(k.startswith(metric) for k in known)}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_to_a_file_leads_somewhere(page):
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_of_a_detector_is_found_from_the_readme():
    linked = set(re.findall(r"\((docs/[a-z-]+\.md)\)", README))
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= linked
