"""What there is to do about a prompt or an answer that should not have been."""

from __future__ import annotations

from monitor.incidents.bundle import Action

_ATTACK = Action(
    what="Read what else {tenant} tried, and whether the model gave in",
    why="An attempt at {kind} is seldom the only one: the ones below the threshold went through.",
    how="sidewatch incidents list --detector safety {--tenant} {--model} --since 1d",
    form="shell",
    risk="none",
)

KINDS: dict[str, Action] = {
    "secret": Action(
        what="Revoke the key or token that {model} gave away, then find where the model has it from",
        why="Whoever asked has it now; its kind is among the factors. It came from training data, from "
        "a system prompt or from a document that was given.",
        how="sidewatch incidents bundle {incident}",
        form="shell",
        risk="what uses the key stops until it has the new one",
    ),
    "pii": Action(
        what="Find whose data {model} gave away, and to whom",
        why="Personal data in an answer that was not in the prompt may have to be reported.",
        how="sidewatch export {--tenant} --since 1d --out exchanges.jsonl",
        form="shell",
        risk="the file holds what the policy lets be stored: keep it safe",
    ),
    "prompt_injection": _ATTACK,
    "jailbreak": _ATTACK,
}

SERIES = Action(
    what="Find what else {tenant} sent that was found",
    why="Attacks come in series; the others may have got through.",
    how="sidewatch incidents list --detector safety {--tenant} {--model} --since 1d",
    form="shell",
    risk="none",
)

WRONG = Action(
    what="If it is a false alarm, say so: thresholds are calibrated by such labels",
    why="The score of {kind} was {score} against a threshold of {threshold}.",
    how="sidewatch incidents label {incident} false-positive --reason '...'; "
    "sidewatch policy calibrate {--model} --target-fpr 0.01",
    form="shell",
    risk="none: calibrating proposes thresholds and applies nothing",
)

HIGHER = Action(
    what="If such texts are no violation for you, raise the threshold of {kind}",
    why="The score was {score} against a threshold of {threshold}; so it would not be found again.",
    form="toml",
    risk="what scores below the new threshold is no longer reported: see sidewatch replay --diff",
)
