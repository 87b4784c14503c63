"""The features of the product and the extensions they use, registered in one place."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from kbpartners import extensions

# Every model module, so that migrations and foreign keys see all tables.
MODELS = (
    "scopes",
    "regions.models",
    "organizations.models",
    "accounts.models",
    "meetings.models",
    "agreements.models",
    "commitments.models",
    "kampung.models",
    "activities.models",
    "followups.models",
    "attachments.models",
    "audit.models",
    "jobs.models",
    "imports.models",
    "settings.models",
)

BLUEPRINTS = (
    "accounts",
    "dashboard",
    "regions",
    "organizations",
    "commitments",
    "kampung",
    "activities",
    "meetings",
    "followups",
    "agreements",
    "attachments",
    "reports",
    "imports",
    "settings",
    "audit",
    "search",
    "jobs",
    "help",
)


TREE_FOLLOWERS = ("commitments", "followups", "activities", "meetings", "agreements")
"""Features whose records are shown along the trees of units: importing their `service.tree` makes them follow moves."""

MERGE_FOLLOWERS = ("commitments", "followups", "activities", "meetings", "agreements")
"""Features whose rows name units: importing their `service.merging` makes them follow when two units become one."""


def init_extensions(app: Flask) -> None:
    """Bind the Flask extensions and load all tables."""
    for module in MODELS:
        import_module(f"kbpartners.{module}")
    extensions.login_manager.init_app(app)
    extensions.login_manager.session_protection = None  # phones change their address; sessions are rows instead
    extensions.compress.init_app(app)
    extensions.csrf.init_app(app)


def register(app: Flask) -> None:
    """Register the blueprint `bp` of each feature's routes, and whoever follows the units' trees."""
    for name in TREE_FOLLOWERS:
        import_module(f"kbpartners.{name}.service.tree")
    for name in MERGE_FOLLOWERS:
        import_module(f"kbpartners.{name}.service.merging")
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"kbpartners.{name}.routes").bp)
