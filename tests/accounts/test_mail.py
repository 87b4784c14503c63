"""Links by mail, against a real SMTP server; nothing secret stays in the job."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import select, update

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.accounts.service import links, mail, people
from kbpartners.db import db
from kbpartners.errors import DomainError
from kbpartners.jobs import service as jobs
from kbpartners.jobs.models import DONE, FAILED, QUEUED, Job
from kbpartners.organizations.models import Assignment
from kbpartners.organizations.models import Post as Post_
from tests.conftest import TODAY
from tests.factories.accounts import invite

NEXT = TODAY + timedelta(days=7)


class Post:
    """What arrived."""

    def __init__(self) -> None:
        self.messages: list[email.message.EmailMessage] = []
        self.refuse = False

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return "451 coba lagi nanti"
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def post(app) -> Iterator[Post]:
    """A mail server that wants a password; the application is set up for it."""
    arrived = Post()

    def check(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (b"kantor@contoh.id", b"s@ndi")
        return AuthResult(success=right)

    controller = Controller(
        arrived, hostname="127.0.0.1", port=0, authenticator=check, auth_require_tls=False, auth_required=True
    )
    controller.port = _free_port()
    controller.start()
    url = f"smtp://kantor%40contoh.id:s%40ndi@127.0.0.1:{controller.port}"
    app.config["KB"] = replace(app.config["KB"], smtp_url=url)
    yield arrived
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def drain(app) -> None:
    with app.app_context():
        while jobs.run_next():
            pass


def test_an_invitation_goes_out_as_text_and_html(app, post, sign_in, cast) -> None:
    admin = sign_in("admin")
    form = admin.get("/pengguna/baru").form("/pengguna/baru")
    page = admin.post(
        "/pengguna/baru",
        {**form, "name": "Letda Nina", "email": "nina@contoh.id", "organization_id": cast.units["kodam"],
         "title": "Perwira", "role": "penghubung", "valid_from": "10/06/2026"},
        200,
    )  # fmt: skip
    assert "sedang dikirim ke nina@contoh.id" in page.text
    drain(app)
    (message,) = post.messages
    assert message["To"] == "nina@contoh.id"
    assert message["From"] == "KB Partners <kantor@contoh.id>"
    assert message["Subject"] == "Undangan memakai KB Partners"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    url = page.select("//input[@id='link']/@value")[0]
    assert url in text
    assert f'href="{url}"' in html
    assert "Yth. Letda Nina," in text
    assert "17\u00a0Juni\u00a02026" in text


def test_the_link_is_wiped_from_the_job_after_sending(app, post, write, cast) -> None:
    with write():
        _user, token = invite(cast.units["kodam"])
        assert mail.send_link(token, who=None)
    drain(app)
    with app.app_context():
        job = db.session.execute(select(Job)).scalar_one()
        assert (job.state, job.arguments) == (DONE, {})
    assert len(post.messages) == 1


def test_the_forgetful_get_a_mail_and_everybody_gets_the_same_answer(app, post, client, cast, write) -> None:
    with write():
        db.session.execute(update(User).where(User.id == cast.users["polri"]).values(deactivated_at=clock.now()))
    answers = set()
    for name in ("tni@contoh.id", "081234567803", "polri@contoh.id", "siapa@contoh.id"):
        page = client.post("/lupa-sandi", {"email": name}, 200, page="/lupa-sandi")
        answers.add(page.text)
    assert len(answers) == 1
    drain(app)
    assert [message["To"] for message in post.messages] == ["tni@contoh.id"] * 2
    url = re.search(r"http://localhost(/undangan/\S+)", post.messages[0].get_body(("plain",)).get_content())[1]
    assert client.get(url).h1 == "Kata sandi baru"
    assert post.messages[0]["Subject"] == "Tautan baru untuk masuk ke KB Partners"


def test_nobodys_mailbox_is_filled_by_a_stranger(app, post, client) -> None:
    for _ in range(6):
        client.post("/lupa-sandi", {"email": "tni@contoh.id"}, 200, page="/lupa-sandi")
    drain(app)
    assert len(post.messages) == 3
    for _ in range(4):
        client.post("/lupa-sandi", {"email": "siapa@contoh.id"}, 200, page="/lupa-sandi")
    page = client.post("/lupa-sandi", {"email": "tni@contoh.id"}, 429, page="/lupa-sandi")
    assert int(page.response.headers["Retry-After"]) > 0


def test_a_link_that_was_used_meanwhile_is_not_sent(app, post, write, cast) -> None:
    with write():
        _user, token = invite(cast.units["kodam"])
        mail.send_link(token, who=None)
        links.redeem(token, name="Nina", password_hash="x")
    drain(app)
    assert post.messages == []


def test_a_mail_that_is_refused_is_tried_again_and_then_given_up(app, post, write, cast) -> None:
    post.refuse = True
    with write():
        mail.send_link(invite(cast.units["kodam"])[1], who=None)
    drain(app)
    with app.app_context():
        job = db.session.execute(select(Job)).scalar_one()
        assert (job.state, job.attempts) == (QUEUED, 1)
        assert job.arguments
        assert job.leased_until > clock.now()
    for _ in range(3):
        with write():
            db.session.execute(update(Job).values(leased_until=None))
        drain(app)
    with app.app_context():
        job = db.session.execute(select(Job)).scalar_one()
        assert (job.state, job.attempts, job.arguments) == (FAILED, 4, {})
    assert post.messages == []


def test_an_english_speaker_gets_an_english_letter_frame(app, post, write, cast) -> None:
    with write():
        db.session.execute(update(User).where(User.id == cast.users["tni"]).values(locale="en"))
        mail.send_link(links.fresh(cast.users["tni"], who=None), who=None)
    drain(app)
    assert 'lang="en"' in post.messages[0].get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.contoh.id", ("mail.contoh.id", 25, "", "", False, False, "kbpartners@localhost")),
        ("smtp://a:b@h?starttls", ("h", 587, "a", "b", False, True, "kbpartners@localhost")),
        ("smtps://a%40x.id:p%3Aq@h", ("h", 465, "a@x.id", "p:q", True, False, "a@x.id")),
        ("smtp://a:b@h:2525?starttls&from=no-reply@x.id", ("h", 2525, "a", "b", False, True, "no-reply@x.id")),
    ],
)
def test_the_address_of_a_mail_server(app, ctx, url: str, expected: tuple) -> None:
    app.config["KB"] = replace(app.config["KB"], smtp_url=url)
    assert tuple(mail.server()) == expected


def test_an_address_without_sense_is_refused(app, ctx) -> None:
    app.config["KB"] = replace(app.config["KB"], smtp_url="http://x")
    with pytest.raises(DomainError):
        mail.server()


def test_without_a_server_nothing_is_queued(app, client, ctx, cast) -> None:
    assert mail.server() is None
    assert not mail.send_link(invite(cast.units["kodam"])[1], who=None)
    client.post("/lupa-sandi", {"email": "tni@contoh.id"}, 200, page="/lupa-sandi")
    assert db.session.execute(select(Job.id)).first() is None


# --- nothing is mailed to people who left -----------------------------------------------------------------------------


def leave(cast, name: str, last: date) -> None:
    db.session.execute(update(Assignment).where(Assignment.user_id == cast.users[name]).values(valid_to=last))


def test_who_left_gets_nothing_that_is_asked_for_at_the_sign_in_page(app, post, client, cast, write) -> None:
    with write():
        leave(cast, "tni", TODAY - timedelta(days=1))
        leave(cast, "kodim", TODAY)  # the last day still counts
        db.session.execute(update(Assignment).where(Assignment.user_id == cast.users["opd"]).values(valid_from=NEXT))
    for name in ("tni", "kodim", "opd"):
        client.post("/lupa-sandi", {"email": f"{name}@contoh.id"}, 200, page="/lupa-sandi")
    drain(app)
    assert {message["To"] for message in post.messages} == {"kodim@contoh.id", "opd@contoh.id"}


def test_what_was_ordered_before_somebody_left_does_not_go_out_afterwards(app, post, cast, write, on_day) -> None:
    with write():
        db.session.execute(update(User).values(password_hash=None))  # invitations last a week
        for name in ("tni", "kodim", "polri", "opd"):
            assert mail.send_link(links.fresh(cast.users[name], who=None), who=None)
        leave(cast, "tni", clock.today())
        people.deactivate(cast.users["polri"], who=None)
        db.session.execute(update(Post_).where(Post_.id == cast.posts["opd"]).values(ended_on=clock.today()))
    on_day(TODAY + timedelta(days=1))
    drain(app)
    assert [message["To"] for message in post.messages] == ["kodim@contoh.id"]
    with app.app_context():
        assert {job.state for job in db.session.execute(select(Job)).scalars()} == {DONE}


def test_a_handover_mails_the_successor_and_nobody_else(app, post, sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    path = f"/pengguna/serah-terima/{cast.posts['tni']}"
    form = desk.get(path).form(path)
    page = desk.post(path, {**form, "name": "Letkol Andi", "email": "andi@contoh.id"}, 200)
    assert "sedang dikirim ke andi@contoh.id" in page.text
    drain(app)
    assert [message["To"] for message in post.messages] == ["andi@contoh.id"]


def test_no_link_is_made_for_who_left_and_the_page_says_why(app, sign_in, cast, write) -> None:
    with write():
        leave(cast, "tni", clock.today() - timedelta(days=1))
    page = sign_in("sekretariat").post(f"/pengguna/{cast.users['tni']}/tautan", {}, 422)
    assert "tidak memegang jabatan" in page.text


def test_any_mail_goes_through_the_one_way_out(app, post, cast, write, ctx) -> None:
    def words(person, sender: str) -> email.message.EmailMessage:
        message = email.message.EmailMessage()
        message["Subject"], message["From"] = f"Untuk {person.name}", sender
        message.set_content("Isi.")
        return message

    assert mail.to_person(cast.users["tni"], words)
    leave(cast, "tni", clock.today() - timedelta(days=1))
    assert not mail.to_person(cast.users["tni"], words)
    assert [message["Subject"] for message in post.messages] == ["Untuk Mayor Budi"]
    assert [message["To"] for message in post.messages] == ["tni@contoh.id"]


def test_only_the_one_way_out_talks_to_a_mail_server() -> None:
    root = Path(mail.__file__).parents[2]
    talking = {path.name for path in root.rglob("*.py") if re.search(r"\bsmtplib\b|send_message", path.read_text())}
    assert talking == {"mail.py"}
    source = Path(mail.__file__).read_text()
    assert source.count("_transmit(") == 2, "its definition, and the call in to_person"
