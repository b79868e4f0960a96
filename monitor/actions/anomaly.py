"""What there is to do about single exchanges that are not as the others, and about bursts."""

from __future__ import annotations

from monitor.incidents.bundle import Action

_LIMIT = Action(
    what="Limit the rate of {whose}, before the model server's queue fills",
    why="It comes far more often than this user, tenant or model ever had it.",
    how="sidewatch export {--tenant} --since 1h --out burst.jsonl",
    form="shell",
    risk="a launch or a load test looks the same: ask the tenant first",
)

KINDS: dict[str, Action] = {
    "repetition": Action(
        what="Raise the repetition penalty, or cap the answer's length, for {model}",
        why="The answer runs in a loop; until it stops it costs tokens and time.",
        how='{"repetition_penalty": 1.1, "max_tokens": 512}',
        form="json",
        risk="a penalty above 1.2 harms code and lists",
    ),
    "empty": Action(
        what="Check stop sequences and the chat template of {model}",
        why="A blank answer with status 200 is most often a template that ends the turn at once.",
        how="send the same request to the model server directly and compare",
        risk="none",
    ),
    "burst": _LIMIT,
    "token_burst": _LIMIT,
    "refusal_burst": _LIMIT,
    "flagged_burst": _LIMIT,
    "error_burst": Action(
        what="See whether the model server of {model} refuses what {whose} sends, or fails by itself",
        why="Errors come far more often than this user, tenant or model ever had them.",
        how="curl -s {upstream}/health; sidewatch export {--tenant} --since 1h --out errors.jsonl",
        form="shell",
        risk="none",
    ),
    "replay": Action(
        what="See whether a client of {whose} retries in a loop, and cache or limit what repeats",
        why="The same prompt comes again and again, by somebody who used to ask other things.",
        how="sidewatch incidents show {incident}",
        form="shell",
        risk="none",
    ),
    "extraction": Action(
        what="Look at the last prompts of {whose} side by side; limit or block if they enumerate",
        why="Prompts that differ in a name or a number, one after the other, copy out what the model "
        "or the data behind it knows.",
        how="sidewatch export {--tenant} --since 1h --out prompts.jsonl",
        form="shell",
        risk="a batch job with a template looks the same: ask the tenant first",
    ),
}

AGAIN = Action(
    what="Send the same request again, to the model server of {model} directly",
    why="If it fails again the prompt is the cause; if not, sampling or load is.",
    how="sidewatch incidents bundle {incident} | jq '.exchange | {{model, messages: .request.messages}}' "
    "| curl -s {upstream}{route} -H 'content-type: application/json' -d @-",
    form="shell",
    risk="what was masked when it was stored is masked in what is sent",
)
