"""A labelled set of one's own, read, scored through the pipeline, judged, and told as a page."""
