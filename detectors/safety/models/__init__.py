"""Models of other makers, judging beside the built-in one or in its place.

Nothing is imported here, so that `detectors.safety.models.policy` stays light enough for the
gateway.
"""
