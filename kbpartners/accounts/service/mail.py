"""Mail: written from templates, sent by the job worker through the SMTP server of KBPARTNERS_SMTP_URL.

There is one way out, `to_person`: it takes a person instead of an address, and sends nothing to people who left.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from kbpartners import clock
from kbpartners.accounts import service
from kbpartners.accounts.service import links, posts, throttle
from kbpartners.db import begin_write
from kbpartners.errors import DomainError, TooMany
from kbpartners.jobs.service import Running, enqueue, handler
from kbpartners.security import Identity

TIMEOUT = 20.0
log = logging.getLogger("kbpartners.mail")


class Server(NamedTuple):
    """Where mail goes. `starttls`: the connection is encrypted after a plain greeting; `tls`: from the first byte."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool
    sender: str


def server() -> Server | None:
    """The SMTP server of the settings, None where mail is not set up. Raises DomainError for an address without sense.

    `smtp://user:password@host:587?starttls`, `smtps://…`; `?from=alamat` names the sender where the user is no address.
    """
    url = current_app.config["KB"].smtp_url
    if not url:
        return None
    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise DomainError("KBPARTNERS_SMTP_URL: tulis seperti smtp://user:sandi@host:587?starttls")
    user = unquote(parts.username or "")
    fallback = user if "@" in user else f"kbpartners@{urlsplit(current_app.config['KB'].base_url).hostname}"
    tls = parts.scheme == "smtps"
    return Server(
        parts.hostname,
        parts.port or (465 if tls else 587 if "starttls" in options else 25),
        user,
        unquote(parts.password or ""),
        tls,
        "starttls" in options,
        options.get("from", [fallback])[0],
    )


def configured() -> bool:
    """Whether mail can be sent at all."""
    return bool(current_app.config["KB"].smtp_url)


def send_link(token: str, *, who: Identity | None) -> bool:
    """Ask for a link to be mailed to its person. False where there is no mail server or no address."""
    link = links.look(token)
    if not configured() or not reachable(link.user_id):
        return False
    enqueue(who, "mail", {"token": token})
    return True


def ask_for_link(typed: str, *, address: str) -> None:
    """Somebody forgot a password. Who that is the worker finds out, so the answer and its time tell nothing.

    Raises TooMany after too many requests from one address. Takes the write lock itself.
    """
    throttle.claim((throttle.address_key(address, "lupa"), throttle.FORGOTTEN))
    if configured():
        begin_write()
        enqueue(None, "reset", {"name": typed[:254]})


@handler("mail", attempts=4, secret=True)
def deliver(job: Running) -> None:
    """Send one link. A link that is used or replaced by now is not worth a mail."""
    link = links.look(str(job.arguments["token"]))
    if link.state == "open":
        token = str(job.arguments["token"])
        to_person(link.user_id, lambda person, sender: compose(person, token, link, sender=sender))


@handler("reset", attempts=4, secret=True)
def reset(job: Running) -> None:
    """Make a link for whoever the typed name is and have it sent; nothing for nobody, people who left, and for those
    without an address. Sending is a job of its own: the network is slow, and this one holds the write lock."""
    person = service.account_named(str(job.arguments["name"]))
    if person is None or not reachable(person.id):
        return
    try:
        throttle.claim((f"surel:{person.id}", throttle.MAILS))
    except TooMany:
        return  # nobody's mailbox is filled by a stranger
    begin_write()
    kind = links.RESET if person.password_hash else links.INVITE
    enqueue(None, "mail", {"token": links.issue(person.id, kind, by_id=None)})


# --- the one way out ---------------------------------------------------------------------------------------------

Compose = Callable[[service.Account, str], EmailMessage]
"""Writes the mail for a person, from the sender's address. The address it goes to is not the composer's to choose."""


def reachable(user_id: int) -> bool:
    """Whether anything may be mailed to a person now: an address, an account, and a post today or one to come."""
    person = service.account(user_id)
    return bool(person.email) and not person.barred and posts.holds_any(user_id)


def to_person(user_id: int, compose: Compose) -> bool:
    """Send a mail to a person. Every mail of this product goes through here.

    Nothing is sent (and False returned) to people who left: deactivated, or without a post today and later. Asked when
    the mail goes out, not when it was ordered. Raises what the network raises; the job then tries again.
    """
    settings = server()
    if settings is None:
        return False
    if not reachable(user_id):
        log.info("surel tidak dikirim: penerima tidak bertugas lagi", extra={"fields": {"user": user_id}})
        return False
    person = service.account(user_id)
    message = compose(person, settings.sender)
    message["To"] = person.email
    _transmit(settings, message)
    return True


def _transmit(settings: Server, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if settings.tls:
        smtp = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT)
    with smtp:
        if settings.starttls:
            smtp.starttls(context=context)
        if settings.user:
            smtp.login(settings.user, settings.password)
        smtp.send_message(message)


def compose(person: service.Account, token: str, link: links.Link, *, sender: str) -> EmailMessage:
    """The mail with a link in it: plain text and HTML, in the person's language."""
    invited = link.kind == links.INVITE
    name = "invitation" if invited else "reset"
    with force_locale(person.locale):
        values = {
            "name": link.name,
            "url": links.address_of(token),
            "until": link.expires_at,
            "zone": clock.zone_name(),
        }
        message = EmailMessage()
        message["Subject"] = (
            _("Undangan memakai KB Partners") if invited else _("Tautan baru untuk masuk ke KB Partners")
        )
        message["From"] = f"KB Partners <{sender}>"
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(render_template(f"emails/{name}.txt", **values))
        message.add_alternative(render_template(f"emails/{name}.html", **values), subtype="html")
    return message
