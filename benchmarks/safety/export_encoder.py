"""Write a trained encoder as ONNX, in floats and with int8 weights.

    python benchmarks/safety/export_encoder.py --base FOLDER --state FILE.pt --out FOLDER

The graph reads one sequence at a time, so it has no padding and no mask. Products of matrices are
quantised when they are computed, weights by channel and to seven bits, so that processors without
VNNI do not overflow; word vectors are kept as bytes with a scale of their own each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from encoder_net import SafetyNet
from tokenizers import Tokenizer
from torch import nn

from detectors.safety import weights
from detectors.safety.encoder import MODEL, TOKENIZER

FLOAT = "encoder-float.onnx"


class _Unmasked(nn.Module):
    """The net on one sequence."""

    def __init__(self, net: SafetyNet) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, judged: torch.Tensor
    ) -> torch.Tensor:
        return self.net(input_ids, None, token_type_ids, judged)


def main() -> None:
    """Export, quantise and write model and tokenizer with their checksums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="folder of the pretrained model")
    parser.add_argument("--state", type=Path, required=True, help="what train_encoder.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--float", action="store_true", help="keep the model in floats as well")
    args = parser.parse_args()
    net = SafetyNet(args.base, "eager")
    net.load_state_dict(torch.load(args.state, weights_only=True))
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / FLOAT
        export(net.eval(), plain)
        if args.float:
            weights.write_bytes(FLOAT, plain.read_bytes(), args.out)
        quantise(plain, Path(folder) / MODEL)
        weights.write_bytes(MODEL, (Path(folder) / MODEL).read_bytes(), args.out)
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    weights.write_bytes(TOKENIZER, tokenizer.to_str().encode(), args.out)


def export(net: SafetyNet, path: Path) -> None:
    """Write the graph in floats."""
    ids = torch.randint(1000, 2000, (1, 17))
    size = {1: torch.export.Dim("tokens", min=2, max=512)}
    torch.onnx.export(
        _Unmasked(net),
        (ids, torch.zeros_like(ids), torch.ones(1, 17)),
        str(path),
        input_names=["input_ids", "token_type_ids", "judged"],
        output_names=["logits"],
        dynamic_shapes=(size, size, size),
        dynamo=True,
        external_data=False,
    )


def quantise(plain: Path, small: Path) -> None:
    """Keep weights in bytes."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(plain)
    model.graph.ClearField("value_info")  # the exporter's shapes are from before it folds constants
    onnx.save(model, plain)
    quantize_dynamic(plain, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    strip(small)


def strip(path: Path) -> None:
    """Take out what the exporter notes of the machine it ran on, such as stack traces with paths."""
    import onnx

    model = onnx.load(path)
    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(model, path)


if __name__ == "__main__":
    main()
