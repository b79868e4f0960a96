"""The request path and the pipeline behind it."""

from importlib.metadata import version as _version


def version() -> str:
    """The installed version of Sidewatch."""
    return _version("sidewatch")
