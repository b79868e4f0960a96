"""Labels: what people say of what was found, and the thresholds that follow from it."""
