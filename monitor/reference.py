"""The configuration reference, read from the settings themselves: each key, its type and its text."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from monitor.settings import ENV_PREFIX, Settings, entry_kind

_HOME = "data_dir"
_WITH_ENTRIES = ("alerts",)
"""Tables of which the keys of an entry are listed too."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `default` is written as TOML would have it.

    A `table` in brackets of its own, such as `[alerts.routes]`, is one of several.
    """

    table: str
    name: str
    kind: str
    default: str
    text: str

    @property
    def variable(self) -> str:
        """The environment variable of the same meaning."""
        return "_".join((ENV_PREFIX, *self.table.split("."), self.name)).upper()


def all_keys() -> list[Key]:
    """Every setting of the configuration file, table by table."""
    return list(_keys(Settings, Settings(), ()))


def as_markdown() -> str:
    """The reference page."""
    lines = [
        "# Configuration",
        "",
        "One TOML file, given with `--config FILE`. Every key is also an environment variable, which",
        "wins over the file; a flag on the command line wins over both. In the environment a list or",
        "a table is written as JSON. `sidewatch config check FILE` validates a file whole,",
        "`sidewatch config show [FILE]` prints what would be in force.",
    ]
    table = None
    for key in all_keys():
        if key.table != table:
            table = key.table
            lines += ["", f"## `[{table}]`", "", "| key | default | meaning |", "|---|---|---|"]
        text = key.text.replace("|", "\\|").replace("\n", " ")
        default = key.default.replace("|", "\\|")
        lines.append(f"| `{key.name}` ({key.kind}) | `{default}` | {text} |")
    return "\n".join(lines) + "\n"


def _keys(kind: type[Any], defaults: Any, path: tuple[str, ...]) -> Iterator[Key]:
    hints = typing.get_type_hints(kind)
    texts = attribute_texts(kind)
    fields = dataclasses.fields(kind)
    nested = [item for item in fields if dataclasses.is_dataclass(hints[item.name])]
    for item in fields:
        if item not in nested:
            value = getattr(defaults, item.name)
            yield Key(
                table=".".join(path),
                name=item.name,
                kind=_kind(hints[item.name]),
                default="~/.local/share/sidewatch" if item.name == _HOME else _toml(value),
                text=texts.get(item.name, ""),
            )
    for item in nested:
        yield from _keys(
            typing.cast("type[Any]", hints[item.name]),
            getattr(defaults, item.name),
            (*path, item.name),
        )
    if path == _WITH_ENTRIES:
        for item in fields:
            yield from _entry_keys(hints[item.name], (*path, item.name))


def _entry_keys(hint: Any, path: tuple[str, ...]) -> Iterator[Key]:
    """The keys of one entry of a table or list of them."""
    kind = entry_kind(hint)
    if kind is None:
        return
    name = ".".join(path)
    table = f"[{name}]" if typing.get_origin(hint) is list else f"{name}.NAME"
    hints, texts = typing.get_type_hints(kind), attribute_texts(kind)
    for item in dataclasses.fields(kind):
        yield Key(
            table=table,
            name=item.name,
            kind=_kind(hints[item.name]),
            default=_default(item),
            text=texts.get(item.name, ""),
        )


def _default(item: dataclasses.Field[Any]) -> str:
    if item.default_factory is not dataclasses.MISSING:
        return _toml(item.default_factory())
    return "required" if item.default is dataclasses.MISSING else _toml(item.default)


def attribute_texts(kind: type[Any]) -> dict[str, str]:
    """The string that stands behind each field of a class."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    texts = {}
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            texts[field.target.id] = inspect.cleandoc(str(after.value.value))
    return texts


def _kind(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(typing.get_args(hint))
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if hint in names:
        return names[hint]
    return {"dict": "table", "list": "list", "tuple": "list"}.get(
        getattr(typing.get_origin(hint), "__name__", ""), "value"
    )


def _toml(value: Any) -> str:
    plain = msgspec.to_builtins(value)
    if isinstance(plain, dict):
        inner = ", ".join(f"{name} = {_toml(item)}" for name, item in plain.items())
        return f"{{ {inner} }}"
    if isinstance(plain, list):
        return f"[{', '.join(_toml(item) for item in plain)}]"
    return msgspec.json.encode(plain).decode()
