"""Unsafe content in prompts and responses: a learnt classifier, pattern recognisers and rules.

Nothing is imported here, so that `detectors.safety.policy` stays light enough for the gateway.
"""
