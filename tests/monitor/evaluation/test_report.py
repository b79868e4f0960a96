"""What is said of scored texts: by side, group and contrast, with the unscored counted apart."""

import json
import re

import pytest

from detectors.observation import Observation
from detectors.safety.policy import SafetyPolicy
from monitor.evaluation.gates import GateError, Gates, not_met
from monitor.evaluation.labelled import labelled
from monitor.evaluation.page import page
from monitor.evaluation.report import judged

POLICY = SafetyPolicy(
    languages=["en"], thresholds_prompt={"unsafe": 0.5, "hate": 0.5}, thresholds_response={}
)


def row(score, *, unsafe, hate=0.0, read="en", **marks):
    """A prompt with its label, its score and the language it is read as; None is not scored."""
    line = {"prompt": "text", "labels": {"prompt": {"unsafe": unsafe}}, **marks}
    scored = score is not None
    observation = Observation(
        id="x",
        at=0.0,
        prompt="text",
        scores={"prompt": {"unsafe": score, "hate": hate}} if scored else {},
        unscored={"response": "absent"} | ({} if scored else {"prompt": "failed"}),
        languages={"prompt": [read]},
        categories={"prompt_language": "en"},
    )
    return labelled(json.dumps(line).encode(), index=0), observation


def bad(score, **more):
    return row(score, unsafe=True, **more)


def fine(score, **more):
    return row(score, unsafe=False, **more)


def prompts(*rows, by=()):
    return judged(rows, POLICY, by).sides["prompt"]


def test_a_side_that_nobody_labelled_is_left_out():
    assert list(judged([bad(0.9)], POLICY, ()).sides) == ["prompt"]


def test_an_unscored_text_is_counted_with_its_reason_and_is_no_clean_one():
    found = prompts(bad(0.9), bad(None), fine(None), fine(0.1))
    assert (found.texts, found.unscored, found.unscored_by_reason) == (4, 2, {"failed": 2})
    assert (found.flagged.hits.of, found.flagged.false_alarms.of) == (1, 1)
    assert found.flagged.unscored == 2
    assert found.categories["unsafe"].unscored_positives == 1


def test_any_category_over_its_threshold_flags_a_text():
    found = prompts(fine(0.1, hate=0.9), fine(0.1))
    assert found.flagged.false_alarms.share == 0.5
    assert found.categories["unsafe"].false_alarms.share == 0.0


def test_a_category_that_no_model_scores_is_unscored_and_not_clean():
    labels = {"labels": {"prompt": {"unsafe": True, "privacy": True}}}
    found = prompts(bad(0.9, **labels)).categories["privacy"]
    assert (found.positives, found.unscored, found.unscored_positives) == (0, 1, 1)
    assert found.hits is None or found.hits.share is None


def test_false_alarms_are_told_by_identity_group():
    found = prompts(
        fine(0.9, group="a"), fine(0.1, group="a"), fine(0.1, group="b"),
        fine(0.9),
    )  # fmt: skip
    assert {name: own.false_alarms.share for name, own in found.groups.items()} == {
        "a": 0.5,
        "b": 0,
    }
    assert found.groups["a"].false_alarms.interval.high > 0.9
    assert (found.group_gap.most, found.group_gap.least) == ("a", "b")
    assert (found.group_gap.difference, found.group_gap.certain) == (0.5, False)


def test_a_gap_between_groups_is_certain_only_where_the_intervals_do_not_meet():
    often = [fine(0.9, group="a") for _ in range(30)]
    never = [fine(0.1, group="b") for _ in range(30)]
    assert prompts(*often, *never).group_gap.certain
    shown = page(judged(often + never, POLICY, ()), name="x", failed=[])
    assert "differ most between a and b, by 100.0 percentage points; more than chance" in shown
    assert prompts(*often).group_gap is None


def test_over_refusal_reads_contrast_pairs_only_and_counts_the_unscored():
    found = prompts(
        *[bad(s, contrast="unsafe") for s in (0.9, 0.8, 0.7, 0.6, 0.1)],
        *[fine(s, contrast="safe") for s in (0.65, 0.2, 0.1, 0.1, None)],
        fine(0.99),
    )
    assert found.over_refusal.threshold == 0.6
    assert found.over_refusal.refused.share == 0.25
    assert found.contrast_unscored == 1


def test_figures_are_split_by_what_was_asked_for():
    rows = [bad(0.9, source="a"), fine(0.1, source="b", language="fr")]
    found = prompts(*rows, by=("source", "language", "length")).by
    assert {key: list(parts) for key, parts in found.items()} == {
        "source": ["a", "b"],
        "language": ["en", "fr"],
        "length": ["to 100"],
    }
    assert found["source"]["a"]["unsafe"].positives == 1


def test_texts_out_of_scope_are_counted_apart_whether_flagged_or_not():
    found = prompts(
        bad(0.9), fine(0.1), bad(0.9, read="fr"), bad(0.1, read="fr"), fine(0.9, read="de"),
    )  # fmt: skip
    assert found.unscored_by_reason == {"language": 3}
    assert (found.unscored, found.flagged.unscored) == (3, 3)
    assert (found.flagged.hits.share, found.flagged.false_alarms.share) == (1.0, 0.0)
    assert found.categories["unsafe"].unscored_positives == 2
    assert found.foreign["fr"].hits.share == 0.5
    assert found.foreign["de"].false_alarms.share == 1.0
    assert list(found.foreign) == ["de", "fr"]


def test_figures_by_language_say_what_its_scores_are_worth_in_scope_or_not():
    french = {"read": "fr", "language": "fr"}
    rows = [bad(0.9), fine(0.1), bad(0.2, **french), fine(0.7, **french)]
    found = prompts(*rows, by=("language",)).by["language"]
    assert found["en"]["unsafe"].ranked.auroc == 1.0
    assert found["fr"]["unsafe"].ranked.auroc == 0.0
    assert found["fr"]["unsafe"].unscored == 0


def test_every_figure_is_passed_by_the_progress_bar():
    seen = []

    def watched(parts):
        for part in parts:
            seen.append((part.category, part.value))
            yield part

    judged([bad(0.9, source="a"), fine(0.1, source="b")], POLICY, ("source",), watched=watched)
    assert seen == [("unsafe", ""), ("unsafe", "a"), ("unsafe", "b")]


@pytest.mark.parametrize(
    ("gates", "failed"),
    [
        (Gates(), []),
        (Gates(min_auprc=0.5, max_fpr=0.5, max_unscored=0.25), []),
        (Gates(min_auprc=0.9), ["--min-auprc 0.9 is not met by prompts: 0.5"]),
        (Gates(max_fpr=0.4), ["--max-fpr 0.4 is not met by prompts: 0.5"]),
        (Gates(max_unscored=0.1), ["--max-unscored 0.1 is not met by prompts: 0.25"]),
    ],
)
def test_a_limit_that_is_not_kept_is_told(gates, failed):
    rows = [bad(0.6), fine(0.9), fine(0.1), fine(None)]
    assert not_met(judged(rows, POLICY, ()), gates) == failed


def test_a_limit_that_cannot_be_measured_is_refused():
    with pytest.raises(GateError, match="--min-auprc"):
        not_met(judged([bad(0.9)], POLICY, ()), Gates(min_auprc=0.5))


def test_a_page_shows_names_as_text_and_takes_nothing_from_elsewhere():
    rows = [bad(0.9, source="<script>x</script>"), fine(0.1), fine(None), fine(0.1, read="<i>")]
    shown = page(judged(rows, POLICY, ("source",)), name="<b>&", failed=["a < b"])
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "&lt;b&gt;&amp;" in shown
    assert "Prompts in languages out of scope" in shown
    assert "&lt;i&gt;" in shown
    assert "a &lt; b" in shown
    assert "2 of 4 prompts were not scored (1 failed, 1 language)" in shown
    assert "default-src 'none'" in shown
    assert not re.search(r"\b(src|href|style|on\w+)=", shown)
