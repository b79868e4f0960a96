"""What belongs together, and how grave it is: incidents, stories, severity. Pure, no I/O."""
