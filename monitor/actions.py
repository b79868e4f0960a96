"""Recommended actions: for each kind of finding what to do, why, how, and what it risks."""

from __future__ import annotations

from detectors.base import Detection
from detectors.shift import ShiftKind
from monitor.bundle import Action

_LOOK = Action(
    what="Read the exchange and the incidents like it",
    why="One glance at the text tells a real violation from a false alarm.",
    how="sidewatch incidents show {incident}",
    risk="none",
)
_CLOSE = Action(
    what="Resolve the incident once it is dealt with",
    why="The next finding of this kind then opens a new incident, with its own alert.",
    how="sidewatch incidents resolve {incident} --note '...'",
    risk="none",
)

_BY_KIND: dict[tuple[str, str], Action] = {
    ("latency", "stall"): Action(
        what="Look at the model server now: it stopped in the middle of an answer",
        why="The stream is open and silent, so the cause (a hung worker, a full cache, a paused "
        "container) is still there to be seen.",
        how="curl -s {upstream}/health; curl -s {upstream}/metrics | grep -E 'running|waiting'",
        risk="restarting the server cuts every stream that still runs",
    ),
    ("latency", "ttft"): Action(
        what="Compare waiting requests with running ones on the model server",
        why="A slow first token is most often a queue: more prompts, or longer ones, than it admits.",
        how="curl -s {upstream}/metrics | grep -E 'waiting|running|queue'",
        risk="none",
    ),
    ("latency", "tpot"): Action(
        what="Check batch size and the load of the accelerator",
        why="Slow tokens after a quick first one point at decoding, not at the queue.",
        how="curl -s {upstream}/metrics | grep -E 'running|cache_usage|preempt'",
        risk="none",
    ),
    ("latency", "slower_ttft"): Action(
        what="See whether it is queue or prefill, and what was deployed when it began",
        why="First tokens take longer for the same prompts. A longer queue is load or a lost replica; "
        "a longer prefill is the server: its version, its batching, its cache of prefixes.",
        how="more_queue, more_prefill and server_waiting in the evidence; curl -s {upstream}/metrics",
        risk="none",
    ),
    ("latency", "slower_decode"): Action(
        what="Check batch size, clocks and neighbours of the accelerator",
        why="Each token takes longer for the same context; the queue is not the cause.",
        how="curl -s {upstream}/metrics | grep -E 'running|cache_usage|preempt'",
        risk="none",
    ),
    ("latency", "slow_replica"): Action(
        what="Take the replica named in the evidence out of the balancing, then look at it",
        why="It is slow while the others answer as before, so the machine is the cause, not the traffic.",
        how="slow_upstream in the evidence names it",
        risk="the others must carry its share",
    ),
    ("latency", "periodic_stall"): Action(
        what="Look for what runs that often beside the model server",
        why="It stands still at regular times: a backup, a scrape, a checkpoint, a garbage collection.",
        how="every, in seconds, in the evidence; compare with timers and cron jobs of the host",
        risk="none",
    ),
    ("latency", "errors"): Action(
        what="Check that the model server runs and is reachable from the gateway",
        why="Exchanges fail upstream; the gateway's own errors are counted apart.",
        how="curl -s http://{gateway}/_sidewatch/metrics | grep upstream_errors",
        risk="none",
    ),
    ("pipeline", "model_failing"): Action(
        what="See why the safety model {model} does not answer, and start it again",
        why="Until it answers it has no say; texts that nobody else judges are unscored.",
        how="the worker's log, and sidewatch_safety_model_up in its metrics; a detector elsewhere: "
        "ask its url",
        risk="none",
    ),
    ("pipeline", "alerts_failing"): Action(
        what="See why the alert channel {model} takes no message, then send what it missed",
        why="While it fails, nobody is told of incidents on it; other channels are not held up.",
        how="sidewatch alerts test {model}; sidewatch alerts dead list; sidewatch alerts dead retry --all",
        risk="none",
    ),
    ("anomaly", "repetition"): Action(
        what="Raise the repetition penalty, or cap the answer's length, for this model",
        why="The answer runs in a loop; until it stops it costs tokens and time.",
        how='{{"repetition_penalty": 1.1, "max_tokens": 512}} in the request or the server\'s defaults',
        risk="a penalty above 1.2 harms code and lists",
    ),
    ("anomaly", "empty"): Action(
        what="Check stop sequences and the chat template",
        why="A blank answer with status 200 is most often a template that ends the turn at once.",
        how="send the same request to the model server directly and compare",
        risk="none",
    ),
    ("anomaly", "burst"): Action(
        what="Limit the rate of whoever sends it, before the model server's queue fills",
        why="Requests come far more often than this user, tenant or model ever had them.",
        how="a limit by API key or address in what stands before the gateway",
        risk="a launch or a load test looks the same: ask the tenant first",
    ),
    ("anomaly", "replay"): Action(
        what="See whether a client retries in a loop, and cache or limit what repeats",
        why="The same prompt comes again and again, by somebody who used to ask other things.",
        how="sidewatch incidents show {incident}",
        risk="none",
    ),
    ("anomaly", "extraction"): Action(
        what="Look at the user's last prompts side by side; limit or block if they enumerate",
        why="Prompts that differ in a name or a number, one after the other, copy out what the model "
        "or the data behind it knows.",
        how="sidewatch incidents bundle {incident}",
        risk="a batch job with a template looks the same: ask the tenant first",
    ),
}

_BY_SHIFT: dict[ShiftKind, tuple[Action, ...]] = {
    "input_change": (
        Action(
            what="Read the examples of the new and of the old side by side",
            why="Whether other people came or the same people ask otherwise is seen at a glance.",
            how="sidewatch incidents bundle {incident}",
            risk="none",
        ),
    ),
    "attack_wave": (
        Action(
            what="Block or slow down who sends it; have the gateway enforce meanwhile",
            why="A part of the prompts look like attacks; those below the threshold went through.",
            how="sidewatch incidents list --detector safety --model '{model}'",
            risk="a tenant that is blocked may send ordinary prompts too",
        ),
    ),
    "new_tenant": (
        Action(
            what="Build a baseline that has the new tenant's traffic too",
            why="Without that tenant nothing has changed: it is another use, not a fault.",
            how="sidewatch baseline build --since 1h --name with-new-tenant --promote",
            risk="what the new tenant does wrong becomes the norm",
        ),
    ),
    "model_change": (
        Action(
            what="Check the model's version, system prompt, template and sampling settings",
            why="The prompts are as before and the answers are not, so the change is on your side.",
            how="curl -s {upstream}/v1/models; compare with the last deployment",
            risk="none",
        ),
    ),
    "quality_collapse": (
        Action(
            what="Take the faulty replica or version out, or roll back",
            why="Answers are empty, cut off, in loops, garbled or refusals, and the prompts are as before.",
            how="curl -s {upstream}/health; send one of the examples' prompts again",
            risk="a roll-back also takes back what else was deployed",
        ),
    ),
    "relation_change": (
        Action(
            what="Check retrieval, caching and how requests are matched with answers",
            why="Prompts and answers look ordinary each; they no longer belong together.",
            how="sidewatch incidents bundle {incident}",
            risk="none",
        ),
    ),
    "timing_change": (
        Action(
            what="Compare load, batch size and hardware of the model server with before",
            why="Times moved by more than the length of the input explains.",
            how="curl -s {upstream}/metrics | grep -E 'running|waiting|cache_usage|preempt'",
            risk="none",
        ),
    ),
    "seasonality": (
        Action(
            what="Build the next baseline over a longer time",
            why="The baseline was like this at the same hour; it has too few of these hours to know.",
            how="sidewatch baseline build --since 14d --name two-weeks --promote",
            risk="none",
        ),
    ),
}

_BY_DETECTOR: dict[str, tuple[Action, ...]] = {
    "safety": (
        Action(
            what="Find what else the same tenant and conversation sent",
            why="Attacks come in series; the others may have got through.",
            how="sidewatch incidents list --detector safety --tenant '{tenant}'",
            risk="none",
        ),
        Action(
            what="If it is a false alarm, raise the threshold of this category",
            why="The score was {score:.3f} against a threshold of {threshold:.3f}.",
            how="[policy.safety] in the configuration, then sidewatch config check FILE",
            risk="what scores below the new threshold is no longer reported",
        ),
    ),
    "drift": (
        Action(
            what="Compare with what was deployed or announced around that time",
            why="The traffic changed from the baseline; a new client, prompt template or model "
            "version explains most shifts.",
            how="sidewatch baseline list; sidewatch incidents list --model '{model}'",
            risk="none",
        ),
        Action(
            what="If this is the new normal, accept it: the traffic since becomes the baseline",
            why="Until then everything is compared with traffic that no longer comes.",
            how="sidewatch baseline accept {incident} --note '...'",
            risk="if the shift is an attack or a fault, it becomes the norm",
        ),
    ),
    "anomaly": (
        Action(
            what="Send the same request again, to the model server directly",
            why="If it fails again the prompt is the cause; if not, sampling or load is.",
            how="copy the request from the bundle",
            risk="none",
        ),
    ),
    "latency": (
        Action(
            what="See whether the objective, or the baseline, fits this route and model",
            why="The finding scored {score:.3g} against {threshold:.3g}.",
            how="[[policy.latency.objectives]] in the configuration; sidewatch baseline list",
            risk="a looser objective, or a baseline of slower times, hides a slower service",
        ),
    ),
}


def recommend(detection: Detection, incident_id: str) -> list[Action]:
    """Actions for a detection, the most specific first, with its own names and numbers filled in."""
    specific = _BY_KIND.get((detection.detector, detection.detection_type))
    chosen = [
        *([specific] if specific else []),
        *(_BY_SHIFT[detection.shift.kind] if detection.shift else ()),
        *_BY_DETECTOR.get(detection.detector, ()),
        _LOOK,
        _CLOSE,
    ]
    return [_filled(action, detection, incident_id) for action in chosen]


def _filled(action: Action, detection: Detection, incident_id: str) -> Action:
    names = {
        "incident": incident_id,
        "model": detection.model,
        "tenant": detection.tenant,
        "score": detection.score,
        "threshold": detection.threshold,
        "upstream": "$UPSTREAM",
        "gateway": "$GATEWAY",
    }
    return Action(
        what=action.what.format(**names),
        why=action.why.format(**names),
        how=action.how.format(**names),
        risk=action.risk.format(**names),
    )
