"""Prometheus metrics of the roles. Names start with sidewatch_, labels are from closed sets."""
