"""The command line: each verb is a function of the library with its result printed."""

from . import books, compare, course, look, numbers, proof, recipes, size
from .app import app

__all__ = ["app", "books", "compare", "course", "look", "numbers", "proof", "recipes", "size"]
