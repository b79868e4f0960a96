"""What there is to do about Sidewatch itself."""

from __future__ import annotations

from monitor.incidents.bundle import Action

KINDS: dict[str, Action] = {
    "model_failing": Action(
        what="See why the safety model {model} does not answer, and start it again",
        why="Until it answers it has no say; texts that nobody else judges are unscored.",
        how="curl -s http://$WORKER/metrics | grep sidewatch_safety_model_up",
        form="shell",
        risk="none",
    ),
    "alerts_failing": Action(
        what="See why the alert channel {model} takes no message, then send what it missed",
        why="While it fails, nobody is told of incidents on it; other channels are not held up.",
        how="sidewatch alerts test {model}; sidewatch alerts dead list; "
        "sidewatch alerts dead retry --all",
        form="shell",
        risk="none",
    ),
}
