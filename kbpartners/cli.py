"""The commands of the contract: `flask --app app init | demo | user | import | jobs | backup | restore | doctor`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from kbpartners import server
from kbpartners.features import BLUEPRINTS

MODULES = (*BLUEPRINTS, "example")


def init_app(app: Flask) -> None:
    """Register the commands of every feature that has some (its `commands.py`)."""
    server.register(app)
    for name in MODULES:
        if find_spec(f"kbpartners.{name}.commands"):
            import_module(f"kbpartners.{name}.commands").register(app)
