"""What a file is, is found out by opening it; what is kept is safe to show."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kbpartners.attachments.inspection import Unusable, checked_link, inspect, shown_name
from tests.factories import attachments as make


@pytest.fixture(autouse=True)
def words(app: Flask):
    with app.test_request_context():
        yield


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_of_every_kind_become_webp(kind: str) -> None:
    kept = inspect(make.photo(kind=kind))
    assert (kept.content_type, kept.ending) == ("image/webp", "webp")
    assert opened(kept.data).format == "WEBP"


def test_a_photo_is_shrunk_to_1600_pixels_and_a_small_one_stays_small() -> None:
    assert opened(inspect(make.photo(4000, 3000)).data).size == (1600, 1200)
    assert opened(inspect(make.photo(300, 200)).data).size == (300, 200)


def test_a_photo_gets_a_small_preview() -> None:
    kept = inspect(make.photo(4000, 3000))
    assert max(opened(kept.preview).size) == 144
    assert len(kept.preview) < 4000


def test_exif_goes_and_the_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the picture has to be rotated by 90°
    exif[0x010F] = "Merek Kamera"
    exif.get_ifd(0x8825)[1] = "S"
    kept = inspect(make.photo(800, 400, exif=exif))
    image = opened(kept.data)
    assert image.size == (400, 800)
    assert not image.getexif()
    assert b"Merek" not in kept.data
    assert "exif" not in image.info
    assert "icc_profile" not in image.info


def test_a_transparent_picture_stays_transparent() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(target, "PNG")
    assert opened(inspect(target.getvalue()).data).mode == "RGBA"


def test_a_grey_or_palette_or_cmyk_picture_is_kept_too() -> None:
    for mode, kind in (("L", "PNG"), ("P", "PNG"), ("1", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG")):
        target = io.BytesIO()
        Image.new(mode, (20, 20)).save(target, kind)
        assert opened(inspect(target.getvalue()).data).format == "WEBP", mode


def test_pdf_and_office_files_stay_as_they_are() -> None:
    for data, ending in (
        (make.pdf(), "pdf"),
        (make.office(), "xlsx"),
        (make.office("word/document.xml"), "docx"),
    ):
        kept = inspect(data)
        assert (kept.data, kept.ending) == (data, ending)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "kosong"),
        (make.photo()[:500], "rusak"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 100, "rusak"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "rusak"),
        (b"RIFF\x00\x00\x00\x00WEBP", "rusak"),
        (make.pdf()[:-20], "terpotong"),
        (b"%PDF-1.4 saja", "terpotong"),
        (b"<html><script>alert(1)</script>", "tidak dikenal"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "tidak dikenal"),
        (b"GIF89a" + b"\x00" * 50, "tidak dikenal"),
        (b"MZ\x90\x00", "tidak dikenal"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 50, "sandi"),
        (b"PK\x03\x04rusak", "rusak"),
        (make.office("catatan.txt"), "tidak dikenal"),
        (make.office(extra={"xl/vbaProject.bin": b"x"}), "makro"),
        (make.office("word/document.xml", extra={"word/vbaData.xml": b"x"}), "makro"),
        (make.office(extra={"xl/macrosheets/sheet1.xml": b"x"}), "makro"),
        (
            make.office(types=b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main"/>'),
            "makro",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        inspect(data)


def test_a_zip_bomb_is_refused_by_its_declared_size() -> None:
    bomb = make.office(extra={f"xl/b{n}.xml": b"\x00" * 30_000_000 for n in range(8)})
    assert len(bomb) < 400_000
    with pytest.raises(Unusable, match="terlalu besar"):
        inspect(bomb)


def test_a_picture_bomb_is_refused_before_it_is_decoded() -> None:
    target = io.BytesIO()
    Image.new("1", (8000, 6000)).save(target, "PNG")
    assert len(target.getvalue()) < 50_000
    with pytest.raises(Unusable, match="terlalu besar"):
        inspect(target.getvalue())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-", b"PK\x03\x04"]))
def test_any_bytes_are_kept_or_refused_but_never_break(data: bytes, head: bytes) -> None:
    try:
        kept = inspect(head + data).data
    except Unusable as problem:
        kept = str(problem).encode()
    assert kept


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Foto Kikim Timur.JPG", "Foto Kikim Timur.webp"),
        ("../../etc/passwd", "passwd.webp"),
        ("C:\\Users\\Budi\\surat.docx", "surat.webp"),
        ("laporan\r\nSet-Cookie: a.pdf", "laporanSet-Cookie a.webp"),
        ("foto\u202egpj.exe", "fotogpj.webp"),
        ("", "berkas.webp"),
        (None, "berkas.webp"),
        (".htaccess", "berkas.webp"),
        ("x" * 400 + ".png", "x" * 120 + ".webp"),
        ("Kegiatan “TNI” <b>.png", "Kegiatan “TNI” b.webp"),
    ],
)
def test_a_name_is_shown_without_what_could_do_harm(name: str | None, shown: str) -> None:
    assert shown_name(name, "webp") == shown


@pytest.mark.parametrize("url", ["https://www.contoh.id/berita?id=1", "http://contoh.id", "HTTPS://Contoh.id/x"])
def test_a_link_to_the_web_is_kept(url: str) -> None:
    address, host = checked_link(f" {url} ")
    assert address == url
    assert host == "contoh.id"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://contoh.id/x",
        "//contoh.id",
        "contoh.id",
        "https://",
        "https://localhost",
        "https://budi:sandi@contoh.id",
        "https://contoh.id/a b",
        "https://contoh.id/\u202e",
        "https://[::1",
        "https://contoh.id:99999",
        "https://contoh.id/" + "x" * 1000,
    ],
)
def test_anything_else_is_not_a_link(url: str) -> None:
    with pytest.raises(Unusable):
        checked_link(url)
