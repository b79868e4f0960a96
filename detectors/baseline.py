"""A baseline: what ordinary traffic looked like, in numbers, without its texts."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from detectors.errors import DetectorError
from detectors.kept_scale import KeptScale
from detectors.origin import Origin
from detectors.packed import content, pack, unpack
from detectors.season import season
from detectors.text.added import OWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from detectors.observation import Observation, Vector

MINIMUM = 100
"""Fewest exchanges of which a baseline is built."""

_MAGIC = b"SIDEWATCH-BASELINE-2\n"
_ARRAYS = ("values", "prompt_embeddings", "response_embeddings", "at")
_SHOWN = 5
_DIGITS = 16

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Features of ordinary exchanges, one row each, in time order. Never changed once built.

    `values` is float32 of shape (rows, channels) in the order of `channel_names`, NaN where a
    channel has no meaning. `categories` holds one value for each row by name, "" where absent.
    Embeddings are float16 of shape (rows, 256), rows of zeros where that side is absent. `at` is
    in seconds since the epoch. `strata` tells system prompts apart by a short hash, "" for none.
    `origin` says what it was made from; `scale` holds the drift thresholds, where they were computed.
    """

    name: str
    encoder: str
    created: float
    channel_names: tuple[str, ...]
    values: Floats
    categories: dict[str, tuple[str, ...]]
    prompt_embeddings: Floats
    response_embeddings: Floats
    at: Floats
    models: tuple[str, ...]
    routes: tuple[str, ...]
    strata: tuple[str, ...]
    origin: Origin = field(default_factory=Origin)
    scale: KeptScale | None = None

    @property
    def digest(self) -> str:
        """Hash of all but the name, 16 hexadecimal digits; a few milliseconds."""
        return _digest(self._meta(), self._arrays())

    @property
    def size(self) -> int:
        """Number of exchanges."""
        return len(self.at)

    @classmethod
    def build(
        cls,
        observations: Sequence[Observation],
        *,
        name: str,
        encoder: str,
        created: float,
        origin: Origin | None = None,
    ) -> Baseline:
        """Make a baseline of the exchanges that went through; others are left out and counted.

        Raises DetectorError when fewer than MINIMUM remain; it says how many more it takes.
        """
        rows = sorted((x for x in observations if is_ordinary(x)), key=lambda x: x.at)
        skipped = Counter(reason for x in observations if (reason := unfit(x)))
        if len(rows) < MINIMUM:
            left = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items()))
            raise DetectorError(
                f"A baseline needs {MINIMUM} finished exchanges and got {len(rows)}: "
                f"{MINIMUM - len(rows)} more are needed." + (f" Left out: {left}." if left else "")
            )
        known = origin or Origin()
        numeric = [numbers(x) for x in rows]
        names = tuple(sorted({key for each in numeric for key in each}))
        nominal = sorted({key for x in rows for key in x.categories})
        width = _width(rows)
        return cls(
            name=name,
            encoder=encoder,
            created=float(created),
            channel_names=names,
            values=np.stack([_aligned(each, names) for each in numeric]),
            categories={key: tuple(x.categories.get(key, "") for x in rows) for key in nominal},
            prompt_embeddings=_stacked([x.prompt_embedding for x in rows], width),
            response_embeddings=_stacked([x.response_embedding for x in rows], width),
            at=np.array([x.at for x in rows], dtype=np.float64),
            models=tuple(x.model for x in rows),
            routes=tuple(x.route for x in rows),
            strata=tuple(stratum(x.system) for x in rows),
            origin=replace(
                known,
                read=known.read or len(observations),
                skipped=dict(sorted((skipped + Counter(known.skipped)).items())),
            ),
        )

    def row(self, x: Observation) -> npt.NDArray[np.float32]:
        """Lay out an exchange's channels as a row of `values`, rounded as those are."""
        return _aligned(numbers(x), self.channel_names)

    @property
    def added(self) -> frozenset[str]:
        """Names of its channels that other packages added."""
        return frozenset(name for name in (*self.channel_names, *self.categories) if OWN in name)

    def misfit(self, *, encoder: str, screen: str, added: Collection[str] | None = None) -> str:
        """Say in a sentence why it cannot be compared with what these models make; "" if it can.

        A `screen` of "", here or there, is not known and taken as the same. `added` are the channels
        that other packages add now; None is not known, and not looked at.
        """
        again = "build it again with `sidewatch baseline build`"
        if self.encoder != encoder:
            return (
                f"baseline {self.name} was made with encoder {self.encoder}, this version uses "
                f"{encoder}: {again}"
            )
        known = self.origin.screen
        if known and screen and known != screen:
            return (
                f"baseline {self.name} was made with weights {known} of the cheap safety stage, "
                f"this version has {screen}: {again}"
            )
        gone = sorted(self.added.difference(self.added if added is None else added))
        if gone:
            return (
                f"baseline {self.name} was made with the channel {gone[0]}, which is not installed "
                f"here: install its package, or {again}"
            )
        return ""

    def to_bytes(self) -> bytes:
        """Encode it; the same baseline gives the same bytes."""
        meta = self._meta() | {"name": self.name, "digest": self.digest}
        return pack(_MAGIC, meta, self._arrays())

    @classmethod
    def from_bytes(cls, data: bytes) -> Baseline:
        """Decode what `to_bytes` wrote; raises DetectorError with a remedy for anything else."""
        try:
            meta, arrays = unpack(_MAGIC, data)
            baseline = _decoded(meta, arrays)
        except (DetectorError, KeyError, TypeError, AttributeError) as error:
            raise DetectorError(
                f"This baseline cannot be read: {error}. "
                "Build it again with `sidewatch baseline build`."
            ) from error
        if not _is_consistent(baseline):
            raise DetectorError(
                "This baseline's parts do not fit together. "
                "Build it again with `sidewatch baseline build`."
            )
        told = {key: value for key, value in meta.items() if key not in {"name", "digest"}}
        if meta.get("digest") != _digest(told, arrays):
            raise DetectorError(
                "This baseline's checksum does not match its content: it was damaged or changed. "
                "Copy it again, or build it again with `sidewatch baseline build`."
            )
        return baseline

    def describe(self) -> dict[str, Any]:
        """Summarise it in plain values, for a person or as JSON; times in seconds since the epoch."""
        with_value = ~np.isnan(self.values)
        return {
            "name": self.name,
            "digest": self.digest,
            "size": self.size,
            "created": self.created,
            "encoder": self.encoder,
            "first": float(self.at[0]),
            "last": float(self.at[-1]),
            "origin": self.origin.plain(),
            "season": season(self.at),
            "thresholds": _thresholds(self.scale),
            "models": _most_common(self.models),
            "routes": _most_common(self.routes),
            "system_prompts": len(set(self.strata) - {""}),
            "categories": {name: _most_common(kept) for name, kept in self.categories.items()},
            "channels": {
                name: {
                    "median": round(float(np.median(column[there])), 4),
                    "p05": round(float(np.quantile(column[there], 0.05)), 4),
                    "p95": round(float(np.quantile(column[there], 0.95)), 4),
                    "present": round(float(there.mean()), 4),
                }
                for name, column, there in zip(
                    self.channel_names, self.values.T, with_value.T, strict=True
                )
            },
        }

    def _meta(self) -> dict[str, Any]:
        keys = ("encoder", "created", "channel_names", "categories", "models", "routes", "strata")
        return {key: getattr(self, key) for key in keys} | {
            "origin": self.origin.plain(),
            "scale": self.scale and self.scale.plain(),
        }

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {key: getattr(self, key) for key in _ARRAYS}


def is_ordinary(x: Observation) -> bool:
    """Say whether an exchange ended and went through, so that its content can be compared."""
    return x.state == "done" and x.error is None and x.status < 400


def unfit(x: Observation) -> str:
    """Say why an exchange is not ordinary: `unfinished`, `broken off` or `refused`; "" if it is."""
    if x.state != "done":
        return "unfinished"
    if x.error is not None:
        return "broken off"
    return "" if x.status < 400 else "refused"


def numbers(x: Observation) -> dict[str, float]:
    """Numeric channels of an exchange, with what safety made of it.

    Those are probabilities, by the cheap stage: `prompt_unsafe` and `response_unsafe`, and `prompt_attack` for the
    likelier of injection and jailbreak.
    """
    found = dict(x.channels)
    seen = x.screened or x.scores
    for side in ("prompt", "response"):
        if "unsafe" in seen.get(side, {}):
            found[f"{side}_unsafe"] = seen[side]["unsafe"]
    prompt = seen.get("prompt", {})
    attacks = [prompt[name] for name in ("prompt_injection", "jailbreak") if name in prompt]
    if attacks:
        found["prompt_attack"] = max(attacks)
    return found


def stratum(system: str) -> str:
    """Shorten a system prompt to 12 hexadecimal digits that tell it from others; "" stays ""."""
    return (
        hashlib.blake2b(system.encode(errors="surrogatepass"), digest_size=6).hexdigest()
        if system
        else ""
    )


def _aligned(found: dict[str, float], names: tuple[str, ...]) -> npt.NDArray[np.float32]:
    return np.fromiter(map(found.get, names, repeat(np.nan)), np.float32, len(names))


def _width(rows: Sequence[Observation]) -> int:
    """Give the encoder's dimensions; 0 where nothing was embedded."""
    vectors = (v for x in rows for v in (x.prompt_embedding, x.response_embedding))
    return next((len(vector) for vector in vectors if vector is not None), 0)


def _stacked(vectors: Sequence[Vector | None], width: int) -> npt.NDArray[np.float16]:
    zeros = np.zeros(width, dtype=np.float32)
    return np.stack([zeros if v is None else v for v in vectors]).astype(np.float16)


def _digest(meta: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> str:
    return hashlib.sha256(content(meta, arrays)).hexdigest()[:_DIGITS]


def _thresholds(scale: KeptScale | None) -> dict[str, Any] | None:
    """Summarise the scale; None where drift has still to compute its own."""
    if scale is None:
        return None
    return {
        "false_alarms_per_10000": scale.false_alarms,
        "threshold": round(scale.threshold, 4),
        "sides": {side: round(value, 4) for side, value in scale.sides.items()},
        "statistics": len(scale.names),
    }


def _decoded(meta: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> Baseline:
    return Baseline(
        name=str(meta["name"]),
        encoder=str(meta["encoder"]),
        created=float(meta["created"]),
        channel_names=tuple(meta["channel_names"]),
        categories={name: tuple(kept) for name, kept in meta["categories"].items()},
        models=tuple(meta["models"]),
        routes=tuple(meta["routes"]),
        strata=tuple(meta["strata"]),
        origin=Origin.of_plain(meta["origin"]),
        scale=None if meta["scale"] is None else KeptScale.of_plain(meta["scale"]),
        **{name: arrays[name] for name in _ARRAYS},
    )


def _is_consistent(baseline: Baseline) -> bool:
    """Say whether every part has one entry for each row, and the rows are enough."""
    prompts, responses = baseline.prompt_embeddings, baseline.response_embeddings
    columns: list[Sequence[Any] | Floats] = [
        *(baseline.values, prompts, responses),
        *(baseline.models, baseline.routes, baseline.strata),
        *baseline.categories.values(),
    ]
    return (
        baseline.size >= MINIMUM
        and baseline.values.ndim == prompts.ndim == 2
        and baseline.values.shape[1] == len(baseline.channel_names)
        and prompts.shape == responses.shape
        and all(len(column) == baseline.size for column in columns)
    )


def _most_common(kept: Iterable[str]) -> dict[str, int]:
    return dict(Counter(kept).most_common(_SHOWN))
