"""What can go wrong, as exceptions of the domain, and the pages that say in Indonesian what happened and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException


class DomainError(Exception):
    """Something the person can do something about. `message` is an Indonesian sentence."""

    status = 400

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """No such record, or not one that this person may see: the answer is the same."""

    status = 404


class Refused(DomainError):
    """The record may be seen, this deed may not be done on it by this person."""

    status = 403


class Invalid(DomainError):
    """A rule of the domain is broken; `field` names the form's field it belongs to ("" = the whole form)."""

    status = 422

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass
class FieldConflict:
    """One field that two people changed: label, what is saved now, what the second person typed."""

    label: str
    saved: str
    yours: str


class Conflict(DomainError):
    """Somebody saved first. Carries both versions so that nothing typed is lost."""

    status = 409

    def __init__(self, rows: list[FieldConflict], version: int) -> None:
        super().__init__()
        self.rows, self.version = rows, version


class TooMany(DomainError):
    """Throttled; `seconds` until the next try is worth it."""

    status = 429

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True)
class Explanation:
    """A page's words: what happened, and what to do about it."""

    title: str
    text: str
    steps: list[str] = field(default_factory=list)


def explain(code: int) -> Explanation:
    """The words for an HTTP status."""
    words = {
        400: Explanation(
            _("Permintaan tidak dapat dibaca"),
            _("Alamat atau isian yang dikirim tidak lengkap."),
            [_("Kembali ke halaman sebelumnya dan ulangi."), _("Bila berulang, hubungi sekretariat.")],
        ),
        403: Explanation(
            _("Tidak berwenang"),
            _("Akun Anda tidak berwenang membuka atau melakukan ini."),
            [
                _("Periksa apakah Anda masuk dengan akun yang benar."),
                _("Bila tugas ini bagian Anda, minta sekretariat memberi wewenang."),
            ],
        ),
        404: Explanation(
            _("Halaman tidak ditemukan"),
            _("Alamat ini tidak ada, atau isinya bukan untuk akun Anda."),
            [_("Periksa tautannya."), _("Cari dengan kotak pencarian."), _("Mulai lagi dari Beranda.")],
        ),
        405: Explanation(
            _("Cara membuka tidak sesuai"),
            _("Alamat ini tidak dapat dibuka dengan cara itu."),
            [_("Kembali ke halaman sebelumnya dan gunakan tombolnya.")],
        ),
        409: Explanation(
            _("Sudah diubah orang lain"),
            _("Data ini berubah sejak Anda membukanya."),
            [_("Bandingkan kedua isi, lalu simpan lagi.")],
        ),
        413: Explanation(
            _("Berkas terlalu besar"),
            _("Kiriman melebihi batas %(limit)s MB.", limit=current_app.config["KB"].upload_limit // 2**20),
            [
                _("Perkecil foto atau pecah berkasnya, lalu kirim lagi."),
                _("Teks yang sudah Anda ketik masih ada bila Anda kembali ke halaman sebelumnya."),
            ],
        ),
        419: Explanation(
            _("Sesi berakhir"), _("Sesi Anda berakhir sebelum isian terkirim. Isian Anda masih ada di bawah."), []
        ),
        422: Explanation(
            _("Belum dapat diproses"),
            _("Ada isian yang perlu diperbaiki."),
            [_("Kembali ke halaman sebelumnya dan periksa isiannya.")],
        ),
        429: Explanation(
            _("Terlalu banyak percobaan"),
            _("Untuk sementara percobaan berikutnya ditolak."),
            [_("Tunggu sebentar, lalu coba lagi.")],
        ),
        500: Explanation(
            _("Terjadi kesalahan di sistem"),
            _("Ini bukan kesalahan Anda. Tidak ada yang tersimpan setengah."),
            [
                _("Coba lagi beberapa saat."),
                _("Bila berulang, sampaikan nomor permintaan di bawah kepada sekretariat."),
            ],
        ),
    }
    return words.get(code, words[400 if code < 500 else 500])


def wants_json() -> bool:
    """A script or the page's own uploader asked, not a person."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def error_page(code: int, message: str = "", headers: dict[str, str] | None = None) -> Response:
    """The page (or the JSON) for an error; an htmx request gets the page's inside, swapped into the main region."""
    words = explain(code)
    if wants_json():
        response = jsonify(error=message or words.text, title=words.title, request_id=g.get("request_id", ""))
    else:
        response = make_response(
            render_template(
                "errors/error.html",
                code=code,
                title=words.title,
                text=message or words.text,
                steps=words.steps,
                request_id=g.get("request_id", ""),
            )
        )
    response.status_code = code
    response.headers.update(headers or {})
    return response


def _plainest_page() -> Response:
    number = g.get("request_id", "")
    page = (
        '<!doctype html><html lang="id"><head><meta charset="utf-8"><title>KB Partners</title></head><body>'
        "<h1>Terjadi kesalahan di sistem</h1><p>Ini bukan kesalahan Anda. Coba lagi beberapa saat. Bila berulang, "
        f"sampaikan nomor ini kepada sekretariat: {number}</p></body></html>"
    )
    return make_response(page, 500)


def conflict_page(error: Conflict, *, action: str, saved_href: str, title: str = "") -> Response:
    """The 409 answer to an edit form: both versions side by side, and what was typed ready to be saved over the other.

    `action` is where the form goes, `saved_href` where the saved version is shown.
    """
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", "version"}]
    page = render_template(
        "errors/conflict.html",
        title=title,
        rows=[(row.label, row.saved, row.yours) for row in error.rows],
        action=action,
        saved_href=saved_href,
        fields=[*typed, ("version", str(error.version))],
    )
    return make_response(page, 409)


def init_app(app: Flask) -> None:
    """Translate exceptions into answers, once."""
    from kbpartners.resubmit import session_over

    @app.errorhandler(DomainError)
    def domain(error: DomainError) -> Response:
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooMany) else None
        return error_page(error.status, error.message, headers)

    @app.errorhandler(CSRFError)
    def csrf(error: CSRFError) -> Response:
        return session_over()

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | Any:
        if error.response is not None or (error.code or 500) < 400:
            return error
        headers = {k: v for k, v in error.get_headers() if k.lower() in {"allow", "retry-after"}}
        return error_page(error.code or 500, headers=headers)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        if app.config["PROPAGATE_EXCEPTIONS"]:
            raise error
        app.logger.exception("kesalahan tak terduga", extra={"request_id": g.get("request_id", "")})
        if not has_request_context():
            return make_response("", 500)
        try:
            return error_page(500)
        except Exception:
            # What broke may be what every page needs (the database): then the plainest of pages, with the same number.
            app.logger.exception("halaman galat tidak dapat disusun", extra={"request_id": g.get("request_id", "")})
            return _plainest_page()
