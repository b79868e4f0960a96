"""What there is to do about a service that is slow, stuck or failing."""

from __future__ import annotations

from monitor.incidents.bundle import Action

_BATCH = "curl -s {upstream}/metrics | grep -E 'running|cache_usage|preempt'"
_QUEUE = "curl -s {upstream}/metrics | grep -E 'waiting|running|queue'"

KINDS: dict[str, Action] = {
    "stall": Action(
        what="Look at the model server of {model} now: it stopped in the middle of an answer",
        why="The stream is open and silent, so the cause (a hung worker, a full cache, a paused "
        "container) is still there to be seen.",
        how="curl -s {upstream}/health; curl -s {upstream}/metrics | grep -E 'running|waiting'",
        form="shell",
        risk="restarting the server cuts every stream that still runs",
    ),
    "ttft": Action(
        what="Compare waiting requests with running ones on the model server of {model}",
        why="A slow first token is most often a queue: more prompts, or longer ones, than it admits.",
        how=_QUEUE,
        form="shell",
        risk="none",
    ),
    "tpot": Action(
        what="Check batch size and the load of the accelerator of {model}",
        why="Slow tokens after a quick first one point at decoding, not at the queue.",
        how=_BATCH,
        form="shell",
        risk="none",
    ),
    "slower_ttft": Action(
        what="See whether it is queue or prefill on {model}, and what was deployed when it began",
        why="First tokens take longer for the same prompts. A longer queue (more_queue and "
        "server_waiting among the factors) is load or a lost replica; a longer prefill (more_prefill) "
        "is the server: its version, its batching, its cache of prefixes.",
        how=_QUEUE + "; sidewatch incidents timeline {incident}",
        form="shell",
        risk="none",
    ),
    "slower_decode": Action(
        what="Check batch size, clocks and neighbours of the accelerator of {model}",
        why="Each token takes longer for the same context; the queue is not the cause.",
        how=_BATCH,
        form="shell",
        risk="none",
    ),
    "slow_replica": Action(
        what="Take the replica {replica} out of the balancing, then look at it",
        why="It is slow while the others answer as before, so the machine is the cause, not the traffic.",
        how="curl -s {upstream}/health; " + _BATCH,
        form="shell",
        risk="the others must carry its share",
    ),
    "periodic_stall": Action(
        what="Look for what runs every {every} s beside the model server of {model}",
        why="It stands still at regular times: a backup, a scrape, a checkpoint, a garbage collection.",
        how="systemctl list-timers --all; crontab -l",
        form="shell",
        risk="none",
    ),
    "errors": Action(
        what="Check that the model server of {model} runs and is reachable from the gateway",
        why="Exchanges fail upstream; the gateway's own errors are counted apart.",
        how="curl -s {upstream}/health; "
        "curl -s http://$GATEWAY/_sidewatch/metrics | grep upstream_errors",
        form="shell",
        risk="none",
    ),
}

LOOSER = Action(
    what="If {kind} on {model} is as good as it gets, loosen the objective of this route",
    why="The finding scored {score} against {threshold}; until the objective fits, it comes again.",
    form="toml",
    risk="a looser objective hides a slower service",
)

ANEW = Action(
    what="If these times are the new normal for {model}, build a baseline of them",
    why="The finding scored {score} against {threshold}, by the times of the baseline in use.",
    how="sidewatch baseline build --since 6h {--model} --name {name} --promote",
    form="shell",
    risk="a baseline of slower times hides a slower service",
)
