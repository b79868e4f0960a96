"""The arrows of the architecture: detectors <- monitor <- api, and no cycles between modules."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "detectors": {"detectors"},
    "monitor": {"detectors", "monitor"},
    "api": {"detectors", "monitor", "api"},
}
# Belongs to no detector: a store, the wire, the environment, the clock.
FORBIDDEN_IN_DETECTORS = {
    "redis", "fastapi", "uvicorn", "httptools", "asyncio", "socket", "time", "datetime", "os",
    "prometheus_client", "typer", "rich", "http", "urllib",
}  # fmt: skip


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def imported(path, *, at_import_only=False):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if at_import_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            # `from package import module` is about the module, not about the package's exports.
            yield from (name if is_module(name) else node.module for name in submodules)


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_flow_one_way(package):
    ours = set(ALLOWED)
    wrong = [
        f"{name_of(path)} imports {target}"
        for path in modules(package)
        for target in imported(path)
        if target.split(".")[0] in ours - ALLOWED[package]
    ]
    assert not wrong


def test_detectors_know_no_wire_store_environment_or_clock():
    wrong = [
        f"{name_of(path)} imports {target}"
        for path in modules("detectors")
        for target in imported(path)
        if target.split(".")[0] in FORBIDDEN_IN_DETECTORS
    ]
    assert not wrong


def test_the_api_reads_the_store_and_never_the_pipeline():
    allowed = {
        "monitor.pipeline." + name for name in ("report", "score", "explained")
    }  # what POST /score is made of
    wrong = [
        f"{name_of(path)} imports {target}"
        for path in modules("api")
        for target in imported(path)
        if target.startswith("monitor.pipeline.")
        and not any(target.startswith(name) for name in allowed)
    ]
    assert not wrong


def test_no_module_imports_itself_in_a_circle():
    graph = {}
    names = {name_of(path) for package in ALLOWED for path in modules(package)}
    for package in ALLOWED:
        for path in modules(package):
            targets = {t for t in imported(path, at_import_only=True) if t in names}
            graph[name_of(path)] = targets - {name_of(path)}
    done = set()

    def visit(name, trail):
        assert name not in trail, " -> ".join([*trail, name])
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, [*trail, name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])
