"""An expired session loses no typed text: the answer to the failed POST shows it and brings it back after signing in.

What was typed travels in the page itself, signed and bound to its author, so nothing of it is stored on the server and
the way works without JavaScript. Chosen files cannot travel along; the page says so.
"""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g, make_response, render_template, request
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer

from kbpartners.errors import explain, wants_json
from kbpartners.htmx import is_htmx
from kbpartners.security import me

_LIFETIME = 24 * 3600
_NEVER = {"csrf_token", "password", "password_again", "current_password", "draft"}
_MOST = 400_000  # characters; more than any form of ours can hold


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="resubmit")


def typed_fields() -> list[tuple[str, str]]:
    """The text fields of the present request, without secrets."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER]


def _pack(fields: list[tuple[str, str]], author: int | None) -> str:
    return _signer().dumps({"path": request.full_path.rstrip("?"), "fields": fields, "user": author})


def unpack(blob: str, user_id: int) -> tuple[str, list[tuple[str, str]]] | None:
    """(path, fields) of a signed draft if it is intact, young and `user_id`'s own; else None."""
    try:
        draft: dict[str, Any] = _signer().loads(blob, max_age=_LIFETIME)
    except BadData:
        return None
    if draft["user"] not in (None, user_id):
        return None
    return str(draft["path"]), [(str(name), str(value)) for name, value in draft["fields"]]


def session_over() -> Response:
    """419 for a POST whose session or CSRF token is gone: shows what was typed, with a way to send it again."""
    fields = typed_fields()
    if sum(len(name) + len(value) for name, value in fields) > _MOST:
        fields = []
    person = me()
    words = explain(419)
    if wants_json():
        return make_response({"error": words.text, "title": words.title}, 419)
    if person is not None:
        page = render_recovered(request.full_path.rstrip("?"), fields)
    else:
        page = render_template(
            "errors/resubmit.html",
            title=words.title,
            text=words.text,
            fields=_labelled(fields),
            draft=_pack(fields, g.get("former_user_id")),
            request_id=g.get("request_id", ""),
        )
    response = make_response(page, 419)
    if is_htmx():
        response.headers.update({"HX-Retarget": "body", "HX-Reswap": "innerHTML"})
    return response


def render_recovered(path: str, fields: list[tuple[str, str]]) -> str:
    """The page that shows what was typed in a form that sends it again with a fresh token."""
    return render_template(
        "errors/recovered.html",
        title=_("Isian Anda masih ada"),
        action=path,
        fields=_labelled(fields),
        request_id=g.get("request_id", ""),
    )


def _labelled(fields: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """(label, name, value): a label where the field holds words that a person typed, "" for the hidden rest."""
    words = {
        "note": _("Apa yang sudah dikerjakan"),
        "obstacle": _("Kendala"),
        "next_step": _("Langkah berikutnya"),
        "title": _("Judul"),
        "description": _("Uraian"),
        "text": _("Isi"),
        "result": _("Hasil"),
        "sender": _("Pengirim"),
        "reason": _("Alasan"),
    }
    return [(words.get(name, name if name.startswith("value-") else ""), name, value) for name, value in fields]
