"""What a file really is, found out by opening it. Its name and the browser's word for it are never believed."""

from __future__ import annotations

import io
import threading
import unicodedata
import zipfile
from typing import NamedTuple
from urllib.parse import urlsplit

from flask_babel import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

LONGEST_SIDE = 1600
"""Pixels of the longer side of a stored photo: enough to read a banner, small enough for a weak network."""

_QUALITY = 80
_REDUCED_PIXELS = 220_000_000  # a baseline JPEG is decoded at a reduced scale: even 200 megapixels cost little memory
_WHOLE_PIXELS = 40_000_000  # PNG, WebP and progressive JPEG are decoded whole: 160 MB at most
_ZIP_ENTRIES = 5_000
_ZIP_BYTES = 200 * 1024 * 1024
_DECODING = threading.BoundedSemaphore(2)

Image.MAX_IMAGE_PIXELS = _REDUCED_PIXELS

_OFFICE = {
    "word/document.xml": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}


class Inspected(NamedTuple):
    """A file that may be kept: its bytes as they are to be stored, its true media type and ending, a small preview."""

    data: bytes
    content_type: str
    ending: str
    preview: bytes = b""


class Unusable(Exception):
    """This file cannot be kept; the message is an Indonesian sentence without the file's name."""


def inspect(data: bytes) -> Inspected:
    """Recognise a file and make it safe to keep. Raises Unusable.

    Photos (JPEG, PNG, WebP) become WebP of at most 1,600 pixels without EXIF; PDF, DOCX and XLSX stay as they are, but
    without macros and within bounds once unpacked.
    """
    if not data:
        raise Unusable(_("berkas kosong."))
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return _photo(data)
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unusable(_("format lama atau dilindungi sandi. Simpan sebagai PDF, DOCX, atau XLSX tanpa sandi."))
    raise Unusable(_("jenis berkas tidak dikenal. Kirim foto (JPEG, PNG, WebP), PDF, DOCX, atau XLSX."))


def _photo(data: bytes) -> Inspected:
    broken = _("foto rusak atau tidak lengkap. Ambil ulang atau kirim foto lain.")
    try:
        with _DECODING, Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            reducible = image.format == "JPEG" and not image.info.get("progressive")
            limit = _REDUCED_PIXELS if reducible else _WHOLE_PIXELS
            if image.width * image.height > limit:
                raise Unusable(_("ukuran foto terlalu besar (piksel). Perkecil dahulu."))
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            return Inspected(*_shrunk(image))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unusable(broken) from error


def _shrunk(image: Image.Image) -> tuple[bytes, str, str, bytes]:
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    transparent = "A" in upright.getbands() or "transparency" in upright.info
    converted = upright.convert("RGBA" if transparent else "RGB")
    bare = Image.new(converted.mode, converted.size)  # a new image has no EXIF, XMP, profile or comment to carry along
    bare.paste(converted)
    small = bare.convert("RGB")
    small.thumbnail((144, 144))
    return _webp(bare, _QUALITY), "image/webp", "webp", _webp(small, 60)


def _webp(image: Image.Image, quality: int) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=quality, method=3)
    return target.getvalue()


def _pdf(data: bytes) -> Inspected:
    tail = data[-2048:]
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise Unusable(_("PDF rusak atau terpotong. Simpan ulang, lalu kirim lagi."))
    return Inspected(data, "application/pdf", "pdf")


def _office(data: bytes) -> Inspected:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename.lower() for entry in entries}
            if len(entries) > _ZIP_ENTRIES or sum(entry.file_size for entry in entries) > _ZIP_BYTES:
                raise Unusable(_("isi berkas terlalu besar setelah dibuka."))
            found = next((_OFFICE[name] for name in _OFFICE if name in names), None)
            if found is None or "[content_types].xml" not in names:
                raise Unusable(_("jenis berkas tidak dikenal. Kirim foto (JPEG, PNG, WebP), PDF, DOCX, atau XLSX."))
            if any(entry.flag_bits & 1 for entry in entries):
                raise Unusable(_("berkas dilindungi sandi. Kirim tanpa sandi."))
            if _has_macros(archive, names):
                raise Unusable(_("berkas berisi makro. Simpan tanpa makro (DOCX atau XLSX), lalu kirim lagi."))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise Unusable(_("berkas rusak atau tidak lengkap. Simpan ulang, lalu kirim lagi.")) from error
    return Inspected(data, *found)


def _has_macros(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if any("vbaproject" in name or "vbadata" in name or "/macrosheets/" in name or "activex" in name for name in names):
        return True
    name = next(entry for entry in archive.namelist() if entry.lower() == "[content_types].xml")
    with archive.open(name) as part:
        return b"macroenabled" in part.read(1024 * 1024).lower()


# --- names and links ---------------------------------------------------------------------------------------------


def shown_name(name: str | None, ending: str) -> str:
    """A name that can be shown and saved: no path, no control or direction characters, the ending of the true type."""
    text = unicodedata.normalize("NFC", (name or "").replace("\\", "/").rpartition("/")[2])
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    stem = text.rpartition(".")[0] if "." in text else text
    return f"{' '.join(stem.split()).strip('. ')[:120] or _('berkas')}.{ending}"


def checked_link(url: str) -> tuple[str, str]:
    """(address, host) of a link that may be shown. Raises Unusable unless it is a whole http or https address."""
    url = url.strip()
    wrong = _("Tulis alamat lengkap yang dimulai dengan https://, misalnya https://contoh.id/berita.")
    if len(url) > 1000 or any(c.isspace() or unicodedata.category(c)[0] == "C" for c in url):
        raise Unusable(wrong)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Unusable(wrong) from error
    if parts.scheme.lower() not in {"http", "https"} or "." not in host.strip(".") or "@" in parts.netloc or port == 0:
        raise Unusable(wrong)
    return url, host.removeprefix("www.")
