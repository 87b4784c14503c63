"""How much one request may carry where files are sent."""

from __future__ import annotations

from flask import current_app, request

from kbpartners.attachments.service import MOST_FILES

_TEXT = 1024 * 1024


def accept_files() -> None:
    """Let the present request carry as many files as one record may hold, each of the largest size.

    Everywhere else the limit is one file. To be called before anybody reads the body, that is, from the blueprint's
    `url_value_preprocessor`: the CSRF check reads the form before the view does. Large parts lie on the disk meanwhile.
    """
    request.max_content_length = MOST_FILES * current_app.config["KB"].upload_limit + _TEXT
