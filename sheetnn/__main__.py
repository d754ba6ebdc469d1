"""`python -m sheetnn`."""

from .entry import main

main()
