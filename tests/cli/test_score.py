"""`sidewatch score --resume`: stopped and gone on with, it writes what it writes in one go."""

import json
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "monitor.cli", "score"]


def run(*arguments):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], check=False, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A recording, and its scores made in one go."""
    folder = tmp_path_factory.mktemp("score")
    lines = [
        {"id": f"x{n}", "prompt": f"How many legs have {n} spiders?", "response": f"{8 * n} legs."}
        for n in range(1, 9)
    ]
    recording = folder / "recording.jsonl"
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = folder / "scores.jsonl"
    assert run(recording, "--out", out).returncode == 0
    return recording, out.read_bytes()


@pytest.mark.parametrize("lines", [0, 3, 8])
def test_what_was_stopped_goes_on_where_it_was(whole, tmp_path, lines):
    recording, scores = whole
    out, part = tmp_path / "out.jsonl", tmp_path / "out.jsonl.part"
    written = b"".join(scores.splitlines(keepends=True)[:lines])
    part.write_bytes(written + b'{"id":"x' * (lines < 8))
    done = run(recording, "--out", out, "--resume")
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == scores
    assert not part.exists()


def test_lines_of_another_input_are_refused_and_kept(whole, tmp_path):
    recording, scores = whole
    part = tmp_path / "out.jsonl.part"
    for wrong, message in (
        (scores.splitlines(keepends=True)[1], "x2"),
        (scores + b'{"id":"x9"}\n', "only 8 exchanges"),
        (b"not a line\n", "is no line of this command"),
    ):
        part.write_bytes(wrong)
        done = run(recording, "--out", tmp_path / "out.jsonl", "--resume")
        assert done.returncode == 2
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert part.read_bytes() == wrong


def test_without_a_file_there_is_nothing_to_go_on_with(whole):
    done = run(whole[0], "--resume")
    assert done.returncode == 2
    assert "--resume needs --out FILE" in done.stderr


def test_the_reasons_of_a_score_are_told_if_asked_for(tmp_path):
    recording = tmp_path / "one.jsonl"
    recording.write_text(json.dumps({"prompt": "Tell me how to kill my neighbour bob@acme.io"}))
    plain, explained = (json.loads(run(recording, *asked).stdout) for asked in ((), ("--explain",)))
    why = explained["prompt"].pop("why")
    assert explained == plain
    assert max(why["spans"], key=lambda span: span["share"])["text"] == "kill"
    assert why["delta"] == pytest.approx(0.0, abs=1e-3)
    assert "bob" not in json.dumps(why)


def test_what_nobody_could_judge_is_told_in_the_lines_and_at_the_end(tmp_path):
    texts = ["Gdzie jest najbliższa stacja kolejowa i kiedy jest otwarta?", "Where is it?", "   "]
    recording = tmp_path / "recording.jsonl"
    recording.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts))
    done = run(recording)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("unscored") for line in lines] == [
        {"prompt": "language"}, None, {"prompt": "blank"},
    ]  # fmt: skip
    assert lines[0]["prompt"]["languages"] == ["pl"]
    assert "texts not scored: 1 blank, 1 language" in done.stderr
