"""Settings: one TOML file, every key also an environment variable, validated whole.

A key `[gateway] listen` is also `SIDEWATCH_GATEWAY_LISTEN`; the environment wins over the file,
and a command-line flag over both. Lists and tables in the environment are written as JSON.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from monitor.access.oidc import OidcSettings
from monitor.alerts.settings import AlertSettings, wrong
from monitor.errors import MonitorError
from monitor.policy import Policy

ENV_PREFIX = "SIDEWATCH"

T = TypeVar("T")


class SettingsError(MonitorError, ValueError):
    """A setting is wrong; the message says where, what and how to mend it."""


def _data_dir() -> str:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return str(Path(base) / "sidewatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """The process in the request path."""

    listen: str = "127.0.0.1:8080"
    """HOST:PORT to accept clients on."""
    upstream: str = ""
    """URL of the model server, such as http://127.0.0.1:8000."""
    routes: dict[str, str] = field(default_factory=dict)
    """Path prefixes with a model server of their own: `{ "/team-a" = "http://10.0.0.7:8000" }`."""
    processes: Annotated[int, msgspec.Meta(ge=0)] = 1
    """Processes that share the connections; 0 for one on each core that may be used."""
    connect_timeout: float = 10.0
    """Seconds until an upstream that does not accept is answered with 504."""
    read_timeout: float = 600.0
    """Seconds of upstream silence until the exchange is given up with 504."""
    idle_timeout: float = 75.0
    """Seconds a kept-alive client connection may stay silent between requests."""
    header_timeout: float = 30.0
    """Seconds a client may take to send a request head."""
    send_timeout: float = 60.0
    """Seconds a client may take nothing of its answer until it is given up."""
    drain_timeout: float = 30.0
    """Seconds that streams under way get to finish on shutdown."""
    max_header_bytes: int = 65_536
    """Largest request or response head, in bytes."""
    max_capture_bytes: int = 262_144
    """Most bytes of each body kept for analysis; the rest is passed on, not kept."""
    stall_after: float = 10.0
    """Seconds of silence after which a stream under way is reported as stalled."""
    loop_check_every: int = 2_000
    """Characters of a streamed answer between two looks whether it repeats itself; 0: never."""
    queue_size: int = 10_000
    """Exchanges that may wait in memory for the journal; beyond it they are dropped and counted."""
    tenant_header: str = "x-sidewatch-tenant"
    """Request header that names the tenant; empty for none."""
    user_header: str = "x-sidewatch-user"
    """Request header that names the user; without it, what the body says. Empty for none."""
    conversation_header: str = "x-sidewatch-conversation"
    """Request header that names the conversation; without it, what the body says. Empty for none."""
    upstream_header: str = ""
    """Response header in which the model server names the replica; empty for its address."""
    tenant_field: str = ""
    """Field of a request's JSON body that names the tenant, such as `metadata.tenant`."""
    user_field: str = ""
    """Field of the body that names the user; without it, what the dialect has for that."""
    conversation_field: str = ""
    """Field of the body that names the conversation; without it, what the dialect has for that."""
    key_secret: str = ""
    """Secret with which API keys are hashed, to tell them apart; empty: they are not told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where journal and store live."""

    url: str = ""
    """A Redis or Valkey, redis://HOST:PORT/DB; empty for the embedded store of the data directory."""
    data_dir: str = field(default_factory=_data_dir)
    """Folder of the embedded store, shared by the roles on one machine."""
    fsync: Literal["everysec", "always"] = "everysec"
    """When the embedded store has the disk write: `everysec`, or `always` before it answers, so that not even a power cut loses what was acknowledged. That of the role which starts it counts."""
    journal_max: int = 100_000
    """Exchanges the journal holds at most; beyond it new ones are shed and counted."""
    detections_max: Annotated[int, msgspec.Meta(ge=1)] = 20_000
    """Detections kept each by itself, the latest; for as long as `privacy.exchange_ttl` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolSettings:
    """Where a gateway keeps exchanges on disk while the journal does not take them."""

    folder: str = ""
    """Folder that gateways share, each with one of its own in it; empty for `spool` in `store.data_dir`."""
    max_bytes: Annotated[int, msgspec.Meta(ge=0)] = 1_073_741_824
    """Most bytes on disk of one gateway process; beyond it the oldest are dropped and counted. 0 for no spool."""
    max_age: Annotated[float, msgspec.Meta(ge=0)] = 86_400.0
    """Seconds after which a spooled exchange is dropped and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """The process that runs the detectors."""

    metrics_listen: str = "127.0.0.1:8901"
    """HOST:PORT of the worker's own /metrics and /healthz."""
    batch: int = 64
    """Exchanges scored together at most."""
    shards: int = 4
    """Streams that observations are divided into, by model; each is watched by one worker at a time."""
    claim_idle: float = 15.0
    """Seconds after which another worker takes over an exchange that was not finished."""
    max_deliveries: int = 3
    """Tries after which an exchange goes to the dead letters."""
    checkpoint_every: float = 5.0
    """Seconds between saved states of the stateful detectors."""
    lease: float = 10.0
    """Seconds a worker owns a shard without renewing it."""
    baseline_warmup: int = 500
    """Exchanges of a model without a baseline from which a provisional one is built; 0 for never."""
    server_metrics: list[Annotated[str, msgspec.Meta(pattern="^https?://")]] = field(
        default_factory=list
    )
    """URLs of the model servers' own metrics, `["http://10.0.0.1:8000/metrics"]`; Ollama's is its /api/ps."""
    server_metrics_every: Annotated[float, msgspec.Meta(ge=1)] = 30.0
    """Seconds between two readings of them; every five for ten minutes from a latency finding on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """Reports about drift incidents, made by a worker with the extra `reports`."""

    enabled: bool = True
    """Make one for every drift incident, in a process of its own."""
    window: Annotated[int, msgspec.Meta(ge=100, le=20_000)] = 1_000
    """Latest exchanges of each model kept for a report, some 1.5 kB each, without texts."""
    queue: Annotated[int, msgspec.Meta(ge=1)] = 8
    """Reports that may wait; beyond it the newest is dropped and counted."""
    timeout: Annotated[float, msgspec.Meta(gt=0)] = 180.0
    """Seconds that one report may take."""
    memory: Annotated[int, msgspec.Meta(ge=268_435_456)] = 2_684_354_560
    """Bytes of address space of the process that makes them; it uses some 400 MB of memory."""
    ttl: Annotated[float, msgspec.Meta(gt=0)] = 14 * 86_400.0
    """Seconds a report is kept in the store."""
    room: Annotated[int, msgspec.Meta(ge=0)] = 134_217_728
    """Bytes of all reports in the store; the oldest make room. One takes 1.5 to 2.5 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainSettings:
    """Why a text has its safety score: for incidents, and where `score` is asked to explain."""

    passes: Annotated[int, msgspec.Meta(ge=0)] = 256
    """Texts judged for one explanation, about 2 ms each with both stages; 0 explains no incident."""
    seconds: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    """Seconds after which an explanation makes do with what was judged so far."""
    waiting: Annotated[int, msgspec.Meta(ge=1)] = 32
    """Incidents of one worker that may wait to be explained; beyond it the newest is not, and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """The HTTP API."""

    listen: str = "127.0.0.1:8900"
    """HOST:PORT to serve on."""
    key: str = ""
    """Bearer key of an admin, whom no limit holds; without one, see `require_key`."""
    require_key: bool = False
    """Ask every caller for a key, also without `key`: one that `sidewatch keys create` made."""
    rate_limit: Annotated[float, msgspec.Meta(ge=0)] = 100.0
    """Requests a second of each made key to all processes together, twice as many at once; 0 for any number."""
    score_waiting: Annotated[int, msgspec.Meta(ge=1)] = 256
    """Exchanges that may wait to be scored; who would add more is answered with 429."""
    score_timeout: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    """Seconds after which a caller whose exchanges were not scored is answered with 503."""
    event_streams: Annotated[int, msgspec.Meta(ge=0)] = 64
    """Streams of events that one process serves at once; who would open more is answered with 429."""
    oidc: OidcSettings = field(default_factory=OidcSettings)
    """Tokens of an OpenID Connect provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """What is kept of the texts, and for how long."""

    store_text: Literal["full", "redacted", "none"] = "redacted"
    """`full`, `redacted` (personal data and secrets masked) or `none`."""
    exchange_ttl: float = 7 * 86_400.0
    """Seconds an exchange is kept in the store."""
    incident_ttl: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Seconds a resolved incident is kept since it was last seen, with all of its own; 0 for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration."""

    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    spool: SpoolSettings = field(default_factory=SpoolSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    reports: ReportSettings = field(default_factory=ReportSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    explain: ExplainSettings = field(default_factory=ExplainSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    policy: Policy = field(default_factory=Policy)


def load(path: str | None = None, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from a file (or none) and the environment.

    Raises
    ------
    SettingsError
        The file cannot be read, is not TOML, or a key is unknown or has a wrong value.
    """
    table = _read_toml(path) if path else {}
    for key_path, annotation in keys(Settings):
        name = "_".join((ENV_PREFIX, *key_path)).upper()
        if (text := (os.environ if environ is None else environ).get(name)) is not None:
            _put(table, key_path, _from_text(text, annotation, name))
    settings = _convert(table, Settings, path or "environment")
    if told := wrong(settings.alerts):
        raise SettingsError(f"{path or 'environment'}: {told}")
    return settings


def load_policy(path: str) -> Policy:
    """A policy from a TOML file of its own: the keys of `[policy]`, at the top level.

    A whole configuration file is accepted too; its `[policy]` table is taken.
    """
    table = _read_toml(path)
    return _convert(table.get("policy", table), Policy, path)


def keys(kind: type[Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every setting as its path and type: the reference is made from it, and the environment."""
    hints = typing.get_type_hints(kind)
    for item in dataclasses.fields(kind):
        path = (*prefix, item.name)
        if dataclasses.is_dataclass(hints[item.name]):
            yield from keys(hints[item.name], path)
        else:
            yield path, hints[item.name]


def endpoint(listen: str, *, where: str) -> tuple[str, int]:
    """Host and port of a HOST:PORT.

    Raises
    ------
    SettingsError
        It has another form, or the port is out of range.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise SettingsError(f"{where}: {listen!r} is not HOST:PORT, such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _read_toml(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error


def _convert(table: dict[str, Any], kind: type[T], where: str) -> T:
    _refuse_unknown(table, kind, where, ())
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        message = str(error).replace("`$.", "`")
        raise SettingsError(f"{where}: {message}") from error


def _refuse_unknown(
    table: dict[str, Any], kind: type[Any], where: str, prefix: tuple[str, ...]
) -> None:
    hints = typing.get_type_hints(kind)
    for key, value in table.items():
        path = ".".join((*prefix, key))
        if key not in hints:
            close = difflib.get_close_matches(key, hints, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(hints)}"
            raise SettingsError(f"{where}: unknown key {path!r}; {hint}")
        if dataclasses.is_dataclass(hints[key]) and isinstance(value, dict):
            _refuse_unknown(value, typing.cast("type[Any]", hints[key]), where, (*prefix, key))
        elif entry := entry_kind(hints[key]):
            for name, inner in _entries(value):
                if isinstance(inner, dict):
                    _refuse_unknown(inner, entry, where, (*prefix, key, name))


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """The named entries of a table, or those of a list by their places."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(place), inner) for place, inner in enumerate(value, 1))


def entry_kind(hint: Any) -> type[Any] | None:
    """What the entries of a table or list are, such as one model's keys; None for plain values."""
    arguments = typing.get_args(hint)
    kind = arguments[-1] if typing.get_origin(hint) in {dict, list} else None
    return kind if isinstance(kind, type) and dataclasses.is_dataclass(kind) else None


def _put(table: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for key in path[:-1]:
        table = table.setdefault(key, {})
    table[path[-1]] = value


def _from_text(text: str, annotation: object, name: str) -> object:
    if annotation is str or typing.get_origin(annotation) is Literal:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise SettingsError(f"{name}: {text!r} is not a JSON value ({error})") from error
