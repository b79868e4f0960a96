"""A labelled set is read whole, and what is wrong with it is told by file and line."""

import json
import re
from pathlib import Path

import pytest

from monitor.evaluation.labelled import LabelError, contrast_side, read


@pytest.fixture
def written(tmp_path):
    def write(*lines):
        path = tmp_path / "set.jsonl"
        path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
        return str(path)

    return write


GOOD = {"prompt": "Hi", "labels": {"prompt": {"unsafe": False}}}


def test_a_category_that_is_absent_or_null_was_not_judged(written):
    (row,) = read(written({"prompt": "Hi", "labels": {"prompt": {"unsafe": True, "hate": None}}}))
    assert row.labels.prompt == {"unsafe": True, "hate": None}
    assert row.labels.response == {}


def test_the_marks_of_a_line_are_read_beside_the_exchange(written):
    marks = {"source": "s", "language": "fr", "group": "g", "contrast": "safe"}
    (row,) = read(written({"id": "7", **GOOD, **marks}))
    assert row.exchange.id == "7"
    assert (row.source, row.language, row.group, row.contrast) == ("s", "fr", "g", "safe")


def test_blank_lines_are_skipped_and_only_so_many_are_read(written):
    assert len(read(written(GOOD, "", GOOD, "{broken"), limit=2)) == 2


def test_a_contrast_mark_without_a_prompt_is_about_the_response(written):
    (row,) = read(written({"response": "No.", "contrast": "unsafe"}))
    assert contrast_side(row.exchange) == "response"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{broken", "not a JSON object"),
        ({"labels": {"prompt": {"unsafe": True}}}, 'neither "request"'),
        ({"prompt": "x"}, 'neither "labels" nor "contrast"'),
        ({"prompt": "x", "labels": {"prompt": {"bad": True}}}, "unknown category 'bad'"),
        ({"prompt": "x", "labels": {"prompt": {"unsafe": 1}}}, "Expected `bool | null`"),
        ({"prompt": "x", "labels": {"user": {}}}, "unknown field `user`"),
        ({"prompt": "x", "labels": {"response": {"unsafe": True}}}, "has no response"),
        ({**GOOD, "contrast": "perhaps"}, "perhaps"),
        ({**GOOD, "contrast": "unsafe"}, "says otherwise"),
        ({**GOOD, "source": 3}, "source"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong_and_how_to_mend_it(written, line, told):
    path = written(GOOD, line)
    with pytest.raises(LabelError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:2: ")
    assert told in message
    assert "Each line is an exchange with labels" in message


def test_a_set_without_a_line_is_refused(written):
    with pytest.raises(LabelError, match="holds no labelled exchange"):
        read(written(""))


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(LabelError, match=r"nowhere\.jsonl: cannot be read"):
        read("nowhere.jsonl")


def test_the_lines_on_the_page_of_the_documentation_are_read(written):
    text = (Path(__file__).resolve().parents[3] / "docs" / "evaluation.md").read_text()
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    first, second = read(written(block))
    assert first.labels.response == {"unsafe": False, "refusal": True}
    assert second.contrast == "safe"
