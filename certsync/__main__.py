"""`python -m certsync` is the program `certsync`."""

from certsync.cli import main

main()
