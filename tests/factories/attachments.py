"""Files as people send them, and files as nobody should."""

from __future__ import annotations

import io
import zipfile

from PIL import Image
from werkzeug.datastructures import FileStorage


def photo(width: int = 640, height: int = 480, kind: str = "JPEG", color: str = "navy", **options: object) -> bytes:
    """A photo; `exif=` and the like go to Pillow."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), color).save(target, kind, **options)
    return target.getvalue()


def pdf(text: str = "Laporan") -> bytes:
    """The smallest PDF that has the structure of one."""
    body = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%" + text.encode() + b"\n"
    return body + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R >>\nstartxref\n" + b"60\n%%EOF\n"


def office(main: str = "xl/workbook.xml", extra: dict[str, bytes] | None = None, types: bytes = b"<Types/>") -> bytes:
    """A DOCX or XLSX by its parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr(main, b"<workbook/>")
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return target.getvalue()


def upload(data: bytes, name: str = "Foto kegiatan.jpg") -> FileStorage:
    """What a form sends."""
    return FileStorage(io.BytesIO(data), filename=name)


def sent(data: bytes, name: str = "Foto kegiatan.jpg") -> tuple[io.BytesIO, str]:
    """The same for the test client."""
    return io.BytesIO(data), name
