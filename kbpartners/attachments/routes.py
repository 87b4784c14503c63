"""`/lampiran/<id>`: evidence, shown only to those who may see what it belongs to."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, redirect, request, send_file

from kbpartners.attachments import service
from kbpartners.errors import wants_json
from kbpartners.htmx import is_htmx
from kbpartners.security import Permission, acting, requires

bp = Blueprint("attachments", __name__)

# Even if a browser were talked into opening a file as a page, it could run and load nothing.
_SANDBOX = "sandbox; default-src 'none'; img-src 'self'; style-src 'none'"


@bp.get("/lampiran/<int:attachment_id>")
@requires(Permission.SIGNED_IN)
def show(attachment_id: int) -> Response:
    """The file: photos on the page, everything else as a download; a link leads on to where it points.

    `?unduh=1` downloads a photo, too; `?kecil=1` is its preview.
    """
    view = service.visible_attachment(attachment_id, acting())
    if view.link:
        return redirect(view.link, 302)  # type: ignore[return-value]
    preview = request.args.get("kecil") == "1" and view.is_image
    stream = service.content(view, preview=preview)
    response = send_file(
        stream,
        mimetype=view.content_type,
        as_attachment=not view.is_image or request.args.get("unduh") == "1",
        download_name=view.filename,
        conditional=False,
        etag=False,
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(view.sha256 + ("-kecil" if preview else ""))
    if not preview:
        response.content_length = view.size
    response.make_conditional(request, accept_ranges=not preview, complete_length=None if preview else view.size)
    return response


@bp.post("/lampiran/<int:attachment_id>/hapus")
@requires(Permission.SIGNED_IN)
def remove(attachment_id: int) -> Response:
    """Throw away a draft of one's own."""
    service.remove_draft(attachment_id, acting())
    if is_htmx():
        return make_response("", 200)
    return jsonify(removed=attachment_id) if wants_json() else redirect("/", 303)  # type: ignore[return-value]
