"""From a finished recording to the journal: queue, encoder, sender, and the spool beside them."""
