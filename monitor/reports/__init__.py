"""Reports by Evidently: a window of traffic beside its baseline, made in a process of its own."""
