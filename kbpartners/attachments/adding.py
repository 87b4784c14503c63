"""What a view does with files that are added to a record that exists: the same for every feature."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, jsonify, request
from flask_wtf.csrf import generate_csrf

from kbpartners.attachments import service as attachments
from kbpartners.attachments.forms import FilesForm
from kbpartners.db import begin_write
from kbpartners.errors import Invalid
from kbpartners.htmx import navigate
from kbpartners.security import Identity


def add_files(
    form: FilesForm,
    who: Identity,
    *,
    href: str,
    note: Callable[[list[str]], None],
    refused: Callable[[FilesForm], Response],
    **parent: Any,
) -> Response:
    """Take the files or the link of `form` in for the record at `href` and answer.

    For views marked `@late_lock`, after they have authorised the record: files are looked into before the database is
    locked, and stay as drafts if the form is refused. `note` writes the audit sentence from the names of what was
    added, `refused` draws the page of the record again (422). `parent` is as in `attachments.adopt`.
    """
    token = form.token.data = form.token.data if 0 < len(form.token.data or "") <= 36 else str(uuid.uuid4())
    most = attachments.room(**parent)
    prepared = attachments.prepare(request.files.getlist("files"), attachments.limit_bytes(), most=most)
    attachments.keep(prepared, who=who, draft_token=token)
    problems = list(prepared.problems)
    if form.validate() and not problems:
        begin_write()
        try:
            if form.link.data:
                attachments.add_link(form.link.data, form.caption.data, who, token)
            added = attachments.adopt(token, who, **parent)
            note([file.filename for file in added])
        except Invalid as error:
            form.refuse(error)
        else:
            return _added(href)
    form.files.errors = [*form.files.errors, *problems]
    if request.headers.get("X-Upload") and problems:
        return current_app.make_response((jsonify(error=" ".join(problems)), 422))
    return refused(form)


def _added(href: str) -> Response:
    """The uploader sends the text first and asks where to send each file; a plain form goes back to the page."""
    location = f"{href}#berkas"
    if request.headers.get("X-Upload"):
        return jsonify(location=location, upload=f"{href}/berkas", csrf=generate_csrf())
    return navigate(location)
