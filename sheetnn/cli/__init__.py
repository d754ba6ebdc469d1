"""The command line: each verb is a function of the library with its result printed."""

from . import books, course, numbers, proof
from .app import app

__all__ = ["app", "books", "course", "numbers", "proof"]
