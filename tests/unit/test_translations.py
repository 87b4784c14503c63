"""The English catalogue is complete: every text of code and pages has a translation with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "kbpartners/translations/en/LC_MESSAGES/messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


def source_texts() -> set[str]:
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None}
    texts: set[str] = set()
    for folder, methods in (
        ("kbpartners", [("**.py", "python")]),
        ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")]),
    ):
        found = extract_from_dir(str(ROOT / folder), method_map=methods, keywords=keywords)
        texts |= {message for _file, _line, message, _comments, _context in found if message}
    return texts


def test_every_text_has_an_english_one() -> None:
    with CATALOGUE.open("rb") as file:
        english = {message.id: message.string for message in read_po(file, locale="en") if message.id}
    missing = sorted(text for text in source_texts() if not english.get(text))
    assert missing == []


def test_translations_keep_the_placeholders() -> None:
    with CATALOGUE.open("rb") as file:
        wrong = [
            message.id
            for message in read_po(file, locale="en")
            if message.id and sorted(PLACEHOLDER.findall(message.id)) != sorted(PLACEHOLDER.findall(message.string))
        ]
    assert wrong == []


def test_a_person_who_chose_english_reads_english(sign_in, write, cast) -> None:
    from kbpartners.accounts.models import User
    from kbpartners.db import db

    with write():
        db.session.get_one(User, cast.users["pimpinan"]).locale = "en"
    page = sign_in("pimpinan").get("/komitmen")
    assert page.h1 == "Commitments"
    assert page.select("//html/@lang") == ["en"]
