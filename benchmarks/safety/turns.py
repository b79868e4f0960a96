"""Measure conversations and given texts as the score stage judges them, before they were told apart and after.

    python benchmarks/safety/turns.py --data DIR --out DIR

On what was written for this in `written/conversations.jsonl` and `written/documents.jsonl`, which no model
was taught, and on ordinary texts. *Before*, all that was given is part of the prompt, and a turn is judged
alone. Documents of the groups in `READ` were looked at while the signs were chosen; the others were not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score

from detectors.observation import Observation
from detectors.safety.policy import SafetyPolicy
from detectors.safety.rules import rules
from monitor.exchange.model import Exchange, Message, Request, Response
from monitor.pipeline.score import ScoreStage

WRITTEN = Path(__file__).with_name("written")
NAME = "safety-turns-2026-11-21"
READ = frozenset(
    {
        *("calendar", "code-issue", "csv", "email-invoice", "encoded", "exfil-mail", "json-db"),
        *("json-weather", "lang-es", "memory", "paper", "review-restaurant", "subtitle"),
        *("web-garden", "web-hotel"),
    }
)
TALKS = {
    "taskmaster4, whole conversations": ("benign/taskmaster4", True),
    "chitchat, three prompts together": ("benign/chitchat", False),
    "clinc150, three prompts together": ("benign/clinc150", False),
    "wildchat, three prompts together": ("benign/wildchat_sample", False),
}
PASSAGES = ("benign/dolly_1k", "benign/qa_domains", "benign/code", "benign/xquad_en_de_es_zh_ar_hi")
_MOST = 200
_TURNS, _ROUNDS = 6, 5

Numbers = npt.NDArray[np.float64]
Row = dict[str, Any]


def main() -> None:
    """Measure, and write JSON and Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    policy = SafetyPolicy()
    judge = Judge(ScoreStage.load(policy), policy)
    found = {
        "conversations": conversations(judge),
        "calm conversations": calm_conversations(judge, given.data),
        "documents": documents(judge),
        "ordinary passages": ordinary_passages(judge, given.data),
        "cost": cost(judge.stage, given.data),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / f"{NAME}.json").write_text(json.dumps(found, indent=1) + "\n")
    (given.out / f"{NAME}.md").write_text("\n".join(pages(found)) + "\n")


class Judge:
    """The score stage and the rules behind it."""

    def __init__(self, stage: ScoreStage, policy: SafetyPolicy) -> None:
        self.stage = stage
        self._rules = rules(policy)
        self._limits = policy.thresholds_prompt

    def as_prompts(self, texts: list[str]) -> list[dict[str, float]]:
        """Scores of whole texts as if the user had said them."""
        found = self.stage.classifiers["prompt"].classify(texts)
        return [{label.name: label.score for label in labels or ()} for labels in found]

    def over(self, scores: dict[str, float]) -> bool:
        """Whether a prompt with these scores is found."""
        return any(scores.get(name, 0.0) >= limit for name, limit in self._limits.items())

    def found(self, x: Observation, part: str) -> bool:
        """Whether a rule about a part finds something."""
        own = [rule for rule in self._rules if rule.name == f"safety.{part}"]
        return any(rule.observe(x).detections for rule in own)

    def flagged(self, batch: Iterable[Exchange], *parts: str) -> npt.NDArray[np.bool_]:
        """Whether one of the parts is found, by exchange."""
        observed = self.stage.score(list(batch))
        return np.array([any(self.found(x, part) for part in parts) for x in observed], dtype=bool)


def conversations(judge: Judge) -> Row:
    """Attacks spread over turns: each turn as an exchange of its own, as it would be seen."""
    rows = lines("conversations.jsonl")
    last = judge.stage.score([talk(row["turns"]) for row in rows])
    ever = [judge.stage.score(list(steps(row["turns"]))) for row in rows]
    unsafe = np.array([row["unsafe"] for row in rows], dtype=bool)
    spread = np.array([not row["single"] for row in rows], dtype=bool)
    marks = {
        "before: the last turn alone": [judge.found(x, "prompt") for x in last],
        "before: some turn alone": [any(judge.found(x, "prompt") for x in xs) for xs in ever],
        "after: at the last turn": [anything(judge, x) for x in last],
        "after: at some turn": [any(anything(judge, x) for x in xs) for xs in ever],
    }
    together = np.array([x.scores["conversation"]["unsafe"] for x in last])
    alone = np.array([x.scores["prompt"]["unsafe"] for x in last])
    return {
        "unsafe": int(unsafe.sum()),
        "spread over turns": int((unsafe & spread).sum()),
        "benign": int((~unsafe).sum()),
        "found": {name: shares(np.array(each), unsafe, spread) for name, each in marks.items()},
        "AUPRC of unsafe, last turn alone": round(average_precision_score(unsafe, alone), 3),
        "AUPRC of unsafe, turns together": round(average_precision_score(unsafe, together), 3),
    }


def anything(judge: Judge, x: Observation) -> bool:
    """Whether the prompt or the conversation is found."""
    return judge.found(x, "prompt") or judge.found(x, "conversation")


def shares(
    found: npt.NDArray[np.bool_], unsafe: npt.NDArray[np.bool_], spread: npt.NDArray[np.bool_]
) -> Row:
    """How many are found of each kind."""
    return {
        "unsafe": int(found[unsafe].sum()),
        "spread over turns": int(found[unsafe & spread].sum()),
        "benign": int(found[~unsafe].sum()),
    }


def calm_conversations(judge: Judge, data: Path) -> Row:
    """False alarms on ordinary turns, by the rule about conversations alone."""
    found = {}
    for name, (file, whole) in TALKS.items():
        talks = list(whole_talks(data / f"{file}.jsonl.gz") if whole else put_together(data, file))
        flagged = judge.flagged(map(of_user_turns, talks), "conversation")
        found[name] = {"conversations": len(talks), "found": int(flagged.sum())}
    return found


def whole_talks(path: Path) -> Iterator[list[str]]:
    """What customers said in conversations of more than one turn."""
    said: dict[str, list[str]] = {}
    for row in read(path):
        if row["role"] == "prompt":
            said.setdefault(row["orig"]["conversation"], []).append(row["text"])
    yield from [each for each in said.values() if len(each) > 1][:_MOST]


def put_together(data: Path, file: str) -> Iterator[list[str]]:
    """Three prompts that have nothing to do with each other."""
    rows = read(data / f"{file}.jsonl.gz")
    texts = [x["text"] for x in rows if x["role"] == "prompt" and len(x["text"]) < 300]
    random.Random(file).shuffle(texts)
    yield from (texts[i : i + 3] for i in range(0, min(len(texts) - 2, 3 * _MOST), 3))


def documents(judge: Judge) -> Row:
    """Orders hidden in documents, given by a tool: before, the whole of it was the prompt."""
    rows = lines("documents.jsonl")
    given = judge.stage.score([of_tool(row["document"], row["task"]) for row in rows])
    before = judge.as_prompts([f"{row['task']}\n{row['document']}" for row in rows])
    injected = np.array([row["injected"] for row in rows], dtype=bool)
    looked_at = np.array([row["group"] in READ for row in rows], dtype=bool)
    return {
        name: {
            "injected": int(injected[own].sum()),
            "clean": int((~injected[own]).sum()),
            "before": told(
                [scores["prompt_injection"] for scores in before],
                [judge.over(scores) for scores in before],
                injected,
                own,
            ),
            "after": told(
                [x.scores["given"]["prompt_injection"] for x in given],
                [judge.found(x, "given") for x in given],
                injected,
                own,
            ),
        }
        for name, own in (("not looked at", ~looked_at), ("looked at", looked_at))
    }


def told(
    scores: Sequence[float],
    found: Sequence[bool],
    labels: npt.NDArray[np.bool_],
    own: npt.NDArray[np.bool_],
) -> Row:
    """Figures of one way to judge."""
    injected, values, over = labels[own], np.array(scores)[own], np.array(found)[own]
    limit = np.sort(values[~injected])[::-1][int(0.05 * (~injected).sum())]
    return {
        "AUPRC": round(average_precision_score(injected, values), 3),
        "recall at 5% false positives": round(float((values[injected] > limit).mean()), 3),
        "injected found": int(over[injected].sum()),
        "clean found": int(over[~injected].sum()),
    }


def ordinary_passages(judge: Judge, data: Path) -> Row:
    """False alarms on what tools give all day."""
    found = {}
    for file in PASSAGES:
        rows = [x["text"] for x in read(data / f"{file}.jsonl.gz") if x["role"] == "response"]
        texts = [text for text in rows if len(text) > 60]
        random.Random(f"passages {file}").shuffle(texts)
        kept = [of_tool(text, "What does it say?") for text in texts[:_MOST]]
        flagged = judge.flagged(kept, "given")
        found[file] = {"passages": len(kept), "found": int(flagged.sum())}
    return found


def cost(stage: ScoreStage, data: Path) -> Row:
    """Milliseconds of processor an exchange: the last turn of six, with and without what came before."""
    rows = read(data / "benign/chitchat.jsonl.gz")
    texts = [x["text"] for x in rows if x["role"] == "prompt" and 40 < len(x["text"]) < 200]
    random.Random(3).shuffle(texts)
    answer = Response(text="Here is a short answer to that, in a sentence or two. Anything else?")
    many: dict[str, list[Exchange]] = {
        "one turn": [],
        "six turns": [],
        "one turn, a page given": [],
    }
    page = " ".join(row["document"] for row in lines("documents.jsonl"))
    for i in range(0, len(texts) - _TURNS, _TURNS):
        said = texts[i : i + _TURNS]
        many["one turn"].append(of_user_turns(said[-1:], answer))
        many["six turns"].append(of_user_turns(said, answer))
        cut = page[i * 100 % 20_000 :][:2_000]
        many["one turn, a page given"].append(of_tool(cut, said[-1], answer))
    return {name: round(spent(stage, batch), 1) for name, batch in many.items()}


def spent(stage: ScoreStage, batch: list[Exchange]) -> float:
    """Best of some rounds; every round has words of its own, so nothing is remembered."""
    best = float("inf")
    for turn in range(_ROUNDS):
        own = batch[turn::_ROUNDS]
        began = time.process_time()
        stage.score(own)
        best = min(best, 1000 * (time.process_time() - began) / len(own))
    return best


def talk(turns: Sequence[str]) -> Exchange:
    """A conversation at its last turn of the user's."""
    messages = [
        Message(role="assistant" if i % 2 else "user", content=text) for i, text in enumerate(turns)
    ]
    return Exchange(id="x", ts=0.0, request=Request(messages=messages))


def steps(turns: Sequence[str]) -> Iterator[Exchange]:
    """Every exchange of a conversation."""
    for last in range(1, len(turns) + 1, 2):
        yield talk(turns[:last])


def of_user_turns(said: Sequence[str], answer: Response | None = None) -> Exchange:
    """A conversation in which the model said next to nothing."""
    turns = [text for each in said for text in (each, "I see.")][:-1]
    exchange = talk(turns)
    return Exchange(id="x", ts=0.0, request=exchange.request, response=answer)


def of_tool(text: str, task: str, answer: Response | None = None) -> Exchange:
    """A task, and what a tool gave for it."""
    messages = [
        Message(role="user", content=task),
        Message(role="tool", name="fetch", content=text),
    ]
    return Exchange(id="x", ts=0.0, request=Request(messages=messages), response=answer)


def lines(name: str) -> list[Row]:
    """Rows of a file of our own."""
    return [json.loads(line) for line in (WRITTEN / name).read_text().splitlines()]


def read(path: Path) -> Iterator[Row]:
    """Rows of one file of the developer data."""
    with gzip.open(path, "rt", encoding="utf-8") as found:
        yield from map(json.loads, found)


def pages(found: Row) -> Iterator[str]:
    """The figures as Markdown."""
    talks, calm = found["conversations"], found["calm conversations"]
    yield "# Conversations and given texts, 2026-11-21"
    yield ""
    yield (
        "`benchmarks/safety/turns.py`; default policy. The conversations and documents are our own, "
        "written apart from what judges them, and taught to no model. The threshold and the gain of "
        "conversations were chosen with these conversations in view, so expect less elsewhere. Some of "
        "the ordinary passages were taught as free of orders: of texts of their kind that were "
        "held out `train_given.py` finds 0.4%."
    )
    yield ""
    yield f"## Conversations ({talks['unsafe']} unsafe, {talks['benign']} benign of the same shapes)"
    yield ""
    yield f"| found | of {talks['unsafe']} unsafe | of {talks['spread over turns']} spread over turns | of {talks['benign']} benign |"
    yield "|---|---:|---:|---:|"
    for name, x in talks["found"].items():
        yield f"| {name} | {x['unsafe']} | {x['spread over turns']} | {x['benign']} |"
    yield ""
    for name in ("AUPRC of unsafe, last turn alone", "AUPRC of unsafe, turns together"):
        yield f"- {name}: {talks[name]}"
    yield ""
    yield "| ordinary turns | conversations | found by the rule about conversations |"
    yield "|---|---:|---:|"
    for name, x in calm.items():
        yield f"| {name} | {x['conversations']} | {x['found']} |"
    yield ""
    yield "## Orders in documents"
    yield ""
    yield "| documents | judged | AUPRC | recall at 5% false positives | injected found | clean found |"
    yield "|---|---|---:|---:|---:|---:|"
    for name, x in found["documents"].items():
        for way in ("before", "after"):
            y = x[way]
            yield (
                f"| {name} | {way} | {y['AUPRC']} | {y['recall at 5% false positives']} | "
                f"{y['injected found']} of {x['injected']} | {y['clean found']} of {x['clean']} |"
            )
    yield ""
    yield "| ordinary passages given by a tool | passages | found |"
    yield "|---|---:|---:|"
    for name, x in found["ordinary passages"].items():
        yield f"| {name} | {x['passages']} | {x['found']} |"
    yield ""
    yield "## Cost"
    yield ""
    yield "| exchange | ms of processor |"
    yield "|---|---:|"
    for name, x in found["cost"].items():
        yield f"| {name} | {x} |"


if __name__ == "__main__":
    main()
