"""How good scores are against labels: pure numbers, for a benchmark or for one's own labelled set."""
