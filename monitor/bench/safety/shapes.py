"""Models of the shapes that LLM Guard's scanners have, with random weights.

Time depends on the shape alone, not on what the weights say. Its prompt-injection scanner is a
DeBERTa-v3-base with two labels, its toxicity scanner a RoBERTa-base with sixteen. Both are given
token ids: splitting texts into tokens costs them nothing here.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from monitor.bench import BenchError
from monitor.bench.safety.plan import Load

_FIRST_ID, _LAST_ID = 1000, 30_000
_SHOWN = 500
INPUTS = ("input_ids", "attention_mask")


_BASE: dict[str, Any] = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
}
_DEBERTA: dict[str, Any] = {
    **_BASE,
    "vocab_size": 128_100,
    "relative_attention": True,
    "position_buckets": 256,
    "max_relative_positions": -1,
    "pos_att_type": ["p2c", "c2p"],
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "position_biased_input": False,
    "type_vocab_size": 0,
    "num_labels": 2,
}
_ROBERTA: dict[str, Any] = {
    **_BASE,
    "vocab_size": 50_265,
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "num_labels": 16,
}


def deberta() -> Any:
    """A DeBERTa-v3-base for sequences: 12 layers of 768, relative positions in 256 buckets."""
    from transformers import DebertaV2Config, DebertaV2ForSequenceClassification  # noqa: PLC0415 - optional and heavy

    return DebertaV2ForSequenceClassification(DebertaV2Config(**_DEBERTA))


def roberta() -> Any:
    """A RoBERTa-base for sequences: 12 layers of 768."""
    from transformers import RobertaConfig, RobertaForSequenceClassification  # noqa: PLC0415 - the same

    return RobertaForSequenceClassification(RobertaConfig(**_ROBERTA))


SHAPES: dict[str, Callable[[], Any]] = {"DeBERTa-v3-base": deberta, "RoBERTa-base": roberta}


@dataclass(frozen=True, slots=True)
class InTorch:
    """A model as `transformers` runs it."""

    model: Any
    threads: int

    def draw(self, tokens: int, batch: int, seed: int) -> Callable[[], object]:
        """Ids that were not there before."""
        import torch  # noqa: PLC0415 - the same

        ids, mask = (torch.from_numpy(x) for x in _drawn(tokens, batch, seed))

        def score() -> object:
            torch.set_num_threads(self.threads)
            with torch.inference_mode():
                return self.model(ids, mask).logits

        return score


@dataclass(frozen=True, slots=True)
class InOnnxruntime:
    """A model that was exported, in floats."""

    session: Any

    def draw(self, tokens: int, batch: int, seed: int) -> Callable[[], object]:
        """Ids that were not there before."""
        given = dict(zip(INPUTS, _drawn(tokens, batch, seed), strict=True))
        return lambda: self.session.run(None, given)


def find(
    folder: Path, *, step: Callable[[str], None] = lambda _: None
) -> tuple[dict[str, Load], dict[str, str]]:
    """Make the shapes, and export them into a folder; why those that are left out are.

    Making and exporting them takes a minute and 2 GB; `step` is told what is done.
    """
    if missing := _missing("torch", "transformers"):
        text = f"the shapes of LLM Guard's models: {missing}: pip install 'sidewatch[transformers]'"
        return {}, {"shapes": text}
    import torch  # noqa: PLC0415 - the same

    torch.manual_seed(0)
    found: dict[str, Load] = {}
    no_export = _missing("onnx", "onnxscript", "onnxruntime")
    for name, build in SHAPES.items():
        step(f"making a {name}")
        model = build().eval()
        found[f"{name}, torch"] = _torch(model)
        if not no_export:
            step(f"exporting the {name}")
            found[f"{name}, ONNX"] = _onnx(_exported(name, folder / f"{name}.onnx"))
    left_out = {"ONNX": f"the shapes as ONNX: {no_export}"} if no_export else {}
    return found, left_out


def _exported(name: str, path: Path) -> Path:
    """Export in a process of its own, which leaves no memory behind.

    Raises
    ------
    BenchError
        It did not succeed.
    """
    command = [sys.executable, "-m", "monitor.bench.safety.shapes", name, str(path)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        raise BenchError(f"the {name} cannot be exported: {done.stderr.decode()[-_SHOWN:]}")
    return path


def export(model: Any, path: Path) -> Path:
    """Write a model as ONNX, with any number of texts of any length."""
    import torch  # noqa: PLC0415 - the same

    size = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("tokens", min=2, max=512)}
    torch.onnx.export(
        model,
        tuple(torch.from_numpy(x) for x in _drawn(17, 2, 0)),
        str(path),
        input_names=list(INPUTS),
        output_names=["logits"],
        dynamic_shapes=(size, size),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    return path


def _torch(model: Any) -> Load:
    return lambda threads: InTorch(model, threads)


def _onnx(path: Path) -> Load:
    def load(threads: int) -> InOnnxruntime:
        import onnxruntime  # noqa: PLC0415 - the same

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Threads that wait in a loop would count as work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return InOnnxruntime(
            onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        )

    return load


def _drawn(tokens: int, batch: int, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng([tokens, batch, seed])
    ids = rng.integers(_FIRST_ID, _LAST_ID, (batch, tokens), dtype=np.int64)
    return ids, np.ones_like(ids)


def _missing(*names: str) -> str:
    absent = [name for name in names if find_spec(name) is None]
    return f"{' and '.join(absent)} not installed" if absent else ""


if __name__ == "__main__":
    export(SHAPES[sys.argv[1]]().eval(), Path(sys.argv[2]))
