"""The score stage: batches of exchanges in, observations out. Stateless; any number can run."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from detectors.base import Label
from detectors.observation import Observation, Part, Side, Vector
from detectors.safety import builtin, recognisers
from detectors.safety.builtin import BuiltIn
from detectors.safety.orders import OrderFinder
from detectors.safety.policy import SafetyPolicy
from detectors.safety.recognisers import Find
from detectors.safety.scope import Scope
from detectors.text.added import Added
from detectors.text.channels import features
from detectors.text.embedding import StaticEncoder
from detectors.text.language import UNKNOWN
from detectors.text.languages import languages
from monitor.exchange.model import Exchange
from monitor.exchange.turns import Turns, turns
from monitor.pipeline.circuit import Circuit
from monitor.pipeline.conversation import context_of, found, user_turns
from monitor.pipeline.given import labelled, together, with_order
from monitor.pipeline.models import judges, presidio
from monitor.pipeline.observe import FAILED, LANGUAGE, WORDLESS, observe

log = logging.getLogger(__name__)

SIDES: tuple[Side, ...] = ("prompt", "response")

_MOST_CORES = 4

T = TypeVar("T")


class Encoder(Protocol):
    """Texts in, unit vectors out; rows of zeros for texts without a known word."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vector:
        """Float32 of shape (texts, dimensions)."""
        ...


class TextClassifier(Protocol):
    """A `Classifier` that may be given more of what is known of the texts.

    The texts' embeddings, so that they are computed once; the prompts that responses answer.
    """

    name: str

    def classify(
        self,
        texts: Sequence[str],
        embeddings: Vector | None = None,
        contexts: Sequence[str] | None = None,
    ) -> Sequence[list[Label] | None]:
        """One list of labels for each text: empty without words, None where scoring failed."""
        ...


@dataclass(frozen=True)
class ScoreStage:
    """Scores every exchange: safety, patterns, languages, features, embedding.

    One that raises leaves its mark in `unscored` and in `failures`; the others go on.
    """

    classifiers: dict[Side, TextClassifier]
    encoder: Encoder
    failures: Counter[str]
    """How often each part raised."""
    model_failures: Counter[str] = field(default_factory=Counter)
    """By model, the texts that one of several safety models failed on."""
    screens: Mapping[Side, TextClassifier] = field(default_factory=dict)
    """The cheap stages where others judge: what they say is for drift and anomaly."""
    scope: Scope | None = None
    """Which languages are judged; without it none are looked at."""
    policy: SafetyPolicy | None = None
    """Without it only the two sides are scored: neither given texts nor conversations."""
    built_in: Mapping[Side, BuiltIn] = field(default_factory=dict)
    """The classifiers of the package where they judge: what they say can be explained."""
    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    """By model, where there are several, whether it is up."""
    more: Find | None = None
    """Finds personal data that our own recognisers do not, and theirs."""
    orders: OrderFinder | None = None
    """Finds orders to the model in given texts."""
    added: Added = field(default_factory=Added)
    """Channels of other packages."""

    @property
    def versions(self) -> dict[str, str]:
        """Which models score, for whoever reads a finding later."""
        others = list(self.policy.models.models) if self.policy else []
        own = [f"built-in {builtin.judge_version(self.built_in)}"] if self.built_in else []
        return {"safety_models": ", ".join([*own, *others]), "embedding": self.encoder.name}

    @classmethod
    def load(cls, policy: SafetyPolicy | None = None, *, judge: bool = True) -> ScoreStage:
        """With the built-in models, about a second and 250 MB, and those that the policy names.

        Without `judge` only the cheap stage scores, many times as fast: enough for drift and
        anomaly, which compare nothing else.

        Raises
        ------
        DetectorError, SettingsError
            Weights, or a model that the policy names, cannot be loaded.
        """
        encoder = StaticEncoder.load()
        if not judge:
            first = builtin.load(encoder, both=False)
            return cls({**first}, encoder, Counter(), added=Added.load())
        chosen = policy or SafetyPolicy()
        built_in = builtin.load(
            encoder,
            both=chosen.second_stage != "none" and chosen.models.built_in,
            doubts={side: chosen.doubt(side) for side in SIDES},
            threads=_cores(),
        )
        own: dict[Side, TextClassifier] = {**built_in}
        failures: Counter[str] = Counter()
        judged = judges(chosen.models, own, failures)
        cheap = builtin.cheap_stages(built_in)
        screens = {side: each for side, each in cheap.items() if judged.panels[side] is not each}
        return cls(
            {**judged.panels},
            encoder,
            failures=Counter(),
            model_failures=failures,
            screens=screens,
            scope=Scope(chosen),
            policy=chosen,
            built_in=built_in if chosen.models.built_in else {},
            circuits=judged.circuits,
            more=presidio(chosen.presidio),
            orders=OrderFinder.load() if chosen.models.built_in else None,
            added=Added.load(),
        )

    def score(self, exchanges: Sequence[Exchange]) -> list[Observation]:
        """One observation for each exchange, in order."""
        asked = [turns(exchange.request.messages) for exchange in exchanges]
        batch = list(map(observe, exchanges, asked))
        for side in SIDES:
            batch = self._score_side(batch, side, asked)
        if self.policy is not None:
            batch = self._score_given(batch)
            batch = self._score_conversations(batch, asked, self.policy)
        return [self._featured(x) for x in batch]

    def _score_side(
        self, batch: list[Observation], side: Side, asked: Sequence[Turns]
    ) -> list[Observation]:
        places = [i for i, x in enumerate(batch) if side not in x.unscored]
        texts = [_text(batch[i], side) for i in places]
        if not texts:
            return batch
        vectors = self._embed(texts)
        contexts = [context_of(asked[i]) for i in places] if side == "response" else None
        labels = self._classify(self.classifiers[side], texts, vectors, contexts)
        screen = self.screens.get(side)
        screened = self._classify(screen, texts, vectors, None) if screen else [None] * len(texts)
        scored = list(batch)
        for row, place in enumerate(places):
            vector = None if vectors is None else vectors[row]
            x = _screened(batch[place], side, screened[row])
            scored[place] = self._with_side(x, side, labels[row], vector)
        return scored

    def _score_given(self, batch: list[Observation]) -> list[Observation]:
        """What tools and documents gave, by what judges prompts: it speaks to the model as they do."""
        texts = [given.text for x in batch for given in x.given]
        labels = map(with_order, self._ask(texts), map(self._order, texts))
        scored = []
        for x in batch:
            told = [next(labels) for _ in x.given]
            if told:
                own = tuple(labelled(*each) for each in zip(x.given, told, strict=True))
                text = "\n".join(given.text for given in x.given)
                x = self._with_part(replace(x, given=own), "given", text, together(told))  # noqa: PLW2901 - the same, scored
            scored.append(x)
        return scored

    def _score_conversations(
        self, batch: list[Observation], asked: Sequence[Turns], policy: SafetyPolicy
    ) -> list[Observation]:
        """The user's last turns together, where the last of them was scored."""
        if not policy.conversations:
            return batch
        read = {
            i: said
            for i, x in enumerate(batch)
            if "prompt" in x.scores and (said := user_turns(asked[i]))
        }
        scored = list(batch)
        labels = self._ask(["\n".join(said) for said in read.values()])
        for (i, said), told in zip(read.items(), labels, strict=True):
            x = self._with_part(batch[i], "conversation", "", told)
            scored[i] = replace(x, conversation=found(said, x, policy, self._ask))
        return scored

    def _order(self, text: str) -> Label | None:
        try:
            return self.orders.find(text) if self.orders else None
        except Exception:  # noqa: BLE001 - a detector may raise anything; the others go on
            self._failed("orders")
            return None

    def _ask(self, texts: Sequence[str]) -> list[list[Label] | None]:
        """Labels of texts that are said to the model, whoever says them."""
        return self._classify(self.classifiers["prompt"], texts, None, None) if texts else []

    def _embed(self, texts: Sequence[str]) -> Vector | None:
        try:
            return self.encoder.encode(texts)
        except Exception:  # noqa: BLE001 - a detector may raise anything; the others go on
            self._failed("embedding")
            return None

    def _classify(
        self,
        classifier: TextClassifier,
        texts: Sequence[str],
        vectors: Vector | None,
        contexts: Sequence[str] | None,
    ) -> list[list[Label] | None]:
        """Labels by text; None where the classifier raised on this very text."""
        try:
            return list(classifier.classify(texts, vectors, contexts))
        except Exception:  # noqa: BLE001 - a detector may raise anything; the others go on
            if len(texts) == 1:
                self._failed("safety")
                return [None]
        # One bad text must not cost the others their scores: try each alone.
        single: list[list[Label] | None] = []
        for row, text in enumerate(texts):
            own = None if vectors is None else vectors[row : row + 1]
            context = None if contexts is None else contexts[row : row + 1]
            single += self._classify(classifier, [text], own, context)
        return single

    def _with_side(
        self, x: Observation, side: Side, labels: list[Label] | None, vector: Vector | None
    ) -> Observation:
        x = self._with_part(x, side, _text(x, side), labels)
        return replace(
            x,
            prompt_embedding=vector if side == "prompt" else x.prompt_embedding,
            response_embedding=vector if side == "response" else x.response_embedding,
        )

    def _with_part(
        self, x: Observation, part: Part, text: str, labels: list[Label] | None
    ) -> Observation:
        """What was found in one part's text; languages and patterns only where there is a text."""
        found = self._patterns(text)
        unscored = x.unscored
        scores, judges, told = x.scores, x.judges, list[str]()
        if labels:
            scores = {**scores, part: _by_name(labels)}
            told = self._languages(text) if text else []
            by = list(labels[0].by)
            if by:
                judges = {**judges, part: by}
            if self.scope and self.scope.leaves_open(part, scores[part], told, by):
                unscored = {**unscored, part: LANGUAGE}
        elif labels is None or part in SIDES:
            unscored = {**unscored, part: FAILED if labels is None else WORDLESS}
        return replace(
            x,
            scores=scores,
            judges=judges,
            unscored=unscored,
            findings={**x.findings, part: found} if found else x.findings,
            languages={**x.languages, part: told} if told else x.languages,
        )

    def _languages(self, text: str) -> list[str]:
        if self.scope is None:
            return []
        try:
            return list(languages(text))
        except Exception:  # noqa: BLE001 - a detector may raise anything; the others go on
            self._failed("languages")
            return [UNKNOWN]

    def _patterns(self, text: str) -> list[str]:
        try:
            find = self.more or recognisers.find
            return sorted({finding.kind for finding in find(text)})
        except Exception:  # noqa: BLE001 - a detector may raise anything; the others go on
            self._failed("patterns")
            return []

    def _featured(self, x: Observation) -> Observation:
        try:
            numeric, nominal = features(x)
            x = replace(x, channels=numeric, categories=nominal)
        except Exception:  # noqa: BLE001 - a detector may raise anything; the others go on
            self._failed("features")
        return self._with_added(x) if self.added.channels else x

    def _with_added(self, x: Observation) -> Observation:
        numeric, nominal, failed = self.added.features(x)
        for name, error in failed.items():
            self.failures["channels"] += 1
            # Not the trace: somebody else's message may hold the text.
            log.error("the channel %s failed: %s", name, error)
        return replace(
            x, channels={**x.channels, **numeric}, categories={**x.categories, **nominal}
        )

    def _failed(self, part: str) -> None:
        """Count a part that raised; the trace is logged, never the text."""
        self.failures[part] += 1
        log.error("scoring failed in part %s", part, exc_info=True)  # noqa: LOG014 - called by handlers


def _screened(x: Observation, side: Side, labels: list[Label] | None) -> Observation:
    if not labels:
        return x
    return replace(x, screened={**x.screened, side: _by_name(labels)})


def _by_name(labels: list[Label]) -> dict[str, float]:
    return {label.name: label.score for label in labels}


def _text(x: Observation, side: Side) -> str:
    return (x.prompt if side == "prompt" else x.response) or ""


def _cores() -> int:
    """Cores to read texts on at once, of those that this process may use."""
    known = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(2)
    return min(_MOST_CORES, len(known))
