"""What became of a day's troubles: their stories, and what the bundles say of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.surroundings.shown import as_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.incidents.day import Day, Trouble
    from monitor.incidents.bundle import Bundle
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store

_EARLY, _LATE = 0.25, 0.5
_FIRST = 3


@dataclass
class StoryTold:
    """One story: its trouble ("" if none was planted there), incidents, detectors, bundles."""

    trouble: str
    began: float
    incidents: int
    findings: int
    detectors: dict[str, int]
    severities: dict[str, int]
    named: int
    unnamed: list[str] = field(default_factory=list)


@dataclass
class DayTold:
    """All that was found: stories, and the incidents of none."""

    stories: list[StoryTold]
    missed: list[str]
    alone: dict[str, int]
    alone_findings: int


async def told(store: Store, day: Day, incidents: Sequence[Incident]) -> DayTold:
    """Compare a day's incidents with what was planted."""
    by_story: dict[str, list[Incident]] = defaultdict(list)
    for each in incidents:
        by_story[each.story].append(each)
    alone = by_story.pop("", [])
    stories = [await _story(store, day, together) for together in by_story.values()]
    found = {story.trouble for story in stories}
    return DayTold(
        stories=sorted(stories, key=lambda story: story.began),
        missed=[each.name for each in day.troubles if each.name not in found],
        alone=dict(Counter(each.severity for each in alone)),
        alone_findings=sum(each.count for each in alone),
    )


async def _story(store: Store, day: Day, together: list[Incident]) -> StoryTold:
    began = (min(each.since for each in together) - day.start) / 3_600.0
    trouble = next((each for each in day.troubles if _is_of(each, together, began)), None)
    story = StoryTold(
        trouble=trouble.name if trouble else "",
        began=round(began, 2),
        incidents=len(together),
        findings=sum(each.count for each in together),
        detectors=dict(Counter(each.detector for each in together)),
        severities=dict(Counter(each.severity for each in together)),
        named=0,
    )
    for each in together:
        made = await store.get_bundle(each.id)
        if trouble and made and _names(trouble, await as_now(store, made)):
            story.named += 1
        else:
            story.unnamed.append(f"{each.title}, tenant {each.tenant or 'none'}")
    return story


def _is_of(trouble: Trouble, together: list[Incident], began: float) -> bool:
    on_model = any(each.model == trouble.model for each in together)
    return on_model and trouble.start - _EARLY <= began <= trouble.start + _LATE


def _names(trouble: Trouble, bundle: Bundle) -> bool:
    first = " ".join(f"{x.name} {x.value} {x.unit}" for x in bundle.contributing_factors[:_FIRST])
    return any(word in first for word in trouble.named)


def table(found: DayTold) -> str:
    """Write the stories as a table."""
    head = ["story", "began at", "incidents", "findings", "by detector", "severity", "named"]
    rows = [
        [
            story.trouble or "not planted",
            f"{story.began:.2f} h",
            str(story.incidents),
            str(story.findings),
            _numbers(story.detectors),
            _numbers(story.severities),
            f"{story.named} of {story.incidents}",
        ]
        for story in found.stories
    ]
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]
    alone = f"Of no story: {_numbers(found.alone) or 'none'}, with {found.alone_findings} findings."
    return "\n".join([*lines, "", alone, f"Missed: {', '.join(found.missed) or 'none'}."])


def _numbers(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
