"""`python -m sheetnn`."""

from .cli import main

main()
