"""What people do, in their words: labels, buttons and links, as a check from outside would do it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.site import PASSWORD


def sign_in(page: Page, account: str) -> None:
    """From the sign-in page to the Beranda."""
    page.goto("/masuk")
    page.get_by_label("Surel atau nomor ponsel").fill(f"{account}@contoh.id")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.wait_for_url("**/")


def report(
    page: Page, *, note: str, values: dict[str, str] | None = None, status: str = "", files: Any = None, **texts: str
) -> None:
    """Fill in the one short form of a commitment and send it. `values` by a part of the indicator's label."""
    form = report_form(page)
    for label, value in (values or {}).items():
        form.get_by_label(label).fill(value)
    form.get_by_label("Apa yang sudah dikerjakan").fill(note)
    for name, label in (("obstacle", "Kendala"), ("next_step", "Langkah berikutnya")):
        if name in texts:
            form.get_by_role("textbox", name=label).fill(texts[name])
    if status:
        form.get_by_label(status).check()
    if files:
        form.get_by_label("Bukti dukung").set_input_files(files)
    form.get_by_role("button", name="Kirim laporan").click()


def report_form(page: Page) -> Locator:
    """The form of a report or of news about a follow-up."""
    return page.locator("#lapor")


def waiting_panel(page: Page, words: str) -> Locator:
    """The panel in which the secretariat decides on the report that says `words`."""
    return page.get_by_role("region", name="menunggu verifikasi").filter(has_text=words)


def send_back(panel: Locator, note: str) -> None:
    """Ask for what is missing."""
    panel.get_by_text("Perlu dilengkapi").first.click()
    panel.get_by_label("Apa yang perlu dilengkapi?").fill(note)
    panel.get_by_role("button", name="Kirim permintaan").click()


def expect_toast(page: Page, words: str) -> None:
    """The line that says what has been done."""
    expect(page.locator("#toasts")).to_contain_text(words)


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
