"""The secretariat records on behalf of units and decides on reports."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.cast import Cast
from tests.commitments.helpers import first_value
from tests.factories import attachments as files
from tests.factories import commitments as make


def test_the_secretariat_records_on_behalf_and_goes_on_with_the_next(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}")
    sent = browser.submit(
        page,
        f"/komitmen/{one}/laporan",
        {
            first_value(app, one): "175",
            "note": "Lapor, 7 kecamatan lagi.",
            "source": "whatsapp",
            "sender": "Kapten Sari",
            "source_date": "09/06/2026",
            "files": files.sent(files.photo(), "Tangkapan layar.png"),
        },
    )
    after = browser.get(sent.location)
    assert "Laporan tercatat. Atas nama Kodam II/Sriwijaya" in after.text
    assert "bukti sumber" in after.text
    following = next(link for link in after.links() if link.startswith("/komitmen/catat?"))
    assert "sender=Kapten+Sari" in following
    picked = browser.get(following)
    href = next(link for link in picked.links() if link.startswith(f"/komitmen/{one}?"))
    form = browser.get(href.partition("#")[0]).form(f"/komitmen/{one}/laporan")
    assert (form["source"], form["sender"], form["source_date"]) == ("whatsapp", "Kapten Sari", "09/06/2026")
    assert browser.get("/komitmen/catat?q=babinsa", htmx="pilihan").tree.get("id") == "pilihan"


def test_an_entry_on_behalf_without_sender_or_with_a_wrong_day_is_refused(sign_in, one: int) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}")
    fields = {"note": "Lapor", "source": "letter", "source_date": "31/02/2026"}
    assert browser.submit(page, f"/komitmen/{one}/laporan", fields, 422).errors() == [
        "Tanggal 31 tidak ada di bulan itu."
    ]
    fields = {"note": "Lapor", "source": "letter", "source_date": "01/06/2026"}
    assert browser.submit(page, f"/komitmen/{one}/laporan", fields, 422).errors() == ["Tulis siapa pengirimnya."]


@pytest.fixture
def waiting(cast: Cast, write, one: int) -> int:
    with write():
        return make.reported(cast, one, 181, note="13 kecamatan lagi.")


def verify_path(report_id: int) -> str:
    return f"/komitmen/laporan/{report_id}/verifikasi"


def test_the_verification_shows_accepted_beside_submitted(sign_in, one: int, waiting: int) -> None:
    page = sign_in("sekretariat").get(f"/komitmen/{one}")
    cells = [" ".join(td.text_content().split()) for td in page.select("//table[contains(@class,'vals')]//td")]
    assert cells == ["168", "181 (+13)", "–", "belum dilaporkan"]
    actions = page.select(f"//form[@action='{verify_path(waiting)}']//input[@name='decision']/@value")
    assert actions == ["accept", "return"]


def test_a_report_is_accepted_without_javascript(app: Flask, sign_in, one: int, waiting: int) -> None:
    browser = sign_in("sekretariat")
    done = browser.post(verify_path(waiting), {"decision": "accept"}, page=f"/komitmen/{one}")
    assert done.location == f"/komitmen/{one}"
    text = browser.get(done.location).text
    assert "Laporan K-0001 diterima." in text
    assert "181" in text
    refused = browser.post(verify_path(waiting), {"decision": "accept"}, 422, page=f"/komitmen/{one}")
    assert "sudah diputuskan oleh Rina Sekretariat" in refused.text


def test_a_report_is_returned_with_a_note_the_liaison_reads(sign_in, one: int, waiting: int) -> None:
    browser = sign_in("sekretariat")
    refused = browser.post(verify_path(waiting), {"decision": "return", "note": " "}, 422, page=f"/komitmen/{one}")
    assert "Tulis apa yang perlu dilengkapi." in refused.text
    assert refused.select("//details[@class='return'][@open]")
    fields = {"decision": "return", "note": "Mohon nama kecamatan.", "next": "/komitmen/verifikasi"}
    assert browser.post(verify_path(waiting), fields, page=f"/komitmen/{one}").location == "/komitmen/verifikasi"
    assert "“Mohon nama kecamatan.”" in sign_in("tni").get(f"/komitmen/{one}").text


def test_next_leads_nowhere_else(sign_in, one: int, waiting: int) -> None:
    fields = {"decision": "accept", "next": "https://jahat.contoh.id"}
    done = sign_in("sekretariat").post(verify_path(waiting), fields, page=f"/komitmen/{one}")
    assert done.location == f"/komitmen/{one}"


def test_htmx_gets_the_page_again_and_a_toast_with_the_next_one(
    sign_in, cast: Cast, write, one: int, waiting: int
) -> None:
    with write():
        other = make.commitment(cast, owner="polda")
        make.reported(cast, other, 5, by="polri")
    browser = sign_in("sekretariat")
    part = browser.post(verify_path(waiting), {"decision": "accept"}, 200, page=f"/komitmen/{one}", htmx="komitmen")
    assert part.tree.get("id") == "komitmen"
    assert not part.select("//form[contains(@action,'/verifikasi')]")
    toast = json.loads(part.response.headers["HX-Trigger"])["toast"]
    assert toast == {
        "text": "Laporan K-0001 diterima.",
        "href": f"/komitmen/{other}#verifikasi",
        "link": "Berikutnya",
    }


def test_a_row_of_the_queue_becomes_a_short_line(sign_in, one: int, waiting: int) -> None:
    browser, target = sign_in("sekretariat"), f"q-{waiting}"
    refused = browser.post(verify_path(waiting), {"decision": "return"}, 422, page=f"/komitmen/{one}", htmx=target)
    assert refused.select(f"//li[@id='{target}']//p[@role='alert']")
    assert refused.select("//details[@open]//textarea")
    done = browser.post(verify_path(waiting), {"decision": "accept"}, 200, page=f"/komitmen/{one}", htmx=target)
    assert done.select(f"//li[@id='{target}']")
    assert "Diterima" in done.tree.text_content()
    assert not done.select("//form")
    late = browser.post(verify_path(waiting), {"decision": "accept"}, 422, page=f"/komitmen/{one}", htmx=target)
    assert "sudah diputuskan" in late.tree.text_content()


def test_the_queue_page_holds_all_that_wait(sign_in, one: int, waiting: int) -> None:
    page = sign_in("sekretariat").get("/komitmen/verifikasi")
    assert page.select(f"//li[@id='q-{waiting}']")
    assert "181 dari 241" in page.text
    assert "sebelumnya 168" in page.text


def test_ones_own_entry_offers_no_button_without_its_source(sign_in, cast: Cast, write, one: int) -> None:
    with write():
        report_id = make.reported(cast, one, 5, by="sekretariat")
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}")
    assert "Lampirkan bukti sumbernya" in page.text
    assert not page.select("//form[contains(@action,'/verifikasi')]")
    refused = browser.post(verify_path(report_id), {"decision": "accept"}, 422, page=f"/komitmen/{one}")
    assert "Lampirkan bukti sumber" in refused.text
    path = f"/komitmen/{one}/laporan/{report_id}/bukti"
    browser.post(path, {**browser.get(path).form(path), "files": files.sent(files.photo())})
    browser.post(verify_path(report_id), {"decision": "accept"}, page=f"/komitmen/{one}")


def test_a_liaison_cannot_verify(sign_in, one: int, waiting: int) -> None:
    sign_in("tni").post(verify_path(waiting), {"decision": "accept"}, 403, page=f"/komitmen/{one}")
