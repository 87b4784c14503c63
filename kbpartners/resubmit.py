"""An expired session loses no typed text: the answer to the failed POST shows it and brings it back after signing in.

What was typed travels in the page itself, signed and bound to its author, so nothing of it is stored on the server and
the way works without JavaScript. Chosen files cannot travel along; the page says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response, current_app, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer

from kbpartners.errors import error_page, explain, wants_json
from kbpartners.htmx import is_htmx
from kbpartners.security import Identity, Permission, me, permission_of

_LIFETIME = 24 * 3600
_NEVER = {"csrf_token", "password", "password_again", "current_password", "draft"}
_MOST = 400_000  # characters; more than any form of ours can hold

Fields = list[tuple[str, str]]
Answer = Callable[[], Any]

_instead: dict[str, Answer] = {}


class Draft(NamedTuple):
    """What somebody typed: where it was to go, the fields, whether files were chosen, whose it is (None: unknown)."""

    path: str
    fields: Fields
    had_files: bool
    author: int | None


def instead(endpoint: str) -> Callable[[Answer], Answer]:
    """Register another answer for one endpoint whose POST comes without a session (the sign-in page itself)."""

    def register(answer: Answer) -> Answer:
        _instead[endpoint] = answer
        return answer

    return register


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="resubmit")


def typed_fields() -> Fields:
    """The text fields of the present request, without secrets; none where they are more than any form can hold."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER]
    return fields if sum(len(name) + len(value) for name, value in fields) <= _MOST else []


def _present(author: int | None) -> Draft:
    had_files = any(file.filename for file in request.files.values())
    return Draft(request.full_path.rstrip("?"), typed_fields(), had_files, author)


def pack(draft: Draft) -> str:
    """The draft as a signed parcel for a hidden field."""
    return _signer().dumps(list(draft))


def read(blob: str) -> Draft | None:
    """The draft in a parcel if it is intact and not older than a day; else None."""
    try:
        path, fields, had_files, author = _signer().loads(blob, max_age=_LIFETIME)
    except (BadData, ValueError, TypeError):
        return None
    return Draft(str(path), [(str(name), str(value)) for name, value in fields], bool(had_files), author)


def unpack(blob: str, user_id: int) -> Draft | None:
    """The draft in a parcel if it is intact, young and `user_id`'s own (or its author is unknown); else None."""
    draft = read(blob)
    return draft if draft is not None and draft.author in (None, user_id) else None


def recovered(blob: str, who: Identity) -> str | None:
    """The page that offers a draft again to the person who has just signed in; None if it is not theirs."""
    draft = unpack(blob, who.user_id)
    return None if draft is None else _recovered_page(draft)


def sign_in_again(blob: str | None, *, email: str, error: str) -> str | None:
    """The 419 page once more after a failed sign-in on it; None without an intact draft."""
    draft = read(blob) if blob else None
    return None if draft is None else _sign_in_page(draft, email=email, error=error)


def session_over() -> Response:
    """419 for a POST whose session or CSRF token is gone: shows what was typed, with a way to send it again."""
    endpoint = request.endpoint or ""
    if endpoint in _instead:
        return _instead[endpoint]()
    if _from_elsewhere():
        return error_page(400)
    words = explain(419)
    if wants_json():
        return make_response(jsonify(error=words.text, title=words.title, request_id=g.get("request_id", "")), 419)
    if me() is not None:
        page = _recovered_page(_present(None))
    elif permission_of(current_app.view_functions.get(endpoint)) is Permission.PUBLIC:
        page = _once_more_page(_present(None))
    else:
        page = _sign_in_page(_present(g.get("former_user_id")))
    response = make_response(page, 419)
    if is_htmx():
        response.headers.update({"HX-Retarget": "body", "HX-Reswap": "innerHTML"})
    return response


def _from_elsewhere() -> bool:
    """Whether another site sent this form. Its words must not come back as a page that needs only a tap."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    own = {request.host, urlsplit(current_app.config["KB"].base_url).netloc}
    return origin is not None and urlsplit(origin).netloc not in own


def _recovered_page(draft: Draft) -> str:
    fields = _labelled(draft.fields)
    typed = any(label for label, _name, _value in fields)
    return render_template(
        "errors/recovered.html",
        title=_("Isian Anda masih ada") if typed else _("Kirim sekali lagi"),
        action=draft.path,
        fields=fields,
        had_files=draft.had_files,
    )


def _sign_in_page(draft: Draft, email: str = "", error: str = "") -> str:
    return render_template(
        "errors/resubmit.html",
        fields=_labelled(draft.fields),
        had_files=draft.had_files,
        draft=pack(draft),
        email=email,
        error=error,
    )


def _once_more_page(draft: Draft) -> str:
    """For pages that need no session: only the form's token was gone (cookies refused, or the page open for days)."""
    fields = _labelled(draft.fields)
    return render_template(
        "errors/error.html",
        code=419,
        title=_("Halaman ini terlalu lama terbuka"),
        text=_("Isian belum terkirim. Kirim sekali lagi."),
        steps=[_("Bila berulang, izinkan kuki untuk situs ini di peramban Anda.")],
        request_id=g.get("request_id", ""),
        retry={
            "action": draft.path,
            "visible": [field for field in fields if field[0]],
            "fields": [(name, value) for label, name, value in fields if not label],
        },
    )


def _labelled(fields: Fields) -> list[tuple[str, str, str]]:
    """(label, name, value): a label where the field holds words that a person typed, "" for the hidden rest."""
    words = {
        "note": _("Apa yang sudah dikerjakan"),
        "obstacle": _("Kendala"),
        "next_step": _("Langkah berikutnya"),
        "title": _("Judul"),
        "name": _("Nama"),
        "description": _("Uraian"),
        "text": _("Isi"),
        "result": _("Hasil"),
        "minutes": _("Notula"),
        "sender": _("Pengirim"),
        "source_number": _("Nomor surat"),
        "reason": _("Alasan"),
        "address": _("Alamat"),
        "contribution": _("Dukungan"),
        "email": _("Surel"),
        "phone": _("Nomor ponsel"),
    }
    return [
        (_("Nilai yang dilaporkan") if name.startswith("value-") and value else words.get(name, ""), name, value)
        for name, value in fields
    ]
