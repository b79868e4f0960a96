import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_judges

from detectors.errors import DetectorError
from detectors.safety.models.kinds import ClassifierModel
from detectors.safety.models.sequence import SequenceClassifier

TEXTS = ["word1 word2", f"word3 {tiny_judges.MARK} word4", "word5", "word6 " * 20 + "word7"]
LABELS = {"marked": "unsafe", "calm": "refusal"}


def classifier(path, labels=None, **options):
    chosen = ClassifierModel(path=path, labels=labels or LABELS, device="cpu", **options)
    return SequenceClassifier.load("tiny", chosen)


def scores(labels):
    return {label.name: label.score for label in labels}


@pytest.mark.parametrize("name", ["classifier", "several"])
def test_scores_are_those_of_the_library_itself(folders, name):
    from transformers import pipeline

    path = folders(name)
    asked = pipeline("text-classification", model=path, top_k=None, device="cpu")(TEXTS)
    found = classifier(path).classify(TEXTS)
    for own, other in zip(found, asked, strict=True):
        expected = {LABELS[x["label"]]: x["score"] for x in other if x["label"] in LABELS}
        assert scores(own) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["Roberta", "DistilBert", "Llama"])
def test_other_architectures_are_read_alike(tmp_path, kind):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tiny_judges.untrained(tmp_path, kind)
    model = classifier(str(tmp_path), {"LABEL_1": "unsafe"})
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    library = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    for text, found in zip(TEXTS, model.classify(TEXTS), strict=True):
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            expected = library(input_ids=ids).logits.softmax(-1)[0, 1].item()
        assert scores(found)["unsafe"] == pytest.approx(expected, abs=1e-5)
    (long,) = model.classify(["word1 " * 200])
    assert 0.0 < scores(long)["unsafe"] < 1.0


def test_a_response_is_given_behind_its_prompt(folders):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    path = folders("classifier")
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForSequenceClassification.from_pretrained(path).eval()
    with torch.inference_mode():
        inputs = tokenizer("word8 word9", TEXTS[1], return_tensors="pt")
        expected = model(**inputs).logits.softmax(-1)[0, 1].item()
    (found,) = classifier(path, pair=True).classify([TEXTS[1]], None, ["word8 word9"])
    assert scores(found)["unsafe"] == pytest.approx(expected, abs=1e-6)


def test_a_model_of_single_texts_does_not_see_the_prompt(folders):
    model = classifier(folders("classifier"))
    with_prompt = model.classify(["word1"], None, [tiny_judges.MARK])
    assert with_prompt == model.classify(["word1"])


def test_a_text_scores_in_a_batch_as_it_does_alone(folders):
    model = classifier(folders("classifier"), batch=3)
    for text, found in zip(TEXTS, model.classify(TEXTS), strict=True):
        assert scores(found) == pytest.approx(scores(model.classify([text])[0]), abs=1e-5)


@pytest.mark.parametrize(("pair", "window"), [(False, 48), (True, 48), (False, 512)])
def test_a_mark_in_the_middle_of_a_long_text_is_found_in_its_place(folders, pair, window):
    before = "word5 " * 300
    text = f"{before}{tiny_judges.MARK} {'word6 ' * 300}"
    contexts = ["word1 " * 200] if pair else None
    model = classifier(folders("classifier"), window=window, overlap=8, pair=pair)
    (found,) = model.classify([text], None, contexts)
    (label,) = (x for x in found if x.name == "unsafe")
    assert label.score > 0.9
    assert label.start <= len(before) < label.end < len(text) / 2 + 400
    (clean,) = model.classify([before * 2], None, contexts)
    assert scores(clean)["unsafe"] < 0.1


def test_a_text_without_words_has_no_labels(folders):
    model = classifier(folders("classifier"))
    assert model.classify(["", "word1", "  "])[::2] == [[], []]
    assert model.classify([]) == []


def test_labels_of_one_category_add_up_where_only_one_holds(folders):
    labels = {"marked": "unsafe", "calm": "unsafe"}
    (found,) = classifier(folders("classifier"), labels).classify(["word1"])
    assert scores(found) == pytest.approx({"unsafe": 1.0})


def test_of_labels_of_one_category_that_may_all_hold_the_largest_counts(folders):
    single = scores(classifier(folders("several")).classify(["word1"])[0])
    labels = {"marked": "unsafe", "calm": "unsafe"}
    (found,) = classifier(folders("several"), labels).classify(["word1"])
    assert scores(found)["unsafe"] == max(single.values())


def test_a_label_may_stand_for_several_categories(folders):
    model = classifier(folders("classifier"), {"marked": ["toxic", "unsafe"]})
    (found,) = model.classify([TEXTS[1]])
    assert [x.name for x in found] == ["unsafe", "toxic"]
    assert found[0].score == found[1].score > 0.9


def test_a_label_that_the_model_lacks_is_refused_with_those_it_has(folders):
    with pytest.raises(DetectorError, match=r"no label tame; its labels are calm, marked"):
        classifier(folders("classifier"), {"tame": "unsafe"})


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(DetectorError, match=r"'tiny' cannot be loaded from .*no such folder"):
        classifier(str(tmp_path / "nothing"))
    with pytest.raises(DetectorError, match=r"'tiny' cannot be loaded from .*config\.json"):
        classifier(str(tmp_path))


def test_nothing_asks_the_hub_unless_told_to(folders):
    told = run(
        "import sys\n"
        "def look(event, _):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'): print('asked', event)\n"
        "sys.addaudithook(look)\n"
        f"try_load({folders('classifier')!r})\n"
        "try_load('someone/something')\n"
    )
    assert "loaded" in told
    assert "asked" not in told
    assert "cannot be loaded from 'someone/something'" in told


def test_a_model_that_was_fetched_before_is_read_from_the_cache(folders, tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    kept = tmp_path / "models--someone--tiny"
    shutil.copytree(folders("classifier"), kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(commit)
    assert run("try_load('someone/tiny')\n", HF_HUB_CACHE=str(tmp_path)) == "loaded\n"


def test_a_device_that_is_not_there_is_refused(folders):
    chosen = ClassifierModel(path=folders("classifier"), labels=LABELS, device="cuda:99")
    with pytest.raises(DetectorError, match=r"cannot be put on 'cuda:99' .*set device"):
        SequenceClassifier.load("tiny", chosen)


def test_a_model_without_a_trained_head_is_refused(folders, tmp_path):
    from transformers import AutoTokenizer, BertModel

    path = folders("classifier")
    AutoTokenizer.from_pretrained(path).save_pretrained(tmp_path)
    BertModel.from_pretrained(path).save_pretrained(tmp_path)
    with pytest.raises(DetectorError, match=r"lacks weights .*classifier"):
        classifier(str(tmp_path))


def test_pickled_weights_are_not_read(folders, tmp_path):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    path = folders("classifier")
    AutoTokenizer.from_pretrained(path).save_pretrained(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(path)
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(DetectorError, match=r"model\.safetensors"):
        classifier(str(tmp_path))


def test_scores_that_are_no_numbers_are_a_failure(folders, tmp_path):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    path = folders("classifier")
    AutoTokenizer.from_pretrained(path).save_pretrained(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(path)
    with torch.no_grad():
        model.classifier.bias.fill_(float("nan"))
    model.save_pretrained(tmp_path)
    with pytest.raises(DetectorError, match="no numbers"):
        classifier(str(tmp_path)).classify(["word1"])


@pytest.mark.parametrize("library", ["torch", "transformers"])
def test_a_missing_library_is_named_with_what_to_install(library):
    told = run(f"import sys; sys.modules[{library!r}] = None\ntry_load('x')\n")
    assert f"{library} cannot be imported: pip install 'sidewatch[transformers]'" in told


def run(code, **environment):
    """What is printed by a process of its own, with `try_load` to load a classifier from a path."""
    define = (
        "from detectors.errors import DetectorError\n"
        "from detectors.safety.models.kinds import ClassifierModel\n"
        "from detectors.safety.models.sequence import SequenceClassifier\n"
        "def try_load(path):\n"
        "    chosen = ClassifierModel(path=path, labels={'marked': 'unsafe'})\n"
        "    try: print(SequenceClassifier.load('tiny', chosen) and 'loaded')\n"
        "    except DetectorError as error: print(error)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", define + code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
        cwd=Path(__file__).resolve().parents[4],
    ).stdout
