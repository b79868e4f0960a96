"""How soon slowdowns are found, and whether other traffic is taken for one."""
