"""How fast models score: what is measured of whom, what is left out, and how it is told."""

import json
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from detectors.safety.encoder import SafetyEncoder
from monitor.bench.safety import shapes, texts
from monitor.bench.safety.compare import compare, measured, steps
from monitor.bench.safety.plan import Plan
from monitor.bench.safety.report import grids, markdown, picture, tables
from monitor.bench.safety.shapes import InOnnxruntime, InTorch
from monitor.cli.bench import app

SMALL = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


class Counting:
    """A contender that keeps what it was asked for."""

    def __init__(self, threads=1):
        self.threads = threads
        self.drawn = []

    def draw(self, tokens, batch, seed):
        self.drawn.append((tokens, batch, seed))
        return lambda: sum(range(20_000 * tokens * batch))


@pytest.fixture(scope="module")
def document():
    loads = {"one": Counting, "two": Counting}
    plan = Plan(lengths=(1, 2), batches=(1, 2), threads=(1, 2), seconds=0.001)
    told = []
    document = compare(loads, plan, step=told.append)
    assert len(told) == steps(plan)
    return document


def test_every_contender_has_its_turn_on_every_cell(document):
    found = [(x["threads"], x["tokens"], x["batch"], x["contender"]) for x in document["results"]]
    assert found == [
        (threads, tokens, batch, name)
        for threads in (1, 2)
        for tokens in (1, 2)
        for batch in (1, 2)
        for name in ("one", "two")
    ]


def test_no_text_is_scored_twice():
    contender = Counting()
    figures = measured(contender, 1, 1, Plan(seconds=0.001))
    assert figures["calls"] >= 3
    assert len(set(contender.drawn)) == len(contender.drawn) == figures["calls"] + 1


def test_what_would_take_too_long_is_left_out_and_said_so():
    plan = Plan(lengths=(1,), batches=(1, 1000), threads=(1,), seconds=0.001, patience=1e-5)
    document = compare({"one": Counting}, plan, step=lambda _: None)
    assert [x["batch"] for x in document["results"]] == [1]
    assert document["too_slow"] == ["one: 1000 texts of 1 tokens, 1 threads"]
    assert [cells for _, cells in next(iter(grids(document))).rows][1] == [""]


def test_figures_agree_with_one_another(document):
    for x in document["results"]:
        assert x["p50_ms"] <= x["p99_ms"]
        assert x["texts_per_s"] > 0
        assert x["cpu_ms_per_text"] >= 0


def test_the_same_figures_stand_on_the_page_and_in_the_terminal(document):
    page = markdown(document, "picture.svg")
    drawn = list(tables(document))
    assert len(drawn) == len(list(grids(document))) == page.count("\n## ")
    assert all([c.header for c in table.columns][1:] == ["one", "two"] for table in drawn)
    assert "(picture.svg)" in page
    ET.fromstring(picture(document))


def test_a_text_has_as_many_tokens_as_it_should():
    reader = SafetyEncoder.load()
    drawn = [text for length in (1, 8, 512) for text in texts.draw(length, 3, 0)]
    assert [len(x.ids) for x in reader.tokens(drawn)] == [1] * 3 + [8] * 3 + [512] * 3
    assert len(set(drawn[3:])) == 6
    assert texts.draw(8, 3, 0) == drawn[3:6]


def test_the_shapes_are_those_of_the_scanners():
    assert {"DeBERTa-v3-base": shapes.deberta, "RoBERTa-base": shapes.roberta} == shapes.SHAPES
    torch = pytest.importorskip("torch")
    with torch.device("meta"):
        found = {name: build() for name, build in shapes.SHAPES.items()}
    sizes = {name: sum(p.numel() for p in model.parameters()) for name, model in found.items()}
    assert sizes["DeBERTa-v3-base"] == pytest.approx(184e6, rel=0.01)
    assert sizes["RoBERTa-base"] == pytest.approx(125e6, rel=0.01)


# torch's exporter warns of its own parts.
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("name", "chosen"), [("deberta-v2", shapes._DEBERTA), ("roberta", shapes._ROBERTA)]
)
def test_an_exported_shape_says_what_torch_says(tmp_path, name, chosen):
    pytest.importorskip("onnxscript")
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = AutoConfig.for_model(name, **{**chosen, **SMALL, "vocab_size": 30_001})
    model = AutoModelForSequenceClassification.from_config(config).eval()
    path = shapes.export(model, tmp_path / f"{name}.onnx")
    exported = shapes._onnx(path)(1)
    assert isinstance(exported, InOnnxruntime)
    for tokens, batch in ((8, 1), (40, 3)):
        (own,) = exported.draw(tokens, batch, 5)()
        other = InTorch(model, 1).draw(tokens, batch, 5)()
        assert own == pytest.approx(other.numpy(), abs=1e-5)


def test_the_command_measures_our_stages_and_keeps_what_it_found(tmp_path):
    arguments = ["--no-shapes", "--tokens", "8,4", "--batches", "1", "--threads", "1"]
    done = CliRunner().invoke(
        app,
        ["safety", *arguments, "--seconds", "0.01", "--json", "--out", str(tmp_path)],
    )
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert {(x["contender"], x["tokens"]) for x in document["results"]} == {
        ("first stage", 4),
        ("first stage", 8),
        ("both stages", 4),
        ("both stages", 8),
    }
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".md", ".svg"}


@pytest.mark.parametrize("option", [["--tokens", "0"], ["--tokens", "513"], ["--threads", "one"]])
def test_impossible_cells_are_refused(option):
    assert CliRunner().invoke(app, ["safety", *option]).exit_code == 2
