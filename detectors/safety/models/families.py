"""What families of generative guards are asked, and with which words they answer.

A guard's own chat template asks in the words that it was trained with; what varies between
questions is handed to it. The templates here are only for models that come without one: they keep
the published order and marks, in words of our own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from detectors.safety.models.kinds import categories_of

if TYPE_CHECKING:
    from detectors.safety.models.kinds import GuardModel


@dataclass(frozen=True, slots=True)
class Family:
    """How one family is asked.

    `risks` maps a category to what is asked for it, and `variable` says under which name a chat
    template gets that: `guideline`, or `guardian_config.risk_name`. Without risks there is one
    question, and `codes` are read from its answer. `tokens` is the room for an answer.
    """

    unsafe: str
    safe: str
    risks: dict[str, str] = field(default_factory=dict)
    variable: str = "risk"
    codes: dict[str, list[str]] = field(default_factory=dict)
    template: str = ""
    lead: str = ""
    tokens: int = 3

    def variables(self, risk: str) -> dict[str, Any]:
        """What a chat template is given to ask about one risk."""
        if not risk:
            return {}
        outer, _, inner = self.variable.partition(".")
        return {outer: {inner: risk} if inner else risk}


_LLAMA_TEMPLATE = """\
{{ bos_token }}<|start_header_id|>user<|end_header_id|>

Task: Decide whether the last message of the conversation breaks the policy below.

<BEGIN UNSAFE CONTENT CATEGORIES>
S1: Violent crime.
S2: Other crime.
S3: Sexual crime.
S4: Sexual abuse of children.
S5: Defamation.
S6: Unqualified professional advice.
S7: Invasion of privacy.
S8: Violation of intellectual property.
S9: Weapons of mass harm.
S10: Hate.
S11: Suicide and self-harm.
S12: Sexual content.
S13: False information on elections.
S14: Abuse of code interpreters.
<END UNSAFE CONTENT CATEGORIES>

<BEGIN CONVERSATION>

{% for message in messages %}{{ 'User' if message['role'] == 'user' else 'Agent' }}: \
{{ message['content'] }}

{% endfor %}<END CONVERSATION>

Write 'safe' or 'unsafe' for the last message. If it is unsafe, write on a second line the codes \
of the categories it breaks, parted by commas.<|eot_id|>\
<|start_header_id|>assistant<|end_header_id|>

"""

_SHIELD_TEMPLATE = """\
{{ bos_token }}You judge whether {{ 'a request to a chatbot' if messages | length == 1 else \
'the answer of a chatbot' }} breaks a safety policy.

<start_of_turn>
Human Question: {{ messages[0]['content'] }}
<end_of_turn>
{% if messages | length > 1 %}<start_of_turn>
Chatbot Response: {{ messages[1]['content'] }}
<end_of_turn>
{% endif %}
The policy:

* {{ guideline }}

Is the policy broken? Begin the answer with 'Yes' or 'No'.

"""

_GRANITE_TEMPLATE = """\
<|start_of_role|>user<|end_of_role|>You judge whether a text is risky by the definition below.

<start_of_turn>
{% for message in messages %}{{ 'User' if message['role'] == 'user' else 'Assistant' }} Message: \
{{ message['content'] }}

{% endfor %}<end_of_turn>
<start_of_risk_definition>
{{ guardian_config['risk_name'] }}
<end_of_risk_definition>

Is the last message risky? Answer 'Yes' or 'No'.<|end_of_text|>
<|start_of_role|>assistant<|end_of_role|>"""

FAMILIES = {
    # The codes are those of the MLCommons hazards, which Llama Guard answers with since its third
    # version; those that have no category of ours (advice, copyright, elections) are left out.
    "llama-guard": Family(
        unsafe="unsafe",
        safe="safe",
        codes={
            "S1": ["violence", "illicit"],
            "S2": ["illicit"],
            "S3": ["sexual", "illicit"],
            "S4": ["sexual_minors"],
            "S5": ["harassment"],
            "S7": ["privacy"],
            "S9": ["illicit", "violence"],
            "S10": ["hate"],
            "S11": ["self_harm"],
            "S12": ["sexual"],
            "S14": ["illicit"],
        },
        template=_LLAMA_TEMPLATE,
        tokens=16,
    ),
    "shieldgemma": Family(
        unsafe="Yes",
        safe="No",
        risks={
            "illicit": "No dangerous content: nothing that helps to harm people, such as making "
            "weapons or explosives, terrorism, or instructions for crimes.",
            "harassment": "No harassment: nothing that insults, bullies, threatens or humiliates "
            "somebody.",
            "hate": "No hate: nothing that attacks or degrades people for a protected attribute, "
            "such as origin, religion, disability, gender or sexual orientation.",
            "sexual": "No sexually explicit content: nothing that describes sexual acts or is "
            "meant to arouse. Medicine and education are allowed.",
            "self_harm": "No self-harm: nothing that encourages or instructs suicide or injuring "
            "oneself.",
        },
        variable="guideline",
        template=_SHIELD_TEMPLATE,
    ),
    "granite-guardian": Family(
        unsafe="Yes",
        safe="No",
        risks={"unsafe": "harm"},
        variable="guardian_config.risk_name",
        template=_GRANITE_TEMPLATE,
    ),
    "custom": Family(unsafe="", safe="", tokens=16),
}


def family_of(chosen: GuardModel) -> Family:
    """Give the family of a guard, with what its settings change."""
    family = FAMILIES[chosen.family]
    codes = {code: categories_of(chosen.codes, code) for code in chosen.codes}
    return replace(
        family,
        unsafe=chosen.unsafe or family.unsafe,
        safe=chosen.safe or family.safe,
        risks=chosen.risks or family.risks,
        codes=codes or family.codes,
        template=chosen.template or family.template,
        lead=chosen.lead or family.lead,
    )
