"""`/mitra`: partners and their units (`units`), the tree (`trees`), who covers what (`coverage`), duplicates
(`merging`), posts (`posts`), and the card to print (`card`)."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("organizations", __name__)

from kbpartners.organizations.routes import card, coverage, merging, posts, trees, units  # noqa: E402, F401
