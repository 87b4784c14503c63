"""Signing in and out, links for invitations and new passwords, the profile, the list of people."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, g

from kbpartners.accounts import service
from kbpartners.extensions import login_manager
from kbpartners.security import Identity

bp = Blueprint("accounts", __name__)


@login_manager.user_loader
def load(token: str) -> Identity | None:
    """Flask-Login asks who the cookie's token is; sessions are rows, so a revoked one is nobody."""
    identity = service.identity_of(token)
    if identity is not None:
        g.user_id = identity.user_id
    elif (owner := service.former_owner(token)) is not None:
        g.former_user_id = owner  # what was typed before the session ended goes back to this person only
    return identity


for _noun in ("entry", "links", "profile", "people", "posts", "handover", "vacancies"):
    import_module(f"{__name__}.{_noun}")
