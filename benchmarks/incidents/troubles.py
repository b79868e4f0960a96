"""The five troubles of the recorded day, made of the developer data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.incidents.day import Day, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.drift.traffic import Traffic

DESK, ASSISTANT = "desk-8b", "assistant-70b"
_KINDS = ("benign/dolly_1k", "benign/gsm8k", "benign/code", "benign/qa_domains")
_SHARES = {DESK: 0.6, ASSISTANT: 0.4}


def usual_day(traffic: Traffic, *, seed: int, start: float) -> Day:
    """Give a day on which nothing is wrong."""
    pairs = {
        DESK: traffic.intents(lambda domain: domain != "oos"),
        ASSISTANT: [pair for name in _KINDS for pair in traffic.pairs(name)],
    }
    return Day(pairs=pairs, shares=_SHARES, seed=seed, start=start)


def troubles(traffic: Traffic) -> Sequence[Trouble]:
    """List what is planted, in the order of the day."""
    attacks = [
        *traffic.prompts("attacks/jailbreak_llms"),
        *traffic.prompts("requests/catqa_harmfulqa", lambda row: row["lang"] == "en"),
    ]
    return (
        Trouble(
            "one replica is slow",
            ASSISTANT,
            2.0,
            4.0,
            ("replica-2",),
            upstream="replica-2",
            slower_first=5.0,
            slower_later=2.5,
        ),
        Trouble(
            "a tenant attacks",
            DESK,
            7.0,
            8.0,
            ("tenant=ember", "ember"),
            share=0.4,
            tenant="ember",
            pairs=[(text[:4_000], "I'm sorry, but I can't help with that.") for text in attacks],
        ),
        Trouble(
            "another model answers",
            ASSISTANT,
            11.0,
            13.0,
            ("model_change", "response_markdown"),
            answers="another model",
            slower_first=2.0,
            slower_later=1.6,
        ),
        Trouble(
            "German is asked",
            DESK,
            15.0,
            17.0,
            ("language", "de"),
            share=0.4,
            pairs=traffic.foreign("de"),
        ),
        Trouble(
            "answers run in loops",
            DESK,
            20.0,
            21.5,
            ("repetition", "loop"),
            share=0.2,
            answers="loops",
        ),
    )
