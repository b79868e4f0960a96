"""Which parts of a text made its score: shares of its spans, through both stages."""
