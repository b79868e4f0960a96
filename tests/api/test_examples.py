"""Every operation shows what is sent and what comes back, and what is shown fits its schema."""

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from api.app import create_app
from api.problems import MEDIA_TYPE
from monitor.journal.memory import MemoryJournal
from monitor.settings import Settings
from monitor.store.memory import MemoryStore

JSON = "application/json"
OPAQUE = {"application/zip", "application/octet-stream", "text/html", "text/plain; version=1.0.0"}
"""Answers that a person does not read in a document."""


@pytest.fixture(scope="module")
def document():
    app = create_app(MemoryStore(), MemoryJournal(), Settings(), lambda _: [])
    return app.openapi()


def operations(document):
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def examples(content):
    """The examples of a body or an answer, wherever the document has them."""
    named = [each["value"] for each in content.get("examples", {}).values()]
    return named + ([content["example"]] if "example" in content else [])


def test_every_answer_has_an_example_that_fits_its_schema(document):
    shown = 0
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                if not status.startswith("2") or kind in OPAQUE:
                    continue
                assert examples(content), f"{name} shows no answer"
                for each in examples(content):
                    check(document, content["schema"], each, name)
                    shown += 1
    assert shown >= 40


def test_every_body_has_an_example_that_fits_its_schema(document):
    shown = 0
    for name, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get(JSON)
        if content is None:
            continue
        found = examples(content) or of_schema(document, content["schema"])
        assert found, f"{name} shows no body"
        for each in found:
            check(document, content["schema"], each, name)
            shown += 1
    assert shown >= 15


def test_every_problem_is_told_as_one(document):
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert status.startswith("2") or list(answer["content"]) == [MEDIA_TYPE], name


def of_schema(document, schema):
    """The examples that a schema brings along."""
    parts = [schema, *schema.get("anyOf", ()), *schema.get("allOf", ())]
    named = [
        document["components"]["schemas"][p["$ref"].split("/")[-1]] for p in parts if "$ref" in p
    ]
    return [each for part in (*parts, *named) for each in part.get("examples", ())]


def check(document, schema, value, name):
    whole = {**schema, "components": document["components"]}
    try:
        Draft202012Validator(whole).validate(value)
    except jsonschema.ValidationError as error:
        pytest.fail(f"{name}: {error.json_path}: {error.message}")
