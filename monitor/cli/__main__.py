"""`python -m monitor.cli` is `sidewatch`."""

from monitor.cli import main

main()
