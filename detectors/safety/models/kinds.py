"""The kinds of models that can judge, and what is said of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from detectors.safety.categories import CATEGORIES

Side = Literal["prompt", "response"]
Activation = Literal["auto", "softmax", "sigmoid"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
FamilyName = Literal["llama-guard", "shieldgemma", "granite-guardian", "custom"]

ANY = "*"

_CODE = re.compile(r"[a-z]{2,3}")

SIDES: tuple[Side, ...] = ("prompt", "response")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierModel:
    """A sequence classifier of `transformers`. Impossible values raise ValueError."""

    path: str
    """A folder with config.json, tokenizer and safetensors; or an id on the hub."""
    labels: dict[str, str | list[str]]
    """The model's label to our category, or to several; labels that are not named have no say."""
    sides: tuple[Side, ...] = SIDES
    """Which texts it judges: `prompt`, `response` or both."""
    languages: list[str] = field(default_factory=list)
    """Languages that it reads, as ISO 639 codes, or `*` for all; empty: those of the policy."""
    pair: bool = False
    """A response is given behind its prompt, as a pair of texts."""
    activation: Activation = "auto"
    """`softmax` where one label holds, `sigmoid` where several may; `auto`: as its config says."""
    window: int = 512
    """Most tokens read at once; a longer text is read in windows, and the largest score counts."""
    overlap: int = 64
    """Tokens that neighbouring windows share."""
    batch: int = 16
    """Windows read together at most."""
    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto`: a GPU where there is one."""
    dtype: Precision = "auto"
    """Precision; `auto`: float32 on a CPU, the file's own elsewhere."""
    revision: str = ""
    """Branch, tag or commit on the hub."""
    download: bool = False
    """Fetch it from the hub if it is not on this machine; otherwise nothing is ever fetched."""

    def __post_init__(self) -> None:
        if not self.labels:
            raise ValueError("labels: name at least one of the model's labels and its category")
        for label in self.labels:
            check_categories(f"labels.{label}", categories_of(self.labels, label))
        check_languages(self.languages)
        _check_reading(self.sides, self.window, self.overlap, self.batch)

    @property
    def scores_unsafe(self) -> bool:
        """Whether it has a say in the overall category."""
        return _maps_unsafe(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardModel:
    """A generative guard: the probability of its first word. Impossible values raise ValueError."""

    path: str
    """A folder with config.json, tokenizer and safetensors; or an id on the hub."""
    family: FamilyName
    """What it is asked and how it answers; `custom`: as the other keys say."""
    risks: dict[str, str] = field(default_factory=dict)
    """Category to what is asked for it, each asked on its own; empty: what its family asks."""
    codes: dict[str, str | list[str]] = field(default_factory=dict)
    """Code on the second line of its answer to category; empty: those of its family."""
    template: str = ""
    """Chat template (Jinja) instead of the one that comes with the model."""
    lead: str = ""
    """Text that stands between the template and the answer, such as `<score>`."""
    unsafe: str = ""
    """Word that says unsafe; empty: its family's."""
    safe: str = ""
    """Word that says safe; empty: its family's."""
    sides: tuple[Side, ...] = SIDES
    """Which texts it judges: `prompt`, `response` or both."""
    languages: list[str] = field(default_factory=list)
    """Languages that it reads, as ISO 639 codes, or `*` for all; empty: those of the policy."""
    window: int = 2048
    """Most tokens of a text asked about at once; a longer one is asked about in windows."""
    overlap: int = 256
    """Tokens that neighbouring windows share."""
    batch: int = 4
    """Questions put together at most."""
    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto`: a GPU where there is one."""
    dtype: Precision = "auto"
    """Precision; `auto`: float32 on a CPU, the file's own elsewhere."""
    revision: str = ""
    """Branch, tag or commit on the hub."""
    download: bool = False
    """Fetch it from the hub if it is not on this machine; otherwise nothing is ever fetched."""

    def __post_init__(self) -> None:
        check_categories("risks", list(self.risks))
        for code in self.codes:
            check_categories(f"codes.{code}", categories_of(self.codes, code))
        check_languages(self.languages)
        _check_reading(self.sides, self.window, self.overlap, self.batch)
        if self.family == "custom" and not (self.unsafe and self.safe):
            raise ValueError("family: a custom guard needs its words, `unsafe` and `safe`")

    @property
    def scores_unsafe(self) -> bool:
        """Every guard has a say in the overall category."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalModel:
    """A detector behind the guardrails orchestrator's detector API.

    Impossible values raise ValueError.
    """

    url: str
    """Where it is, such as http://127.0.0.1:8085; `/api/v1/text/contents` is added."""
    detector: str
    """Its `detector-id`."""
    labels: dict[str, str | list[str]]
    """Its `detection` or `detection_type` to our category, or to several; `*` for all others."""
    parameters: dict[str, str | float | bool] = field(default_factory=dict)
    """`detector_params` of every request."""
    token_variable: str = ""
    """Environment variable that holds its bearer token."""
    sides: tuple[Side, ...] = SIDES
    """Which texts it judges: `prompt`, `response` or both."""
    languages: list[str] = field(default_factory=list)
    """Languages that it reads, as ISO 639 codes, or `*` for all; empty: those of the policy."""
    batch: int = 64
    """Texts in one request at most."""
    timeout: float = 5.0
    """Seconds for a whole request. It is never repeated."""
    rest: float = 5.0
    """Seconds after a failure in which it is not asked; texts of that time count as failed."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url: {self.url!r} is not an http:// or https:// URL")
        if not self.labels:
            raise ValueError("labels: name at least one kind of detection and its category")
        for label in self.labels:
            check_categories(f"labels.{label}", categories_of(self.labels, label))
        check_languages(self.languages)
        _check_sides(self.sides)
        if self.batch < 1 or self.timeout <= 0 or self.rest < 0:
            raise ValueError("batch is at least 1, timeout more than 0 s, rest 0 s or more")

    @property
    def scores_unsafe(self) -> bool:
        """Whether it has a say in the overall category."""
        return _maps_unsafe(self.labels)


Model = ClassifierModel | GuardModel | ExternalModel


def categories_of(labels: dict[str, str | list[str]], label: str) -> list[str]:
    """Give the categories that a label is mapped to; none where it is not named."""
    found = labels.get(label, [])
    return [found] if isinstance(found, str) else found


def _maps_unsafe(labels: dict[str, str | list[str]]) -> bool:
    return any("unsafe" in categories_of(labels, label) for label in labels)


def check_categories(where: str, names: list[str]) -> None:
    """Raise ValueError where a name is none of our categories."""
    if unknown := [name for name in names if name not in CATEGORIES]:
        raise ValueError(
            f"{where}: {', '.join(unknown)} is no category; there are {', '.join(CATEGORIES)}"
        )


def check_languages(codes: list[str]) -> None:
    """Raise ValueError where a code is neither of two or three small letters nor `*`."""
    if wrong := [code for code in codes if code != ANY and not _CODE.fullmatch(code)]:
        raise ValueError(
            f"languages: {', '.join(map(repr, wrong))} is no ISO 639 code such as en, nor {ANY}"
        )


def _check_sides(sides: tuple[Side, ...]) -> None:
    if not sides:
        raise ValueError("sides: name prompt, response or both")


def _check_reading(sides: tuple[Side, ...], window: int, overlap: int, batch: int) -> None:
    _check_sides(sides)
    if window < 16 or not 0 <= overlap <= window // 4 or batch < 1:
        raise ValueError(
            f"window is at least 16 tokens, overlap 0 to a quarter of it, batch at least 1; not {window},"
            f" {overlap}, {batch}"
        )
