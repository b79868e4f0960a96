"""The API reference as one plain page, made from the OpenAPI document."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}"
    "code,pre{font:14px/1.4 ui-monospace,monospace}"
    "pre{background:#f3f4f6;padding:.75rem;overflow:auto;border-radius:4px}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #d0d7de}"
    "h3 b{color:#0550ae}table{border-collapse:collapse}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    "pre{background:#161b22}h3 b{color:#79c0ff}h2{border-color:#30363d}a{color:#79c0ff}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""Content security policy of the page: its one style sheet and nothing else."""


def render(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{escape(info.get('description', ''))}</p>",
        '<p><a href="/openapi.json">The same as an OpenAPI document</a></p>',
        *_operations(document["paths"]),
        "<h2>Schemas</h2>",
        *_schemas(document["components"]["schemas"]),
        "</body></html>",
    ]
    return "".join(parts)


def _operations(paths: dict[str, Any]) -> Iterator[str]:
    tag = ""
    for path, methods in paths.items():
        for method, operation in methods.items():
            if (now := operation["tags"][0]) != tag:
                tag = now
                yield f"<h2>{escape(tag)}</h2>"
            yield f"<h3><b>{method.upper()}</b> <code>{escape(path)}</code></h3>"
            yield f"<p>{escape(operation.get('description', ''))}</p>"
            yield _parameters(operation.get("parameters", []))
            yield from _body(operation.get("requestBody"))
            yield from _answers(operation["responses"])


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = (
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td>{_type(each['schema'])}</td></tr>"
        for each in parameters
    )
    return f"<table><tr><th>parameter</th><th>in</th><th>type</th></tr>{''.join(rows)}</table>"


def _body(body: dict[str, Any] | None) -> Iterator[str]:
    if body is None:
        return
    content = body["content"]["application/json"]
    yield f"<p>Body: {_type(content['schema'])}</p>"
    for example in content.get("examples", {}).values():
        yield f"<p>{escape(example['summary'])}:</p>{_pre(example['value'])}"


def _answers(responses: dict[str, Any]) -> Iterator[str]:
    good = responses.get("200", {}).get("content", {}).get("application/json", {})
    if "schema" in good:
        yield f"<p>Answer: {_type(good['schema'])}</p>"
    others = ", ".join(sorted(status for status in responses if status != "200"))
    yield f"<p>Problems: {escape(others)}</p>"


def _schemas(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
        yield f"<p>{escape(schema.get('description', ''))}</p>"
        rows = (
            f"<tr><td><code>{escape(field)}</code></td><td>{_type(kind)}</td></tr>"
            for field, kind in schema.get("properties", {}).items()
        )
        yield f"<table>{''.join(rows)}</table>"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("type", "any")))


def _pre(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2))}</pre>"
