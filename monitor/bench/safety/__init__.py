"""Measures how fast the safety models score, beside other models' shapes (`bench safety`)."""
