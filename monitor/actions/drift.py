"""What there is to do about traffic that is not as its baseline."""

from __future__ import annotations

from detectors.shift import ShiftKind
from monitor.incidents.bundle import Action

SHIFTS: dict[ShiftKind, Action] = {
    "input_change": Action(
        what="Read the examples of the new and of the old side by side",
        why="Whether other people came or the same people ask otherwise is seen at a glance.",
        how="sidewatch incidents bundle {incident}",
        form="shell",
        risk="none",
    ),
    "attack_wave": Action(
        what="Block or slow down who sends it; {carrier} carries most of the change, if it is named",
        why="A part of the prompts look like attacks; those below the threshold went through.",
        how="sidewatch incidents list --detector safety {--model} {--carrier} --since 1d",
        form="shell",
        risk="a tenant that is blocked may send ordinary prompts too",
    ),
    "new_tenant": Action(
        what="Build a baseline that has the traffic of {carrier} too",
        why="Without that tenant nothing has changed: it is another use, not a fault.",
        how="sidewatch baseline build --since 1d {--model} --name with-{name} --promote",
        form="shell",
        risk="what the new tenant does wrong becomes the norm",
    ),
    "model_change": Action(
        what="Check version, system prompt, template and sampling settings of {model}",
        why="The prompts are as before and the answers are not, so the change is on your side.",
        how="curl -s {upstream}/v1/models; sidewatch incidents timeline {incident}",
        form="shell",
        risk="none",
    ),
    "quality_collapse": Action(
        what="Take the faulty replica or version of {model} out, or roll back",
        why="Answers are empty, cut off, in loops, garbled or refusals, and the prompts are as before.",
        how="curl -s {upstream}/health; sidewatch incidents bundle {incident}",
        form="shell",
        risk="a roll-back also takes back what else was deployed",
    ),
    "relation_change": Action(
        what="Check retrieval, caching and how requests are matched with answers of {model}",
        why="Prompts and answers look ordinary each; they no longer belong together.",
        how="sidewatch incidents bundle {incident}",
        form="shell",
        risk="none",
    ),
    "timing_change": Action(
        what="Compare load, batch size and hardware of the model server of {model} with before",
        why="Times moved by more than the length of the input explains.",
        how="curl -s {upstream}/metrics | grep -E 'running|waiting|cache_usage|preempt'",
        form="shell",
        risk="none",
    ),
    "seasonality": Action(
        what="Build the next baseline of {model} over a longer time",
        why="The baseline was like this at the same hour; it has too few of these hours to know.",
        how="sidewatch baseline build --since 14d {--model} --name {name} --promote",
        form="shell",
        risk="none",
    ),
}

COMPARE = Action(
    what="Compare with what was deployed or announced for {model} around that time",
    why="The traffic changed from the baseline; a new client, prompt template or model version "
    "explains most shifts.",
    how="sidewatch incidents timeline {incident}; sidewatch incidents list {--model} --since 2d",
    form="shell",
    risk="none",
)

ACCEPT = Action(
    what="If this is the new normal, accept it: the traffic since becomes the baseline",
    why="Until then everything is compared with traffic that no longer comes.",
    how="sidewatch baseline accept {incident} --note '...'",
    form="shell",
    risk="if the shift is an attack or a fault, it becomes the norm",
)
