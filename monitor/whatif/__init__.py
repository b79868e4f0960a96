"""What another policy would have found: recorded or stored traffic judged twice, and the difference."""
