"""Questions for a guard: a text in its template, so that it cannot pass for the template itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detectors.errors import DetectorError
from detectors.safety.models.parts import Part, both_ends, token_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detectors.safety.models.families import Family
    from detectors.safety.models.kinds import GuardModel

_PROBE = "marked text"


@dataclass(frozen=True, slots=True)
class Question:
    """One part of a text, asked about one risk; "" where the question is about all at once."""

    part: Part
    category: str
    ids: list[int]


class Template:
    """Puts texts into a guard's chat template: the configured one, else the model's, else ours."""

    def __init__(self, name: str, chosen: GuardModel, family: Family, tokenizer: Any) -> None:
        self._name = name
        self._family = family
        self._tokenizer = tokenizer
        self._chat = chosen.template or tokenizer.chat_template or family.template
        if not self._chat:
            raise DetectorError(f"the model {name!r} has no chat template: set template")
        self._marks = _marks(tokenizer)
        self._as_parts = self._takes_parts()

    def ask(self, text: str, before: str | None, risk: str) -> list[int]:
        """Token ids of the question whether `text`, which answers `before`, is unsafe."""
        rendered = self._render(self._plain(text), None if before is None else self._plain(before),
                                risk, as_parts=self._as_parts)  # fmt: skip
        found = self._tokenizer(rendered + self._family.lead, add_special_tokens=False)
        ids: list[int] = found["input_ids"]
        return ids

    def _render(self, text: str, before: str | None, risk: str, *, as_parts: bool) -> str:
        texts = [text] if before is None else [before, text]
        messages = [
            {"role": role, "content": [{"type": "text", "text": x}] if as_parts else x}
            for role, x in zip(("user", "assistant"), texts, strict=False)
        ]
        rendered: str = self._tokenizer.apply_chat_template(
            messages,
            chat_template=self._chat,
            tokenize=False,
            add_generation_prompt=True,
            **self._family.variables(risk),
        )
        return rendered

    def _takes_parts(self) -> bool:
        """Some templates take a message as a text, some as a list of parts: see which shows it."""
        risk = next(iter(self._family.risks.values()), "")
        trouble: Exception | None = None
        for as_parts in (False, True):
            try:
                rendered = self._render(_PROBE, None, risk, as_parts=as_parts)
            except Exception as error:  # noqa: BLE001 - a template may fail in any way
                trouble = error
                continue
            if _PROBE in rendered and f"'{_PROBE}'" not in rendered:
                return as_parts
        raise DetectorError(
            f"the chat template of model {self._name!r} does not show the text it is given: "
            "set template"
        ) from trouble

    def _plain(self, text: str) -> str:
        """Break up what the tokenizer would read as a mark of the template, not as text."""
        return self._marks.sub(_broken, text)


class Questions:
    """Cuts texts into windows of tokens and asks about each risk of each window."""

    def __init__(
        self, chosen: GuardModel, family: Family, tokenizer: Any, template: Template
    ) -> None:
        self._chosen = chosen
        self._risks = family.risks or {"": ""}
        self._tokenizer = tokenizer
        self._template = template

    def about(self, texts: Sequence[str], contexts: Sequence[str] | None) -> Iterator[Question]:
        """All questions about the texts; none about a text without tokens."""
        room = self._chosen.window // 4
        before: list[str] | list[None] = [None] * len(texts)
        if contexts is not None:
            before = both_ends(self._tokenizer, contexts, room)
        for part in self._parts(texts):
            text = texts[part.text][part.start : part.end]
            for category, risk in self._risks.items():
                ids = self._template.ask(text, before[part.text], risk)
                yield Question(part, category, ids)

    def _parts(self, texts: Sequence[str]) -> Iterator[Part]:
        if not texts:
            return
        found = self._tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True)[
            "offset_mapping"
        ]
        for text, places in enumerate(found):
            for first, last in token_spans(len(places), self._chosen.window, self._chosen.overlap):
                yield Part(text, places[first][0], places[last - 1][1])


def _marks(tokenizer: Any) -> re.Pattern[str]:
    """Whatever the tokenizer takes as one mark before it looks at words; the longest first."""
    known = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
    marks = sorted((x for x in known if len(x) > 1 and x.strip()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, marks)) or r"(?!)")


def _broken(match: re.Match[str]) -> str:
    mark = match[0]
    return f"{mark[0]} {mark[1:]}"
