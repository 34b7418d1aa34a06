"""`python -m embkit`."""

from embkit.cli import main

main()
