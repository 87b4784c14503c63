"""How much one request may carry where files are sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, request

from kbpartners.attachments.service import MOST_FILES

_TEXT = 1024 * 1024


def take_files(blueprint: Blueprint, *endpoints: str) -> None:
    """Let requests to these views carry as many files as one record may hold, each of the largest size.

    Everywhere else the limit is one file. It is set before anybody reads the body: the CSRF check reads the form before
    the view does. Large parts lie on the disk meanwhile.
    """
    names = {f"{blueprint.name}.{endpoint}" for endpoint in endpoints}

    def prepare(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if endpoint in names:
            request.max_content_length = MOST_FILES * current_app.config["KB"].upload_limit + _TEXT

    blueprint.url_value_preprocessor(prepare)
