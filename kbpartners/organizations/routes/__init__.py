"""`/mitra`: partners and their units (`units`), and the posts in them (`posts`)."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("organizations", __name__)

from kbpartners.organizations.routes import posts, units  # noqa: E402, F401
