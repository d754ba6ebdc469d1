"""The command line: each verb is a function of the library with its result printed."""

from . import books, numbers, proof, size
from .app import app

__all__ = ["app", "books", "numbers", "proof", "size"]
