"""The design system: macros say what numbers are, keep what was typed, escape what people wrote, and stay light."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
from flask import Flask, render_template, render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, PasswordField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from kbpartners import ROOT, formats, layout
from kbpartners.forms import BaseForm, LongTextField, TextField

NASTY = '<script>alert(1)</script> & "kutip"'


@pytest.fixture
def draw(app: Flask) -> Iterator[Any]:
    """`draw("{{ ui.badge(b) }}", b=…)` draws a template in a request and reads the result as HTML."""
    with app.test_request_context("/uji"):
        app.preprocess_request()
        yield lambda source, **context: lxml.html.fragment_fromstring(
            render_template_string(source, **context), create_parent="body"
        )


def text(node: Any) -> str:
    return " ".join(node.text_content().replace("\u00a0", " ").split())


# --- numbers -----------------------------------------------------------------------------------------------------


def test_not_reported_is_not_zero(draw: Any) -> None:
    """No accepted value is a dashed bar and words; a reported 0 is a bar with "0,0 %"."""
    none = draw("{{ ui.progress(None, label='target 8 Kodim') }}")
    assert text(none) == "Belum dilaporkan, target 8 Kodim"
    assert none.xpath("//svg/@class") == ["bar nil"]
    assert "0" not in none.xpath("string(//svg/@aria-label)")
    zero = draw("{{ ui.progress(0.0, label='0 dari 12') }}")
    assert text(zero) == "0,0 %0 dari 12"
    assert not zero.xpath("//rect")


def test_pending_is_apart_from_accepted(draw: Any) -> None:
    both = draw("{{ ui.progress(69.7, 5.4, '+ 13 belum diverifikasi') }}")
    assert [rect.get("class") for rect in both.xpath("//rect")] == ["ok", "pend", "tick"]
    assert text(both) == "69,7 %+ 13 belum diverifikasi"
    assert "5,4" in both.xpath("string(//svg/@aria-label)")
    only = draw("{{ ui.progress(None, 13.0) }}")
    assert [rect.get("class") for rect in only.xpath("//rect")] == ["pend"]
    assert "%" not in text(only)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pct=st.none() | st.floats(0, 5000), pending=st.none() | st.floats(0, 500))
def test_the_bar_is_never_clipped(draw: Any, pct: float | None, pending: float | None) -> None:
    """Whatever was reached fits into the track, and its true per cent stands beside it."""
    drawn = draw("{{ ui.progress(pct, pending) }}", pct=pct, pending=pending)
    widths = {rect.get("class"): (float(rect.get("x", 0)), float(rect.get("width"))) for rect in drawn.xpath("//rect")}
    assert all(x >= -0.7 and x + width <= 101.3 for x, width in widths.values())
    assert ("over" in widths) == ((pct or 0) > 100)
    assert pct is None or formats.percent(round(pct * 100)) in drawn.text_content()


# --- statuses, icons ---------------------------------------------------------------------------------------------


def test_a_badge_is_shape_word_and_colour(draw: Any) -> None:
    """Every status of `formats` has an icon in the sprite, a word and a colour in the stylesheet."""
    sprite = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")
    css = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
    for key in formats._STATUS:
        look = formats.badge(formats.State(key, 3))
        badge = draw("{{ ui.badge(look) }}", look=look)
        assert text(badge) == look.text
        assert badge.xpath("string(//use/@href)").endswith(f"#{look.icon}")
        assert f'<symbol id="{look.icon}"' in sprite, key
        assert re.search(rf"\.st-{look.kind}\b", css), key


def test_every_icon_that_a_page_names_exists() -> None:
    """A misspelt icon draws nothing and says nothing: look for it here."""
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")))
    asked = {icon for menu in layout._MENUS.values() for _href, icon in menu}
    calls = re.compile(r"""ui\.(?:icon|empty)\(\s*["']([\w-]+)["']""")
    for template in (ROOT / "templates").rglob("*.html"):
        asked |= set(calls.findall(template.read_text(encoding="utf-8")))
    assert not asked - sprite


# --- forms -------------------------------------------------------------------------------------------------------


class Report(BaseForm):
    """One control of each kind."""

    title = TextField("Judul", [InputRequired()])
    count = IntegerField("Jumlah")
    note = LongTextField("Apa yang sudah dikerjakan")
    status = RadioField("Bagaimana jalannya?", choices=[("on_track", "Sesuai rencana"), ("obstacle", "Ada kendala")])
    unit_id = SelectField("Satuan", coerce=int, choices=[], validate_choice=False)
    units = SelectMultipleField("Pendukung", coerce=int, choices=[(1, "8 Kodim"), (2, "17 OPD-KB"), (3, "Polres")])
    password = PasswordField("Kata sandi", [InputRequired()])


GROUPS = {"TNI": [(1, "Kodam II/Sriwijaya"), (2, "Kodim 0405/Lahat")], "Polri": [(3, "Polda Sumatera Selatan")]}
ALL_FIELDS = """{{ fm.errsum(form) }}{{ fm.field(form.title) }}{{ fm.field(form.count, 'number', unit='orang') }}
{{ fm.field(form.note, 'textarea', hint='Singkat saja.') }}{{ fm.picks(form.status) }}
{{ fm.field(form.unit_id, 'select') }}{{ fm.picks(form.units) }}{{ fm.field(form.password, 'password') }}"""


def refused(**typed: Any) -> Report:
    form = Report(formdata=MultiDict(typed), meta={"csrf": False})
    form.unit_id.choices = GROUPS
    form.validate()
    return form


def test_what_was_typed_is_drawn_again(draw: Any) -> None:
    """A refused form shows each value as it was typed, even one that could not be understood; never a password."""
    note = "\n baris satu\n</textarea>" + NASTY
    form = refused(
        title="", count="1,81 ribu", note=note, status="obstacle", unit_id="3", units=["1", "3"], password="rahasia"
    )
    drawn = draw(ALL_FIELDS, form=form)
    assert drawn.xpath("string(//input[@name='count']/@value)") == "1,81 ribu"
    assert drawn.xpath("string(//textarea[@name='note'])") == note.strip()  # the form's own cleaning
    assert drawn.xpath("//input[@name='status'][@checked]/@value") == ["obstacle"]
    assert drawn.xpath("//select[@name='unit_id']/optgroup/option[@selected]/@value") == ["3"]
    assert drawn.xpath("//input[@name='units'][@checked]/@value") == ["1", "3"]
    assert not drawn.xpath("//input[@type='password']/@value")
    assert "rahasia" not in lxml.html.tostring(drawn, encoding="unicode")


def test_a_record_fills_its_form(draw: Any) -> None:
    form = Report(
        formdata=None, data={"title": NASTY, "count": 0, "unit_id": 2, "units": [2], "note": None}, meta={"csrf": False}
    )
    form.unit_id.choices = GROUPS
    drawn = draw(ALL_FIELDS, form=form)
    assert drawn.xpath("string(//input[@name='title']/@value)") == NASTY
    assert drawn.xpath("string(//input[@name='count']/@value)") == "0"
    assert drawn.xpath("//option[@selected]/@value") == ["2"]
    assert drawn.xpath("//input[@name='units'][@checked]/@value") == ["2"]
    assert drawn.xpath("string(//textarea)") == ""
    assert not drawn.xpath("//*[@class='errsum']")


def test_an_empty_choice_is_not_a_wrong_number(draw: Any) -> None:
    """`("", "Pilih …")` stands before numbers: WTForms' own iteration would fail on it."""
    form = Report(formdata=None, meta={"csrf": False})
    form.unit_id.choices = [("", "Pilih satuan"), (1, "Kodam II/Sriwijaya")]
    assert draw("{{ fm.field(form.unit_id, 'select') }}", form=form).xpath("//option[@selected]/@value") == [""]


def test_the_error_summary_links_to_the_fields(draw: Any) -> None:
    form = refused(title="", count="banyak", unit_id="1", status="on_track", password="x")
    form.form_errors.append(f"Kedua tanggal bertukar {NASTY}")
    drawn = draw(ALL_FIELDS, form=form)
    box = drawn.xpath("//*[@class='errsum']")[0]
    assert (box.get("tabindex"), box.get("role")) == ("-1", "alert")
    assert box.xpath(".//h2/text()") == ["Belum tersimpan"]
    links = box.xpath(".//a/@href")
    assert links == ["#title", "#count"]
    for link in links:
        control = drawn.xpath(f"//*[@id='{link[1:]}']")[0]
        assert control.get("aria-invalid") == "true"
        assert text(drawn.xpath(f"//*[@id='{control.get('aria-describedby')}']")[0])
    assert "Kedua tanggal bertukar" in text(box)
    assert not box.xpath(".//script")


def test_the_summary_reaches_a_choice_and_counts_what_is_wrong(draw: Any) -> None:
    """The first box of a choice carries the field's id."""
    form = refused(title="Ada", count="1", unit_id="1", status="tidak ada", password="x")
    drawn = draw(ALL_FIELDS, form=form)
    assert drawn.xpath("//*[@class='errsum']//a/@href") == ["#status"]
    assert drawn.xpath("//*[@id='status']/@type") == ["radio"]
    assert "1 isian perlu diperbaiki." in text(drawn)


def test_every_control_has_its_label_before_it(draw: Any) -> None:
    drawn = draw(ALL_FIELDS, form=refused())
    for control in drawn.xpath("//input[not(@type='radio' or @type='checkbox')]|//select|//textarea"):
        label = drawn.xpath(f"//label[@for='{control.get('id')}']")
        assert len(label) == 1
        order = list(drawn.iter())
        assert order.index(label[0]) < order.index(control)
    ids = drawn.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_attributes_pass_through_and_are_escaped(draw: Any) -> None:
    form = Report(formdata=None, meta={"csrf": False})
    attrs = {"id": "judul-7", "hx-get": '/a?b="c"', "autofocus": True, "list": None}
    drawn = draw("{{ fm.field(form.title, attrs=attrs) }}", form=form, attrs=attrs)
    control = drawn.xpath("//input")[0]
    assert (control.get("id"), control.get("hx-get"), "list" in control.attrib) == ("judul-7", '/a?b="c"', False)
    assert "autofocus" in control.attrib
    assert drawn.xpath("//label/@for") == ["judul-7"]


# --- what people wrote -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [
    "{{ ui.lamp('red', 'Merah', nasty) }}", "{{ ui.dl([('Satuan', nasty)]) }}", "{{ ui.chip(nasty, '/x') }}",
    "{{ ui.empty('list', nasty, nasty, [nasty], (nasty, '/x')) }}", "{{ ui.progress(1.0, label=nasty) }}",
    "{{ ui.chain([(nasty, 1, nasty, '/x', False)]) }}", "{{ ui.copy_button(nasty, 'Salin') }}",
    "{% call ui.head(nasty, [(nasty, None)], nasty, nasty) %}{{ nasty }}{% endcall %}",
    "{{ ui.files([{'filename': nasty, 'url': '/x', 'size': 10, 'caption': nasty}]) }}",
    "{% call ui.confirm(nasty, '/x', nasty, '/y', [('name', nasty)]) %}{% endcall %}",
    "{{ fm.filter_text('q', nasty, nasty) }}{{ fm.filter_select('s', nasty, [(nasty, nasty)], nasty) }}",
    "{{ ui.badge(look) }}",
])  # fmt: skip
def test_text_is_escaped(draw: Any, source: str) -> None:
    drawn = draw(source, nasty=NASTY, look=formats.Badge("late", "late", NASTY))
    assert not drawn.xpath("//script")
    written = [drawn.text_content(), *drawn.xpath("//@value")]
    assert any(NASTY in words for words in written)


def test_a_copied_text_is_the_text(draw: Any) -> None:
    """To the letter; without JavaScript it can be opened and read."""
    words = "Halo,\n• K-0042 <terlambat>\n"
    drawn = draw("{{ ui.copy_button(words, 'Salin untuk WhatsApp') }}", words=words)
    assert drawn.xpath("string(//details//textarea)") == words
    assert text(drawn.xpath("//summary[@data-copy]")[0]) == "Salin untuk WhatsApp"


def test_nothing_to_page_through_is_nothing(draw: Any) -> None:
    assert not draw("{{ ui.pager(None, None) }}").xpath("//nav")
    assert draw("{{ ui.pager('/a', '/a?after=x') }}").xpath("//a/@href") == ["/a", "/a?after=x"]


# --- error pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [400, 403, 404, 409, 413, 419, 422, 429, 500])
def test_an_error_says_what_to_do_and_its_number(app: Flask, code: int) -> None:
    with app.test_request_context("/uji"):
        app.preprocess_request()
        html = render_template(
            "errors/error.html", code=code, title="Judul galat", text=NASTY, steps=["Langkah satu"], request_id="8f2c41"
        )
    tree = lxml.html.fromstring(html)
    assert tree.xpath("string(//h1)") == "Judul galat"
    assert "Langkah satu" in text(tree)
    assert "8f2c41" in text(tree)
    assert not tree.xpath("//*[@style or @onclick]|//body//script")
    assert "/masuk" in tree.xpath("//main//a/@href"), "an anonymous person gets the way in, not the menu"
    assert not tree.xpath("//nav")


def test_a_conflict_marks_what_differs(app: Flask, who: Any) -> None:
    rows = [
        ("Judul", "Sama", "Sama"),
        ("Tenggat", "12 Juni 2026", "5 Juni 2026", "5 Juni 2026"),
        ("Catatan", "", NASTY),
    ]
    with app.test_request_context("/uji"):
        app.preprocess_request()
        html = render_template(
            "errors/conflict.html",
            me=who("sekretariat"),
            rows=rows,
            action="/komitmen/1/ubah",
            fields=[("version", "4"), ("note", NASTY)],
        )
    tree = lxml.html.fromstring(html)
    saved, yours = tree.xpath("//dl[contains(@class, 'diff')]")
    assert [text(node) for node in saved.xpath(".//del|.//ins")] == ["5 Juni 2026", "12 Juni 2026", "–"]
    assert [text(node) for node in yours.xpath(".//del|.//ins")] == [" ".join(NASTY.split())]
    assert tree.xpath("//form[@action='/komitmen/1/ubah']//input[@name='note']/@value") == [NASTY]


@pytest.mark.parametrize("kind", ["resubmit", "recovered"])
def test_an_ended_session_shows_what_was_typed(app: Flask, who: Any, kind: str) -> None:
    fields = [("", "status", "on_track"), ("Kendala", "obstacle", NASTY)]
    with app.test_request_context("/uji"):
        app.preprocess_request()
        anonymous = kind == "resubmit"
        person = None if anonymous else who("tni")
        html = render_template(
            f"errors/{kind}.html", me=person, fields=fields, draft="d.r.aft", action="/komitmen/1/laporan"
        )
    tree = lxml.html.fromstring(html)
    assert tree.xpath("string(//main//textarea)").strip() == NASTY
    if anonymous:
        form = tree.xpath("//form[@action='/masuk']")[0]
        assert {"email", "password", "draft", "csrf_token"} <= set(form.xpath(".//@name"))
    else:
        form = tree.xpath("//form[@action='/komitmen/1/laporan']")[0]
        assert form.xpath("string(.//input[@name='status']/@value)") == "on_track"
        assert form.xpath("string(.//textarea/@name)") == "obstacle"


# --- weight ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "bytes_", "lines"), [
    ("app.css", 8192, 520), ("app.js", 4096, 100), ("upload.js", 4096, 120), ("icons.svg", 2048, 70),
])  # fmt: skip
def test_the_front_end_stays_light(name: str, bytes_: int, lines: int) -> None:
    """Compressed size and length, because a first visit over a village's network is paid for by the officer."""
    content = (ROOT / "static" / name).read_bytes()
    assert len(gzip.compress(content, 9, mtime=0)) <= bytes_
    assert content.count(b"\n") < lines


def test_no_inline_style_or_handler_in_any_template() -> None:
    """The content security policy would block them without a word."""
    forbidden = re.compile(r"""\s(?:style|on[a-z]+)\s*=\s*["']|\|\s*safe\b|href=["']javascript:""")
    for template in (ROOT / "templates").rglob("*.html"):
        if "emails" not in template.parts:
            assert not forbidden.search(template.read_text(encoding="utf-8")), template.name
