"""How plainly an answer declines to do what was asked."""

from __future__ import annotations

import re

_OPENING = 300
_SHORT = 60

_DO = (
    "help(?! but)|assist|provid|answer|compl|fulfil|share|discuss|do (?:that|this|so)|engage|support|"
    "continue|generat|creat|offer|give|participat|respond|recommend|tell you|talk about"
)
_CANNOT = re.compile(
    "(?<!you )(?<!they )(?<!he )(?<!it )\\b"
    "(?:can(?:'t|not| not)|won't|will not|must decline|(?:not|n't) (?:be )?able|unable|"
    "not (?:comfortable|allowed|permitted))"
    f"\\b(?:\\W+\\w+){{0,3}}?\\W+(?:{_DO})"
)
_IN_CANNOT = ("can't", "cannot", "can not", "won't", "will not", "able", "decline", "not ")
_SORRY = ("sorry", "apologi", "regret", "unfortunately", "afraid")
_MACHINE = re.compile(
    "\\b(?:as an? (?:ai\\b|artificial|language model)|language model|ai assistant|"
    "(?:my|our|the) (?:guidelines|policy|policies|programming)|programmed to)"
)
_ASKED = re.compile(
    "\\b(?:(?:your|this|that|the) (?:request|question|topic|information|content|task|kind of)|"
    "(?:something|anything) else|another question)"
)


def declining(text: str) -> float:
    """Count the signs, 0 to 5, that an answer opens with a refusal and is little else.

    One that it cannot do what models are asked for (help, answer, provide), which must be there or
    count for nothing but an apology by a machine; one each for an apology, for speaking as a
    machine or of its rules, for naming the request, and for being shorter than sixty words. English
    alone; small talk in which somebody is sorry, or cannot wait, has none.
    """
    opening = text[:_OPENING].lower().replace("\u2019", "'")
    sorry = any(map(opening.__contains__, _SORRY))
    cannot = any(map(opening.__contains__, _IN_CANNOT)) and _CANNOT.search(opening) is not None
    if not cannot and not sorry:
        return 0.0
    machine = _MACHINE.search(opening) is not None
    if not cannot and not machine:
        return 0.0
    asked = _ASKED.search(opening) is not None
    return float(cannot + sorry + machine + asked + (text.count(" ") < _SHORT))
