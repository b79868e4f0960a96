"""Diagnoses an installation: what is there, what answers, what is wrong and how to mend it."""
