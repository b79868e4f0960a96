"""Fine-tune the encoder of the safety classifier.

    python benchmarks/safety/train_encoder.py --data DIR --base FOLDER --out FILE.pt

`--base` is the folder of the pretrained MiniLM. A tenth of the rows is never trained on; without
`--everything`, neither are the sources of `encoder_examples.HELD_OUT`. Seeded, but sums of floats
depend on the machine: figures agree to about the second place, weights do not bit for bit.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from encoder_examples import Example, examples, split
from encoder_net import SafetyNet
from texts import all_rows
from tokenizers import Tokenizer

SEED = 7
TOKENS_A_BATCH = 2048
CHUNK = 8192
RATE = 1.2e-4
HEAD_RATE = 1e-3
LAYER_DECAY = 0.85
WARM_UP = 0.05
SAVE_SECONDS = 480

Batch = tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]


def main() -> None:
    """Read, train for a number of passes or minutes, and write the state."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the developer data")
    parser.add_argument("--base", type=Path, required=True, help="folder of the pretrained model")
    parser.add_argument("--out", type=Path, required=True, help="file for the trained state")
    parser.add_argument("--start", type=Path, help="state to go on from")
    parser.add_argument("--everything", action="store_true", help="train on held-out sources too")
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="end, annealed, by then")
    parser.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates")
    parser.add_argument("--floor", type=float, default=0.0, help="share of the rate at the end")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    rows, _ = split(all_rows(args.data), everything=args.everything)
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rng = random.Random(args.seed + args.everything)
    taught = [x for _ in range(args.passes) for x in examples(rows, tokenizer, rng)]
    made = list(batches(taught, rng))
    count = sum(len(x.sequence.ids) for x in taught)
    print(f"{len(rows)} rows, {len(taught)} examples, {count} tokens, {len(made)} batches")
    net = SafetyNet(args.base)
    if args.start:
        net.load_state_dict(torch.load(args.start, weights_only=True))
    train(net, made, taught, args)
    torch.save(net.state_dict(), args.out)


def train(
    net: SafetyNet, made: list[list[Example]], taught: list[Example], args: argparse.Namespace
) -> None:
    """Run through the batches; the rate falls to nothing at the end, of the batches or the time."""
    optimiser = torch.optim.AdamW(list(groups(net, args.rate)), weight_decay=0.01)
    peaks = [group["lr"] for group in optimiser.param_groups]
    balance = balanced(taught)
    began = saved = time.monotonic()
    mean = 0.0
    net.train()
    for step, chosen in enumerate(made):
        spent = time.monotonic() - began
        progress = max(step / len(made), spent / (60 * args.minutes))
        if progress >= 1:
            break
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * max(schedule(progress), args.floor * (progress > WARM_UP))
        loss = loss_of(net, tensors(chosen), balance)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        mean = 0.98 * mean + 0.02 * loss.item()
        if step % 50 == 0:
            print(f"{step} {spent:.0f} s {progress:.3f} {mean / (1 - 0.98 ** (step + 1)):.4f}")
            sys.stdout.flush()
        if time.monotonic() - saved > SAVE_SECONDS:
            saved = time.monotonic()
            torch.save(net.state_dict(), args.out)


def groups(net: SafetyNet, factor: float) -> Iterator[dict[str, object]]:
    """Give each layer its rate, lower ones a lower one; the word vectors stay as they are."""
    net.body.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    layers = [net.body.embeddings, *net.body.encoder.layer]
    for depth, layer in enumerate(reversed(layers)):
        free = [p for p in layer.parameters() if p.requires_grad]
        yield {"params": free, "lr": factor * RATE * LAYER_DECAY**depth}
    head = [*net.inner.parameters(), *net.outer.parameters()]
    yield {"params": head, "lr": factor * HEAD_RATE}


def schedule(progress: float) -> float:
    """Rise over the warm-up, then fall along a cosine."""
    if progress < WARM_UP:
        return progress / WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))


def loss_of(net: SafetyNet, batch: Batch, balance: torch.Tensor) -> torch.Tensor:
    """Masked logistic loss, rare positives weighted up."""
    inputs, targets, weights = batch
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(*inputs)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        logits.float(), targets, weight=weights, pos_weight=balance, reduction="none"
    )
    return losses.sum() / len(targets)


def balanced(taught: list[Example]) -> torch.Tensor:
    """Weight of a positive by category: the root of negatives over positives, 1 to 6."""
    targets = torch.tensor([x.targets for x in taught])
    weights = torch.tensor([x.weights for x in taught])
    positive = (targets * weights).sum(0)
    negative = ((1 - targets) * weights).sum(0)
    return (negative / positive.clamp(min=1.0)).sqrt().clamp(1.0, 6.0)


def batches(taught: list[Example], rng: random.Random) -> Iterator[list[Example]]:
    """Batches of like length, of about as many tokens each, in no order within a chunk."""
    for first in range(0, len(taught), CHUNK):
        chunk = sorted(taught[first : first + CHUNK], key=lambda x: len(x.sequence.ids))
        cut = list(_cut(chunk))
        rng.shuffle(cut)
        yield from cut


def _cut(chunk: Iterable[Example]) -> Iterator[list[Example]]:
    batch: list[Example] = []
    for x in chunk:
        if (len(batch) + 1) * len(x.sequence.ids) > TOKENS_A_BATCH:
            yield batch
            batch = []
        batch.append(x)
    if batch:
        yield batch


def tensors(chosen: list[Example]) -> Batch:
    """Pad to the longest: ids, mask, segments, what is judged; then targets and weights."""
    longest = max(len(x.sequence.ids) for x in chosen)
    ids = torch.zeros(len(chosen), longest, dtype=torch.long)
    mask, segments, judged = torch.zeros_like(ids), torch.zeros_like(ids), torch.zeros_like(ids)
    for i, x in enumerate(chosen):
        size = len(x.sequence.ids)
        ids[i, :size] = torch.tensor(x.sequence.ids)
        mask[i, :size] = 1
        segments[i, x.sequence.second : size] = 1
        judged[i, x.sequence.judged : size] = 1
    targets = torch.tensor([x.targets for x in chosen])
    return [ids, mask, segments, judged], targets, torch.tensor([x.weights for x in chosen])


if __name__ == "__main__":
    main()
