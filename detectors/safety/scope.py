"""Which languages are judged: what nobody that judged can read must not read as clean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.safety.models.kinds import ANY
from detectors.safety.models.policy import BUILT_IN
from detectors.text.language import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detectors.observation import Observation, Part
    from detectors.safety.policy import SafetyPolicy


class Scope:
    """The languages that a policy's models judge.

    A text whose language is not clear is in scope where it is in Latin script: nearly all such
    texts are short, or lists of names, in English traffic.
    """

    def __init__(self, policy: SafetyPolicy) -> None:
        self._policy = policy
        own = frozenset(policy.languages)
        others = policy.models.models.items()
        self._read_by = {
            BUILT_IN: own,
            **{name: frozenset(x.languages) or own for name, x in others if x.scores_unsafe},
        }

    def covers(self, languages: Sequence[str], judges: Sequence[str] = ()) -> bool:
        """Whether somebody who judged reads each of a text's languages.

        `judges` are the models that scored the text; none stands for the built-in one.
        """
        read = frozenset[str]().union(
            *(self._read_by.get(name, frozenset()) for name in judges or (BUILT_IN,))
        )
        return ANY in read or all(code in read for code in languages if code != UNKNOWN)

    def covers_side(self, x: Observation, side: Part) -> bool:
        """Do as `covers` does, for a side that was scored."""
        return self.covers(x.languages.get(side, ()), x.judges.get(side, ()))

    def leaves_open(
        self,
        part: Part,
        scores: Mapping[str, float],
        languages: Sequence[str],
        judges: Sequence[str] = (),
    ) -> bool:
        """Whether a text stays unjudged: not all of it could be read, and no score is a finding."""
        limits = self._policy.thresholds(part).items()
        found = any(scores.get(name, 0.0) >= limit for name, limit in limits)
        return not found and not self.covers(languages, judges)
