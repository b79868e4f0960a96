"""Personal data and secrets in a text: where they stand, how sure that is, and masking them."""

from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.search import Find, find, mask

__all__ = ["Find", "Finding", "find", "mask"]
