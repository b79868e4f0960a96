"""Small models that really judge: files on disk, trained here for seconds on one marked word."""

from pathlib import Path

MARK = "zorch"
WORDS = [f"word{n}" for n in range(60)]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
BLANK = "\n\n"
TURNS = ["<|turn|>", "<|end|>", BLANK]
GUARD_TEMPLATE = (
    "[CLS]{% for m in messages %}<|turn|>{{ m['role'] }} {{ m['content'] }}<|end|>{% endfor %}"
    "<|turn|>{{ guideline | default('policy') }} :"
)


def classifier(folder: Path, labels=("calm", "marked"), problem="single_label_classification"):
    """A Bert whose second label holds for texts with the marked word."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    tokenizer = _tokenizer([*WORDS, MARK])
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        pad_token_id=0,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,
        problem_type=problem,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    model = BertForSequenceClassification(config)
    _train(model, lambda g: _labelled(tokenizer, g, len(labels), problem), steps=100)
    model.save_pretrained(folder)


def untrained(folder: Path, kind: str):
    """A classifier of another architecture with random weights and few positions."""
    import torch
    import transformers

    torch.manual_seed(0)
    tokenizer = _tokenizer([*WORDS, MARK])
    tokenizer.save_pretrained(folder)
    sizes = {
        "Roberta": {"max_position_embeddings": 34, "type_vocab_size": 1, "pad_token_id": 1},
        "DistilBert": {"max_position_embeddings": 32, "dim": 32, "n_heads": 2, "n_layers": 1},
        "Llama": {"max_position_embeddings": 32, "num_key_value_heads": 2, "pad_token_id": None},
    }[kind]
    common = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(tokenizer),
        intermediate_size=32,
        initializer_range=0.5,
        **({} if kind == "DistilBert" else common),
        **sizes,
    )
    model = getattr(transformers, f"{kind}ForSequenceClassification")(config)
    model.eval().save_pretrained(folder)


def guard(folder: Path, template=GUARD_TEMPLATE, unsafe=("unsafe", "S10"), safe=("safe",)):
    """A Llama that answers `unsafe` for texts with the marked word, else `safe`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    tokenizer = _tokenizer([*WORDS, MARK, "user", "assistant", "policy", ":", *unsafe, *safe])
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        pad_token_id=0,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    model = LlamaForCausalLM(config)
    _train(model, lambda g: _answered(tokenizer, g, unsafe, safe), steps=120)
    model.save_pretrained(folder)


def text(generator, length, *, marked):
    """Random words, the marked one among them or not."""
    import torch

    picks = torch.randint(len(WORDS), (length,), generator=generator).tolist()
    words = [WORDS[i] for i in picks]
    if marked:
        words[int(torch.randint(length, (1,), generator=generator))] = MARK
    return " ".join(words)


def _tokenizer(words):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = {word: i for i, word in enumerate(dict.fromkeys([*SPECIAL, *TURNS, *words]))}
    core = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        eos_token="[SEP]",
        additional_special_tokens=TURNS,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def _train(model, make, *, steps):
    import torch

    generator = torch.Generator().manual_seed(1)
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    model.train()
    for _ in range(steps):
        optimiser.zero_grad()
        model(**make(generator)).loss.backward()
        optimiser.step()
    model.eval()


def _labelled(tokenizer, generator, labels, problem):
    import torch

    marks = torch.randint(2, (32,), generator=generator).tolist()
    texts = [text(generator, 3 + i, marked=bool(mark)) for i, mark in enumerate(marks)]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    one_hot = torch.nn.functional.one_hot(torch.tensor(marks), labels)
    multi = problem == "multi_label_classification"
    return {**batch, "labels": one_hot.float() if multi else torch.tensor(marks)}


def _answered(tokenizer, generator, unsafe, safe):
    import torch

    rows = []
    for i in range(32):
        mark = bool(torch.randint(2, (1,), generator=generator))
        turns = [
            {"role": "user", "content": text(generator, 3 + i % 20, marked=mark and i % 2 == 0)}
        ]
        if i % 2:
            turns += [{"role": "assistant", "content": text(generator, 3 + i % 20, marked=mark)}]
        asked = tokenizer.apply_chat_template(turns, tokenize=False)
        answer = " ".join(unsafe if mark else safe)
        rows.append(_row(tokenizer, asked, f" {answer} [SEP]"))
    length = max(len(ids) for ids, _ in rows)
    return {
        "input_ids": torch.tensor([ids + [0] * (length - len(ids)) for ids, _ in rows]),
        "attention_mask": torch.tensor(
            [[1] * len(ids) + [0] * (length - len(ids)) for ids, _ in rows]
        ),
        "labels": torch.tensor([kept + [-100] * (length - len(kept)) for _, kept in rows]),
    }


def _row(tokenizer, asked, answer):
    """Token ids, and the labels: the answer alone is learnt."""
    first = tokenizer(asked, add_special_tokens=False)["input_ids"]
    second = tokenizer(answer, add_special_tokens=False)["input_ids"]
    return first + second, [-100] * len(first) + second
