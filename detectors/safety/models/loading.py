"""Read a `transformers` model and its tokenizer, or say in one message what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from detectors.errors import DetectorError

if TYPE_CHECKING:
    from detectors.safety.models.kinds import ClassifierModel, GuardModel

Task = Literal["classify", "generate"]

_AUTO = {"classify": "AutoModelForSequenceClassification", "generate": "AutoModelForCausalLM"}

_FILES = ["*.json", "*.jinja", "*.model", "*.txt", "*.safetensors"]
"""What is fetched of a model: its texts and its weights, no code and no pickles."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in its place, ready to answer, with its tokenizer."""

    tokenizer: Any
    model: Any
    device: str


def load(name: str, chosen: ClassifierModel | GuardModel, task: Task) -> Loaded:
    """Read a model from its folder, the local cache of the hub or, if asked to, the hub.

    Only safetensors are read and no code that comes with a model is run. Raises DetectorError
    when a library, a file or a part of the weights is missing, or the device is not there.
    """
    torch, transformers = _libraries(name)
    device = _device(torch, chosen.device)
    if not chosen.download:
        # Files at hand are read in no time, and a worker's log is no place for bars.
        transformers.logging.disable_progress_bar()
    try:
        folder = _folder(chosen)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model, report = getattr(transformers, _AUTO[task]).from_pretrained(
            folder,
            trust_remote_code=False,
            dtype=_dtype(torch, chosen.dtype, device),
            use_safetensors=True,
            output_loading_info=True,
        )
    except Exception as error:  # whatever a foreign loader raises about a foreign file
        raise DetectorError(_unreadable(name, chosen, error)) from error
    _refuse_holes(name, report)
    return Loaded(_checked(name, tokenizer), _placed(name, model, device), device)


def _libraries(name: str) -> tuple[Any, Any]:
    try:
        import torch  # noqa: PLC0415 - heavy; only for those who use such models
        import transformers  # noqa: PLC0415 - the same
    except ImportError as error:
        raise DetectorError(
            f"the model {name!r} needs torch and transformers, and {error.name} cannot be "
            "imported: pip install 'sidewatch[transformers]'"
        ) from error
    return torch, transformers


def _folder(chosen: ClassifierModel | GuardModel) -> str:
    """Where the model's files are, or have been fetched to.

    A loader given an id may ask the hub even when told not to; given a folder, it has no reason.
    """
    if Path(chosen.path).is_dir():
        return chosen.path
    if chosen.path.startswith(("/", ".", "~")):
        raise FileNotFoundError("there is no such folder")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - comes with transformers

    return snapshot_download(
        chosen.path,
        revision=chosen.revision or None,
        allow_patterns=_FILES,
        local_files_only=not chosen.download,
    )


def _device(torch: Any, wanted: str) -> str:
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(torch: Any, wanted: str, device: str) -> Any:
    if wanted == "auto":
        # Half precision is slower than single on most CPUs.
        return torch.float32 if device == "cpu" else "auto"
    return getattr(torch, wanted)


def _refuse_holes(name: str, report: dict[str, Any]) -> None:
    """Weights that the file lacks would be random numbers, and so would every score."""
    missing = sorted(map(str, report.get("missing_keys", ())))
    missing += [str(key) for key in report.get("mismatched_keys", ())]
    if missing:
        raise DetectorError(
            f"the model {name!r} lacks weights of its kind ({', '.join(missing[:3])}): it was "
            "trained for something else; give one with a trained head"
        )


def _placed(name: str, model: Any, device: str) -> Any:
    try:
        return model.to(device).eval()
    except Exception as error:  # as before: no such device, or too little memory on it
        raise DetectorError(
            f"the model {name!r} cannot be put on {device!r} ({_first_line(error)}): set device to "
            "another, such as cpu"
        ) from error


def _checked(name: str, tokenizer: Any) -> Any:
    if not tokenizer.is_fast:
        raise DetectorError(
            f"the tokenizer of model {name!r} cannot say where its tokens stand: give its "
            "folder a tokenizer.json"
        )
    return tokenizer


def _unreadable(name: str, chosen: ClassifierModel | GuardModel, error: Exception) -> str:
    advice = "" if chosen.download else ", or set download = true to fetch it from the hub"
    return (
        f"the model {name!r} cannot be loaded from {chosen.path!r} ({_first_line(error)}): give a folder with "
        f"config.json, model.safetensors and tokenizer.json{advice}"
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
